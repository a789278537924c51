"""The composition root: the one place that names concrete classes and joins them.

`serve` runs a factory until it is told to stop; `joining.py` joins its parts, `parts.py` opens those that hold state,
`first_start.py` makes the first account and writes the client kit. `verify_folder`, `prove_record` and `check_evidence`
are the offline half of the ledger, re-exported for the command line, which may not reach into the parts itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import gc
import os
import resource
import signal
import sys
from typing import TYPE_CHECKING

from usina.app.events import Event
from usina.core.errors import OperatorError
from usina.core.journal import write_logs_to
from usina.sovereignty.evidence import Checked, Exported, check_evidence
from usina.sovereignty.ledger import ProofError, Verification, prove_record, verify_folder
from usina.sovereignty.ledger.heads import HeadError
from usina.sovereignty.ledger.witness import DoesNotContinueError, witness_in_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from usina.core.settings import Settings

__all__ = [
    "Checked",
    "DoesNotContinueError",
    "Event",
    "Exported",
    "HeadError",
    "ProofError",
    "Verification",
    "check_evidence",
    "prove_record",
    "serve",
    "verify_folder",
    "witness_in_file",
]

# New objects between two looks of the garbage collector; Python's own 700 means a look every few requests.
_GARBAGE_OBJECTS = 20_000
_DESCRIPTORS = 65_536  # open at a time, where the machine allows so many


def serve(settings: Settings, on_event: Callable[[Event], None]) -> None:
    """Run a factory in the foreground until SIGTERM or SIGINT.

    Logs go to `$USINA_HOME/logs/usina.jsonl`.

    Raises:
        OperatorError: it cannot start; the message says what to do.
    """
    import uvloop

    _take_descriptors()
    uvloop.run(_serve(settings, on_event))


async def _serve(settings: Settings, on_event: Callable[[Event], None]) -> None:
    with _locked_home(settings.home), _logs(settings.home):
        async with contextlib.AsyncExitStack() as stack:
            await _run(settings, on_event, stack)
        on_event(Event("stopped"))


async def _run(settings: Settings, on_event: Callable[[Event], None], stack: contextlib.AsyncExitStack) -> None:
    """Start the parts from the ground up; the stack stops them in the other order."""
    from usina.app.joining import join
    from usina.app.policies import KEPT_POLICIES, watch_policy
    from usina.stores.records import open_records

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    records = await open_records(settings.home / "usina.db")
    stack.push_async_callback(records.close)
    parts = await join(settings, records, on_event, stack)
    watcher = loop.create_task(watch_policy(parts.policy, parts.ledger, settings.home / KEPT_POLICIES))
    stack.callback(watcher.cancel)
    _settle_memory()
    if not parts.programs.isolated:
        run = "yes" if parts.programs.run else ""
        on_event(Event("unisolated", {"isolation": parts.programs.isolation, "run": run}))
    on_event(Event("listening", parts.addresses))
    await stop.wait()
    on_event(Event("stopping"))
    await parts.door.drain()


def _take_descriptors() -> None:
    """Raise what a shell leaves at 1,024: each connection, of clients and of programs, takes at least one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def _settle_memory() -> None:
    """Take what the start made out of the garbage collector's rounds: it stays anyway, and looking through it again and
    again would stop every stream for tens of milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_OBJECTS)


@contextlib.contextmanager
def _locked_home(home: Path) -> Iterator[None]:
    """One factory per home: a second one would write to the same ledger."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OperatorError(f"{home}: {error.strerror}. Choose a home you may write to, with --home.") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise OperatorError(f"{home} is in use by another factory. Stop it, or choose another --home.") from error
    try:
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def _logs(home: Path) -> Iterator[None]:
    """Logs of this process go to a file of the home, for as long as the factory runs."""
    folder = home / "logs"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "usina.jsonl").open("a", encoding="utf-8", buffering=1) as stream:
        write_logs_to(stream)
        try:
            yield
        finally:
            write_logs_to(sys.stderr)
