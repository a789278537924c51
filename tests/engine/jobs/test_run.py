"""A job's time, its stop and its losses, decided in virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.jobs.site import ACCOUNT, JobSite
from tests.engine.waiting import until
from usina.core.jobs import TRAINING_JOB
from usina.engine.jobs.states import stopping
from usina.testing.clock import VirtualClock
from usina.testing.sandbox import ScriptedProgram, ScriptedSandbox

if TYPE_CHECKING:
    from pathlib import Path

LONG = {"MaxRuntimeInSeconds": 2_419_200}


async def program_of(sandbox: ScriptedSandbox, number: int = 0) -> ScriptedProgram:
    await until(lambda: len(sandbox.started) > number)
    return sandbox.started[number]


async def test_a_program_that_ignores_sigterm_is_killed_after_120_seconds(tmp_path: Path) -> None:
    clock, sandbox = VirtualClock(), ScriptedSandbox(heeds=False)
    site = JobSite(tmp_path, sandbox, clock)
    jobs = await site.open()
    await site.create(jobs, "", StoppingCondition=LONG)
    program = await program_of(sandbox)
    await site.want_stop(jobs)
    seen = await site.until_over()
    assert program.signals == ["SIGTERM", "SIGKILL"]
    assert 120 <= seen["ended"] - seen["stopping_at"] < 121
    assert (seen["status"], seen["failure"]) == ("Stopped", "")
    await jobs.stop()


async def test_a_program_is_asked_to_end_at_its_longest_runtime(tmp_path: Path) -> None:
    clock, sandbox = VirtualClock(), ScriptedSandbox()
    site = JobSite(tmp_path, sandbox, clock)
    jobs = await site.open()
    await site.create(jobs, "", StoppingCondition={"MaxRuntimeInSeconds": 60})
    seen = await site.until_over()
    assert sandbox.started[0].signals == ["SIGTERM"]
    assert 60 <= seen["stopping_at"] - seen["started"] < 61
    assert seen["secondary"] == "MaxRuntimeExceeded"
    await jobs.stop()


async def test_the_time_of_a_stop_and_of_training_count_on_through_a_restart(tmp_path: Path) -> None:
    clock, sandbox = VirtualClock(), ScriptedSandbox(heeds=False)
    site = JobSite(tmp_path, sandbox, clock)
    jobs = await site.open()
    await site.create(jobs, "", StoppingCondition=LONG)
    program = await program_of(sandbox)
    await site.want_stop(jobs)
    await until(lambda: bool(program.signals))
    await jobs.stop()
    asked_at = (await site.observed())["stopping_at"]
    again = await site.open()
    seen = await site.until_over()
    assert program.signals == ["SIGTERM", "SIGKILL"]
    assert seen["stopping_at"] == asked_at
    assert len(sandbox.started) == 1
    await again.stop()


async def test_a_program_is_told_to_end_where_the_factory_died_before_it_said_so(tmp_path: Path) -> None:
    clock, sandbox = VirtualClock(), ScriptedSandbox()
    site = JobSite(tmp_path, sandbox, clock)
    jobs = await site.open()
    await site.create(jobs, "", StoppingCondition=LONG)
    program = await program_of(sandbox)
    await until(lambda: bool(sandbox.started))
    await jobs.stop()
    job = await site.rows.find(TRAINING_JOB, ACCOUNT, "job")
    assert job is not None
    now = clock.now()
    await site.rows.observe(job, lambda seen: stopping(seen, "stop", now))  # written, and then it was killed
    assert not program.signals
    again = await site.open()
    assert (await site.until_over())["status"] == "Stopped"
    assert program.signals == ["SIGTERM"]
    await again.stop()


async def test_a_program_that_is_lost_again_and_again_fails_its_job(tmp_path: Path) -> None:
    clock, sandbox = VirtualClock(), ScriptedSandbox()
    site = JobSite(tmp_path, sandbox, clock)
    jobs = await site.open()
    await site.create(jobs, "", StoppingCondition=LONG)
    for number in range(3):
        (await program_of(sandbox, number)).lose()
    seen = await site.until_over()
    assert (seen["status"], seen["attempt"]) == ("Failed", 3)
    assert seen["failure"].startswith("InternalServerError")
    await jobs.stop()


async def test_a_retry_strategy_says_how_often_a_lost_program_begins_again(tmp_path: Path) -> None:
    clock, sandbox = VirtualClock(), ScriptedSandbox()
    site = JobSite(tmp_path, sandbox, clock)
    jobs = await site.open()
    await site.create(jobs, "", StoppingCondition=LONG, RetryStrategy={"MaximumRetryAttempts": 4})
    for number in range(4):
        (await program_of(sandbox, number)).lose()
    (await program_of(sandbox, 4)).end()
    assert (await site.until_over())["status"] == "Completed"
    await jobs.stop()


async def test_checkpoints_are_stored_while_a_program_runs(tmp_path: Path) -> None:
    clock, sandbox = VirtualClock(), ScriptedSandbox()
    site = JobSite(tmp_path, sandbox, clock)
    jobs = await site.open()
    await site.create(jobs, "", StoppingCondition=LONG, CheckpointConfig={"S3Uri": "s3://data/kept"})
    program = await program_of(sandbox)
    (site.folder / "jobs" / ACCOUNT / TRAINING_JOB / "job" / "checkpoints" / "step").write_text("7")

    async def stored() -> bool:
        return await site.store.objects.find("data", "kept/step") is not None

    await until(stored)
    program.end()
    assert (await site.until_over())["status"] == "Completed"
    await jobs.stop()


async def test_a_row_that_is_gone_ends_its_job_and_no_other(tmp_path: Path) -> None:
    clock, sandbox = VirtualClock(), ScriptedSandbox()
    site = JobSite(tmp_path, sandbox, clock)
    jobs = await site.open(cores=2)
    await site.create(jobs, "", "gone", StoppingCondition=LONG)
    await site.create(jobs, "", "stays", StoppingCondition=LONG)
    await program_of(sandbox, 1)
    await site.records.delete("training-job", ACCOUNT, "gone")
    for program in list(sandbox.started):
        program.end()
    assert (await site.until_over("stays"))["status"] == "Completed"
    await jobs.stop()
