"""The system calls that a confined program may not make: a filter for the kernel (seccomp, classic BPF).

Refused is what no training or serving program needs and what has led out of sandboxes before: namespaces of its own,
mounts, keys, BPF, performance events, modules, `io_uring` (whose requests no filter sees), and sockets of all families
but Unix, IPv4, IPv6 and the part of netlink that lists interfaces. Of those left out AF_VSOCK matters most: it leads to
the host of a virtual machine past every network namespace. Rights are gone already; this takes away what to attack.

Numbers are those of the kernel's `unistd.h`, `audit.h` and `socket.h`.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from dataclasses import dataclass

_LOAD, _EQUAL, _AT_LEAST, _ANY_OF, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE = 0x7FFF_0000, 0x0005_0000
_NUMBER, _ARCHITECTURE, _FIRST, _THIRD = 0, 4, 16, 32  # places in what is looked at; low halves of arguments
_NAMESPACES = 0x7E02_0000  # CLONE_NEW*, all that clone takes
_TIME_NAMESPACE = 0x80  # of unshare; in clone these bits are a signal
_X32 = 0x4000_0000
_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)
_ROUTE = 0  # NETLINK_ROUTE

# Same on every architecture.
_NEW = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "clone3": 435,
    "mount_setattr": 442,
}
# Those whose absence programs expect: they go on without.
_ABSENT = frozenset({"io_uring_setup", "io_uring_enter", "io_uring_register", "clone3"})


@dataclass(frozen=True, slots=True)
class Machine:
    """How one architecture numbers its calls."""

    audit: int  # AUDIT_ARCH_*
    socket: int
    clone: int
    unshare: int
    refused: dict[str, int]


MACHINES = {
    "x86_64": Machine(
        0xC000_003E,
        socket=41,
        clone=56,
        unshare=272,
        refused={
            "acct": 163, "add_key": 248, "bpf": 321, "delete_module": 176, "finit_module": 313, "init_module": 175,
            "ioperm": 173, "iopl": 172, "kexec_file_load": 320, "kexec_load": 246, "keyctl": 250, "mount": 165,
            "name_to_handle_at": 303, "open_by_handle_at": 304, "perf_event_open": 298, "pivot_root": 155,
            "quotactl": 179, "reboot": 169, "request_key": 249, "setns": 308, "swapoff": 168, "swapon": 167,
            "syslog": 103, "umount2": 166, "userfaultfd": 323,
        } | _NEW,
    ),
    "aarch64": Machine(
        0xC000_00B7,
        socket=198,
        clone=220,
        unshare=97,
        refused={
            "acct": 89, "add_key": 217, "bpf": 280, "delete_module": 106, "finit_module": 273, "init_module": 105,
            "kexec_file_load": 294, "kexec_load": 104, "keyctl": 219, "mount": 40, "name_to_handle_at": 264,
            "open_by_handle_at": 265, "perf_event_open": 241, "pivot_root": 41, "quotactl": 60, "reboot": 142,
            "request_key": 218, "setns": 268, "swapoff": 225, "swapon": 224, "syslog": 116, "umount2": 39,
            "userfaultfd": 282,
        } | _NEW,
    ),
}  # fmt: skip


def call_filter(machine: str = os.uname().machine) -> bytes:
    """The filter for a kind of machine; empty where its numbers are not known here."""
    known = MACHINES.get(machine)
    if known is None:
        return b""
    made = [
        *_one(_LOAD, _ARCHITECTURE),
        *_if(_EQUAL, known.audit, skip=1),
        *_one(_RETURN, _REFUSE | errno.ENOSYS),  # programs of another architecture
        *_one(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        made += _then(_AT_LEAST, _X32, errno.ENOSYS)
    for name, number in known.refused.items():
        made += _then(_EQUAL, number, errno.ENOSYS if name in _ABSENT else errno.EPERM)
    made += _block(known.clone, _then(_ANY_OF, _NAMESPACES, errno.EPERM))
    made += _block(known.unshare, _then(_ANY_OF, _NAMESPACES | _TIME_NAMESPACE, errno.EPERM))
    families = [part for family in _FAMILIES for part in _if_allowed(family)]
    netlink = [*_one(_LOAD, _THIRD), *_if_allowed(_ROUTE), *_one(_RETURN, _REFUSE | errno.EPROTONOSUPPORT)]
    families += [*_unless(socket.AF_NETLINK, len(netlink)), *netlink, *_one(_RETURN, _REFUSE | errno.EAFNOSUPPORT)]
    made += _block(known.socket, families)
    made += _one(_RETURN, _ALLOW)
    return b"".join(made)


def filter_file() -> int:
    """The filter for this machine in a file without a name, to be read from its start."""
    descriptor = os.memfd_create("calls", os.MFD_CLOEXEC)
    os.write(descriptor, call_filter())
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _instruction(code: int, yes: int, no: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


def _one(code: int, value: int) -> list[bytes]:
    return [_instruction(code, 0, 0, value)]


def _if(code: int, value: int, *, skip: int) -> list[bytes]:
    """Pass over so many instructions where it holds."""
    return [_instruction(code, skip, 0, value)]


def _unless(value: int, skip: int) -> list[bytes]:
    """Pass over so many instructions where it is another."""
    return [_instruction(_EQUAL, 0, skip, value)]


def _then(code: int, value: int, error: int) -> list[bytes]:
    """Refuse where it holds."""
    return [_instruction(code, 0, 1, value), *_one(_RETURN, _REFUSE | error)]


def _if_allowed(value: int) -> list[bytes]:
    """Allow where it is that."""
    return [_instruction(_EQUAL, 0, 1, value), *_one(_RETURN, _ALLOW)]


def _block(number: int, inner: list[bytes]) -> list[bytes]:
    """What decides about one call by its first argument; allowed where nothing in it refuses."""
    body = [*_one(_LOAD, _FIRST), *inner, *_one(_RETURN, _ALLOW)]
    return [*_unless(number, len(body)), *body]
