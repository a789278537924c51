"""What the operator wants of images is a row, made so, and taken up again after a kill."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.images.site import SKLEARN, InstallingCluster, site_images
from tests.engine.waiting import until
from usina.core.errors import ConflictError, NotFoundError, ValidationError
from usina.core.images import PackageSource
from usina.engine.images.folder import ImageFolder
from usina.engine.images.places import Places
from usina.engine.images.store import SiteImages
from usina.testing.clock import VirtualClock
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from pathlib import Path

NAME = SKLEARN.name


class Site:
    """Rows and a folder that outlive the loops over them."""

    def __init__(self, folder: Path, places: Places | None = None, *, code: int = 0, quick: bool = False) -> None:
        self.folder = folder
        self.places = places or Places()
        self.records = MemoryRecords()
        self.cluster = InstallingCluster(folder, code, quick=quick)

    async def open(self) -> SiteImages:
        """A loop over them, as a factory that starts makes it."""
        clock = VirtualClock()
        images = site_images(self.folder, clock, folder=self.folder, places=self.places, cluster=self.cluster)
        store = SiteImages(images, ImageFolder(self.folder), self.places, self.records, clock)
        await store.start()
        return store


async def state(store: SiteImages, wanted: str) -> None:
    async def reached() -> bool:
        return (await store.card(NAME)).state == wanted

    await until(reached)


async def test_an_installation_is_followed_from_absent_to_ready_and_to_absent(tmp_path: Path) -> None:
    site = Site(tmp_path)
    store = await site.open()
    assert {card.name: card.state for card in await store.cards()} == {
        "usina/lora": "ABSENT",
        "usina/python": "READY",
        "usina/pytorch": "ABSENT",
        "usina/sklearn": "ABSENT",
        "usina/xgboost": "ABSENT",
    }
    await store.install(NAME, PackageSource("wheels", "/srv/wheels"))
    await until(lambda: bool(site.cluster.started))
    site.cluster.folder.tell(SKLEARN.key, "compiling", 0.8)
    card = await store.card(NAME)
    assert (card.state, card.stage, card.share) == ("INSTALLING", "compiling", 0.8)
    assert site.cluster.asked[0].environment["PIP_FIND_LINKS"] == "file:///srv/wheels"
    site.cluster.started[0].may_end.set()
    await state(store, "READY")
    card = await store.card(NAME)
    assert (card.packages[0].name, card.size_bytes, card.digest) == ("numpy", 7, SKLEARN.key)
    with pytest.raises(ConflictError, match="installed already"):
        await store.install(NAME, PackageSource())
    await store.remove(NAME)
    assert (await store.card(NAME)).state == "ABSENT"
    assert not (tmp_path / SKLEARN.key).exists()
    with pytest.raises(NotFoundError, match="not installed"):
        await store.remove(NAME)
    await store.stop()


async def test_a_killed_factorys_installation_is_taken_up(tmp_path: Path) -> None:
    site = Site(tmp_path)
    store = await site.open()
    await store.install(NAME, PackageSource("index", "https://packages.invalid/simple"))
    await until(lambda: bool(site.cluster.started))
    await store.stop()
    again = await site.open()
    await until(lambda: len(site.cluster.started) == 2)
    assert site.cluster.asked[1].environment["PIP_INDEX_URL"] == "https://packages.invalid/simple"
    site.cluster.started[1].may_end.set()
    await state(again, "READY")
    await again.stop()


async def test_a_removal_that_was_cut_short_is_finished(tmp_path: Path) -> None:
    site = Site(tmp_path, quick=True)
    store = await site.open()
    await store.install(NAME, PackageSource())
    await state(store, "READY")
    row = await site.records.get("image", "", NAME)
    assert row is not None
    await site.records.put(replace(row, body={**row.body, "state": "REMOVING"}))
    assert (await store.card(NAME)).state == "REMOVING"
    again = await site.open()
    assert (await again.card(NAME)).state == "ABSENT"
    assert not (tmp_path / SKLEARN.key).exists()


async def test_one_that_failed_says_why_and_may_be_tried_again(tmp_path: Path) -> None:
    site = Site(tmp_path, code=1, quick=True)
    store = await site.open()
    await store.install(NAME, PackageSource())
    await state(store, "FAILED")
    assert "the disk is full" in (await store.card(NAME)).state_reason
    site.cluster.code = 0
    await store.install(NAME, PackageSource())
    await state(store, "READY")


async def test_an_installation_is_ended_by_the_removal(tmp_path: Path) -> None:
    site = Site(tmp_path)
    store = await site.open()
    await store.install(NAME, PackageSource())
    await until(lambda: bool(site.cluster.started))
    with pytest.raises(ConflictError, match="already"):
        await store.install(NAME, PackageSource())
    await store.remove(NAME)
    assert site.cluster.started[0].stopped
    assert (await store.card(NAME)).state == "ABSENT"


@pytest.mark.parametrize(
    ("name", "source", "error", "message"),
    [
        ("usina/python", {}, ConflictError, "always there"),
        ("other/image", {}, NotFoundError, "ListImages"),
        (NAME, {"kind": "wheels", "location": "wheels"}, ValidationError, "absolute"),
        (NAME, {"kind": "index", "location": "here"}, ValidationError, "address"),
        (NAME, {"kind": "index", "location": "https://a:b@c.invalid/"}, ValidationError, "password"),
        (NAME, {"kind": "machine", "location": "/srv"}, ValidationError, "location"),
    ],
)
async def test_what_cannot_be_installed_is_refused_with_what_to_do(
    tmp_path: Path, name: str, source: dict[str, Any], error: type[Exception], message: str
) -> None:
    store = await Site(tmp_path).open()
    with pytest.raises(error, match=message):
        await store.install(name, PackageSource(**source))


async def test_the_places_of_the_site_come_before_the_machines_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://machine.invalid/simple")
    for places, kept in ((Places(wheels="/srv/wheels"), False), (Places(), True)):
        site = Site(tmp_path / str(kept), places, quick=True)
        store = await site.open()
        await store.install(NAME, PackageSource())
        await state(store, "READY")
        assert ("PIP_INDEX_URL" in site.cluster.asked[0].environment) is kept


async def test_the_factorys_own_interpreter_cannot_be_removed(tmp_path: Path) -> None:
    store = await Site(tmp_path).open()
    with pytest.raises(ConflictError, match="cannot be removed"):
        await store.remove("usina/python")
