"""Archives of strangers: what harms is refused, and what they leave behind is packed without following them."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.jobs.site import tar_gz
from usina.engine.jobs.archives import ArchiveError, names_below, open_below, pack, read_start, unpack

if TYPE_CHECKING:
    from pathlib import Path

MOST = 1_000_000


def archive_of(folder: Path, *members: tarfile.TarInfo) -> Path:
    """An archive of members without content."""
    path = folder / "source.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(b"0" * member.size))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", size: int = 0) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, target, size
    return made


def test_files_and_folders_come_out_as_they_went_in(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(tar_gz({"train.py": "1", "lib/deep/x.py": "2"}))
    unpack(tmp_path / "a.tar.gz", tmp_path / "out", MOST)
    assert (tmp_path / "out" / "lib" / "deep" / "x.py").read_text() == "2"


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "..", "a/.."])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveError, match="outside its folder"):
        unpack(archive_of(tmp_path, member(name)), tmp_path / "out", MOST)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    with pytest.raises(ArchiveError, match="link or device"):
        unpack(archive_of(tmp_path, member("x", kind, "/etc/passwd")), tmp_path / "out", MOST)


def test_a_second_member_of_a_name_is_refused_and_not_written_over(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError):
        unpack(archive_of(tmp_path, member("x", size=1), member("x", size=2)), tmp_path / "out", MOST)


def test_more_bytes_than_the_bound_are_refused_before_they_are_written(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="more than"):
        unpack(archive_of(tmp_path, member("x", size=MOST + 1)), tmp_path / "out", MOST)
    assert not (tmp_path / "out" / "x").exists()


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="1000 times its size"):
        unpack(archive_of(tmp_path, member("x", size=15_000_000)), tmp_path / "out", 1 << 40)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_that_is_a_bomb_is_refused_before_it_is_read(tmp_path: Path, kind: bytes) -> None:
    with pytest.raises(ArchiveError, match="header of 20000000 bytes"):
        unpack(archive_of(tmp_path, member("x", kind, size=20_000_000)), tmp_path / "out", 1 << 40)


def test_headers_without_end_and_sizes_below_nothing_are_refused(tmp_path: Path) -> None:
    names = b"".join(
        member("x", tarfile.GNUTYPE_LONGNAME, size=1).tobuf() + b"y".ljust(512, b"\0") for _ in range(3_000)
    )
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(names))
    with pytest.raises(ArchiveError, match="damaged"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out", MOST)
    negative = bytearray(member("x").tobuf())
    negative[124:136] = b"\xff" * 11 + b"\x00"
    negative[148:156] = b" " * 8
    negative[148:156] = b"%06o\0 " % sum(negative)
    (tmp_path / "b.tar").write_bytes(bytes(negative) + b"\0" * 1_024)
    with pytest.raises(ArchiveError, match="header of -256 bytes"):
        unpack(tmp_path / "b.tar", tmp_path / "out", MOST)


@pytest.mark.parametrize("version", ["0.0", "0.1", "1.0"])
def test_sparse_files_are_refused(tmp_path: Path, version: str) -> None:
    old = member("x", tarfile.GNUTYPE_SPARSE)
    with pytest.raises(ArchiveError, match="sparse"):
        unpack(archive_of(tmp_path, old), tmp_path / "out", MOST)
    new = member("x", size=512)
    major, minor = version.split(".")
    new.pax_headers = {"GNU.sparse.major": major, "GNU.sparse.minor": minor, "GNU.sparse.realsize": "9"}
    new.pax_headers |= {"GNU.sparse.size": "9", "GNU.sparse.map": "0,9"} if major == "0" else {}
    with tarfile.open(tmp_path / "new.tar", "w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(new, io.BytesIO(b"1\n" * 256))
    with pytest.raises(ArchiveError, match="sparse"):
        unpack(tmp_path / "new.tar", tmp_path / "out", MOST)


def test_other_ways_to_compress_are_not_tried(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar.xz", "w:xz") as tar:
        tar.addfile(member("x"))
    with pytest.raises(ArchiveError, match="no tar file"):
        unpack(tmp_path / "a.tar.xz", tmp_path / "out", MOST)


def test_files_with_holes_are_as_long_as_they_say(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with (tmp_path / "model" / "weights").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ArchiveError, match="more than 1000000 bytes long"):
        pack(tmp_path / "model", tmp_path / "model.tar.gz", MOST)


def test_damaged_archives_are_told_as_such(tmp_path: Path) -> None:
    whole = tar_gz({"train.py": "print(1)" * 1_000})
    for number, text in enumerate((b"", b"no archive", whole[:-40], whole[:30], gzip.compress(b"no tar"))):
        path = tmp_path / f"{number}.tar.gz"
        path.write_bytes(text)
        with pytest.raises(ArchiveError, match="archive"):
            unpack(path, tmp_path / str(number), MOST)


def test_one_bit_that_changed_on_the_way_is_noticed(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(gzip.decompress(tar_gz({"train.py": "print(1)" * 1_000})), 0))
    packed[5_000] ^= 1
    (tmp_path / "a.tar.gz").write_bytes(packed)
    with pytest.raises(ArchiveError, match="damaged"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out", MOST)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=600), st.integers(0, 500))
def test_no_bytes_make_unpacking_fail_in_another_way(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, at: int
) -> None:
    folder = tmp_path_factory.mktemp("junk")
    whole = tar_gz({"a/b.py": "x" * 100, "c.py": "y"})
    (folder / "a.tar.gz").write_bytes(whole[:at] + junk + whole[at:])
    with contextlib.suppress(ArchiveError):
        unpack(folder / "a.tar.gz", folder / "out", MOST)
    assert {path.name for path in folder.iterdir()} <= {"a.tar.gz", "out"}


def test_what_is_packed_is_files_folders_and_links_that_stay(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "weights").write_bytes(b"1" * 10)
    (folder / "near").symlink_to("deep/weights")
    (folder / "out").symlink_to("/etc/passwd")
    (folder / "up").symlink_to("../secret")
    os.mkfifo(folder / "pipe")
    os.link(folder / "deep" / "weights", folder / "same")
    pack(folder, tmp_path / "model.tar.gz", MOST)
    with tarfile.open(tmp_path / "model.tar.gz") as tar:
        names = {each.name for each in tar}
        assert names == {"deep", "deep/weights", "near", "same"}
        assert {each.size for each in tar if each.isreg()} == {10}


def test_a_file_is_read_only_where_it_is_one(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "failure").write_text("x" * 100)
    read = {name: read_start(tmp_path / name, 10) for name in ("link", "pipe", "nothing", "failure")}
    assert read == {"link": "", "pipe": "", "nothing": "", "failure": "x" * 10}


def test_a_file_is_opened_through_no_link_wherever_in_its_path(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "secret").write_text("of the site")
    folder = tmp_path / "job"
    (folder / "real").mkdir(parents=True)
    (folder / "real" / "file").write_text("of the job")
    (folder / "away").symlink_to(tmp_path / "site")
    (folder / "real" / "link").symlink_to(tmp_path / "site" / "secret")
    with open_below(folder, "real/file") as file:
        assert file.read() == b"of the job"
    for name in ("away/secret", "real/link", "real/none"):
        with pytest.raises(OSError, match=r"\[Errno"):
            open_below(folder, name)
    with pytest.raises(ArchiveError):
        open_below(folder, "real")
    assert names_below(folder) == ["real/file"]
    assert names_below(folder, "away") == names_below(folder, "none") == []
