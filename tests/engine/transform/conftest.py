"""Transform jobs with model servers in the sandbox of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.jobs.site import ACCOUNT
from tests.engine.serving.site import ROLE, ServingSite
from usina.core.jobs import TRANSFORM_JOB, begun
from usina.core.ports import Row
from usina.engine.transform.kind import TransformJobs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from usina.engine.jobs.kinds import Driven
    from usina.engine.jobs.loop import SiteJobs
    from usina.engine.sandbox import Sandbox


class TransformSite(ServingSite):
    """A site whose jobs are transform jobs, too."""

    def driven(self) -> Sequence[Driven]:
        """The kind."""
        return (TransformJobs(self.rows, self.world()),)

    async def transform(self, jobs: SiteJobs, name: str = "job", **changes: Any) -> None:
        """Write the row of a job over s3://data/in/ with the model s3://data/model.tar.gz, and tell the loop."""
        now = self.clock.now()
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/in/"}}
        request = {
            "TransformJobName": name,
            "ModelName": "doubles",
            "TransformInput": {"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
            "TransformOutput": {"S3OutputPath": "s3://data/out", "Accept": "text/csv", "AssembleWith": "Line"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            **changes,
        }
        container = {"Image": "usina/python", "ModelDataUrl": "s3://data/model.tar.gz"}
        body = {
            "request": request,
            "tags": [],
            "created": now,
            "desired": "run",
            "observed": begun(now, "transform"),
            "model": {"container": container, "role": ROLE, "isolated": False},
        }
        await self.records.put(Row(TRANSFORM_JOB, ACCOUNT, name, body))
        jobs.changed(TRANSFORM_JOB, ACCOUNT, name)

    async def over(self, name: str = "job") -> dict[str, Any]:
        """Wait for its end."""
        return await self.until_over(name, kind=TRANSFORM_JOB)

    async def want_transform_stop(self, jobs: SiteJobs, name: str = "job") -> None:
        """What StopTransformJob writes."""
        row = await self.records.get(TRANSFORM_JOB, ACCOUNT, name)
        assert row is not None
        await self.records.put(Row(row.kind, row.account, row.name, {**row.body, "desired": "stop"}, row.version))
        jobs.changed(TRANSFORM_JOB, ACCOUNT, name)


@pytest.fixture
async def site(tmp_path: Path, sandbox: Sandbox) -> AsyncIterator[TransformSite]:
    """A site, in the sandbox of this machine."""
    site = TransformSite(tmp_path, sandbox)
    yield site
    await site.close()
