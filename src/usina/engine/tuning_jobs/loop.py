"""Control loop of tuning jobs. Behind the port `Tuning`."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from usina.core.errors import ApiError
from usina.core.tuning import TUNING_JOB
from usina.engine.tuning_jobs.search import Search
from usina.engine.tuning_jobs.study import quiet

if TYPE_CHECKING:
    from usina.engine.jobs.rows import Job
    from usina.engine.tuning_jobs.search import TuningWorld

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 0.5  # between two looks at the training jobs of a tuning job
Key = tuple[str, str]


class SiteTuning:
    """The tuning jobs of this site. Each has a task while it is not over."""

    def __init__(self, world: TuningWorld) -> None:
        self._world = world
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._looks: set[asyncio.Task[None]] = set()

    def changed(self, account: str, name: str) -> None:
        """A tuning job's row was written: its task sees it at its next look."""
        task = asyncio.get_running_loop().create_task(self._look(account, name))
        self._looks.add(task)
        task.add_done_callback(self._looks.discard)

    async def start(self) -> None:
        """Take up every tuning job that is not over."""
        for job in await self._world.rows.unfinished((TUNING_JOB,)):
            self._take_up(job)

    async def stop(self) -> None:
        """Let go; training jobs run on."""
        tasks = [*self._tasks.values(), *self._looks]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def _look(self, account: str, name: str) -> None:
        job = await self._world.rows.find(TUNING_JOB, account, name)
        if job is not None and not job.is_over:
            self._take_up(job)

    def _take_up(self, job: Job) -> None:
        key = (job.account, job.name)
        if key not in self._tasks:
            self._tasks[key] = asyncio.get_running_loop().create_task(self._work(job))
            self._tasks[key].add_done_callback(lambda task: self._ended(key, task))

    async def _work(self, job: Job) -> None:
        await asyncio.to_thread(quiet)
        search = Search(job, self._world)
        while True:
            try:
                if await search.step():
                    return
            except ApiError as error:
                _LOG.warning("a tuning job will be looked at again", extra={"reason": error.message})
            await self._world.clock.sleep(_LOOK_SECONDS)

    def _ended(self, key: Key, task: asyncio.Task[None]) -> None:
        self._tasks.pop(key, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("a tuning job's loop ended by a bug", exc_info=error)
