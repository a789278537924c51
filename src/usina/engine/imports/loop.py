"""Control loop of accounts' imports and removals, behind the port `Imports`: one import at a time, the oldest first."""

from __future__ import annotations

import asyncio
import logging
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina.core.errors import ApiError
from usina.core.imports import IMPORT_JOB
from usina.engine.imports.run import Import, Tools
from usina.engine.jobs.acting import Acting
from usina.engine.jobs.rows import JobRows
from usina.engine.jobs.transfers import Transfers
from usina.engine.tasks import BUG, Tasks

if TYPE_CHECKING:
    from pathlib import Path

    from usina.core.clock import Clock, Dice
    from usina.core.iam import Iam
    from usina.core.objects import Buckets, Objects
    from usina.engine.converting import Converter
    from usina.engine.imports.kept import AccountModels
    from usina.engine.jobs.rows import Job

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
        self._rows = JobRows(world.models.records)
        self._known: set[tuple[str, str]] = set()
        self._tasks = Tasks("the loop of an import")
        self._turn = asyncio.Lock()  # a conversion takes all memory and cores that there are

    def changed(self, account: str, job_id: str) -> None:
        """A job's row was written."""
        self._tasks.spawn(self._look(account, job_id))

    def removed(self, account: str, model_id: str) -> None:
        """An imported model is to go."""
        self._tasks.spawn(self._remove(account, model_id))

    async def start(self) -> None:
        """Take up what was under way when the last factory ended."""
        await asyncio.to_thread(shutil.rmtree, self._world.folder, ignore_errors=True)
        await self._world.models.sweep()
        for job in await self._rows.unfinished([IMPORT_JOB]):
            self._take_up(job)
        for row in await self._world.models.owners():
            if row.body["removing"]:
                self.removed(row.account, row.name)

    async def stop(self) -> None:
        """Let go; the next factory goes on."""
        await self._tasks.stop()

    async def _look(self, account: str, job_id: str) -> None:
        job = await self._rows.find(IMPORT_JOB, account, job_id)
        if job is not None and not job.is_over:
            self._take_up(job)

    def _take_up(self, job: Job) -> None:
        if (job.account, job.name) not in self._known:
            self._known.add((job.account, job.name))
            self._tasks.spawn(self._work(job), lambda: self._tasks.spawn(self._broken(job)))

    async def _work(self, job: Job) -> None:
        world = self._world
        acting = Acting(world.iam, job.account, job.request["roleArn"], _SESSION)
        transfers = Transfers(world.buckets, world.objects, world.clock, world.dice, acting, job.account)
        folder = world.folder / job.account / job.name
        tools = Tools(self._rows, transfers, world.models, world.converter, world.clock, folder, world.requantise)
        try:
            async with self._turn:
                await Import(job, tools).go()
        except ApiError as error:
            _LOG.error("an import's state could not be written", extra={"reason": error.message})
        finally:
            self._known.discard((job.account, job.name))

    async def _broken(self, job: Job) -> None:
        """A bug ended it: it fails, and leaves nothing."""
        now = self._world.clock.now()
        await self._world.models.remove(job.account, job.body["model"])
        await self._rows.observe(
            job, lambda seen: {**seen, "status": "Failed", "message": BUG, "modified": now, "ended": now}
        )

    async def _remove(self, account: str, model_id: str) -> None:
        models = self._world.models
        row = await models.owner(account, model_id)
        if row is not None and row.body["removing"]:
            await models.remove(account, row.body["arn"])
            await models.forget(account, row.body["arn"])
