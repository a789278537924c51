"""What bad input and bad luck do to a job: it fails with the reason, and its neighbours go on."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.jobs.site import ACCOUNT, JobSite, tar_gz
from tests.engine.waiting import until
from usina.core.clock import SystemClock, SystemDice
from usina.core.errors import UnavailableError
from usina.core.jobs import TRAINING_JOB
from usina.engine.jobs.acting import Acting
from usina.engine.jobs.transfers import Transfers
from usina.testing.clock import VirtualClock
from usina.testing.sandbox import ScriptedSandbox

if TYPE_CHECKING:
    from pathlib import Path

    from usina.engine.sandbox import Command
    from usina.testing.sandbox import ScriptedProgram

LONG = {"MaxRuntimeInSeconds": 2_419_200}


def channel(address: str, kind: str = "S3Prefix") -> dict[str, Any]:
    return {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3DataType": kind, "S3Uri": address}}}


class BrokenSandbox(ScriptedSandbox):
    """Fails to start the first program."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error: Exception | None = error

    async def start(self, command: Command) -> ScriptedProgram:
        """Fail once."""
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        return await super().start(command)


async def neighbour_goes_on(site: JobSite, jobs: Any, sandbox: ScriptedSandbox) -> None:
    """A job beside the one that failed runs to its end."""
    before = len(sandbox.started)
    await site.create(jobs, "", "neighbour", StoppingCondition=LONG)
    await until(lambda: len(sandbox.started) > before)
    sandbox.started[-1].end()
    assert (await site.until_over("neighbour"))["status"] == "Completed"
    await jobs.stop()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"no archive", "damaged or is no tar file"),
        (tar_gz({"train.py": "print(1)" * 999})[:-9], "damaged"),
        (tar_gz({"/root/x": "1"}), "outside its folder"),
        (tar_gz({"bomb": "0" * 30_000_000}), "1000 times its size"),
    ],
    ids=["no archive", "cut off", "outside", "bomb"],
)
async def test_a_source_that_cannot_be_used_fails_its_job(tmp_path: Path, source: bytes, reason: str) -> None:
    sandbox = ScriptedSandbox()
    site = JobSite(tmp_path, sandbox, VirtualClock())
    jobs = await site.open()
    await site.put("source.tar.gz", source)
    await site.create_row()
    jobs.changed(TRAINING_JOB, ACCOUNT, "job")
    seen = await site.until_over()
    assert (seen["status"], reason in seen["failure"]) == ("Failed", True), seen["failure"]
    await neighbour_goes_on(site, jobs, sandbox)


@pytest.mark.parametrize(
    ("keys", "given", "reason"),
    [
        (["points/a", "points/a/b"], channel("s3://data/points/"), "cannot both be files"),
        (["points/../../x"], channel("s3://data/points/"), "cannot be a file of a channel"),
        (["points/" + "x" * 300], channel("s3://data/points/"), "cannot be a file of a channel"),
        ([], channel("s3://data/points/"), "No S3 objects found"),
        ([], channel("s3://nobody/points/"), "bucket nobody does not exist"),
        ([], channel("s3://data/list", "ManifestFile"), "there is no object"),
        (["list"], channel("s3://data/list", "ManifestFile"), "is not of the form"),
    ],
)
async def test_data_that_cannot_be_a_channel_fails_its_job(
    tmp_path: Path, keys: list[str], given: dict[str, Any], reason: str
) -> None:
    sandbox = ScriptedSandbox()
    site = JobSite(tmp_path, sandbox, VirtualClock())
    jobs = await site.open()
    for key in keys:
        await site.put(key, b"1")
    await site.create(jobs, "", InputDataConfig=[given])
    assert reason in (await site.until_over())["failure"]
    await neighbour_goes_on(site, jobs, sandbox)


