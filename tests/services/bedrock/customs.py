"""A world whose catalogue is the site's own, over rows, with engines whose adapters are as a test says."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from usina.core.custom import CUSTOM_MODEL, CUSTOMIZATION_JOB
from usina.core.ports import Row
from usina.engine.catalogue import SiteCatalogue
from usina.engine.settings import EngineSettings
from usina.testing.aws_client import connect
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.jobs import FakeJobs
from usina.testing.world import ACCOUNT, principal, world

if TYPE_CHECKING:
    from pathlib import Path

    from usina.core.ports import ModelCard, Ports

ADMINISTRATOR = principal(roles=("administrator",))
OTHER = principal("999988887777", roles=("administrator",))
BASE_SHA256 = "ab" * 32
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ASKED: dict[str, Any] = {
    "jobName": "teach",
    "customModelName": "taught",
    "roleArn": f"arn:aws:iam::{ACCOUNT}:role/tuner",
    "baseModelIdentifier": CHAT.id,
    "trainingDataConfig": {"s3Uri": "s3://data/train.jsonl"},
    "outputDataConfig": {"s3Uri": "s3://data/out"},
}


class TuningJobs(FakeJobs):
    """A machine that has room for customization jobs."""

    def refusal(self, instance_type: str, count: int, use: str = "training job") -> str:
        """None, unless a test says otherwise."""
        return (
            "" if instance_type == "ml.usina.customization" and count == 1 else super().refusal(instance_type, 9, use)
        )


class Site:
    """One site, and clients of two accounts."""

    def __init__(self, folder: Path) -> None:
        self.states: dict[str, tuple[str, str]] = {}  # ARN of a custom model -> state and reason of its adapter
        self.folder = folder
        self.jobs = TuningJobs()
        plain = world(jobs=self.jobs)
        catalogue = SiteCatalogue(plain.records, EngineSettings(), "us-east-1", folder, folder)
        catalogue.observe(tuple, self._state)
        self.ports: Ports = replace(plain, catalogue=catalogue)
        asyncio.run(self._begin())
        connect("iam", self.ports, ADMINISTRATOR).create_role(
            RoleName="tuner", AssumeRolePolicyDocument=json.dumps(TRUST)
        )
        self.bedrock = connect("bedrock", self.ports, ADMINISTRATOR)
        self.other = connect("bedrock", self.ports, OTHER)

    def _state(self, card: ModelCard) -> tuple[str, str]:
        return self.states.get(card.id, ("STARTING", ""))

    async def _begin(self) -> None:
        bodies: dict[str, dict[str, Any]] = {
            CHAT.id: {"task": "chat", "runtime": "llamacpp"},
            EMBEDDING.id: {"task": "embedding", "runtime": "llamacpp"},
            "acme.other": {"task": "chat", "runtime": "llamacpp", "architecture": "gemma"},
        }
        for name, body in bodies.items():
            whole = {"state": "READY", "context_tokens": 2_048, "sha256": BASE_SHA256, **body}
            await self.ports.records.put(Row("model", "", name, whole))
        await self.ports.catalogue.reload()

    def become(self, arn: str, state: str, reason: str = "") -> None:
        """The engine has that adapter, or has not."""
        self.states[arn] = (state, reason)
        asyncio.run(self.ports.catalogue.reload())

    def observe(self, arn: str, **changes: Any) -> None:
        """What the control loop writes of a job."""

        async def write() -> None:
            row = await self.ports.records.get(CUSTOMIZATION_JOB, ACCOUNT, arn.rpartition("/")[2])
            assert row is not None
            await self.ports.records.put(
                replace(row, body={**row.body, "observed": {**row.body["observed"], **changes}})
            )

        asyncio.run(write())

    def finished(self, name: str = "taught", job: str = "teach") -> str:
        """A job that ran to its end; gives the ARN of what it made."""
        arn = self.bedrock.create_model_customization_job(**{**ASKED, "customModelName": name, "jobName": job})[
            "jobArn"
        ]
        facts = {"training_loss": 0.25, "validation_losses": [0.5]}
        self.observe(arn, status="Completed", ended=self.ports.clock.now(), facts=facts)
        path = self.folder / f"{name}.gguf"
        path.touch()

        async def keep() -> str:
            row = await self.ports.records.get(CUSTOMIZATION_JOB, ACCOUNT, arn.rpartition("/")[2])
            assert row is not None
            request = row.body["request"]
            body = {
                "arn": request["model_arn"],
                "name": name,
                "base": request["base"],
                "base_sha256": request["base_sha256"],
                "adapter": path.name,
                "sha256": "cd" * 32,
                "size_bytes": 1,
                "created": self.ports.clock.now(),
                "job": arn,
                "made": {**request, **facts},
                "tags": request["customModelTags"],
            }
            await self.ports.records.put(Row(CUSTOM_MODEL, ACCOUNT, request["model"], body))
            await self.ports.catalogue.reload()
            return str(request["model_arn"])

        return asyncio.run(keep())
