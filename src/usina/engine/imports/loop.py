"""Control loop of accounts' imports and removals, behind the port `Imports`: one import at a time, the oldest first."""

from __future__ import annotations

import asyncio
import logging
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina.core.errors import ApiError
from usina.core.imports import IMPORT_JOB, OVER
from usina.engine.batch.rows import OrderRows
from usina.engine.imports.run import Import, Tools
from usina.engine.jobs.acting import Acting
from usina.engine.jobs.transfers import Transfers

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from usina.core.clock import Clock, Dice
    from usina.core.iam import Iam
    from usina.core.objects import Buckets, Objects
    from usina.engine.batch.rows import Order
    from usina.engine.converting import Converter
    from usina.engine.imports.kept import AccountModels

_LOG = logging.getLogger(__name__)
_SESSION = "BedrockImport"


@dataclass(frozen=True, slots=True)
class ImportWorld:
    """What imports read and write of the site."""

    folder: Path  # for what is fetched and made; on the disk of the models
    models: AccountModels
    converter: Converter
    buckets: Buckets
    objects: Objects
    iam: Iam
    clock: Clock
    dice: Dice
    requantise: bool


class SiteImports:
    """The imports of this site's accounts."""

    def __init__(self, world: ImportWorld) -> None:
        self._world = world
        self._rows = OrderRows(world.models.records, IMPORT_JOB, OVER)
        self._known: set[tuple[str, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()  # a conversion takes all memory and cores that there are

    def changed(self, account: str, job_id: str) -> None:
        """A job's row was written."""
        self._spawn(self._look(account, job_id))

    def removed(self, account: str, model_id: str) -> None:
        """An imported model is to go."""
        self._spawn(self._remove(account, model_id))

    async def start(self) -> None:
        """Take up what was under way when the last factory ended."""
        await asyncio.to_thread(shutil.rmtree, self._world.folder, ignore_errors=True)
        await self._world.models.sweep()
        for order in await self._rows.unfinished():
            self._take_up(order)
        for row in await self._world.models.owners():
            if row.body["removing"]:
                self.removed(row.account, row.name)

    async def stop(self) -> None:
        """Let go; the next factory goes on."""
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
        if (order.account, order.id) not in self._known:
            self._known.add((order.account, order.id))
            self._spawn(self._work(order))

    async def _work(self, order: Order) -> None:
        world = self._world
        acting = Acting(world.iam, order.account, order.request["roleArn"], _SESSION)
        transfers = Transfers(world.buckets, world.objects, world.clock, world.dice, acting, order.account)
        folder = world.folder / order.account / order.id
        tools = Tools(self._rows, transfers, world.models, world.converter, world.clock, folder, world.requantise)
        try:
            async with self._turn:
                await Import(order, tools).go()
        except ApiError as error:
            _LOG.error("an import's state could not be written", extra={"reason": error.message})
        finally:
            self._known.discard((order.account, order.id))

    async def _remove(self, account: str, model_id: str) -> None:
        models = self._world.models
        row = await models.owner(account, model_id)
        if row is not None and row.body["removing"]:
            await models.remove(account, row.body["arn"])
            await models.forget(account, row.body["arn"])

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("the loop of an import ended by a bug", exc_info=error)
