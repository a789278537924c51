"""Control loop of batch jobs, behind the port `Batches`: a few run at a time, the oldest first.

What a job has answered lies in its folder; its row says the rest. So a factory that starts takes up every job that is
not over where the last one left it.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina.core.batch import INVOCATION_JOB, OVER
from usina.core.errors import ApiError
from usina.engine.batch.asking import Asking
from usina.engine.batch.rows import OrderRows
from usina.engine.batch.run import Means, Run
from usina.engine.jobs.acting import Acting
from usina.engine.jobs.transfers import Transfers

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from usina.core.batch import Invoke, Operation
    from usina.core.clock import Clock, Dice
    from usina.core.iam import Iam
    from usina.core.objects import Buckets, Objects
    from usina.core.ports import Records
    from usina.engine.batch.rows import Order

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
        self._rows = OrderRows(world.records, INVOCATION_JOB, OVER)
        self._invoke: Invoke | None = None
        self._stops: dict[tuple[str, str], asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(_RUNNING)

    def changed(self, account: str, job_id: str) -> None:
        """A job's row was written."""
        if self._invoke is not None:
            self._spawn(self._look(account, job_id))

    async def start(self, invoke: Invoke) -> None:
        """Take up every job that is not over; `invoke` asks models."""
        self._invoke = invoke
        orders = await self._rows.unfinished()
        await asyncio.to_thread(_sweep, self._world.folder, {(order.account, order.id) for order in orders})
        for order in orders:
            self._take_up(order)

    async def stop(self) -> None:
        """Let go; the next factory goes on."""
        self._invoke = None
        for task in list(self._tasks):
            task.cancel()
        while self._tasks:
            with suppress(asyncio.CancelledError):
                await asyncio.wait(set(self._tasks))

    async def _look(self, account: str, job_id: str) -> None:
        order = await self._rows.find(account, job_id)
        if order is not None and not self._rows.is_over(order):
            self._take_up(order)

    def _take_up(self, order: Order) -> None:
        key = (order.account, order.id)
        known = key in self._stops
        stop = self._stops.setdefault(key, asyncio.Event())
        if not order.wanted:
            stop.set()
        if not known:
            self._spawn(self._work(order, stop), order)

    async def _work(self, order: Order, stop: asyncio.Event) -> None:
        try:
            if await self._admitted(order, stop):
                try:
                    await self._run(order, stop)
                finally:
                    self._room.release()
        except ApiError as error:
            _LOG.error("a batch job's state could not be written", extra={"reason": error.message})
        finally:
            self._stops.pop((order.account, order.id), None)

    async def _admitted(self, order: Order, stop: asyncio.Event) -> bool:
        """Wait for room; False where the job was stopped before it began, and is over."""
        turn, stopped = asyncio.ensure_future(self._room.acquire()), asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({turn, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if turn.done() or order.observed["files"]:
                return await turn
        finally:
            stopped.cancel()
            turn.cancel()
        await self._over(order, "Stopped")
        return False

    async def _run(self, order: Order, stop: asyncio.Event) -> None:
        world, request = self._world, order.request
        if self._invoke is None:
            return
        acting = Acting(world.iam, order.account, request["roleArn"], _SESSION)
        operation: Operation = request.get("modelInvocationType") or "InvokeModel"
        means = Means(
            self._rows,
            Transfers(world.buckets, world.objects, world.clock, world.dice, acting, order.account),
            Asking(self._invoke, acting, world.clock, operation, request["modelId"]),
            world.clock,
            world.folder / order.account / order.id,
            world.record_bytes,
        )
        await Run(order, means, stop).go()

    def _spawn(self, work: Coroutine[None, None, None], order: Order | None = None) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(lambda ended: self._ended(ended, order))

    def _ended(self, task: asyncio.Task[None], order: Order | None) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("the loop of a batch job ended by a bug", exc_info=error)
            if order is not None:
                self._spawn(
                    self._over(order, "Failed", "Internal error: the operator of this site finds it in the log.")
                )

    async def _over(self, order: Order, status: str, message: str = "") -> None:
        now = self._world.clock.now()
        await self._rows.observe(
            order, lambda seen: {**seen, "status": status, "message": message, "modified": now, "ended": now}
        )


def _sweep(folder: Path, wanted: set[tuple[str, str]]) -> None:
    """Remove what jobs left that are over: the factory was killed before it could."""
    if not folder.is_dir():
        return
    for account in folder.iterdir():
        for job in account.iterdir():
            if (account.name, job.name) not in wanted:
                shutil.rmtree(job, ignore_errors=True)
