"""Layers are laid over each other as runtimes do it, and nothing of them is written elsewhere."""

from __future__ import annotations

import gzip
import stat
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.images.oci.archives import Member, digest, folder, hard_link, layer, symlink
from usina.engine.images.oci.layout import ImageError, Layer
from usina.engine.images.oci.rootfs import Rootfs

MOST = 10_000_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def apply(root: Path, *layers: bytes, most: int = MOST) -> None:
    rootfs = Rootfs(root, most)
    for count, content in enumerate(layers):
        path = root.parent / f"layer{count}"
        path.write_bytes(gzip.compress(content) if count % 2 else content)
        rootfs.apply(Layer(path, digest(content)))


def found(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): f"-> {path.readlink()}" if path.is_symlink() else path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def test_a_later_layer_replaces_adds_and_hides(root: Path) -> None:
    apply(
        root,
        layer(
            folder("etc"), Member("etc/a", b"1"), Member("etc/b", b"1"), Member("etc/c/d", b"1"), symlink("l", "etc")
        ),
        layer(Member("etc/a", b"2"), Member("etc/.wh.b"), Member(".wh.l"), Member("etc/new", b"2")),
    )
    assert found(root) == {"etc/a": "2", "etc/c/d": "1", "etc/new": "2"}


def test_an_opaque_folder_hides_what_was_below_and_keeps_what_is_new(root: Path) -> None:
    for members in (
        [folder("d"), Member("d/.wh..wh..opq"), Member("d/new", b"2"), Member("d/s/new", b"2")],
        [Member("d/new", b"2"), Member("d/s/new", b"2"), Member("d/.wh..wh..opq")],
    ):
        apply(root, layer(Member("d/old", b"1"), Member("d/s/old", b"1"), Member("e", b"1")), layer(*members))
        assert found(root) == {"d/new": "2", "d/s/new": "2", "e": "1"}


def test_a_whiteout_spares_what_its_own_layer_wrote(root: Path) -> None:
    apply(
        root,
        layer(Member("d/old", b"1"), Member("f", b"1")),
        layer(Member("d/new", b"2"), Member(".wh.d"), Member("f", b"2"), Member(".wh.f"), Member(".wh.nothing")),
    )
    assert found(root) == {"d/new": "2", "f": "2"}


def test_links_of_a_lower_layer_lead_what_is_written_within_the_root_only(root: Path) -> None:
    apply(
        root,
        layer(folder("usr/bin"), symlink("bin", "usr/bin"), symlink("up", "../../../.."), symlink("abs", "/outside")),
        layer(Member("bin/sh", b"2"), Member("up/here", b"2"), Member("abs/there", b"2")),
    )
    assert found(root) == {
        "abs": "-> /outside",
        "bin": "-> usr/bin",
        "here": "2",
        "outside/there": "2",
        "up": "-> ../../../..",
        "usr/bin/sh": "2",
    }
    assert {path.name for path in (root.parent / "outside").iterdir()} == {"secret"}


def test_a_link_is_replaced_and_never_written_through(root: Path) -> None:
    target = str(root.parent / "outside" / "secret")
    apply(
        root,
        layer(symlink("f", target), symlink("d", str(root.parent / "outside"))),
        layer(Member("f", b"2"), folder("d")),
    )
    assert found(root) == {"f": "2"}
    assert (root / "d").is_dir()
    assert (root.parent / "outside" / "secret").read_text() == "secret"


def test_hard_links_lead_to_files_of_the_image_and_are_not_written_through(root: Path) -> None:
    apply(
        root,
        layer(Member("a", b"1"), hard_link("b", "a"), symlink("s", "a"), hard_link("t", "s")),
        layer(Member("a", b"2")),
    )
    assert found(root) == {"a": "2", "b": "1", "s": "-> a", "t": "-> a"}
    for target in ("../outside/secret", "missing", str(root.parent / "outside" / "secret")):
        with pytest.raises(ImageError, match=r"outside its folder|no file in it"):
            apply(root, layer(hard_link("x", target)))
    with pytest.raises(ImageError, match="no file in it"):
        apply(root, layer(symlink("way", str(root.parent / "outside")), hard_link("x", "way/secret")))


@pytest.mark.parametrize("name", ["../x", "a/../../x", "a/.."])
def test_a_name_that_leaves_the_root_is_refused(root: Path, name: str) -> None:
    with pytest.raises(ImageError, match="outside its folder"):
        apply(root, layer(Member(name, b"1")))


