"""Holds one confined program: starts it, writes its output down line by line, keeps its bounds, tells its end.

A process of its own, by the standard library alone and without site packages: it is small, starts quickly and outlives
the factory that started it. Signals: SIGTERM is handed on to the program; SIGINT kills the program and all of its kind.
Time here is the machine's own: what a test decides in virtual time is decided by the factory.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from typing import Any

from usina.engine.sandbox.calls import filter_file
from usina.engine.sandbox.output import Output
from usina.engine.sandbox.ways import Ways

_TICK_SECONDS = 0.25
_KILL_GRACE_SECONDS = 120.0  # between SIGTERM and SIGKILL where no factory is there to decide
_INFO_SECONDS = 30.0  # for the sandbox to be made on a busy machine
_MAY_LACK = ("memory.memsw.limit_in_bytes", "memory.swap.max")
_DISK_ENTRIES = 1_000_000  # files looked at in one count; more than that is over any bound


class Keeper:
    """One program's run."""

    def __init__(self, folder: str, spec: dict[str, Any]) -> None:
        self.folder = folder
        self.spec = spec
        self.groups: list[str] = []
        self.child: subprocess.Popen[bytes] | None = None
        self.ways: Ways | None = None
        self.unheard = 0  # a signal that came before the program was there
        self.started = False
        self.inner = 0  # process 1 of the sandbox, as seen from here
        self.output = Output(folder, spec["output_bytes"])
        self.reason = "exited"
        self.detail = ""

    def run(self) -> None:
        """From start to end."""
        began = time.monotonic()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.on_signal)
        try:
            source = self.start()
        except (OSError, subprocess.SubprocessError) as error:
            self.end(127, "unable", str(error), 0.0)
            return
        self.started = True
        self.attend(source, began)
        assert self.child is not None  # noqa: S101 - started above
        code = self.child.wait()
        self.output.drain_last(source)
        self.end(code if code >= 0 else 128 - code, self.reason, self.detail, time.monotonic() - began)

    def start(self) -> int:
        """Start the program within its bounds, its ways in and out before it; gives where its output is read."""
        self.groups = list(self.spec["groups"])
        make_groups(self.spec["groups"])
        if self.spec["beside"] is not None:
            self.ways = Ways(self.spec["beside"])
        if self.ways is not None and not self.spec["sandboxed"]:
            self.ways.open(0)
        source, sink = os.pipe()
        info, info_sink = os.pipe()
        block, release = os.pipe()
        handed = {"{info}": info_sink, "{block}": block}
        if "{calls}" in self.spec["argv"]:
            handed["{calls}"] = filter_file()
        child = subprocess.Popen(  # noqa: S603 - no shell; the sandbox's own command
            [str(handed.get(part, part)) for part in self.spec["argv"]],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env=self.spec["environment"],
            cwd=self.spec["cwd"],
            pass_fds=tuple(handed.values()),
            preexec_fn=self.enter,  # noqa: PLW1509 - one thread here
        )
        for number in (sink, *handed.values()):
            os.close(number)
        os.set_blocking(source, False)
        self.child = child
        if self.spec["sandboxed"]:
            self.inner = inner_process(info)
            if self.ways is not None and self.inner:  # else the sandbox could not be made, and says so
                self.ways.open(self.inner)
        for number in (release, info):  # its end is all that the sandbox waits for
            os.close(number)
        return source

    def enter(self) -> None:
        """In the child, before its program: bounds."""
        for group in self.groups:
            write(os.path.join(group, "cgroup.procs"), str(os.getpid()))  # noqa: PTH118 - no pathlib here: 10 ms
        for name, most in self.spec["rlimits"].items():
            number = getattr(resource, name)
            hard = resource.getrlimit(number)[1]
            bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(number, (bound, bound))
        if self.spec["orphan_signal"]:
            import ctypes

            ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG

    def attend(self, source: int, began: float) -> None:
        """Until the program ends: output, disk, time."""
        assert self.child is not None  # noqa: S101 - started before
        look_at_disk = began
        terminated = 0.0
        while self.child.poll() is None:
            ready, _, _ = select.select([source], [], [], _TICK_SECONDS)
            if ready:
                self.output.read(source)
            now = time.monotonic()
            if self.unheard:
                number, self.unheard = self.unheard, 0
                self.on_signal(number, None)
            if self.ways is not None and self.ways.lost:
                self.stop("unable", "its ways in and out were lost")
            if now >= look_at_disk:
                if not os.path.isdir(self.folder):  # noqa: PTH112 - no pathlib here: 10 ms
                    self.stop("unable", "its folder was taken away: nobody will ever ask for it")
                used = disk_used(self.spec["watched"], self.spec["disk_bytes"])
                if used > self.spec["disk_bytes"]:
                    self.stop("disk", f"more than {self.spec['disk_bytes']} bytes were written")
                look_at_disk = now + max(_TICK_SECONDS, 10 * (time.monotonic() - now))
            if not terminated and now - began >= self.spec["seconds"]:
                self.reason, self.detail, terminated = "time", "it ran longer than it may", now
                self.hand_on(signal.SIGTERM)
            elif terminated and now - terminated >= _KILL_GRACE_SECONDS:
                self.kill()

    def stop(self, reason: str, detail: str) -> None:
        """End it for a bound that it passed."""
        if self.reason == "exited":
            self.reason, self.detail = reason, detail
        self.kill()

    def on_signal(self, number: int, _frame: object) -> None:
        """From the factory."""
        if not self.started or (number == signal.SIGTERM and not self.hand_on(signal.SIGTERM)):
            self.unheard = max(self.unheard, number, key=[0, signal.SIGTERM, signal.SIGINT].index)
        elif number == signal.SIGINT:
            self.kill()

    def program(self) -> int:
        """The user's program, which is the first child of the sandbox's process 1; 0 where it is not there yet."""
        assert self.child is not None  # noqa: S101 - started before
        if not self.spec["sandboxed"]:
            return self.child.pid
        children = read(f"/proc/{self.inner}/task/{self.inner}/children").split()
        return int(children[0]) if children else 0

    def hand_on(self, number: signal.Signals) -> bool:
        """A signal for the program itself; whether it is there."""
        program = self.program()
        if program:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(program, number)
        return bool(program)

    def kill(self) -> None:
        """End all of it: killing process 1 of its namespace ends every other in it."""
        if self.child is not None and self.child.poll() is None:  # later its numbers may be somebody else's
            for victim in (self.inner, self.child.pid):
                if victim:
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(victim, signal.SIGKILL)
        for group in self.groups:
            with contextlib.suppress(OSError), open(os.path.join(group, "cgroup.procs")) as file:  # noqa: PTH118, PTH123
                for line in file:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(line), signal.SIGKILL)

    def end(self, code: int, reason: str, detail: str, seconds: float) -> None:
        """Write the end down, whole or not at all."""
        out_of_memory, peak = memory_told(self.groups)
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)  # of the sandbox itself, where there is no sandbox: of all
        if reason == "exited" and code and out_of_memory:
            reason, detail = "memory", "it used more memory than its instance has"
        document = {
            "code": code,
            "reason": reason,
            "detail": detail,
            "seconds": seconds,
            "memory_peak_bytes": peak or usage.ru_maxrss * 1024,
            "cpu_seconds": max(cpu_told(self.groups), usage.ru_utime + usage.ru_stime),
        }
        if self.ways is not None:
            self.ways.close()
        self.remove_groups()
        if not os.path.isdir(self.folder):  # noqa: PTH112 - as above
            return
        partial = os.path.join(self.folder, "end.json.part")  # noqa: PTH118
        with open(partial, "w", encoding="ascii") as file:  # noqa: PTH123
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        os.rename(partial, os.path.join(self.folder, "end.json"))  # noqa: PTH104, PTH118

    def remove_groups(self) -> None:
        """Take the control groups away, and what is left in them."""
        self.kill()
        for group in self.groups:
            for _ in range(100):
                try:
                    os.rmdir(group)  # noqa: PTH106
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.01)  # noqa: TID251 - its last process is still being taken down
                else:
                    break


