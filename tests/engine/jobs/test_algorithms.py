"""SageMaker's XGBoost algorithm: no script, hyperparameters and channels in, a model out that xgboost loads."""

from __future__ import annotations

import json
import random
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.images.site import SHARED
from usina.engine.images.catalogue import ALGORITHMS, BUILT_IN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.jobs.site import JobSite

ROWS = 200


def points(seed: int) -> list[tuple[int, float, float]]:
    """A label that is which of two numbers is larger."""
    chance = random.Random(seed)
    pairs = [(chance.random(), chance.random()) for _ in range(ROWS)]
    return [(int(x > y), x, y) for x, y in pairs]


def csv(seed: int) -> str:
    return "".join(f"{label},{x:.4f},{y:.4f}\n" for label, x, y in points(seed))


def libsvm(seed: int) -> str:
    return "".join(f"{label} 0:{x:.4f} 1:{y:.4f}\n" for label, x, y in points(seed))


def channel(name: str, kind: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://data/{name}/"}
    return {"ChannelName": name, "ContentType": kind, "DataSource": {"S3DataSource": source}}


async def run(site: JobSite, files: dict[str, str], kind: str, **given: str) -> dict[str, Any]:
    await site.open_bucket()
    for name, text in files.items():
        await site.put(f"{name}/part", text.encode())
    jobs = await site.open()
    await site.create(
        jobs,
        "",
        AlgorithmSpecification={
            "TrainingImage": "683313688378.dkr.ecr.us-east-1.example.internal/sagemaker-xgboost:1.7-1",
            "TrainingInputMode": "File",
        },
        HyperParameters=given,
        InputDataConfig=[channel(name, kind) for name in files],
    )
    seen = await site.until_over(seconds=90)
    await jobs.stop()
    return seen


@pytest.mark.parametrize(("kind", "form"), [("text/csv", csv), ("text/libsvm", libsvm)])
async def test_it_trains_and_its_metrics_need_no_definitions(site: JobSite, kind: str, form: Any) -> None:
    files = {"train": form(1), "validation": form(2)}
    given = {"num_round": "12", "objective": "binary:logistic", "eval_metric": "error,auc", "max_depth": "3"}
    seen = await run(site, files, kind, **given)
    assert seen["status"] == "Completed", (seen["failure"], site.logs.text("job"))
    model = await site.files("out/job/output/model.tar.gz")
    assert len(model["xgboost-model"]) > 500
    assert seen["metrics"]["validation:auc"][0] > 0.9
    assert seen["metrics"]["train:error"][0] < 0.1
    assert sum("validation-auc" in line for line in site.logs.text("job")) == 12


async def test_what_it_lacks_is_said_in_the_failure(site: JobSite) -> None:
    seen = await run(site, {"train": csv(1)}, "text/csv")
    assert seen["status"] == "Failed"
    assert "num_round is required" in seen["failure"]


REFUSED: list[tuple[dict[str, str], str, dict[str, str], str]] = [
    ({"train": csv(1)}, "text/csv", {"num_round": "x"}, "whole number"),
    ({"train": "label,x\n1,2\n"}, "text/csv", {"num_round": "1"}, "no header"),
    ({"train": "1\n"}, "text/csv", {"num_round": "1"}, "at least one feature"),
    ({"train": ""}, "text/csv", {"num_round": "1"}, "holds no data"),
    ({"train": "no numbers\n"}, "text/libsvm", {"num_round": "1"}, "text/libsvm"),
    ({"validation": csv(1)}, "text/csv", {"num_round": "1"}, "named train is required"),
    ({"train": csv(1)}, "application/x-parquet", {"num_round": "1"}, "text/csv or text/libsvm"),
    ({"train": csv(1)}, "text/csv", {"num_round": "1", "early_stopping_rounds": "2"}, "named validation"),
    ({"train": csv(1)}, "text/csv", {"num_round": "1", "objective": "nothing:known"}, "nothing:known"),
]
EACH = """
import json, runpy, sys
module = runpy.run_path(sys.argv[1])
for folder in sys.argv[2:]:
    try:
        module["train"](folder)
    except Exception as error:
        print(json.dumps(str(error)))
"""


def test_what_it_cannot_train_with_is_refused_with_the_reason(tmp_path: Path) -> None:
    folders = []
    for count, (files, kind, given, _) in enumerate(REFUSED):
        folder = tmp_path / str(count)
        (folder / "input" / "config").mkdir(parents=True)
        channels = {name: {"ContentType": kind} for name in files}
        (folder / "input" / "config" / "inputdataconfig.json").write_text(json.dumps(channels))
        (folder / "input" / "config" / "hyperparameters.json").write_text(json.dumps(given))
        for name, text in files.items():
            (folder / "input" / "data" / name).mkdir(parents=True)
            (folder / "input" / "data" / name / "part").write_text(text)
        folders.append(str(folder))
    python = SHARED / BUILT_IN["usina/xgboost"].key / "bin" / "python"
    program = ALGORITHMS / BUILT_IN["usina/xgboost"].algorithm
    done = subprocess.run([python, "-c", EACH, program, *folders], capture_output=True, text=True, check=True)
    reasons = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('"')]
    for reason, (*_, message) in zip(reasons, REFUSED, strict=True):
        assert message in reason
