"""What the operator wants of images is a row, made so, and taken up again after a kill."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.images.oci.archives import Member, archive, layer, layout_files
from tests.engine.images.site import SKLEARN, InstallingCluster, site_images
from tests.engine.waiting import until
from usina.core.clock import SystemClock, SystemDice
from usina.core.errors import ConflictError, NotFoundError, ValidationError
from usina.core.images import ArchiveSource, PackageSource
from usina.engine.cluster.local import LocalCluster
from usina.engine.images.folder import ImageFolder
from usina.engine.images.importing import Importing
from usina.engine.images.places import Places
from usina.engine.images.store import SiteImages
from usina.testing.clock import VirtualClock
from usina.testing.objects import memory_objects
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
        self.objects = memory_objects(SystemDice()).objects
        self.cluster = InstallingCluster(folder, code, quick=quick)

    async def open(self) -> SiteImages:
        """A loop over them, as a factory that starts makes it."""
        clock = VirtualClock()
        images = site_images(self.folder, clock, folder=self.folder, places=self.places, cluster=self.cluster)
        folder = ImageFolder(self.folder)
        importing = Importing(folder, self.cluster, self.objects, self.folder / "images.log")
        store = SiteImages(images, folder, self.places, importing, self.records, clock)
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


class Loading(Site):
    """A site whose children really run."""

    async def open(self) -> SiteImages:
        self.cluster = LocalCluster(SystemClock())  # type: ignore[assignment] # the real one
        self.images = site_images(self.folder, folder=self.folder, cluster=self.cluster)
        folder = ImageFolder(self.folder)
        importing = Importing(folder, self.cluster, self.objects, self.folder / "images.log")
        store = SiteImages(self.images, folder, self.places, importing, self.records, SystemClock())
        await store.start()
        return store


async def over(store: SiteImages, name: str) -> str:
    async def reached() -> bool:
        return (await store.card(name)).state != "INSTALLING"

    await until(reached, 30)
    return (await store.card(name)).state


async def test_an_archive_becomes_an_image_under_a_name_until_it_is_removed(tmp_path: Path) -> None:
    site = Loading(tmp_path / "images")
    (tmp_path / "image.tar").write_bytes(archive(layout_files([layer(Member("a", b"1"))], {"Cmd": ["/a"]})))
    store = await site.open()
    source = ArchiveSource("archive", str(tmp_path / "image.tar"))
    for name in ("team/trainer:7", "team/trainer:latest"):
        await store.bring(name, source)
        assert await over(store, name) == "READY"
    card = await store.card("team/trainer:7")
    assert (card.kind, card.size_bytes) == ("imported", 1)
    assert card.digest.startswith("sha256:")
    with pytest.raises(ConflictError, match="already"):
        await store.bring("team/trainer:7", source)
    assert site.images.find("team/trainer:7") == "team/trainer:7"
    assert site.images.brings_program("team/trainer:7")
    (tmp_path / "images" / "images.toml").write_text('[[image]]\npattern = "trainer*"\nimage = "team/trainer:7"\n')
    mapped = site_images(tmp_path / "images")
    assert mapped.find("registry.internal/trainer:9") is None, "it is not there"
    mapped.know("team/trainer:7", "oci-some")
    assert mapped.find("registry.internal/trainer:9") == "team/trainer:7"
    await store.remove("team/trainer:7")
    image = await site.images.ready("team/trainer:latest")
    assert image.root is not None
    assert (image.root / "a").read_text() == "1", "the other name still leads to its files"
    await store.stop()
    again = await site.open()
    assert (await site.images.ready("team/trainer:latest")).command == ("/a",)
    await again.remove("team/trainer:latest")
    assert site.images.find("team/trainer:latest") is None
    assert not image.root.exists()
    await again.stop()


async def test_an_archive_that_is_none_says_why_and_may_be_tried_again(tmp_path: Path) -> None:
    site = Loading(tmp_path / "images")
    store = await site.open()
    (tmp_path / "image.tar").write_bytes(b"no tar")
    source = ArchiveSource("archive", str(tmp_path / "image.tar"))
    await store.bring("team/trainer:7", source)
    assert await over(store, "team/trainer:7") == "FAILED"
    assert "no tar file" in (await store.card("team/trainer:7")).state_reason
    assert "team/trainer:7" not in site.images.names()
    (tmp_path / "image.tar").write_bytes(archive(layout_files([layer(Member("a", b"1"))])))
    await store.bring("team/trainer:7", source)
    assert await over(store, "team/trainer:7") == "READY"
    await store.stop()


async def test_a_folder_that_cannot_be_written_fails_what_needs_it_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / ".staging").write_text("a file, where a folder has to be")
    site = Loading(tmp_path / "images")
    store = await site.open()
    await store.bring("team/trainer:7", ArchiveSource("archive", "/image.tar"))
    assert await over(store, "team/trainer:7") == "FAILED"
    assert "disk or files" in (await store.card("team/trainer:7")).state_reason
    await store.stop()


@pytest.mark.parametrize(
    ("name", "kind", "location", "message"),
    [
        ("usina/mine:1", "archive", "/image.tar", "factory's own"),
        ("team/a:1", "archive", "image.tar", "absolute"),
        ("team/a:1", "object", "s3://bucket", "s3://BUCKET/KEY"),
        ("team/a:1", "object", "https://a.invalid/x", "s3://BUCKET/KEY"),
        ("team/a:1", "registry", "team/a:1", "host in full"),
        ("team/a:1", "registry", "docker://registry.internal/a", "scheme"),
        ("team/a:1", "registry", "a:b@registry.internal/a", "password"),
        ("team/a:1", "registry", "--help/a", "HOST"),
    ],
)
async def test_a_source_of_another_form_is_refused(
    tmp_path: Path, name: str, kind: Any, location: str, message: str
) -> None:
    store = await Site(tmp_path).open()
    with pytest.raises(ValidationError, match=message):
        await store.bring(name, ArchiveSource(kind, location))
