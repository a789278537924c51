"""The port of images, over the real store and over the fake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.images.site import InstallingCluster, site_images
from tests.engine.waiting import until
from usina.core.clock import SystemDice
from usina.core.errors import ConflictError, NotFoundError, ValidationError
from usina.core.images import ArchiveSource, PackageSource
from usina.engine.images.folder import ImageFolder
from usina.engine.images.importing import Importing
from usina.engine.images.places import Places
from usina.engine.images.store import SiteImages
from usina.testing.clock import VirtualClock
from usina.testing.images import FakeImageStore
from usina.testing.objects import memory_objects
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from pathlib import Path

    from usina.core.images import ImageStore


@pytest.fixture(params=["real", "fake"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ImageStore:
    if request.param == "fake":
        return FakeImageStore()
    cluster, clock = InstallingCluster(tmp_path, quick=True), VirtualClock()
    images = site_images(tmp_path, clock, folder=tmp_path, cluster=cluster)
    folder = ImageFolder(tmp_path)
    importing = Importing(folder, cluster, memory_objects(SystemDice()).objects, tmp_path / "images.log")
    return SiteImages(images, folder, Places(), importing, MemoryRecords(), clock)


async def test_an_image_is_absent_then_ready_then_absent(store: ImageStore) -> None:
    async def is_ready() -> bool:
        return (await store.card("usina/sklearn")).state == "READY"

    assert (await store.card("usina/sklearn")).state == "ABSENT"
    await store.install("usina/sklearn", PackageSource())
    await until(is_ready)
    assert (await store.card("usina/sklearn")).packages
    listed = {card.name: card for card in await store.cards()}
    assert listed["usina/sklearn"].state == "READY"
    assert not listed["usina/sklearn"].packages
    with pytest.raises(ConflictError):
        await store.install("usina/sklearn", PackageSource())
    await store.remove("usina/sklearn")
    assert (await store.card("usina/sklearn")).state == "ABSENT"


async def test_images_come_in_order_of_name(store: ImageStore) -> None:
    names = [card.name for card in await store.cards()]
    assert names == sorted(names)
    assert "usina/python" in names


async def test_one_that_is_not_here_is_not_found(store: ImageStore) -> None:
    with pytest.raises(NotFoundError):
        await store.card("other/image")
    with pytest.raises(NotFoundError):
        await store.install("other/image", PackageSource())
    with pytest.raises(NotFoundError):
        await store.remove("usina/sklearn")


async def test_names_of_the_factorys_own_are_not_given_to_others(store: ImageStore) -> None:
    with pytest.raises(ValidationError, match="usina/"):
        await store.bring("usina/mine", ArchiveSource("archive", "/image.tar"))
