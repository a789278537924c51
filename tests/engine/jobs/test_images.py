"""A job runs in the image it asks for, or says why it cannot."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from tests.engine.images.site import site_images
from tests.engine.jobs.site import JobSite
from tests.engine.waiting import until
from usina.core.errors import EngineError
from usina.testing.clock import VirtualClock
from usina.testing.sandbox import ScriptedSandbox

if TYPE_CHECKING:
    from pathlib import Path

    from usina.engine.images import Image

SKLEARN = "683313688378.dkr.ecr.us-east-1.example.internal/sagemaker-scikit-learn:1.2-1-cpu-py3"
TRAINS = """
import argparse, json, os, pathlib, sys
import joblib, numpy, pandas
from sklearn.linear_model import LogisticRegression
parser = argparse.ArgumentParser()
parser.add_argument("--rows", type=int)
parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
given = parser.parse_args()
points = pandas.DataFrame({"x": numpy.linspace(-1, 1, given.rows)})
model = LogisticRegression().fit(points, points["x"] > 0)
joblib.dump(model, pathlib.Path(given.model_dir) / "model.joblib")
score = float(model.score(points, points["x"] > 0))
(pathlib.Path(given.model_dir) / "said.json").write_text(json.dumps([score, sys.executable]))
try:
    open(numpy.__file__, "a")
except OSError as error:
    print("the image is", error.strerror)
"""


def asks(image: str) -> dict[str, str]:
    return {"TrainingImage": image, "TrainingInputMode": "File"}


async def test_a_script_finds_the_packages_of_its_image_and_cannot_change_them(site: JobSite) -> None:
    jobs = await site.open()
    given = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": "s3://data/source.tar.gz",
        "rows": "100",
    }
    await site.create(jobs, TRAINS, AlgorithmSpecification=asks(SKLEARN), HyperParameters=given)
    seen = await site.until_over(seconds=60)
    assert seen["status"] == "Completed", seen["failure"]
    files = await site.files("out/job/output/model.tar.gz")
    score, python = json.loads(files["said.json"])
    assert score > 0.9
    assert python == "/opt/usina/image/bin/python"
    assert len(files["model.joblib"]) > 100
    assert any("the image is" in line for line in site.logs.text("job"))
    await jobs.stop()


async def test_a_job_whose_image_is_not_there_fails_with_what_to_do(tmp_path: Path) -> None:
    site = JobSite(tmp_path, ScriptedSandbox())
    site.images = site_images(tmp_path, folder=tmp_path / "images")
    jobs = await site.open()
    await site.create(jobs, "", AlgorithmSpecification=asks("usina/sklearn"))
    seen = await site.until_over()
    assert seen["failure"].startswith("ClientError: ")
    assert "usina images install usina/sklearn" in seen["failure"]
    await jobs.stop()


async def test_a_job_shows_how_far_its_image_is_and_can_be_stopped_meanwhile(tmp_path: Path) -> None:
    site = JobSite(tmp_path, ScriptedSandbox(), VirtualClock())
    site.images = site_images(tmp_path)
    told = False

    async def ready(name: str, say: object) -> Image:
        nonlocal told
        await say("fetching packages", 0.5)  # type: ignore[operator] # of that form
        told = True
        await asyncio.Event().wait()
        raise EngineError("never")

    site.images.ready = ready  # type: ignore[assignment,method-assign] # an installation without an end
    jobs = await site.open()
    await site.create(jobs, "", AlgorithmSpecification=asks("usina/sklearn"))
    await until(lambda: told)
    seen = await site.observed()
    assert seen["secondary"] == "DownloadingTrainingImage"
    assert seen["transitions"][-1][3] == "Preparing the image: fetching packages, 50%"
    await site.want_stop(jobs)
    assert (await site.until_over())["status"] == "Stopped"
    assert jobs.lacking("usina/python") == ""
    await jobs.stop()
