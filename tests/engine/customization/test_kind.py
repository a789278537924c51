"""What a customization job brings to its program, and what becomes of what that leaves; the program is played."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.customization.test_adapters import write
from tests.engine.jobs.site import ACCOUNT, MEMORY, JobSite
from tests.engine.waiting import until
from usina.core import custom
from usina.core.jobs import InstanceType
from usina.core.ports import Row
from usina.engine.catalogue import SiteCatalogue
from usina.engine.customization.adapters import AdapterFolder
from usina.engine.customization.kind import CustomizationJobs
from usina.engine.images import Image
from usina.engine.settings import EngineSettings
from usina.testing.clock import VirtualClock
from usina.testing.sandbox import ScriptedSandbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from usina.testing.sandbox import ScriptedProgram

BASE, SHA256, MODEL = "acme.base", "ab" * 32, "abcdefabcdef"
ARN = custom.custom_model_arn("us-east-1", ACCOUNT, BASE, MODEL)
JOB = custom.job_arn("us-east-1", ACCOUNT, BASE, "job")
OUT = "out/model-customization-job-job/"
TABLE = "training_artifacts/step_wise_training_metrics.csv"


class ReadyImages:
    """Every image is there."""

    def find(self, asked: str) -> str:
        return asked

    async def ready(self, name: str, say: object = None) -> Image:
        del say
        return Image(name, "/image/bin/python")

    def lacking(self, name: str) -> str:
        del name
        return ""

    def names(self) -> Sequence[str]:
        return ("usina/lora",)


def request(**changes: Any) -> dict[str, Any]:
    asked = {
        "jobName": "teach",
        "customModelName": "taught",
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/tuner",
        "trainingDataConfig": {"s3Uri": "s3://data/train.jsonl"},
        "validationDataConfig": {"validators": [{"s3Uri": "s3://data/check/"}]},
        "outputDataConfig": {"s3Uri": "s3://data/out/"},
        "hyperParameters": {
            "epochCount": "3",
            "batchSize": "4",
            "learningRate": "0.001",
            "learningRateWarmupSteps": "0",
            "loraRank": "8",
        },
        "customModelTags": [],
        "base": BASE,
        "base_arn": f"arn:aws:bedrock:us-east-1::foundation-model/{BASE}",
        "base_sha256": SHA256,
        "model": MODEL,
        "model_arn": ARN,
        "job_arn": JOB,
    }
    return {**asked, **changes}


class Tuning:
    """A site with a base model, data, and a program that does what a test says."""

    def __init__(self, folder: Path) -> None:
        self.sandbox = ScriptedSandbox()
        self.site = JobSite(folder, self.sandbox, VirtualClock())
        self.folder = folder
        self.adapters = AdapterFolder(folder / "adapters")
        self.catalogue = SiteCatalogue(
            self.site.records, EngineSettings(), "us-east-1", folder / "models", self.adapters.root
        )
        self.site.images = ReadyImages()  # type: ignore[assignment] # the part of it that jobs ask
        self.site.kinds = [CustomizationJobs(self.site.records, self.catalogue, self.adapters)]
        self.site.instances = {custom.CUSTOMIZATION_INSTANCE: InstanceType("ml.usina.customization", 1, MEMORY)}

    async def begin(self, **changes: Any) -> None:
        """The base, the data and the job."""
        (self.folder / "models").mkdir(exist_ok=True)
        (self.folder / "models" / "base.gguf").write_bytes(b"weights")
        body = {"state": "READY", "task": "chat", "runtime": "llamacpp", "sha256": SHA256}
        await self.site.records.put(Row("model", "", BASE, {**body, "options": {"path": "base.gguf"}}))
        await self.catalogue.reload()
        await self.site.open_bucket()
        for key in ("train.jsonl", "train.jsonl.bak", "check/b.jsonl", "check/a.jsonl"):
            await self.site.put(key, key.encode())
        await self.site.create_row("job", custom.CUSTOMIZATION_JOB, request(**changes))
        self.jobs = await self.site.open()

    async def program(self) -> ScriptedProgram:
        """The program, once it began."""
        await until(lambda: bool(self.sandbox.started))
        return self.sandbox.started[0]

    def part(self, name: str) -> Path:
        """A folder of the job's."""
        return self.folder / "jobs" / ACCOUNT / custom.CUSTOMIZATION_JOB / "job" / "1" / name

    def leave(self, **result: Any) -> None:
        """What a program leaves that went well."""
        told = {"stopped": False, "training_loss": 0.25, "validation_losses": [0.5], **result}
        (self.part("notes") / "result.json").write_text(json.dumps(told))
        (self.part("output") / "training_artifacts").mkdir()
        (self.part("output") / TABLE).write_text("step_number")
        write(self.part("model") / "adapter.gguf")

    async def over(self) -> dict[str, Any]:
        """What is known of the job at its end."""
        seen = await self.site.until_over("job", kind=custom.CUSTOMIZATION_JOB)
        await self.jobs.stop()
        return seen

    async def model(self) -> Row | None:
        """The custom model's row."""
        return await self.site.records.get(custom.CUSTOM_MODEL, ACCOUNT, MODEL)