def inner_process(info: int) -> int:
    """Process 1 of the sandbox, as it tells; 0 where the sandbox could not be made."""
    told = b""
    while select.select([info], [], [], _INFO_SECONDS)[0] and (data := os.read(info, 4_096)):
        told += data
    try:
        return int(json.loads(told)["child-pid"])
    except (ValueError, KeyError):
        return 0


def make_groups(wanted: dict[str, dict[str, str]]) -> None:
    """Make control groups, folder -> {file: value}.

    Raises: OSError where one cannot be made or bounded: nothing runs without its bounds. Swap may go uncounted,
    where the kernel does not count it.
    """
    for group, files in wanted.items():
        os.makedirs(group, exist_ok=True)  # noqa: PTH103
        for name, value in files.items():
            try:
                write(os.path.join(group, name), value)  # noqa: PTH118
            except OSError:
                if name not in _MAY_LACK:
                    raise


def memory_told(groups: list[str]) -> tuple[bool, int]:
    """Whether the kernel killed for want of memory, and the peak in bytes."""
    killed, peak = False, 0
    for group in groups:
        for name in ("memory.oom_control", "memory.events"):
            for line in read(os.path.join(group, name)).splitlines():  # noqa: PTH118
                word, _, count = line.partition(" ")
                killed = killed or (word == "oom_kill" and count.strip() not in {"", "0"})
        for name in ("memory.max_usage_in_bytes", "memory.peak"):
            peak = max(peak, int(read(os.path.join(group, name)).strip() or 0))  # noqa: PTH118
    return killed, peak


def cpu_told(groups: list[str]) -> float:
    """Seconds of processor time, by the groups' own count; 0 where they have none."""
    seconds = 0.0
    for group in groups:
        nanoseconds = read(os.path.join(group, "cpuacct.usage")).strip()  # noqa: PTH118
        seconds = max(seconds, int(nanoseconds or 0) / 1e9)
        for line in read(os.path.join(group, "cpu.stat")).splitlines():  # noqa: PTH118
            word, _, count = line.partition(" ")
            if word == "usage_usec":
                seconds = max(seconds, int(count) / 1e6)
    return seconds


def disk_used(folders: list[str], most: int) -> int:
    """Bytes on disk under these folders, links not followed; counting ends above `most`."""
    total, entries, waiting = 0, 0, list(folders)
    while waiting and total <= most:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as found:
            for entry in found:
                entries += 1
                if entries > _DISK_ENTRIES:
                    return most + 1
                with contextlib.suppress(OSError):
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return total


def write(path: str, text: str) -> None:
    """A whole file."""
    with open(path, "w", encoding="ascii") as file:  # noqa: PTH123
        file.write(text)


def read(path: str) -> str:
    """A whole file, or nothing."""
    try:
        with open(path, encoding="ascii") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return ""


def main() -> int:
    """Keep the folder that is the last argument; 75 where another keeper holds it or held it to the end."""
    folder = sys.argv[-1]
    os.umask(0o077)
    lock = os.open(os.path.join(folder, "keeper.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)  # noqa: PTH118
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return 75
    if os.path.exists(os.path.join(folder, "end.json")):  # noqa: PTH110, PTH118
        return 75
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    with open(os.path.join(folder, "keeper.json"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
        spec = json.load(file)
    Keeper(folder, spec).run()
    return 0
