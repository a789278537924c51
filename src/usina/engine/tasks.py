"""The tasks that a control loop owns: none is lost, all end with it, and a bug in one is said in the log."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

BUG: Final = "Internal error: the operator of this site finds it in the log."  # what a job's owner is told of one
_LOG = logging.getLogger(__name__)


class Tasks:
    """What works for one loop."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[None, None, None], broken: Callable[[], object] | None = None) -> None:
        """Begin some work; `broken` is called where a bug ended it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(lambda ended: self._ended(ended, broken))

    async def stop(self) -> None:
        """End all of it, and wait until it has ended."""
        for task in list(self._tasks):
            task.cancel()
        while self._tasks:
            with suppress(asyncio.CancelledError):
                await asyncio.wait(set(self._tasks))

    def _ended(self, task: asyncio.Task[None], broken: Callable[[], object] | None) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("%s ended by a bug", self._what, exc_info=error)
            if broken is not None:
                broken()
