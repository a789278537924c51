"""A site that imports accounts' models: real conversions and engines that need no model, over rows and objects."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tests.engine.test_importing import factory_in
from tests.engine.waiting import until
from usina.core.clock import SystemClock, SystemDice
from usina.core.imports import IMPORT_JOB, IMPORTED, begun
from usina.core.jobs import OVER
from usina.core.objects import Bucket, Entry
from usina.core.ports import Row
from usina.engine.imports.kept import AccountModels
from usina.engine.imports.loop import ImportWorld, SiteImports
from usina.testing.jobs import TrustingIam
from usina.testing.objects import memory_objects
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from usina.core.ports import Json
    from usina.engine.factory import EngineFactory

ACCOUNT = "111122223333"
OTHER = "999988887777"
JOB = "abcdefghijkl"
MODEL_ID = "mnopqrstuvwx"
ARN = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:imported-model/{MODEL_ID}"


class ImportSite:
    """Rows, objects and files that outlive the loops over them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.records = MemoryRecords()
        self.store = memory_objects(SystemDice())
        self.iam = TrustingIam()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[SiteImports, EngineFactory]]:
        """A factory over them, started."""
        async with factory_in(self.home, self.records) as factory:
            world = ImportWorld(
                self.home / "models" / ".imports",
                AccountModels(self.home / "models", self.records, factory.catalogue, factory.follow),
                factory.converter,
                self.store.buckets,
                self.store.objects,
                self.iam,  # type: ignore[arg-type] # the part of it that jobs ask
                SystemClock(),
                SystemDice(),
                requantise=True,
            )
            imports = SiteImports(world)
            await imports.start()
            try:
                yield imports, factory
            finally:
                await imports.stop()

    async def put(self, files: Mapping[str, bytes]) -> None:
        """Store objects, in a bucket of the account's."""
        if self.store.buckets.find("data") is None:
            await self.store.buckets.create(Bucket("data", ACCOUNT, 0.0))
        for key, content in files.items():

            async def pieces(content: bytes = content) -> AsyncIterator[bytes]:
                if content:
                    yield content

            kept = await self.store.objects.keep(pieces())
            entry = Entry("data", key, 0.0, kept.md5, kept.size_bytes, (kept.blob,), {"headers": {}})
            await self.store.objects.put(entry, kept.blob)

    async def create(self, source: str) -> None:
        """What CreateModelImportJob writes."""
        request = {
            "jobName": "bring",
            "importedModelName": "mine",
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/importer",
            "modelDataSource": {"s3DataSource": {"s3Uri": source}},
        }
        body = {"request": request, "model": ARN, "tags": [], "created": 1.0, "desired": "run", "observed": begun(1.0)}
        await self.records.put(Row(IMPORT_JOB, ACCOUNT, JOB, body))
        owner: dict[str, Any] = {"name": "mine", "arn": ARN, "job": JOB, "ready": False, "removing": False}
        await self.records.put(Row(IMPORTED, ACCOUNT, MODEL_ID, owner))

    async def observed(self) -> Json:
        """What is known of the job."""
        row = await self.records.get(IMPORT_JOB, ACCOUNT, JOB)
        assert row is not None
        return dict(row.body["observed"])

    async def ended(self) -> Json:
        """Wait until the job is over; what is known of it then."""

        async def over() -> bool:
            return (await self.observed())["status"] in OVER

        await until(over, 30)
        return await self.observed()

    async def run(self, source: str) -> Json:
        """A job from its creation to its end."""
        await self.create(source)
        async with self.open():
            return await self.ended()

    def files(self) -> set[str]:
        """What lies in the models' folder, but for folders."""
        folder = self.home / "models"
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
