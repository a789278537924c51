"""An archive becomes an image of the site, whole or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.engine.images.oci.archives import (
    Member,
    archive,
    config_of,
    digest,
    docker_files,
    layer,
    layout_files,
    symlink,
)
from usina.engine.images.child import RESULT
from usina.engine.images.folder import ImageFolder
from usina.engine.images.oci.layout import ImageError
from usina.engine.images.oci.load import Order, load, main
from usina.engine.jobs.archives import ArchiveError

if TYPE_CHECKING:
    from pathlib import Path

LAYERS = [layer(Member("bin/train", b"#!/bin/sh\n", mode=0o700), symlink("sh", "/bin/sh"))]
SETTINGS = {"Entrypoint": ["/bin/train"]}


@pytest.fixture
def order(tmp_path: Path) -> Order:
    (tmp_path / "work").mkdir()
    (tmp_path / "image.tar").write_bytes(archive(layout_files(LAYERS, SETTINGS)))
    return Order(str(tmp_path / "images"), "told", 10_000_000, archive=str(tmp_path / "image.tar"))


def test_an_image_is_there_read_only_and_once(tmp_path: Path, order: Order) -> None:
    loaded = load(order, tmp_path / "work")
    folder = ImageFolder(tmp_path / "images")
    manifest = folder.manifest(loaded["key"])
    assert manifest is not None
    assert manifest["digest"] == loaded["digest"] == digest(config_of(LAYERS, SETTINGS))
    assert manifest["settings"]["entrypoint"] == ["/bin/train"]
    root = folder.place(loaded["key"]) / "root"
    assert (root / "bin" / "train").stat().st_mode & 0o777 == 0o555
    assert (root / "sh").is_symlink()
    (tmp_path / "image.tar").write_bytes(archive(docker_files(LAYERS, SETTINGS)))
    (tmp_path / "again").mkdir()
    assert load(order, tmp_path / "again") == loaded, "the same image, from another form of archive"


def test_an_archive_that_names_a_layer_by_a_link_is_taken(tmp_path: Path, order: Order) -> None:
    files = docker_files(LAYERS, SETTINGS)
    (name,) = [name for name in files if name.endswith("/layer.tar")]
    content = files.pop(name)
    members = [Member(file, data) for file, data in files.items()]
    targets = {f"../{digest(content)[7:]}.tar": True, "../../outside": False, "/etc/passwd": False}
    for count, (target, taken) in enumerate(targets.items()):
        linked = [Member(f"{digest(content)[7:]}.tar", content), symlink(name, target), *members]
        (tmp_path / "image.tar").write_bytes(layer(*linked))
        work = tmp_path / f"linked{count}"
        work.mkdir()
        if taken:
            assert load(order, work)["digest"] == digest(config_of(LAYERS, SETTINGS))
        else:
            with pytest.raises(ImageError, match="lacks"):
                load(order, work)


def test_another_image_than_the_one_that_was_asked_for_is_refused(tmp_path: Path, order: Order) -> None:
    wanted = Order(order.folder, "told", order.most_bytes, archive=order.archive, digest=digest(b"another"))
    with pytest.raises(ImageError, match="not the one that was asked for"):
        load(wanted, tmp_path / "work")


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"no tar", ArchiveError, "no tar file"),
        (archive({"../index.json": b"{}"}), ArchiveError, "outside its folder"),
        (archive({"zeros": bytes(11_000_000)}), ArchiveError, "more than"),
        (archive({"readme": b""}), ImageError, "no image"),
        (archive(layout_files([layer(Member("../x", b"1"))])), ImageError, "outside its folder"),
    ],
)
def test_what_is_no_image_leaves_nothing(
    tmp_path: Path, order: Order, content: bytes, error: type[Exception], message: str
) -> None:
    (tmp_path / "image.tar").write_bytes(content)
    with pytest.raises(error, match=message):
        load(order, tmp_path / "work")
    assert ImageFolder(tmp_path / "images").manifests() == {}
    left = [path.name for path in (tmp_path / "images").rglob("*") if path.name.startswith("oci-") and path.is_dir()]
    assert not left


def test_the_command_says_what_became_of_it(tmp_path: Path) -> None:
    order = {"folder": str(tmp_path / "images"), "told": "told", "most_bytes": 1_000, "archive": str(tmp_path / "none")}
    (tmp_path / "order.json").write_text(json.dumps(order))
    assert main([str(tmp_path / "order.json")]) == 1
    assert "no such file" in json.loads((tmp_path / RESULT).read_text())["error"]


def test_an_image_of_a_registry_is_copied_by_skopeo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "image.tar").write_bytes(archive(layout_files(LAYERS, SETTINGS)))
    (tmp_path / "work").mkdir()
    tool = tmp_path / "bin" / "skopeo"
    tool.parent.mkdir()
    order = Order(str(tmp_path / "images"), "told", 10_000_000, registry="registry.internal:5000/team/trainer:7")
    monkeypatch.setenv("PATH", str(tool.parent))
    with pytest.raises(ImageError, match="skopeo is not installed"):
        load(order, tmp_path / "work")
    monkeypatch.setenv("PATH", f"{tool.parent}:/usr/bin:/bin")
    tool.write_text(
        f'#!/bin/sh\n[ "$3" = docker://{order.registry} ] || {{ echo "no such image" >&2; exit 1; }}\n'
        f'cp {tmp_path}/image.tar "${{4#oci-archive:}}"\n'
    )
    tool.chmod(0o755)
    assert load(order, tmp_path / "work")["digest"] == digest(config_of(LAYERS, SETTINGS))
    (tmp_path / "again").mkdir()
    with pytest.raises(ImageError, match="no such image"):
        load(Order(order.folder, "told", 1, registry="registry.internal:5000/team/other"), tmp_path / "again")
