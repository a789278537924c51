"""An image is installed once for all who wait, where the operator said from where, and else not at all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.engine.images.building import wheel
from tests.engine.images.site import SHARED, SKLEARN, InstallingCluster, site_images
from tests.engine.waiting import until
from usina.core.errors import EngineError
from usina.engine.images.catalogue import BUILT_IN, INSIDE
from usina.engine.images.folder import ImageFolder
from usina.engine.images.places import Places
from usina.engine.sandbox.bubblewrap import interpreter
from usina.testing.clock import VirtualClock

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_interpreter_is_always_there(tmp_path: Path) -> None:
    image = await site_images(tmp_path, folder=tmp_path / "images").ready("usina/python")
    assert (image.python, image.mounts) == (interpreter(), ())


async def test_without_a_place_it_says_which_command_installs_it(tmp_path: Path) -> None:
    images = site_images(tmp_path, folder=tmp_path / "images")
    for name in BUILT_IN:
        assert f"usina images install {name}" in images.lacking(name)
        with pytest.raises(EngineError, match=f"usina images install {name}"):
            await images.ready(name)
    assert images.lacking("usina/python") == ""
    with pytest.raises(EngineError, match=r"no image other/image; it has usina/python"):
        await images.ready("other/image")


async def test_all_who_wait_have_it_installed_once_and_see_how_far_it_is(tmp_path: Path) -> None:
    clock, cluster = VirtualClock(), InstallingCluster(tmp_path / "images")
    places = Places(wheels="/wheels")
    images = site_images(tmp_path, clock, folder=tmp_path / "images", places=places, cluster=cluster)
    told: list[tuple[str, float]] = []

    async def say(doing: str, share: float) -> None:
        told.append((doing, share))

    waiting = [asyncio.create_task(images.ready(SKLEARN.name, say)) for _ in range(3)]
    await until(lambda: len(told) == 3)
    cluster.folder.tell(SKLEARN.key, "fetching packages", 0.25)
    clock.advance(1.0)
    await until(lambda: len(told) == 6)
    assert told == [("waiting", 0.0)] * 3 + [("fetching packages", 0.25)] * 3
    cluster.started[0].may_end.set()
    found = await asyncio.gather(*waiting)
    assert len(cluster.asked) == 1
    assert cluster.asked[0].environment["PIP_NO_INDEX"] == "1"
    assert {image.python for image in found} == {f"{INSIDE}/bin/python"}
    assert found[0].mounts[0].source == tmp_path / "images" / SKLEARN.key
    assert await images.ready(SKLEARN.name) == found[0]
    assert len(cluster.asked) == 1


async def test_one_who_waits_no_more_leaves_it_to_the_others(tmp_path: Path) -> None:
    clock, cluster = VirtualClock(), InstallingCluster(tmp_path / "images")
    places = Places(wheels="/wheels")
    images = site_images(tmp_path, clock, folder=tmp_path / "images", places=places, cluster=cluster)
    gone, stays = (asyncio.create_task(images.ready(SKLEARN.name)) for _ in range(2))
    await until(lambda: bool(cluster.started))
    gone.cancel()
    cluster.started[0].may_end.set()
    assert (await stays).name == SKLEARN.name
    assert gone.cancelled()


async def test_a_factory_that_stops_ends_the_installation(tmp_path: Path) -> None:
    cluster = InstallingCluster(tmp_path / "images")
    places = Places(wheels="/wheels")
    images = site_images(tmp_path, VirtualClock(), folder=tmp_path / "images", places=places, cluster=cluster)
    waiting = asyncio.create_task(images.ready(SKLEARN.name))
    await until(lambda: bool(cluster.started))
    await images.stop()
    assert cluster.started[0].stopped
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_who_waits_is_told_no_path_of_the_machine_where_it_fails(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    places = Places(wheels=str(tmp_path / "empty"))
    images = site_images(tmp_path, folder=tmp_path / "images", places=places)
    with pytest.raises(EngineError, match="could not be installed") as failed:
        await images.ready(SKLEARN.name)
    assert str(tmp_path) not in failed.value.message
    assert "No matching distribution" in ImageFolder(tmp_path / "images").told(SKLEARN.key)[2]


async def test_packages_beyond_their_bound_are_not_taken(tmp_path: Path) -> None:
    wheel(tmp_path / "wheels")
    (tmp_path / "requirements.txt").write_text("lathe\n")
    images = site_images(tmp_path, folder=tmp_path / "images", places=Places(wheels=str(tmp_path / "wheels")))
    python = await images.ready("usina/python")
    with pytest.raises(EngineError, match="larger than 500 bytes"):
        await images.add(python, tmp_path / "requirements.txt", tmp_path / "work", 500)
    added = await images.add(python, tmp_path / "requirements.txt", tmp_path / "work", 1_000_000)
    assert added is not None
    assert added.names == ("lathe 1.0",)


def test_the_test_run_has_the_images_it_needs() -> None:
    missing = [
        name
        for name in ("usina/sklearn", "usina/xgboost", "usina/lora")
        if ImageFolder(SHARED).manifest(BUILT_IN[name].key) is None
    ]
    assert not missing, f"`make test` installs {missing} into {SHARED}"