async def test_a_full_volume_is_the_reason_of_a_program_that_filled_it(tmp_path: Path) -> None:
    sandbox = ScriptedSandbox()
    site = JobSite(tmp_path, sandbox, VirtualClock())
    jobs = await site.open()
    await site.create(jobs, "", StoppingCondition=LONG)
    await until(lambda: bool(sandbox.started))
    sandbox.started[0].end(137, "disk", "it wrote more than 1073741824 bytes")
    assert (await site.until_over())["failure"] == (
        "ClientError: The job's volume is full (VolumeSizeInGB): it wrote more than 1073741824 bytes, exit code: 137"
    )
    await neighbour_goes_on(site, jobs, sandbox)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "No space left on device"),
        (RuntimeError("nobody thought of this"), "internal error"),
    ],
)
async def test_what_breaks_in_the_factory_ends_one_job_and_says_so(
    tmp_path: Path, error: Exception, reason: str
) -> None:
    sandbox = BrokenSandbox(error)
    site = JobSite(tmp_path, sandbox, VirtualClock())
    jobs = await site.open()
    await site.create(jobs, "")
    seen = await site.until_over()
    assert seen["failure"].startswith("InternalServerError: ")
    assert reason in seen["failure"]
    assert "nobody thought" not in seen["failure"]
    await neighbour_goes_on(site, jobs, sandbox)


@pytest.mark.parametrize("error", [RuntimeError("a bug"), UnavailableError("the records are busy")])
async def test_a_program_does_not_run_on_after_the_factory_gave_its_job_up(tmp_path: Path, error: Exception) -> None:
    sandbox = ScriptedSandbox(heeds=False)
    site = JobSite(tmp_path, sandbox, VirtualClock())
    jobs = await site.open()
    await site.create(jobs, "", StoppingCondition=LONG)
    await until(lambda: bool(sandbox.started))
    observe, left = site.rows.observe, [error]

    async def broken(*arguments: Any) -> Any:
        if left:
            raise left.pop()
        return await observe(*arguments)

    site.rows.observe = broken  # type: ignore[method-assign,assignment] # fails once, as a store may
    await site.want_stop(jobs)
    seen = await site.until_over()
    assert (seen["status"], sandbox.started[0].signals) == ("Failed", ["SIGKILL"])
    await until(lambda: not list((site.folder / "jobs" / ACCOUNT / TRAINING_JOB).iterdir()))
    await neighbour_goes_on(site, jobs, sandbox)


async def test_a_file_that_cannot_be_an_object_fails_its_job(tmp_path: Path) -> None:
    sandbox = ScriptedSandbox()
    site = JobSite(tmp_path, sandbox, VirtualClock())
    jobs = await site.open()
    output = {"S3OutputPath": "s3://data/out", "CompressionType": "NONE"}
    await site.create(jobs, "", StoppingCondition=LONG, OutputDataConfig=output)
    await until(lambda: bool(sandbox.started))
    folder = os.fsencode(sandbox.started[0].command.folder.parent / "model")
    os.close(os.open(folder + b"/\xff", os.O_CREAT | os.O_WRONLY))
    sandbox.started[0].end()
    assert "cannot be an object's key" in (await site.until_over())["failure"]
    await neighbour_goes_on(site, jobs, sandbox)


async def test_a_job_that_is_not_wanted_any_more_is_brought_nothing_more(tmp_path: Path) -> None:
    site = JobSite(tmp_path, ScriptedSandbox())
    await site.open_bucket()
    for number in range(5):
        await site.put(f"points/{number}", b"1")
    acting = Acting(site.iam, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/trainer")  # type: ignore[arg-type] # what jobs ask of it
    answers = [True, True, True]
    transfers = Transfers(
        site.store.buckets,
        site.store.objects,
        SystemClock(),
        SystemDice(),
        acting,
        ACCOUNT,
        lambda: bool(answers) and answers.pop(),
    )
    source = {"S3Uri": "s3://data/points/", "S3DataType": "S3Prefix", "name": "channel train"}
    await transfers.fetch_source(source, tmp_path / "in", 1_000)
    assert 0 < len(list((tmp_path / "in").iterdir())) < 5