def test_a_name_from_the_root_is_taken_as_one_in_it(root: Path) -> None:
    apply(root, layer(Member("/etc/a", b"1"), Member("./etc/b", b"1"), folder("./"), folder("/")))
    assert found(root) == {"etc/a": "1", "etc/b": "1"}


def test_devices_and_pipes_are_refused_but_for_those_that_are_never_shown(root: Path) -> None:
    apply(root, layer(folder("dev"), Member("dev/null", kind=tarfile.CHRTYPE), Member("dev/p", kind=tarfile.FIFOTYPE)))
    assert list((root / "dev").iterdir()) == []
    for kind in (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE):
        with pytest.raises(ImageError, match="device or pipe"):
            apply(root, layer(Member("etc/x", kind=kind)))


def test_no_right_of_another_user_is_kept(root: Path) -> None:
    apply(
        root,
        layer(Member("su", b"1", mode=0o4755), Member("closed", b"1", mode=0o600), Member("d/x", b"", mode=0o2711)),
    )
    assert {path.name: stat.S_IMODE(path.stat().st_mode) & 0o7000 for path in root.rglob("*")} == {
        "su": 0,
        "closed": 0,
        "d": 0,
        "x": 0,
    }
    assert (root / "su").stat().st_mode & 0o111


_NAMES = st.sampled_from(["a", "b", "c", "a/b", "b/a", "a/b/c", "c/.wh.a", ".wh.b", "a/.wh..wh..opq", "/a", "./b"])
_TARGETS = st.sampled_from(
    ["a", "..", "../..", "../../outside", "/", "/outside", "b/c", ".", "../outside/secret", "a/.."]
)
_MEMBERS = st.one_of(
    st.builds(Member, _NAMES, st.just(b"new")),
    st.builds(folder, _NAMES),
    st.builds(symlink, _NAMES, _TARGETS),
    st.builds(hard_link, _NAMES, st.one_of(_NAMES, _TARGETS)),
)


@settings(max_examples=150, deadline=None)
@given(layers=st.lists(st.lists(_MEMBERS, max_size=6), max_size=3))
def test_no_layers_ever_reach_outside_the_root(layers: list[list[Member]]) -> None:
    with tempfile.TemporaryDirectory() as top:
        outside, root = Path(top) / "outside", Path(top) / "root"
        outside.mkdir()
        root.mkdir()
        (outside / "secret").write_text("secret")
        with suppress(ImageError):
            apply(root, *(layer(*members) for members in layers))
        assert {path.name: path.read_text() for path in outside.iterdir()} == {"secret": "secret"}
        assert (outside / "secret").stat().st_nlink == 1
        assert {path.name for path in Path(top).iterdir()} <= {"outside", "root", "layer0", "layer1", "layer2"}


def test_links_in_a_circle_end(root: Path) -> None:
    with pytest.raises(ImageError, match="circle"):
        apply(root, layer(symlink("a", "b"), symlink("b", "a"), Member("a/x", b"1")))


def test_a_bomb_costs_no_more_than_its_bound(root: Path) -> None:
    with pytest.raises(ImageError, match="more bytes"):
        apply(root, layer(Member("zeros", bytes(2_000))), most=1_000)
    zeros = layer(Member("zeros", bytes(30_000_000)))
    path = root.parent / "bomb"
    path.write_bytes(gzip.compress(zeros))
    with pytest.raises(ImageError, match="times its size"):
        Rootfs(root, 10**9).apply(Layer(path, digest(zeros)))


@pytest.mark.parametrize("content", [b"no tar", b"\x1f\x8bno gzip", b"\x28\xb5\x2f\xfd" + bytes(20)])
def test_a_layer_that_is_none_is_refused(root: Path, content: bytes) -> None:
    path = root.parent / "bad"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=r"damaged|zstd|is not what"):
        Rootfs(root, MOST).apply(Layer(path, digest(content) if content != b"no tar" else digest(b"")))


def test_a_layer_of_another_content_is_refused(root: Path) -> None:
    path = root.parent / "other"
    path.write_bytes(layer(Member("a", b"1")))
    with pytest.raises(ImageError, match="is not what the image's configuration says"):
        Rootfs(root, MOST).apply(Layer(path, digest(b"another")))
