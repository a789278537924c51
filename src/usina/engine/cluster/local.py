"""Processes of this machine: own process group each, killed with their parent, no zombies, logs to files.

`subprocess.Popen` and a pidfd are used in place of asyncio's subprocesses, because those need the main thread's loop
under some event loops, and the front door's loop need not be there.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from usina.core.errors import EngineError
from usina.core.settings import environment
from usina.engine.cluster import Ended

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from usina.core.clock import Clock
    from usina.engine.cluster import ProcessSpec

_GUARD = str(Path(__file__).with_name("guard.py"))
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
_LOG_BYTES = 16_777_216  # past it the old log is dropped at the next start
_POLL_SECONDS = 0.1


class LocalProcess:
    """A child of this process."""

    def __init__(self, child: subprocess.Popen[bytes], log: Path, log_from: int, clock: Clock) -> None:
        self._child = child
        self._log = log
        self._log_from = log_from
        self._clock = clock
        self._ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self._watch()

    @property
    def pid(self) -> int:
        """Process id, which is the process group's id too."""
        return self._child.pid

    def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        if hasattr(os, "pidfd_open"):
            with suppress(OSError):
                descriptor = os.pidfd_open(self._child.pid)
                loop.add_reader(descriptor, self._reap, descriptor)
                return
        waiting = loop.run_in_executor(None, self._child.wait)  # where the kernel has no pidfd: one thread per child
        waiting.add_done_callback(lambda _done: self._reap(-1))

    def _reap(self, descriptor: int) -> None:
        if descriptor >= 0:
            asyncio.get_running_loop().remove_reader(descriptor)
            os.close(descriptor)
        code = self._child.wait()  # it has ended: returns at once, and no zombie stays
        _signal_group(self._child.pid, signal.SIGKILL)  # what it may have left behind
        if not self._ended.done():
            self._ended.set_result(Ended(code))

    async def wait(self) -> Ended:
        """Wait for its end."""
        return await asyncio.shield(self._ended)

    async def stop(self, grace_seconds: float) -> Ended:
        """SIGTERM to its process group, SIGKILL after the grace."""
        if not self._ended.done():
            _signal_group(self._child.pid, signal.SIGTERM)
            with suppress(TimeoutError):
                return await asyncio.wait_for(self.wait(), grace_seconds)
            _signal_group(self._child.pid, signal.SIGKILL)
        return await self.wait()

    async def log(self) -> AsyncIterator[bytes]:
        """Lines it wrote, until it ends."""
        with self._log.open("rb") as file:
            file.seek(self._log_from)
            rest = b""
            while True:
                over = self._ended.done()
                rest += file.read(65_536)
                *lines, rest = rest.split(b"\n")
                for line in lines:
                    yield line
                if over and not lines:
                    break
                if not lines:
                    await self._clock.sleep(_POLL_SECONDS)
            if rest:
                yield rest


class LocalCluster:
    """This machine as a cluster of one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def start(self, spec: ProcessSpec) -> LocalProcess:
        """Start a child in a process group of its own."""
        variables = {name: value for name in _KEPT_VARIABLES if (value := environment(name))}
        variables.update(spec.environment)
        spec.log.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            if spec.log.stat().st_size > _LOG_BYTES:
                spec.log.unlink()
        try:
            with spec.log.open("ab") as log:
                log_from = log.tell()
                child = subprocess.Popen(  # noqa: S603, ASYNC220 - no shell, our own program; returns when exec is done, some ms
                    [sys.executable, "-I", "-S", _GUARD, str(os.getpid()), *spec.argv],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=variables,
                    start_new_session=True,
                    close_fds=True,
                )
        except (OSError, ValueError) as error:
            raise EngineError(f"the engine {spec.name} could not be started: {error}") from error
        return LocalProcess(child, spec.log, log_from, self._clock)


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
