"""The one image of an archive is found, and is what its digests say, or is refused with the reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.images.oci.archives import Member, config_of, digest, docker_files, layer, layout_files
from usina.engine.images.oci.layout import ImageError, find_image, machine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LAYERS = [layer(Member("a", b"1")), layer(Member("b", b"2"))]
SETTINGS = {"Entrypoint": ["/bin/sh"], "Cmd": ["-c", "true"], "Env": ["A=1", "B=x=y", "C"], "WorkingDir": "/opt"}


def placed(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.mark.parametrize("form", [layout_files, docker_files])
def test_both_forms_give_the_same_image(tmp_path: Path, form: Callable[..., dict[str, bytes]]) -> None:
    found = find_image(placed(tmp_path, form(LAYERS, SETTINGS)))
    assert found.digest == digest(config_of(LAYERS, SETTINGS))
    assert [each.diff_id for each in found.layers] == [digest(each) for each in LAYERS]
    assert found.settings() == {
        "entrypoint": ["/bin/sh"],
        "command": ["-c", "true"],
        "environment": {"A": "1", "B": "x=y", "C": ""},
        "workdir": "/opt",
    }


def test_an_image_for_many_machines_is_taken_for_this_one(tmp_path: Path) -> None:
    files = layout_files(LAYERS)
    (mine,) = json.loads(files["index.json"])["manifests"]
    other = {**mine, "digest": digest(b"not in the archive"), "platform": {"os": "linux", "architecture": "other"}}
    said = {**mine, "digest": digest(b"a statement"), "platform": {"os": "unknown", "architecture": "unknown"}}
    mine["platform"] = {"os": "linux", "architecture": machine()}
    inner = json.dumps({"manifests": [other, said, mine]}).encode()
    files[f"blobs/sha256/{digest(inner)[7:]}"] = inner
    files["index.json"] = json.dumps({"manifests": [{"digest": digest(inner), "size": len(inner)}]}).encode()
    assert find_image(placed(tmp_path, files)).digest == digest(config_of(LAYERS))


def changed_blob(files: dict[str, bytes]) -> None:
    name = next(name for name in files if name.startswith("blobs/") and files[name][:2] == b"\x1f\x8b")
    files[name] = files[name][:-1] + b"\xff"


def lost_blob(files: dict[str, bytes]) -> None:
    del files[next(name for name in files if name.startswith("blobs/") and files[name][:2] == b"\x1f\x8b")]


def indexed(**changes: Any) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        index = json.loads(files["index.json"])
        index["manifests"][0].update(changes)
        files["index.json"] = json.dumps(index).encode()

    return change


def written(name: str, content: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        files[name] = content

    return change


def twice(files: dict[str, bytes]) -> None:
    more = layout_files(LAYERS, {"Cmd": ["other"]})
    index = json.loads(files["index.json"])
    index["manifests"] += json.loads(more["index.json"])["manifests"]
    files.update(more)
    files["index.json"] = json.dumps(index).encode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (changed_blob, "damaged"),
        (lost_blob, "lacks the blob"),
        (indexed(size=1), "size"),
        (indexed(digest="sha512:" + "0" * 128), "no digest by SHA-256"),
        (indexed(digest="sha256:../../../etc/passwd"), "no digest by SHA-256"),
        (indexed(platform={"os": "windows", "architecture": "amd64"}), "no image for linux"),
        (written("index.json", b"{"), "no JSON"),
        (written("index.json", b"[]"), "another form"),
        (written("index.json", b'{"manifests": 7}'), "another form"),
        (written("index.json", b"{}"), "another form"),
        (written("index.json", b'{"a": "' + b"a" * 5_000_000 + b'"}'), "larger than"),
        (twice, "2 images"),
    ],
)
def test_a_layout_that_is_not_what_it_says_is_refused(
    tmp_path: Path, change: Callable[[dict[str, bytes]], None], message: str
) -> None:
    files = layout_files(LAYERS)
    change(files)
    with pytest.raises(ImageError, match=message):
        find_image(placed(tmp_path, files))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (config_of(LAYERS[:1]), "2 layers"),
        (config_of(LAYERS, rootfs={"diff_ids": ["sha256:0", "sha256:1"]}), "no digest"),
        (config_of(LAYERS, rootfs=[]), "names 0"),
        (config_of(LAYERS, os="windows"), "no image for linux"),
        (config_of(LAYERS, architecture="other"), "no image for linux"),
        (b"[]", "another form"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(tmp_path: Path, config: bytes, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        find_image(placed(tmp_path, layout_files(LAYERS, config=config)))


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (b"[]", "0 images"),
        (b'[{"Config": "../config.json", "Layers": []}]', "lacks"),
        (b'[{"Config": "/etc/passwd", "Layers": []}]', "lacks"),
        (b'[{"Layers": []}]', "another form"),
        (b"[7]", "another form"),
        (b"{}", "another form"),
    ],
)
def test_a_docker_archive_that_is_not_what_it_says_is_refused(tmp_path: Path, manifest: bytes, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        find_image(placed(tmp_path, {"manifest.json": manifest}))
    with pytest.raises(ImageError, match="no image"):
        find_image(tmp_path / "nothing")


@pytest.mark.parametrize("settings", [{"Env": 7}, {"Entrypoint": 7}, ["list"]])
def test_settings_of_another_form_are_refused(tmp_path: Path, settings: Any) -> None:
    config = json.dumps({"rootfs": {"diff_ids": [digest(each) for each in LAYERS]}, "config": settings}).encode()
    found = find_image(placed(tmp_path, layout_files(LAYERS, config=config)))
    with pytest.raises(ImageError, match="another form"):
        found.settings()
