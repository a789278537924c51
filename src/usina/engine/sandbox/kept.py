"""The factory's side of a keeper: start one, find one again, wait for its end."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import usina
from usina.core.errors import EngineError
from usina.engine.sandbox import End, attempts

if TYPE_CHECKING:
    from usina.core.clock import Clock
    from usina.engine.sandbox import Command

_SOURCES = str(Path(usina.__file__).parent.parent)
_RUN = "import sys; sys.path.insert(0, sys.argv[1]); from usina.engine.sandbox.{0} import {1}; sys.exit({1}())"
START = "start.json"  # what `enter.py` reads inside
_POLL_SECONDS = 0.02
_START_SECONDS = 10.0


class Kept:
    """A run in its folder, whoever's child the keeper is."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    async def wait(self) -> End | None:
        """Its end; None where the keeper died without one."""
        while held(self._folder):
            keeper = keeper_of(self._folder)
            if keeper and hasattr(os, "pidfd_open"):
                await _gone(keeper)
            await self._clock.sleep(_POLL_SECONDS)
            await asyncio.sleep(0)  # noqa: TID251 - a clock that a test drives may not yield
        end = end_of(self._folder)
        if end is None:
            tidy(self._folder)
        return end

    def terminate(self) -> None:
        """SIGTERM to the program."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to all of it."""
        self._signal(signal.SIGINT)

    def _signal(self, number: signal.Signals) -> None:
        keeper = keeper_of(self._folder)
        if keeper and held(self._folder):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(keeper, number)


async def begin(command: Command, spec: dict[str, Any], clock: Clock) -> Kept:
    """Start a keeper on a folder, or take up the one that is there.

    Raises: EngineError.
    """
    folder = command.folder
    if end_of(folder) is None and not held(folder):
        _write(folder / "keeper.json", spec)
        # Counted for the program's user inside: outside it would count every process of the factory's own.
        processes = command.bounds.processes if spec["sandboxed"] else None
        start = {"user": spec["user"], "argv": command.argv, "workdir": command.workdir}
        _write(folder / START, {**start, "processes": processes, "environment": dict(command.environment)})
        try:
            child = subprocess.Popen(  # noqa: S603, ASYNC220 - no shell, our own program; returns when exec is done
                [*python("keeper"), str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                start_new_session=True,
                close_fds=True,
            )
        except OSError as error:
            raise EngineError(f"the program's keeper could not be started: {error.strerror}") from error
        _collect(child)
        until = clock.monotonic() + _START_SECONDS
        while not keeper_of(folder) and child.poll() is None and clock.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.002)  # noqa: TID251 - a process of the machine, in the machine's time
    return Kept(folder, clock)


def beside(command: Command, *, watched: bool) -> dict[str, Any] | None:
    """Orders for the process beside the program; None where it needs none."""
    relays = [(relay.port, str(relay.socket)) for relay in command.relays]
    servers = [(str(server.socket), server.port) for server in command.servers]
    if not relays and not servers and not watched:
        return None
    watch = str(command.folder / attempts.FOLDER) if watched else None
    return {"relays": relays, "servers": servers, "watch": watch}


def python(module: str, function: str = "main") -> list[str]:
    """A process of ours: this interpreter, without site packages."""
    return [sys.executable, "-I", "-S", "-c", _RUN.format(module, function), _SOURCES]


def _write(path: Path, document: dict[str, Any]) -> None:
    """A document for our own eyes, whole or not at all."""
    partial = path.with_name(f"{path.name}.part")
    partial.touch(0o600)
    partial.write_text(json.dumps(document), "utf-8")
    partial.rename(path)


def _collect(child: subprocess.Popen[bytes]) -> None:
    """Leave no zombie, and do not wait for it either."""
    loop = asyncio.get_running_loop()
    if not hasattr(os, "pidfd_open"):
        loop.run_in_executor(None, child.wait)
        return
    try:
        descriptor = os.pidfd_open(child.pid)
    except OSError:
        child.wait()
        return

    def reap() -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        child.wait()

    loop.add_reader(descriptor, reap)


def held(folder: Path) -> bool:
    """Whether a keeper runs there: it holds the lock for as long as it lives, whatever its process id."""
    try:
        lock = os.open(folder / "keeper.lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def adopted(folder: Path, clock: Clock) -> Kept | None:
    """The run of that folder, running or ended; None where there is none, or where it was lost."""
    if held(folder) or end_of(folder) is not None:
        return Kept(folder, clock)
    tidy(folder)
    return None


def tidy(folder: Path) -> None:
    """Take away the control groups of a run whose keeper could not."""
    try:
        groups = json.loads((folder / "keeper.json").read_bytes())["groups"]
    except (OSError, ValueError, KeyError):
        return
    for group in groups:
        with suppress(OSError):  # gone, or its last process is still being taken down: then a reboot takes it
            Path(group).rmdir()


def keeper_of(folder: Path) -> int:
    """Process id of the keeper; 0 where none began."""
    try:
        return int((folder / "keeper.lock").read_text("ascii") or 0)
    except (OSError, ValueError):
        return 0


def end_of(folder: Path) -> End | None:
    """How the run ended; None where that is not written."""
    try:
        return End(**json.loads((folder / "end.json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


async def _gone(process: int) -> None:
    """Wait until a process of this machine has ended."""
    try:
        descriptor = os.pidfd_open(process)
    except OSError:
        return
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    loop.add_reader(descriptor, ended.cancel)
    try:
        await asyncio.wait({ended})
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
