"""The filter of system calls: what it decides, by an interpreter of its own, and what programs meet."""

from __future__ import annotations

import errno
import socket
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usina.engine.sandbox.calls import MACHINES, call_filter

if TYPE_CHECKING:
    from tests.engine.sandbox.conftest import Bench

ALLOWED = 0
NEW_USER = 0x1000_0000
TRIES = """
import ctypes, errno, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def called(*arguments):
    return "done" if libc.syscall(*arguments) != -1 else errno.errorcode[ctypes.get_errno()]
def opened(family, kind=socket.SOCK_STREAM, protocol=0):
    try: socket.socket(family, kind, protocol).close(); return "done"
    except OSError as error: return errno.errorcode[error.errno]
print(opened(socket.AF_VSOCK), opened(socket.AF_PACKET), opened(socket.AF_ALG, socket.SOCK_SEQPACKET))
print(opened(socket.AF_NETLINK, socket.SOCK_RAW, 4), opened(socket.AF_NETLINK, socket.SOCK_RAW, 0))
print(opened(socket.AF_UNIX), opened(socket.AF_INET), opened(socket.AF_INET6))
print(called(NUMBERS["io_uring_setup"], 4, None), called(NUMBERS["keyctl"], 0, 0, 0), called(NUMBERS["bpf"], 0, 0, 0))
print("done" if libc.unshare(0x10000000) == 0 else errno.errorcode[ctypes.get_errno()])
"""
LIVES = """
import concurrent.futures, socket, subprocess, sys, threading
made = [threading.Thread(target=int) for _ in range(4)]
[each.start() for each in made]; [each.join() for each in made]
with concurrent.futures.ProcessPoolExecutor(2) as pool: print(sum(pool.map(abs, [-1, -2])))
print(subprocess.run(["/bin/sh", "-c", "echo shell | cat"], capture_output=True, text=True).stdout.strip())
print(len(socket.if_nameindex()) > 0)
"""


def decided(program: bytes, audit: int, number: int, *arguments: int) -> int:
    """What the filter decides: 0 allowed, else the error. As the kernel runs it."""
    values = [each & (1 << 64) - 1 for each in (*arguments, 0, 0, 0, 0, 0, 0)][:6]
    data = struct.pack("=IIQ6Q", number, audit, 0, *values)
    at = held = 0
    while True:
        code, yes, no, value = struct.unpack_from("=HBBI", program, at * 8)
        at += 1
        if code == 0x06:
            return 0 if value == 0x7FFF_0000 else value & 0xFFFF
        if code == 0x20:
            held = struct.unpack_from("=I", data, value)[0]
            continue
        holds = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[code]
        at += yes if holds else no


@pytest.mark.parametrize("machine", sorted(MACHINES))
def test_each_call_that_is_listed_is_refused_and_its_neighbours_are_not(machine: str) -> None:
    known, program = MACHINES[machine], call_filter(machine)
    refused = set(known.refused.values())
    for number in range(500):
        meant = number in refused or number == known.socket
        assert bool(decided(program, known.audit, number, 99)) == meant, number


@pytest.mark.parametrize("machine", sorted(MACHINES))
def test_namespaces_are_refused_and_threads_are_not(machine: str) -> None:
    known, program = MACHINES[machine], call_filter(machine)
    threads = 0x003D_0F00
    assert decided(program, known.audit, known.clone, threads) == ALLOWED
    assert decided(program, known.audit, known.clone, 17 | NEW_USER) == errno.EPERM
    assert decided(program, known.audit, known.unshare, 0x80) == errno.EPERM
    assert decided(program, known.audit, known.unshare, 0x400) == ALLOWED
    assert decided(program, known.audit, known.refused["clone3"]) == errno.ENOSYS


@given(st.sampled_from(sorted(MACHINES)), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_sockets_are_of_four_families(machine: str, family: int, protocol: int) -> None:
    known, program = MACHINES[machine], call_filter(machine)
    low = family & 0xFFFF_FFFF
    may = low in {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6} or (low == 16 and not protocol & 0xFFFF_FFFF)
    assert (decided(program, known.audit, known.socket, family, 1, protocol) == ALLOWED) == may


def test_programs_of_another_architecture_make_no_calls() -> None:
    assert decided(call_filter("x86_64"), 0x4000_0003, 1) == errno.ENOSYS
    assert decided(call_filter("x86_64"), 0xC000_003E, 0x4000_0000 | 41) == errno.ENOSYS
    assert call_filter("riscv64") == b""


async def test_a_program_meets_the_refusals(bench: Bench) -> None:
    import os

    numbers = {name: MACHINES[os.uname().machine].refused[name] for name in ("io_uring_setup", "keyctl", "bpf")}
    _, output = await bench.run(f"NUMBERS = {numbers}\n{TRIES}")
    assert output.splitlines() == [
        "EAFNOSUPPORT EAFNOSUPPORT EAFNOSUPPORT",
        "EPROTONOSUPPORT done",
        "done done done",
        "ENOSYS EPERM EPERM",
        "EPERM",
    ]


async def test_threads_processes_and_shells_live_with_them(bench: Bench) -> None:
    end, output = await bench.run(LIVES, processes=40)
    assert (end.code, output.splitlines()) == (0, ["3", "shell", "True"])
