"""A site that runs jobs for real: sandbox, rows and objects, without a front door."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING, Any

from tests.engine.images.site import site_images
from tests.engine.waiting import until
from usina.core.clock import SystemClock, SystemDice
from usina.core.jobs import OVER, TRAINING_JOB, InstanceType, begun
from usina.core.objects import Asked, Bucket, Entry
from usina.core.ports import Row
from usina.engine.jobs.capacity import Floor
from usina.engine.jobs.kinds.processing import ProcessingJobs
from usina.engine.jobs.kinds.training import TrainingJobs
from usina.engine.jobs.loop import SiteJobs
from usina.engine.jobs.rows import JobRows
from usina.engine.jobs.run import World
from usina.testing.jobs import ListedLogs, TrustingIam
from usina.testing.objects import memory_objects
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from usina.core.clock import Clock
    from usina.core.jobs import LogSink
    from usina.engine.images import Images
    from usina.engine.jobs.egress import Notes
    from usina.engine.jobs.kinds import Driven, Kind
    from usina.engine.sandbox import Sandbox

ACCOUNT = "111122223333"
MEMORY = 300_000_000
INSTANCE = InstanceType("ml.m5.large", 1, MEMORY)


def tar_gz(files: Mapping[str, str]) -> bytes:
    """An archive of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


def request(name: str, **changes: Any) -> dict[str, Any]:
    """The arguments of CreateTrainingJob for a script at s3://data/source.tar.gz."""
    asked = {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": "usina/python", "TrainingInputMode": "File"},
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/trainer",
        "HyperParameters": {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": "s3://data/source.tar.gz",
        },
        "OutputDataConfig": {"S3OutputPath": "s3://data/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
    return {**asked, **changes}


class JobSite:
    """Rows, objects and logs that outlive the loops over them."""

    def __init__(self, folder: Path, sandbox: Sandbox, clock: Clock | None = None, sink: LogSink | None = None) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.clock = clock or SystemClock()
        self.records = MemoryRecords()
        self.store = memory_objects(SystemDice())
        self.logs = ListedLogs()
        self.iam = TrustingIam()
        self.sink = sink or self.logs
        self.notes: Notes | None = None
        self.rows = JobRows(self.records)
        self.images: Images | None = None
        self.kinds: list[Kind] = []  # beside SageMaker's
        self.instances: dict[str, InstanceType] = {}

    async def open(self, cores: int = 1) -> SiteJobs:
        """A loop over them, as a factory that starts makes it."""
        await self.open_bucket()
        images = self.images or site_images(self.folder, self.clock)
        world = World(
            self.folder / "jobs",
            self.sandbox,
            self.rows,
            self.store.buckets,
            self.store.objects,
            self.iam,  # type: ignore[arg-type] # the part of it that jobs ask
            self.sink,
            self.clock,
            SystemDice(),
            "us-east-1",
            images,
            notes=self.notes,
        )
        jobs = SiteJobs(
            self.rows,
            world,
            self.sandbox.isolation,
            Floor(InstanceType("machine", cores, cores * MEMORY)),
            kinds=(TrainingJobs(), ProcessingJobs(), *self.kinds),
            driven=self.driven(),
            instances={INSTANCE.name: INSTANCE, **self.instances},
            images=images,
            clock=self.clock,
        )
        await jobs.start()
        return jobs

    def driven(self) -> Sequence[Driven]:
        """Kinds that do their work in their own way; none here."""
        return ()

    async def open_bucket(self) -> None:
        """The bucket of all tests."""
        if self.store.buckets.find("data") is None:
            await self.store.buckets.create(Bucket("data", ACCOUNT, 0.0))

    async def put(self, key: str, content: bytes, bucket: str = "data") -> None:
        """Store an object."""

        async def pieces() -> AsyncIterator[bytes]:
            yield content

        kept = await self.store.objects.keep(pieces())
        entry = Entry(bucket, key, 0.0, kept.md5, kept.size_bytes, (kept.blob,), {"headers": {}})
        await self.store.objects.put(entry, kept.blob)

    async def read(self, key: str) -> bytes:
        """An object's content."""
        entry = await self.store.objects.find("data", key)
        assert entry is not None, key
        return b"".join([piece async for piece in await self.store.objects.read(entry, 0, entry.size_bytes)])

    async def keys(self, prefix: str) -> list[str]:
        """What the bucket holds below."""
        page = await self.store.objects.list("data", Asked(prefix=prefix))
        return [entry.key for entry in page.entries]

    async def files(self, key: str) -> dict[str, bytes]:
        """The regular files of an archive in the store."""
        with tarfile.open(fileobj=io.BytesIO(await self.read(key))) as tar:
            contents = {member.name: tar.extractfile(member) for member in tar if member.isreg()}
            return {name: content.read() for name, content in contents.items() if content is not None}

    async def create(self, jobs: SiteJobs, script: str, name: str = "job", **changes: Any) -> None:
        """Write the row of a job that runs this script, and tell the loop."""
        await self.put("source.tar.gz", tar_gz({"train.py": script}))
        await self.create_row(name, TRAINING_JOB, request(name, **changes))
        jobs.changed(TRAINING_JOB, ACCOUNT, name)

    async def create_row(
        self, name: str = "job", kind: str = TRAINING_JOB, asked: dict[str, Any] | None = None
    ) -> None:
        """Write the row alone."""
        now = self.clock.now()
        body = {
            "request": asked or request(name),
            "tags": [],
            "created": now,
            "desired": "run",
            "observed": begun(now),
        }
        await self.records.put(Row(kind, ACCOUNT, name, body))

    async def want_stop(self, jobs: SiteJobs, name: str = "job") -> None:
        """What StopTrainingJob writes."""
        row = await self.records.get(TRAINING_JOB, ACCOUNT, name)
        assert row is not None
        await self.records.put(Row(row.kind, row.account, row.name, {**row.body, "desired": "stop"}, row.version))
        jobs.changed(TRAINING_JOB, ACCOUNT, name)

    async def observed(self, name: str = "job", kind: str = TRAINING_JOB) -> dict[str, Any]:
        """What is known of a job."""
        job = await self.rows.find(kind, ACCOUNT, name)
        assert job is not None
        return job.observed

    async def until_over(self, name: str = "job", seconds: float = 20.0, kind: str = TRAINING_JOB) -> dict[str, Any]:
        """Wait for its end."""

        async def is_over() -> bool:
            return (await self.observed(name, kind))["status"] in OVER

        await until(is_over, seconds)
        return await self.observed(name, kind)

    async def until_says(self, text: str, name: str = "job") -> None:
        """Wait for a line of its log."""
        await until(lambda: any(text in line for line in self.logs.text(name)))
