"""Jobs in images of the site's own: another root, its program started as SageMaker does, and SageMaker's folders."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.images.oci.archives import Member, archive, folder, layer, layout_files, shell_layer
from tests.engine.images.site import site_images
from tests.engine.jobs.site import JobSite, tar_gz
from usina.engine.images.oci.load import Order, load

if TYPE_CHECKING:
    from pathlib import Path

NAME = "team/trainer:7"
TRAIN = b"""#!/bin/sh
echo "started as $1 in $PWD with $FLAVOUR by $PATH"
cat /opt/ml/input/config/hyperparameters.json
echo " in the root: $(ls / | tr '\\n' ' ')"
echo 1 2>/dev/null > /here || echo "the root cannot be written"
echo weights > /opt/ml/model/weights
"""
SETTINGS = {
    "Entrypoint": ["entry"],
    "Cmd": ["other"],
    "Env": ["FLAVOUR=plain", "PATH=/program:/bin"],
    "WorkingDir": "/program",
}


@pytest.fixture
async def own(site: JobSite, tmp_path: Path) -> JobSite:
    """A site with that image."""
    layers = [
        await asyncio.to_thread(shell_layer, "cat", "ls", "tr"),
        layer(folder("program"), Member("program/entry", b'#!/bin/sh\nexec /program/run "$@"\n', mode=0o755)),
        layer(Member("program/run", TRAIN, mode=0o700)),
    ]
    (tmp_path / "image.tar").write_bytes(archive(layout_files(layers, SETTINGS)))
    (tmp_path / "work").mkdir()
    order = Order(str(tmp_path / "images"), "told", 1_000_000_000, archive=str(tmp_path / "image.tar"))
    loaded = await asyncio.to_thread(load, order, tmp_path / "work")
    site.images = site_images(site.folder, folder=tmp_path / "images")
    site.images.know(NAME, loaded["key"])
    return site


async def run(site: JobSite, **algorithm: Any) -> tuple[dict[str, Any], list[str]]:
    jobs = await site.open()
    asked = {"TrainingImage": NAME, "TrainingInputMode": "File", **algorithm}
    await site.create(jobs, "", AlgorithmSpecification=asked, HyperParameters={"depth": "2"})
    seen = await site.until_over(seconds=60)
    await jobs.stop()
    return seen, site.logs.text("job")


async def test_the_images_own_program_trains_and_leaves_its_model(own: JobSite) -> None:
    seen, log = await run(own)
    assert seen["status"] == "Completed", (seen["failure"], log)
    assert "started as train in /program with plain by /program:/bin" in log
    assert '{"depth": "2"}' in log[1]
    shown = next(line for line in log if "in the root:" in line).split()
    assert "program" in shown
    assert "usr" not in shown, "nothing of the machine's programs is there"
    assert "the root cannot be written" in log
    assert (await own.files("out/job/output/model.tar.gz"))["weights"] == b"weights\n"


async def test_arguments_and_an_entrypoint_of_the_request_go_before_the_images(own: JobSite) -> None:
    _, log = await run(own, ContainerArguments=["serve"])
    assert log[0].startswith("started as serve in /program")


async def test_an_entrypoint_of_the_request_replaces_the_images(own: JobSite) -> None:
    _, log = await run(own, ContainerEntrypoint=["/bin/sh", "-c", "echo here in $PWD"])
    assert log == ["here in /program"]


async def test_an_image_whose_files_are_gone_fails_the_job_with_what_to_do(site: JobSite, tmp_path: Path) -> None:
    site.images = site_images(site.folder, folder=tmp_path / "images")
    site.images.know(NAME, "oci-gone")
    seen, _ = await run(site)
    assert "import it again" in seen["failure"]


async def test_requirements_are_not_installed_in_them(own: JobSite) -> None:
    await own.open_bucket()
    await own.put("own.tar.gz", tar_gz({"train.py": "", "requirements.txt": "lathe\n"}))
    jobs = await own.open()
    given = {"sagemaker_program": "train.py", "sagemaker_submit_directory": "s3://data/own.tar.gz"}
    asked = {"TrainingImage": NAME, "TrainingInputMode": "File"}
    await own.create(jobs, "", AlgorithmSpecification=asked, HyperParameters=given)
    seen = await own.until_over(seconds=60)
    assert "put packages into your own image" in seen["failure"]
    await jobs.stop()
