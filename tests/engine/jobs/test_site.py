"""What a site does with programs: where they can be isolated, where they cannot, and where it was told to dare."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest

from tests.engine.images.site import site_images
from tests.engine.jobs.site import ACCOUNT, JobSite
from usina.core.clock import SystemClock, SystemDice
from usina.core.jobs import TRAINING_JOB
from usina.engine.jobs.site import Stores, open_jobs
from usina.engine.sandbox.unsafe import UnsafeNoSandbox
from usina.testing.clock import CountingDice
from usina.testing.keyring import FakeKeyring

if TYPE_CHECKING:
    from pathlib import Path

    from usina.engine.jobs.loop import SiteJobs


async def opened(site: JobSite, *, unsafe: bool = False) -> SiteJobs:
    """Its jobs, as `usina up` opens them."""
    await site.open_bucket()
    keyring = FakeKeyring(SystemClock(), CountingDice())
    stores = Stores(site.records, site.store.buckets, site.store.objects, site.iam, keyring, site.sink)  # type: ignore[arg-type] # the part of it that jobs ask
    jobs = await open_jobs(
        site.folder,
        stores,
        site.clock,
        SystemDice(),
        region="us-east-1",
        front_door=("127.0.0.1", 1),
        images=site_images(site.folder, site.clock),
        unsafe_no_sandbox=unsafe,
    )
    await jobs.start()
    return jobs


@pytest.fixture
def no_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usina.engine.sandbox.bubblewrap.find_bubblewrap", lambda: None)


@pytest.mark.usefixtures("no_bubblewrap")
async def test_a_machine_that_cannot_isolate_says_so_at_its_start_and_refuses_jobs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    site = JobSite(tmp_path, UnsafeNoSandbox(SystemClock()))
    await site.create_row("job", TRAINING_JOB)
    jobs = await opened(site)
    assert "cannot be isolated: bubblewrap is missing: install the package bubblewrap" in caplog.text
    assert "--unsafe-no-sandbox" in caplog.text
    assert "cannot be isolated" in jobs.unable()
    programs = jobs.programs()
    assert (programs.run, programs.isolated) == (False, False)
    seen = await site.until_over()
    assert seen["status"] == "Failed"
    assert "cannot be isolated" in seen["failure"]
    assert not (tmp_path / "jobs" / ACCOUNT).exists()
    await jobs.stop()


@pytest.mark.usefixtures("no_bubblewrap")
async def test_with_the_danger_flag_such_a_machine_runs_jobs_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    site = JobSite(tmp_path, UnsafeNoSandbox(SystemClock()))
    jobs = await opened(site, unsafe=True)
    assert "DANGER: programs cannot be isolated: --unsafe-no-sandbox was given" in caplog.text
    assert jobs.unable() == ""
    programs = jobs.programs()
    assert (programs.run, programs.isolated) == (True, False)
    await site.create(jobs, "import os; print('as', os.getuid())", ResourceConfig=smallest())
    assert (await site.until_over())["status"] == "Completed"
    assert f"as {os.getuid()}" in site.logs.text("job")
    await jobs.stop()


async def test_a_machine_that_can_isolate_says_by_what(site: JobSite, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    jobs = await opened(site)
    assert "programs are isolated by bubblewrap" in caplog.text
    assert "attempts to reach other networks: stopped" in caplog.text
    assert jobs.programs().isolated
    await jobs.stop()


def smallest() -> dict[str, object]:
    return {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1}
