"""Programs that try to get out, or at others: each is a stranger's, and each gets what it may have and no more."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from usina.core.clock import SystemClock
from usina.engine.sandbox.bubblewrap import detect

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.engine.sandbox.conftest import Bench

GAINS_RIGHTS = """
import os, shutil, socket, subprocess
for name in ("su", "mount", "passwd", "sudo", "newgrp", "ping"):
    path = shutil.which(name, path="/usr/bin:/bin:/usr/sbin")
    if path and os.stat(path).st_mode & 0o4000:
        print("flag", open("/proc/self/status").read().split("NoNewPrivs:")[1].split()[0])
        break
shutil.copy("/usr/bin/id", "/opt/ml/model/id"); os.chmod("/opt/ml/model/id", 0o6755)
print("id", subprocess.run(["/opt/ml/model/id", "-u"], capture_output=True, text=True).stdout.strip())
for act in (lambda: os.setuid(0), lambda: os.setgroups([0]), lambda: os.chroot("/tmp"),
            lambda: os.mknod("/tmp/disk", 0o60666, os.makedev(8, 0)),
            lambda: os.mknod("/opt/ml/model/mem", 0o20666, os.makedev(1, 1)),
            lambda: os.chown("/tmp", 0, 0), lambda: socket.sethostname("x"), lambda: os.nice(-5)):
    try: act(); print("done")
    except OSError: print("refused")
"""
LOOKS_AROUND = """
import os
places = ["/proc/1/root", "/proc/1/cwd", "/proc/1/environ", "/proc/1/mem", "/proc/kcore", "/proc/sysrq-trigger",
          "/proc/sys/kernel/core_pattern", "/dev/sda", "/dev/mem", "/dev/kmsg", "/dev/net/tun", "/dev/fuse",
          "/sys/kernel", "/run/docker.sock", "/var/run", "/home", "/usina/start.json.part"] + PLACES
for place in places:
    try:
        seen = os.listdir(place) if os.path.isdir(place) else open(place, "r+b").read(1)
        print("reached", place, seen)
    except OSError: pass
print(sorted(os.listdir("/dev")))
print(sorted(os.listdir("/opt/ml")))
for number in range(3, 64):
    try: print("left open", number, os.readlink(f"/proc/self/fd/{number}"))
    except OSError: pass
try: os.kill(-1, 0); print("signals itself only")
except OSError: print("nobody to signal")
"""
FILLS_MEMORY = """
import os
piece = b"1" * 10_000_000
for place in ("/tmp", "/dev/shm"):
    for number in range(40): open(f"{place}/{number}", "wb").write(piece)
print("all of it was taken")
"""
MAKES_FILES = """
import itertools
for number in itertools.count(): open(f"/opt/ml/model/{number}", "w").write("1")
"""
CALLS_BACK = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for _ in range(600):
            open("/opt/ml/model/alive", "w").write(str(time.time())); time.sleep(0.01)
    os._exit(0)
time.sleep(0.2)
"""


async def test_a_program_gains_no_rights(bench: Bench) -> None:
    _, output = await bench.run(GAINS_RIGHTS)
    *first, last = [line for line in output.splitlines() if " " in line]
    assert first in ([], ["flag 1"])
    assert int(last.removeprefix("id ")) not in {0, os.geteuid()}
    assert output.splitlines()[-8:] == ["refused"] * 8
    assert not (bench.shared / "mem").exists()


async def test_a_program_reaches_nothing_of_others(bench: Bench, tmp_path: Path) -> None:
    other = tmp_path / "jobs" / "444455556666" / "secret"
    other.mkdir(parents=True)
    (other / "model").write_text("of another tenant")
    places = [str(other), str(other / "model"), str(tmp_path), "/opt/ml/model/../../../" + str(other)]
    _, output = await bench.run(f"PLACES = {places}\n{LOOKS_AROUND}")
    lines = output.splitlines()
    assert [line for line in lines if line.startswith(("reached", "left open"))] == []
    devices = set(eval(lines[0]))
    assert devices <= {
        "console", "core", "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty",
        "urandom", "zero",
    }  # fmt: skip
    assert eval(lines[1]) == ["model"]


async def test_a_program_that_fills_what_is_memory_is_ended_or_stopped_at_its_bound(bench: Bench) -> None:
    end, output = await bench.run(FILLS_MEMORY)
    assert end.code != 0
    assert "all of it" not in output
    assert end.reason == "memory" or "No space left" in output


async def test_many_small_files_are_counted_by_what_they_take(bench: Bench) -> None:
    end, _ = await bench.run(MAKES_FILES)
    assert end.reason == "disk"
    assert sum(1 for _ in os.scandir(bench.shared)) < 20_000


async def test_what_a_program_leaves_running_ends_with_it(bench: Bench) -> None:
    end, _ = await bench.run(CALLS_BACK)
    assert (end.code, end.reason) == (0, "exited")
    last = (bench.shared / "alive").read_text()
    assert (bench.shared / "alive").read_text() == last


async def test_a_program_that_cannot_be_confined_is_said_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usina.engine.sandbox.bubblewrap.find_bubblewrap", lambda: "/bin/false")
    found, isolation = await detect(SystemClock())
    assert found is None
    assert "bubblewrap cannot isolate here: exit status 1" in str(isolation)
