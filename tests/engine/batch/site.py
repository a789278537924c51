"""A site with batch jobs: rows and objects that outlive the loops over them, and a model that a test scripts."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from tests.engine.waiting import until
from usina.core.batch import INVOCATION_JOB, Answered, begun
from usina.core.clock import SystemClock, SystemDice
from usina.core.jobs import OVER
from usina.core.objects import Bucket, Entry
from usina.core.ports import Row
from usina.engine.batch.loop import BatchWorld, SiteBatches
from usina.testing.jobs import TrustingIam
from usina.testing.objects import memory_objects
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from usina.core.batch import Operation
    from usina.core.operation import Principal
    from usina.core.ports import Json

ACCOUNT = "111122223333"
JOB = "abcdefghijkl"
RECORD_BYTES = 2_000


class Echo:
    """The `Invoke` port of a model that repeats what it is asked; `script` answers before it, in order of asking."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, Json]] = []
        self.script: list[Answered] = []
        self.most_at_once = self._now = 0
        self.hold_after = 1_000_000  # records that are answered; those after them are answered never

    async def __call__(self, principal: Principal, operation: Operation, model_id: str, body: bytes) -> Answered:
        """Answer."""
        self.asked.append((principal.arn, operation, model_id, json.loads(body)))
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            if len(self.asked) > self.hold_after:
                await asyncio.Event().wait()
            await asyncio.sleep(0)
            return self.script.pop(0) if self.script else Answered(200, b'{"said": %b}' % body, "", "", 3, 2)
        finally:
            self._now -= 1


def lines(count: int) -> bytes:
    """A file of that many records."""
    return b"".join(b'{"recordId": "r%d", "modelInput": {"n": %d}}\n' % (n, n) for n in range(count))


class BatchSite:
    """Rows and objects of a site."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SystemClock()
        self.records = MemoryRecords()
        self.store = memory_objects(SystemDice())
        self.iam = TrustingIam()
        self.model = Echo()

    async def open(self) -> SiteBatches:
        """A loop over them, as a factory that starts makes it."""
        if self.store.buckets.find("data") is None:
            await self.store.buckets.create(Bucket("data", ACCOUNT, 0.0))
            await self.store.buckets.create(Bucket("foreign", "999988887777", 0.0))
        world = BatchWorld(
            self.folder,
            self.records,
            self.store.buckets,
            self.store.objects,
            self.iam,  # type: ignore[arg-type] # the part of it that jobs ask
            self.clock,
            SystemDice(),
            RECORD_BYTES,
        )
        batches = SiteBatches(world)
        await batches.start(self.model)
        return batches

    async def put(self, key: str, content: bytes, bucket: str = "data") -> None:
        """Store an object."""

        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(content), 7):
                yield content[start : start + 7]

        kept = await self.store.objects.keep(pieces())
        entry = Entry(bucket, key, 0.0, kept.md5, kept.size_bytes, (kept.blob,), {"headers": {}})
        await self.store.objects.put(entry, kept.blob)

    async def read(self, key: str) -> bytes:
        """An object's content."""
        entry = await self.store.objects.find("data", key)
        assert entry is not None, key
        return b"".join([piece async for piece in await self.store.objects.read(entry, 0, entry.size_bytes)])

    async def output(self, name: str) -> list[Json]:
        """The lines of a delivered file."""
        return [json.loads(line) for line in (await self.read(f"out/{JOB}/{name}")).splitlines()]

    async def create(self, source: str = "s3://data/in/a.jsonl", created: float | None = None, **changes: Any) -> None:
        """Write the row of a job."""
        now = self.clock.now() if created is None else created
        request = {
            "jobName": "job",
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/batch",
            "modelId": "a.model",
            "inputDataConfig": {"s3InputDataConfig": {"s3Uri": source}},
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://data/out/"}},
            **changes,
        }
        body = {"request": request, "tags": [], "created": now, "desired": "run", "observed": begun(now)}
        await self.records.put(Row(INVOCATION_JOB, ACCOUNT, JOB, body))

    async def want_stop(self) -> None:
        """What StopModelInvocationJob writes."""
        row = await self.row()
        await self.records.put(Row(row.kind, row.account, row.name, {**row.body, "desired": "stop"}, row.version))

    async def row(self) -> Row:
        """The job's row."""
        row = await self.records.get(INVOCATION_JOB, ACCOUNT, JOB)
        assert row is not None
        return row

    async def observed(self) -> Json:
        """What is known of the job."""
        return dict((await self.row()).body["observed"])

    async def ended(self) -> Json:
        """Wait until the job is over; what is known of it then."""

        async def over() -> bool:
            return (await self.observed())["status"] in OVER

        await until(over)
        return await self.observed()

    async def run(self, source: str = "s3://data/in/a.jsonl", **changes: Any) -> Json:
        """A job from its creation to its end; what is known of it then."""
        batches = await self.open()
        await self.create(source, **changes)
        batches.changed(ACCOUNT, JOB)
        try:
            return await self.ended()
        finally:
            await batches.stop()

    def kept(self) -> Sequence[str]:
        """Names of files that are on this site's disk for jobs."""
        return sorted(path.name for path in self.folder.rglob("*") if path.is_file())
