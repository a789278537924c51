"""requirements.txt in script mode: installed before the program starts, from the operator's places, or said why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.images.building import wheel
from tests.engine.images.site import site_images
from tests.engine.jobs.site import ACCOUNT, JobSite, request, tar_gz
from tests.engine.jobs.test_drivers import channel
from usina.core.jobs import TRAINING_JOB
from usina.engine.images.places import Places

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import subprocess, sys
import lathe, bench
print("versions", lathe.VERSION, bench.VERSION)
print(subprocess.run(["lathe"], capture_output=True, text=True).stdout)
try:
    open(lathe.__file__, "a")
except OSError as error:
    print("the packages are", error.strerror)
"""


async def run(site: JobSite, requirements: str, script: str = SCRIPT, image: str = "usina/python") -> dict[str, object]:
    jobs = await site.open()
    await site.put("source.tar.gz", tar_gz({"train.py": script, "requirements.txt": requirements}))
    asked = request("job", AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"})
    await site.create_row(asked=asked)
    jobs.changed(TRAINING_JOB, ACCOUNT, "job")
    seen = await site.until_over(seconds=60)
    await jobs.stop()
    return seen


async def test_packages_are_there_with_what_they_need_and_their_commands(site: JobSite, tmp_path: Path) -> None:
    wheel(tmp_path / "wheels", needs="bench>=2")
    wheel(tmp_path / "wheels", "bench", "2.5")
    site.images = site_images(site.folder, places=Places(wheels=str(tmp_path / "wheels")))
    seen = await run(site, "lathe>=1.0  # ours\n")
    assert seen["status"] == "Completed", seen["failure"]
    log = site.logs.text("job")
    assert "requirements.txt: installed lathe 1.0, bench 2.5" in log or (
        "requirements.txt: installed bench 2.5, lathe 1.0" in log
    )
    assert "versions 1.0 2.5" in log
    assert any(line.startswith("turned by") for line in log)
    assert any(line.startswith("the packages are") for line in log)


async def test_what_the_image_has_is_not_fetched_and_needs_no_place(site: JobSite) -> None:
    seen = await run(site, "scikit-learn>=1.0\npandas\n", "import sklearn", "usina/sklearn")
    assert seen["status"] == "Completed", seen["failure"]
    assert not any("requirements.txt" in line for line in site.logs.text("job"))


async def test_without_a_place_the_job_says_what_the_operator_can_do(site: JobSite) -> None:
    seen = await run(site, "lathe\n")
    assert seen["status"] == "Failed"
    assert str(seen["failure"]).startswith("ClientError: requirements.txt asks for packages that the image lacks")
    assert "[images] wheels or index" in str(seen["failure"])


async def test_a_line_that_names_a_place_of_its_own_fails_the_job(site: JobSite) -> None:
    seen = await run(site, "--extra-index-url https://elsewhere.invalid/simple\nlathe\n")
    assert str(seen["failure"]).startswith("ClientError: requirements.txt: '--extra-index-url")


async def test_a_wheel_that_would_write_elsewhere_fails_the_job(site: JobSite, tmp_path: Path) -> None:
    wheel(tmp_path / "wheels", more={"../../escaped": "here"})
    site.images = site_images(site.folder, places=Places(wheels=str(tmp_path / "wheels")))
    seen = await run(site, "lathe\n")
    assert "would be written outside" in str(seen["failure"])
    assert str(tmp_path) not in str(seen["failure"])


async def test_the_drivers_of_the_sdk_find_their_requirements_met(site: JobSite, tmp_path: Path) -> None:
    wheel(tmp_path / "wheels")
    site.images = site_images(site.folder, places=Places(wheels=str(tmp_path / "wheels")))
    await site.open_bucket()
    driver = "cd /opt/ml/input/data/code\nSM_PYTHON_CMD=$(command -v python3)\n"
    driver += "$SM_PYTHON_CMD /opt/ml/input/data/sm_drivers/scripts/install_requirements.py needs.txt\n"
    install = (
        "import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', '-r', sys.argv[1]])\n"
    )
    for name, text in {
        "sm_drivers/sm_train.sh": f"#!/bin/bash\nset -e\n{driver}$SM_PYTHON_CMD train.py\n",
        "sm_drivers/scripts/install_requirements.py": install,
        "code/needs.txt": "lathe\n",
        "code/train.py": "import lathe\nprint('version', lathe.VERSION)\n",
    }.items():
        await site.put(f"job/input/{name}", text.encode())
    algorithm = {
        "TrainingImage": "usina/sklearn",
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["/bin/bash", "/opt/ml/input/data/sm_drivers/sm_train.sh"],
    }
    jobs = await site.open()
    await site.create(
        jobs,
        "",
        AlgorithmSpecification=algorithm,
        HyperParameters={},
        InputDataConfig=[channel("sm_drivers"), channel("code")],
    )
    seen = await site.until_over(seconds=60)
    assert seen["status"] == "Completed", (seen["failure"], site.logs.text("job"))
    assert "version 1.0" in site.logs.text("job")
    await jobs.stop()