@pytest.fixture
def tuning(tmp_path: Path) -> Tuning:
    return Tuning(tmp_path)


async def test_the_program_gets_data_orders_and_the_base_and_no_network(tuning: Tuning) -> None:
    await tuning.begin()
    command = (await tuning.program()).command
    orders = json.loads((tuning.part("input") / "orders.json").read_text())
    assert orders["training"] == ["/opt/ml/input/training/train.jsonl"]
    assert orders["validation"] == [[f"/opt/ml/input/validation-0/{name}.jsonl" for name in ("a", "b")]]
    assert (orders["epochs"], orders["batch"], orders["rate"], orders["rank"]) == (3, 4, 0.001, 8)
    assert (tuning.part("input") / "training" / "train.jsonl").read_bytes() == b"train.jsonl"
    shown = {mount.target: mount for mount in command.mounts}
    assert shown["/usina/base/model.gguf"].source == tuning.folder / "models" / "base.gguf"
    assert not shown["/usina/base/model.gguf"].writable
    assert (shown["/usina/customization/inside"].source / "main.py").is_file()
    assert command.relays == ()
    assert command.environment["HF_HUB_OFFLINE"] == "1"
    await tuning.jobs.stop()


async def test_what_it_learnt_becomes_a_custom_model_and_tables_in_the_store(tuning: Tuning) -> None:
    await tuning.begin()
    program = await tuning.program()
    program.say("step=11 epoch=1 training_loss=0.250000 seconds=1.0")
    tuning.leave()
    program.end()
    seen = await tuning.over()
    assert (seen["status"], seen["failure"]) == ("Completed", "")
    assert seen["facts"] == {"training_loss": 0.25, "validation_losses": [0.5]}
    assert seen["metrics"]["trainingLoss"][0] == 0.25
    assert await tuning.site.keys(OUT) == [f"{OUT}adapter/adapter.gguf", f"{OUT}{TABLE}"]
    row = await tuning.model()
    assert row is not None
    assert (row.body["arn"], row.body["base_sha256"], row.body["job"]) == (ARN, SHA256, JOB)
    assert row.body["made"]["trainingDataConfig"] == {"s3Uri": "s3://data/train.jsonl"}
    assert (tuning.adapters.root / row.body["adapter"]).is_file()
    found = tuning.catalogue.resolve(ARN, ACCOUNT)
    assert found is not None
    assert found.card.base == BASE


async def test_a_step_that_was_done_before_a_kill_may_be_done_again(tuning: Tuning) -> None:
    await tuning.begin()
    program = await tuning.program()
    tuning.leave()
    program.end()
    await tuning.over()
    row, job = await tuning.model(), await tuning.site.records.get(custom.CUSTOMIZATION_JOB, ACCOUNT, "job")
    assert row is not None
    assert job is not None
    again = {**job.body["observed"], "status": "InProgress", "secondary": "Uploading", "ended": None}
    await tuning.site.records.put(replace(job, body={**job.body, "observed": again}))
    tuning.sandbox.started.clear()
    tuning.jobs = await tuning.site.open()
    program = await tuning.program()
    tuning.sandbox.started[0].command.folder.parent.joinpath("notes").mkdir(exist_ok=True)
    (program.command.folder.parent / "notes" / "result.json").write_text(
        json.dumps({"training_loss": 0.25, "validation_losses": [0.5]})
    )
    write(program.command.folder.parent / "model" / "adapter.gguf")
    program.end()
    assert (await tuning.over())["status"] == "Completed"
    repeated = await tuning.model()
    assert repeated is not None
    assert repeated.body["adapter"] == row.body["adapter"]


