"""Servers as child processes: start until ready, CPU time and memory of a process with its children, stop."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 180.0
_STOP_SECONDS = 20.0
_PPID, _UTIME, _STIME = 1, 11, 12  # fields of /proc/PID/stat after the name


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _stat(process: str) -> list[str]:
    return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()


def family(process: int) -> list[int]:
    """The process and all its descendants."""
    children = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                children[int(_stat(entry.name)[_PPID])].append(int(entry.name))
            except (OSError, IndexError):
                continue
    found, left = [], [process]
    while left:
        found.append(left.pop())
        left += children[found[-1]]
    return found


def cpu_seconds(process: int) -> float:
    """CPU time, user and system, of one process and its descendants."""
    ticks = 0
    for member in family(process):
        fields = _stat(str(member))
        ticks += int(fields[_UTIME]) + int(fields[_STIME])
    return ticks / _TICKS_PER_SECOND


def memory_megabytes(process: int) -> float:
    """Resident memory of one process, in 10^6 bytes."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def is_ready(url: str) -> bool:
    """Whether a GET of that address answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


class Server:
    """A child process that serves; a context manager that ends it."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        ready_url: str,
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        cpu: str = "",
    ) -> None:
        self.name = name
        self.arguments = [*(["taskset", "-c", cpu] if cpu else []), *command]
        self.ready_url = ready_url
        self.log = log
        self.environment = {**os.environ, **(environment or {})}
        self.start_seconds = 0.0
        self.port = 0

    def __enter__(self) -> Self:
        begin = time.perf_counter()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment
            )
        while not is_ready(self.ready_url):
            if self.process.poll() is not None or time.perf_counter() - begin > _START_SECONDS:
                self.stop()
                raise SystemExit(f"{self.name} did not start; its last words:\n{self.last_words()}")
            time.sleep(0.01)
        self.start_seconds = time.perf_counter() - begin
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Process id of the server itself (taskset is replaced by it)."""
        return self.process.pid

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-2000:]

    def stop(self) -> None:
        """SIGTERM, and SIGKILL to its whole family where that is not obeyed."""
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for member in family(self.pid):
                os.kill(member, signal.SIGKILL)
            self.process.wait()
