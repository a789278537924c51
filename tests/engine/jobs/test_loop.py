"""Jobs from their creation to their artifacts, with real programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.engine.jobs.site import ACCOUNT, tar_gz
from tests.engine.waiting import until
from usina.core.jobs import TRAINING_JOB
from usina.engine.sandbox import kept

if TYPE_CHECKING:
    from tests.engine.jobs.site import JobSite

LINE_FIT = """
import argparse, csv, json, os, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int)
parser.add_argument("--rate", type=float)
given = parser.parse_args()
rows = [tuple(map(float, row)) for row in csv.reader(open(os.environ["SM_CHANNEL_TRAIN"] + "/points.csv"))]
slope = offset = 0.0
for epoch in range(given.epochs):
    for x, y in rows:
        error = slope * x + offset - y
        slope -= given.rate * error * x
        offset -= given.rate * error
    loss = sum((slope * x + offset - y) ** 2 for x, y in rows) / len(rows)
    print(f"epoch {epoch} loss: {loss:.6f}")
model = pathlib.Path(os.environ["SM_MODEL_DIR"])
(model / "line.json").write_text(json.dumps({"slope": slope, "offset": offset}))
(pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"]) / "note.txt").write_text("trained")
"""
WAITS = "import time\nprint('ready')\nwhile True: time.sleep(0.05)\n"
CHANNEL = {
    "ChannelName": "train",
    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/points/"}},
}


async def test_a_script_trains_and_leaves_a_model_a_log_and_metrics(site: JobSite) -> None:
    jobs = await site.open()
    await site.put("points/points.csv", "\n".join(f"{x / 10},{3 * x / 10 + 1}" for x in range(10)).encode())
    await site.create(
        jobs,
        LINE_FIT,
        InputDataConfig=[CHANNEL],
        HyperParameters={
            "epochs": "200",
            "rate": "0.1",
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": '"s3://data/source.tar.gz"',
        },
        AlgorithmSpecification={
            "TrainingImage": "usina/python",
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": r"loss: ([0-9.]+)"}],
        },
    )
    seen = await site.until_over()
    assert seen["failure"] == ""
    assert seen["status"] == "Completed"
    steps = [step[0] for step in seen["transitions"]]
    assert steps == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    line = json.loads((await site.files("out/job/output/model.tar.gz"))["line.json"])
    assert abs(line["slope"] - 3) < 0.01
    assert (await site.files("out/job/output/output.tar.gz"))["note.txt"] == b"trained"
    assert seen["metrics"]["loss"][0] < 0.001
    assert len(site.logs.text("job/algo-1-")) == 200
    assert len(site.logs.measured["loss"]) == 200
    await until(lambda: not list((site.folder / "jobs" / ACCOUNT / TRAINING_JOB).iterdir()))
    await jobs.stop()


async def test_a_failing_script_says_why(site: JobSite) -> None:
    jobs = await site.open()
    await site.create(jobs, "print('begin')\n1 / 0\n")
    seen = await site.until_over()
    assert seen["status"] == "Failed"
    assert "ZeroDivisionError: division by zero" in seen["failure"]
    assert seen["failure"].endswith("exit code: 1")
    await site.create(
        jobs, "open('/opt/ml/output/failure', 'w').write('the data is wrong')\nraise SystemExit(3)", "other"
    )
    seen = await site.until_over("other")
    assert seen["failure"] == "AlgorithmError: the data is wrong, exit code: 3"
    await jobs.stop()


async def test_a_failure_file_that_is_a_link_tells_nothing_of_the_machine(site: JobSite) -> None:
    jobs = await site.open()
    (site.folder / "secret").write_text("of the site")
    script = (
        f"import os, shutil\nos.symlink('{site.folder}/secret', '/opt/ml/output/failure')\n"
        f"os.rmdir('/opt/ml/output/data'); os.symlink('{site.folder}', '/opt/ml/output/data')\n"
        f"os.symlink('{site.folder}/secret', '/opt/ml/model/out')\nraise SystemExit(1)"
    )
    await site.create(jobs, script)
    seen = await site.until_over()
    assert "of the site" not in json.dumps(seen)
    assert seen["output"] == ""
    await jobs.stop()


async def test_a_stopped_job_may_save_and_keeps_its_model(site: JobSite) -> None:
    jobs = await site.open()
    await site.create(
        jobs,
        "import signal, time\n"
        "def save(*_):\n"
        "    open('/opt/ml/model/saved', 'w').write('1')\n"
        "    raise SystemExit(0)\n"
        "signal.signal(signal.SIGTERM, save)\n"
        "print('ready')\n"
        "while True: time.sleep(0.05)\n",
    )
    await site.until_says("ready")
    await site.want_stop(jobs)
    seen = await site.until_over()
    assert (seen["status"], seen["secondary"], seen["failure"]) == ("Stopped", "Stopped", "")
    assert [step[0] for step in seen["transitions"]][-3:] == ["Stopping", "Uploading", "Stopped"]
    assert "saved" in await site.files("out/job/output/model.tar.gz")
    await jobs.stop()


async def test_a_job_that_runs_too_long_is_ended(site: JobSite) -> None:
    jobs = await site.open()
    await site.create(jobs, WAITS, StoppingCondition={"MaxRuntimeInSeconds": 1})
    seen = await site.until_over()
    assert (seen["status"], seen["secondary"]) == ("Stopped", "MaxRuntimeExceeded")
    await jobs.stop()


async def test_a_job_without_its_input_fails_with_the_address(site: JobSite) -> None:
    jobs = await site.open()
    await site.create(jobs, "", InputDataConfig=[CHANNEL])
    seen = await site.until_over()
    assert "s3://data/points/" in seen["failure"]
    assert seen["failure"].startswith("ClientError")
    await jobs.stop()


async def test_a_job_reaches_no_bucket_of_another_account(site: JobSite) -> None:
    jobs = await site.open()
    await site.create(jobs, "", OutputDataConfig={"S3OutputPath": "s3://elsewhere/out"})
    assert "elsewhere" in (await site.until_over())["failure"]
    await jobs.stop()


async def test_a_job_may_do_with_objects_what_its_role_may(site: JobSite) -> None:
    jobs = await site.open()
    site.iam.forbidden = {"s3:GetObject arn:aws:s3:::data/source.tar.gz"}
    await site.create(jobs, "print('never')")
    assert "s3:GetObject" in (await site.until_over())["failure"]
    site.iam.forbidden = {"s3:PutObject"}
    await site.create(jobs, "print('never')", "other")
    assert "is not authorized to perform: s3:PutObject" in (await site.until_over("other"))["failure"]
    assert not site.logs.text()
    await jobs.stop()


async def test_a_job_waits_until_there_is_room_and_may_be_stopped_there(site: JobSite) -> None:
    jobs = await site.open(cores=1)
    await site.create(jobs, WAITS, "first")
    await site.until_says("ready", "first")
    await site.create(jobs, WAITS, "second")
    await site.create(jobs, "print('third')", "third")

    async def waits() -> bool:
        return bool((await site.observed("third"))["secondary"] == "Pending")

    await until(waits)
    await site.want_stop(jobs, "second")
    assert (await site.until_over("second"))["secondary"] == "Stopped"
    assert (await site.observed("third"))["secondary"] == "Pending"
    await site.want_stop(jobs, "first")
    assert (await site.until_over("third"))["status"] == "Completed"
    await jobs.stop()


async def test_a_job_outlives_its_factory_and_is_taken_up(site: JobSite) -> None:
    jobs = await site.open()
    script = (
        "import os, time\nprint('ready')\nwhile not os.path.exists('/opt/ml/model/go'): time.sleep(0.05)\nprint('over')"
    )
    await site.create(jobs, script)
    await site.until_says("ready")
    await jobs.stop()
    (site.folder / "jobs" / ACCOUNT / TRAINING_JOB / "job" / "1" / "model" / "go").write_text("")
    again = await site.open()
    seen = await site.until_over()
    assert (seen["status"], seen["attempt"]) == ("Completed", 1)
    assert site.logs.text("job") == ["ready", "over"]
    await again.stop()


async def test_a_job_whose_program_was_lost_begins_again_from_its_checkpoints(site: JobSite) -> None:
    jobs = await site.open()
    script = (
        "import os, time\n"
        "path = '/opt/ml/checkpoints/step'\n"
        "if os.path.exists(path): print('again')\n"
        "else:\n"
        "    open(path, 'w').write('1'); print('ready', flush=True); time.sleep(600)\n"
    )
    await site.create(jobs, script, CheckpointConfig={"S3Uri": "s3://data/checkpoints"})
    await site.until_says("ready")
    await jobs.stop()
    import os
    import signal

    os.kill(kept.keeper_of(site.folder / "jobs" / ACCOUNT / TRAINING_JOB / "job" / "1" / "run"), signal.SIGKILL)
    await until(lambda: not kept.held(site.folder / "jobs" / ACCOUNT / TRAINING_JOB / "job" / "1" / "run"))
    again = await site.open()
    seen = await site.until_over()
    assert (seen["status"], seen["attempt"]) == ("Completed", 2)
    assert "Restarting" in [step[0] for step in seen["transitions"]]
    assert site.logs.text("job")[-1] == "again"
    assert await site.read("checkpoints/step") == b"1"
    await again.stop()


async def test_a_harmful_source_archive_fails_its_job_alone(site: JobSite) -> None:
    jobs = await site.open()
    await site.put("source.tar.gz", tar_gz({"../../escaped": "1"}))
    await site.create_row()
    jobs.changed(TRAINING_JOB, ACCOUNT, "job")
    assert "outside its folder" in (await site.until_over())["failure"]
    await site.create(jobs, "print('fine')", "next")
    assert (await site.until_over("next"))["status"] == "Completed"
    await jobs.stop()
