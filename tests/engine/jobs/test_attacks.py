"""Jobs of strangers that do their worst at once: each ends with its reason, and a neighbour goes on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tests.engine.jobs.site import ACCOUNT, request, tar_gz
from tests.engine.waiting import until
from usina.core.jobs import TRAINING_JOB
from usina.engine.jobs.folders import folder_of
from usina.engine.sandbox import Bounds

if TYPE_CHECKING:
    import pytest

    from tests.engine.jobs.site import JobSite
    from usina.engine.jobs.loop import SiteJobs

NEIGHBOUR = """
import itertools, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
for step in itertools.count():
    print("step", step)
    time.sleep(0.05)
"""
WORST = {
    "forks": """
import os, time
while True:
    try: os.fork()
    except OSError: time.sleep(60)
""",
    "allocates": "held = []\nwhile True: held.append(bytearray(b'1' * 10_000_000))",
    "fills": """
import itertools, os
for number in itertools.count():
    with open(f"/opt/ml/model/{number}", "wb") as file: os.posix_fallocate(file.fileno(), 0, 50_000_000)
""",
    "prints": "for number in range(5_000): print('x' * 2_000)\nraise SystemExit('done printing')",
    "ignores": """
import os, signal, time
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: time.sleep(0.05)
""",
}


async def begin(site: JobSite, jobs: SiteJobs, name: str, script: str, **changes: Any) -> None:
    """A job with a source of its own."""
    await site.put(f"{name}.tar.gz", tar_gz({"train.py": script}))
    asked = request(name, **changes)
    asked["HyperParameters"]["sagemaker_submit_directory"] = f"s3://data/{name}.tar.gz"
    await site.create_row(name, asked=asked)
    jobs.changed(TRAINING_JOB, ACCOUNT, name)


async def end(site: JobSite, name: str) -> None:
    """Kill what runs of a job."""
    found = site.sandbox.adopt(folder_of(site.folder / "jobs", TRAINING_JOB, ACCOUNT, name) / "1" / "run")
    if found is not None:
        found.kill()
        await found.wait()


async def test_the_worst_that_jobs_can_do_ends_them_and_leaves_a_neighbour_alone(
    site: JobSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("usina.engine.jobs.order.Bounds", partial(Bounds, output_bytes=1_000_000))
    monkeypatch.setattr("usina.engine.jobs.order._PROCESSES", 60)
    jobs = await site.open(cores=8)
    try:
        await begin(site, jobs, "neighbour", NEIGHBOUR)
        await site.until_says("step 3", "neighbour")
        for name, script in WORST.items():
            seconds = 1 if name in {"forks", "ignores"} else 600
            await begin(site, jobs, name, script, StoppingCondition={"MaxRuntimeInSeconds": seconds})
        ended = {name: await site.until_over(name, 60.0) for name in WORST if name != "ignores"}
        assert ended["forks"]["secondary"] == "MaxRuntimeExceeded"
        assert "used more memory" in ended["allocates"]["failure"]
        assert "bytes were written" in ended["fills"]["failure"]
        assert "done printing" in ended["prints"]["failure"]
        lines = site.logs.text("prints")
        assert any("the log is full" in line for line in lines)
        assert sum(map(len, lines)) < 1_100_000
        assert (await site.observed("ignores"))["secondary"] == "Stopping"  # it has its 120 seconds
        assert (await site.observed("neighbour"))["status"] == "InProgress"
        steps = len(site.logs.text("neighbour"))
        await until(lambda: len(site.logs.text("neighbour")) > steps + 3)
    finally:
        await jobs.stop()
        for name in ("neighbour", *WORST):
            await end(site, name)
