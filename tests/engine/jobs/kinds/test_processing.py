"""Processing jobs with real programs: inputs anywhere in /opt/ml/processing, outputs from there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.jobs.site import ACCOUNT, JobSite
from tests.engine.waiting import until
from usina.core.jobs import PROCESSING_JOB
from usina.testing.clock import VirtualClock
from usina.testing.sandbox import ScriptedSandbox

if TYPE_CHECKING:
    from pathlib import Path

COUNTS = """
import json, os, pathlib, sys
lines = pathlib.Path("/opt/ml/processing/input/data/a.csv").read_text().split()
out = pathlib.Path("/opt/ml/processing/output")
(out / "train" / "deep").mkdir()
(out / "train" / "deep" / "count.txt").write_text(f"{len(lines)} {sys.argv[1:]} {os.environ['MINE']}")
(out / "all.txt").write_text("all")
job = json.load(open("/opt/ml/config/processingjobconfig.json"))
host = json.load(open("/opt/ml/config/resourceconfig.json"))["current_host"]
pathlib.Path("/opt/ml/output/message").write_text(f"{job['ProcessingJobArn']} on {host}")
print("counted")
"""
FOLDER = "/opt/ml/processing"


def given(name: str, address: str, path: str) -> dict[str, Any]:
    return {"InputName": name, "S3Input": {"S3Uri": address, "S3DataType": "S3Prefix", "LocalPath": f"{FOLDER}/{path}"}}


def output(name: str, path: str, mode: str = "EndOfJob") -> dict[str, Any]:
    target = {"S3Uri": f"s3://data/out/{name}", "LocalPath": f"{FOLDER}/{path}", "S3UploadMode": mode}
    return {"OutputName": name, "S3Output": target}


def request(name: str, **changes: Any) -> dict[str, Any]:
    asked = {
        "ProcessingJobName": name,
        "AppSpecification": {
            "ImageUri": "usina/python",
            "ContainerEntrypoint": ["python3", f"{FOLDER}/input/code/run.py"],
        },
        "ProcessingInputs": [given("code", "s3://data/code/run.py", "input/code")],
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
        },
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/trainer",
    }
    return {**asked, **changes}


async def process(site: JobSite, script: str, **changes: Any) -> None:
    """Write the row of a job that runs this script."""
    await site.put("code/run.py", script.encode())
    await site.create_row("job", PROCESSING_JOB, request("job", **changes))


async def over(site: JobSite) -> dict[str, Any]:
    return await site.until_over("job", kind=PROCESSING_JOB)


async def test_a_program_finds_its_inputs_and_leaves_outputs_and_a_message(site: JobSite) -> None:
    await site.open_bucket()
    await site.put("points/a.csv", b"1 2 3")
    await process(
        site,
        COUNTS,
        AppSpecification={
            "ImageUri": "usina/python",
            "ContainerEntrypoint": ["python3", f"{FOLDER}/input/code/run.py"],
            "ContainerArguments": ["--rate", "1"],
        },
        ProcessingInputs=[
            given("code", "s3://data/code/run.py", "input/code"),
            given("data", "s3://data/points/", "input/data/"),
        ],
        ProcessingOutputConfig={"Outputs": [output("all", "output"), output("train", "output/train")]},
        Environment={"MINE": "yes"},
    )
    jobs = await site.open()
    seen = await over(site)
    assert (seen["status"], seen["failure"]) == ("Completed", "")
    assert await site.read("out/train/deep/count.txt") == b"3 ['--rate', '1'] yes"
    assert await site.read("out/all/train/deep/count.txt") == b"3 ['--rate', '1'] yes"
    assert await site.read("out/all/all.txt") == b"all"
    assert seen["exit_message"] == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:processing-job/job on algo-1"
    assert site.logs.lines[0][1] == "/aws/sagemaker/ProcessingJobs"
    assert site.logs.text("job/algo-1-") == ["counted"]
    await until(lambda: not list((site.folder / "jobs" / ACCOUNT / PROCESSING_JOB).iterdir()))
    await jobs.stop()


async def test_a_failing_program_says_why_and_stores_nothing_at_its_end(site: JobSite) -> None:
    await site.open_bucket()
    script = (
        f"open('{FOLDER}/output/part', 'w').write('half')\n"
        "open('/opt/ml/output/message', 'w').write('the data is wrong')\nraise SystemExit(3)"
    )
    await process(site, script, ProcessingOutputConfig={"Outputs": [output("all", "output")]})
    jobs = await site.open()
    seen = await over(site)
    assert seen["failure"] == "AlgorithmError: the data is wrong, exit code: 3"
    assert (seen["status"], seen["exit_message"]) == ("Failed", "the data is wrong")
    assert await site.store.objects.find("data", "out/all/part") is None
    await jobs.stop()


async def test_outputs_lead_out_of_their_folder_by_no_link(site: JobSite) -> None:
    await site.open_bucket()
    (site.folder / "secret").write_text("of the site")
    script = (
        "import os\n"
        f"os.rmdir('{FOLDER}/output/linked'); os.symlink('{site.folder}', '{FOLDER}/output/linked')\n"
        f"os.symlink('{site.folder}/secret', '{FOLDER}/output/whole/file')\n"
        f"open('{FOLDER}/output/whole/mine', 'w').write('mine')\n"
    )
    outputs = [output("linked", "output/linked"), output("whole", "output/whole", "Continuous")]
    await process(site, script, ProcessingOutputConfig={"Outputs": outputs})
    jobs = await site.open()
    assert (await over(site))["status"] == "Completed"
    keys = await site.keys("out/")
    assert keys == ["out/whole/mine"]
    await jobs.stop()


@pytest.mark.parametrize("path", ["/opt/ml/processing/../../../root", "/etc", "relative", ""])
async def test_a_path_outside_the_folder_fails_the_job(tmp_path: Path, path: str) -> None:
    sandbox = ScriptedSandbox()
    site = JobSite(tmp_path, sandbox, VirtualClock())
    await site.open_bucket()
    source = {"S3Uri": "s3://data/code/", "S3DataType": "S3Prefix", "LocalPath": path}
    await process(site, "", ProcessingInputs=[{"InputName": "code", "S3Input": source}])
    jobs = await site.open()
    assert "LocalPath must be a folder" in (await over(site))["failure"]
    assert not sandbox.started
    await jobs.stop()


async def test_continuous_outputs_are_stored_while_the_program_runs(tmp_path: Path) -> None:
    clock, sandbox = VirtualClock(), ScriptedSandbox()
    site = JobSite(tmp_path, sandbox, clock)
    await site.open_bucket()
    outputs = [output("live", "output/live", "Continuous"), output("end", "output/end")]
    await process(
        site,
        "",
        ProcessingOutputConfig={"Outputs": outputs},
        StoppingCondition={"MaxRuntimeInSeconds": 777_600},
    )
    jobs = await site.open()
    await until(lambda: bool(sandbox.started))
    folder = site.folder / "jobs" / ACCOUNT / PROCESSING_JOB / "job" / "1" / "processing" / "output"
    for name in ("live", "end"):
        (folder / name / "file").write_text(name)

    async def stored() -> bool:
        return await site.keys("out/") == ["out/live/file"]

    await until(stored)
    sandbox.started[0].end()
    assert (await over(site))["status"] == "Completed"
    assert await site.keys("out/") == ["out/end/file", "out/live/file"]
    await jobs.stop()


async def test_kinds_share_the_room_of_the_machine_and_their_names_do_not_meet(tmp_path: Path) -> None:
    sandbox = ScriptedSandbox()
    site = JobSite(tmp_path, sandbox, VirtualClock())
    jobs = await site.open(cores=1)
    await site.create(jobs, "", StoppingCondition={"MaxRuntimeInSeconds": 2_419_200})
    await until(lambda: bool(sandbox.started))
    await process(site, "")
    jobs.changed(PROCESSING_JOB, ACCOUNT, "job")

    async def waits() -> bool:
        job = await site.rows.find(PROCESSING_JOB, ACCOUNT, "job")
        return job is not None and bool(job.observed["secondary"] == "Pending")

    await until(waits)
    sandbox.started[0].end()
    assert (await site.until_over())["status"] == "Completed"
    await until(lambda: len(sandbox.started) > 1)
    training, processing = (program.command for program in sandbox.started)
    assert training.user != processing.user
    assert processing.argv[0] == "python3"
    assert json.loads((processing.folder.parent / "config" / "resourceconfig.json").read_text())["hosts"] == ["algo-1"]
    sandbox.started[1].end()
    assert (await over(site))["status"] == "Completed"
    await jobs.stop()