async def test_wrong_data_is_the_callers_to_mend_and_is_told_as_it_was_said(tuning: Tuning) -> None:
    await tuning.begin()
    program = await tuning.program()
    (tuning.part("notes") / "failure").write_text("Line 3 of train.jsonl is not valid: it is not JSON.")
    program.end(2)
    seen = await tuning.over()
    assert seen["failure"] == "ClientError: Line 3 of train.jsonl is not valid: it is not JSON."
    assert seen["phase"] == "data"
    assert await tuning.model() is None


@pytest.mark.parametrize(
    ("end", "result", "said"),
    [
        ((1, "exited"), None, "the training ended early"),
        ((137, "memory"), None, "not enough memory.*ml.usina.customization"),
        ((0, "exited"), None, "left no result"),
        ((0, "exited"), {"training_loss": float("nan")}, "diverged.*smaller learningRate"),
        ((0, "exited"), {"training_loss": "secret"}, "left no result"),
    ],
)
async def test_what_went_wrong_is_said_with_what_to_do(
    tuning: Tuning, end: tuple[int, Any], result: dict[str, Any] | None, said: str
) -> None:
    await tuning.begin()
    program = await tuning.program()
    if result is not None:
        tuning.leave(**result)
    program.end(*end)
    failure = (await tuning.over())["failure"]
    assert re.search(said, failure), failure
    assert await tuning.model() is None


async def test_a_stopped_job_leaves_its_table_and_no_model(tuning: Tuning) -> None:
    await tuning.begin()
    program = await tuning.program()
    await until(lambda: tuning.part("notes").is_dir())
    tuning.leave(stopped=True)
    row = await tuning.site.records.get(custom.CUSTOMIZATION_JOB, ACCOUNT, "job")
    assert row is not None
    await tuning.site.records.put(replace(row, body={**row.body, "desired": "stop"}))
    tuning.jobs.changed(custom.CUSTOMIZATION_JOB, ACCOUNT, "job")
    seen = await tuning.over()
    assert (seen["status"], program.signals) == ("Stopped", ["SIGTERM"])
    assert f"{OUT}{TABLE}" in await tuning.site.keys(OUT)
    assert await tuning.model() is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"trainingDataConfig": {"s3Uri": "s3://data/none"}}, "No S3 objects found"),
        ({"trainingDataConfig": {"s3Uri": "s3://elsewhere/x"}}, "bucket elsewhere does not exist"),
        ({"outputDataConfig": {"s3Uri": "s3://elsewhere/x"}}, "bucket elsewhere does not exist"),
        ({"base_sha256": "00"}, "is not there any more as it was"),
        ({"base": "acme.gone"}, "is not there any more as it was"),
    ],
)
async def test_what_cannot_be_brought_fails_the_job_before_it_starts(
    tuning: Tuning, change: dict[str, Any], said: str
) -> None:
    await tuning.begin(**change)
    assert said in (await tuning.over())["failure"]
    assert not tuning.sandbox.started


async def test_what_the_role_may_not_read_is_not_read(tuning: Tuning) -> None:
    tuning.site.iam.forbidden.add("s3:GetObject")
    await tuning.begin()
    assert "is not authorized to perform: s3:GetObject" in (await tuning.over())["failure"]


async def test_a_model_of_that_name_that_was_made_meanwhile_is_not_replaced(tuning: Tuning) -> None:
    await tuning.begin()
    program = await tuning.program()
    tuning.leave()
    other = Row(custom.CUSTOM_MODEL, ACCOUNT, MODEL, {"job": "another", "base": BASE, "adapter": "x", "arn": ARN})
    await tuning.site.records.put(other)
    program.end()
    assert "named taught was made meanwhile" in (await tuning.over())["failure"]
    kept = await tuning.model()
    assert kept is not None
    assert kept.body["job"] == "another"
