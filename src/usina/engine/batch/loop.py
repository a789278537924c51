"""Control loop of batch jobs, behind the port `Batches`: a few run at a time, the oldest first.

What a job has answered lies in its folder; its row says the rest. So a factory that starts takes up every job that is
not over where the last one left it.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina.core.batch import INVOCATION_JOB
from usina.core.errors import ApiError
from usina.engine.batch.asking import Asking
from usina.engine.batch.run import Means, Run
from usina.engine.jobs.acting import Acting
from usina.engine.jobs.rows import JobRows
from usina.engine.jobs.transfers import Transfers
from usina.engine.tasks import BUG, Tasks

if TYPE_CHECKING:
    from pathlib import Path

    from usina.core.batch import Invoke, Operation
    from usina.core.clock import Clock, Dice
    from usina.core.iam import Iam
    from usina.core.objects import Buckets, Objects
    from usina.core.ports import Records
    from usina.engine.jobs.rows import Job

_LOG = logging.getLogger(__name__)
_RUNNING = 4  # jobs at the same time; the others wait in order of creation
_SESSION = "BedrockBatch"


@dataclass(frozen=True, slots=True)
class BatchWorld:
    """What batch jobs read and write of the site."""

    folder: Path
    records: Records
    buckets: Buckets
    objects: Objects
    iam: Iam
    clock: Clock
    dice: Dice
    record_bytes: int  # most bytes of one line of the input


class SiteBatches:
    """The batch jobs of this site."""

    def __init__(self, world: BatchWorld) -> None:
        self._world = world
        self._rows = JobRows(world.records)
        self._invoke: Invoke | None = None
        self._stops: dict[tuple[str, str], asyncio.Event] = {}
        self._tasks = Tasks("the loop of a batch job")
        self._room = asyncio.Semaphore(_RUNNING)

    def changed(self, account: str, job_id: str) -> None:
        """A job's row was written."""
        if self._invoke is not None:
            self._tasks.spawn(self._look(account, job_id))

    async def start(self, invoke: Invoke) -> None:
        """Take up every job that is not over; `invoke` asks models."""
        self._invoke = invoke
        jobs = await self._rows.unfinished([INVOCATION_JOB])
        await asyncio.to_thread(_sweep, self._world.folder, {(job.account, job.name) for job in jobs})
        for job in jobs:
            self._take_up(job)

    async def stop(self) -> None:
        """Let go; the next factory goes on."""
        self._invoke = None
        await self._tasks.stop()

    async def _look(self, account: str, job_id: str) -> None:
        job = await self._rows.find(INVOCATION_JOB, account, job_id)
        if job is not None and not job.is_over:
            self._take_up(job)

    def _take_up(self, job: Job) -> None:
        key = (job.account, job.name)
        known = key in self._stops
        stop = self._stops.setdefault(key, asyncio.Event())
        if not job.wanted:
            stop.set()
        if not known:
            self._tasks.spawn(self._work(job, stop), lambda: self._tasks.spawn(self._over(job, "Failed", BUG)))

    async def _work(self, job: Job, stop: asyncio.Event) -> None:
        try:
            if await self._admitted(job, stop):
                try:
                    await self._run(job, stop)
                finally:
                    self._room.release()
        except ApiError as error:
            _LOG.error("a batch job's state could not be written", extra={"reason": error.message})
        finally:
            self._stops.pop((job.account, job.name), None)

    async def _admitted(self, job: Job, stop: asyncio.Event) -> bool:
        """Wait for room; False where the job was stopped before it began, and is over."""
        turn, stopped = asyncio.ensure_future(self._room.acquire()), asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({turn, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if turn.done() or job.observed["files"]:
                return await turn
        finally:
            stopped.cancel()
            turn.cancel()
        await self._over(job, "Stopped")
        return False

    async def _run(self, job: Job, stop: asyncio.Event) -> None:
        world, request = self._world, job.request
        if self._invoke is None:
            return
        acting = Acting(world.iam, job.account, request["roleArn"], _SESSION)
        operation: Operation = request.get("modelInvocationType") or "InvokeModel"
        means = Means(
            self._rows,
            Transfers(world.buckets, world.objects, world.clock, world.dice, acting, job.account),
            Asking(self._invoke, acting, world.clock, operation, request["modelId"]),
            world.clock,
            world.folder / job.account / job.name,
            world.record_bytes,
        )
        await Run(job, means, stop).go()

    async def _over(self, job: Job, status: str, message: str = "") -> None:
        now = self._world.clock.now()
        await self._rows.observe(
            job, lambda seen: {**seen, "status": status, "message": message, "modified": now, "ended": now}
        )


def _sweep(folder: Path, wanted: set[tuple[str, str]]) -> None:
    """Remove what jobs left that are over: the factory was killed before it could."""
    if not folder.is_dir():
        return
    for account in folder.iterdir():
        for job in account.iterdir():
            if (account.name, job.name) not in wanted:
                shutil.rmtree(job, ignore_errors=True)
