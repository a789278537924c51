"""Archives that cross the border of a job: unpacked with suspicion, packed without following links.

An archive of a stranger is a tar file, as it is or by gzip. It is refused for: names that leave the folder, links,
devices, sparse files, headers that are large, negative or without end, more bytes or files than a bound, more than
1,000 times its own size. All of it is checked while it is read, so a bomb costs no more than its bound.
"""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from usina.core.errors import UsinaError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK_BYTES = 1_048_576
_MOST_FILES = 100_000
_RATIO = 1_000
_RATIO_FREE_BYTES = 10_000_000  # below it no ratio is too good to be true
_EXECUTABLE = 0o100
_HEADER_BYTES = 65_536  # of a name or of attributes; tarfile reads such a header whole
_HEADERS = {
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
}
_GZIP = b"\x1f\x8b"


class ArchiveError(UsinaError):
    """The archive is broken or would harm; the message says how, in words for its owner."""


class GuardedMember(tarfile.TarInfo):
    """A member whose header is looked at before tarfile acts on it."""

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        if self.size < 0 or (self.type in _HEADERS and self.size > _HEADER_BYTES):
            raise ArchiveError(f"the archive has a header of {self.size} bytes")
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise ArchiveError("the archive holds a sparse file; only whole ones are taken")
        return super()._proc_member(tar)  # type: ignore[misc,no-any-return] # tarfile's own hook for subclasses

    def _proc_gnusparse_10(self, *_: object) -> None:
        """A map of holes that is as long as the archive says."""
        raise ArchiveError("the archive holds a sparse file; only whole ones are taken")

    _proc_gnusparse_00 = _proc_gnusparse_01 = _proc_gnusparse_10


def unpack(archive: Path, folder: Path, most_bytes: int, *, links: dict[str, str] | None = None) -> None:
    """Unpack a tar file, compressed or not. Where `links` is given, symbolic links are put into it: name -> target.

    Raises: ArchiveError; what was unpacked until then stays.
    """
    try:
        believable_bytes = max(_RATIO_FREE_BYTES, archive.stat().st_size * _RATIO)
        with _content(archive) as content, tarfile.open(fileobj=content, mode="r|", tarinfo=GuardedMember) as tar:
            _unpack(tar, folder, most_bytes, believable_bytes, links)
            _finish(content, believable_bytes)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, RecursionError) as error:
        raise ArchiveError("the archive is damaged or is no tar file") from error
    except OSError as error:
        raise ArchiveError(f"the archive cannot be unpacked: {error.strerror or 'it is damaged'}") from error


def _content(archive: Path) -> BinaryIO:
    with archive.open("rb") as file:
        packed = file.read(len(_GZIP)) == _GZIP
    return cast("BinaryIO", gzip.open(archive)) if packed else archive.open("rb")


def _finish(content: IO[bytes], most_bytes: int) -> None:
    """Read what comes after the archive's end, at which gzip compares its sum: damaged data is not taken for whole."""
    while rest := content.read(_CHUNK_BYTES):
        most_bytes -= len(rest)
        if most_bytes < 0:
            raise ArchiveError(f"the archive unpacks to more than {_RATIO} times its size")


def _unpack(
    tar: tarfile.TarFile, folder: Path, most_bytes: int, believable_bytes: int, links: dict[str, str] | None
) -> None:
    left = most_bytes
    for files, member in enumerate(tar, 1):
        left -= member.size
        if files > _MOST_FILES or left < 0:
            raise ArchiveError(f"the archive holds more than {most_bytes} bytes or {_MOST_FILES} files")
        if most_bytes - left > believable_bytes:
            raise ArchiveError(f"the archive unpacks to more than {_RATIO} times its size")
        target = _inside(folder, member.name)
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
        elif member.isreg():
            target.parent.mkdir(parents=True, exist_ok=True)
            content = tar.extractfile(member)
            if content is None:
                raise ArchiveError(f"the archive's member {member.name!r} has no content")
            _write(content, target, executable=bool(member.mode & _EXECUTABLE))
        elif links is not None and member.issym():
            links[member.name] = member.linkname
        else:
            raise ArchiveError(f"the archive's member {member.name!r} is a link or device; only files are taken")


def _inside(folder: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name:
        raise ArchiveError(f"the archive's member {name!r} would be written outside its folder")
    return folder / path


def _write(content: IO[bytes], target: Path, *, executable: bool) -> None:
    # Nothing is written through a link, nor over what an earlier member made.
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o755 if executable else 0o644)
    with os.fdopen(handle, "wb") as file:
        while chunk := content.read(_CHUNK_BYTES):
            file.write(chunk)


def pack(folder: Path, archive: Path, most_bytes: int) -> None:
    """Pack what is in a folder into a tar.gz: files and folders, and links that stay inside; the rest is left out.

    Raises: ArchiveError where the files are longer than that together (those with holes take no such room), OSError.
    """
    left = most_bytes
    with tarfile.open(archive, "w:gz", compresslevel=1, format=tarfile.PAX_FORMAT) as tar:
        for path, name in walk(folder, links=True):
            tar.inodes.clear()  # type: ignore[attr-defined] # by it hard links would become links in the archive
            member = tar.gettarinfo(str(path), name)
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            if member.isreg():
                left -= member.size
                if left < 0:
                    raise ArchiveError(f"the files are more than {most_bytes} bytes long")
                with _opened(path) as content:
                    tar.addfile(member, content)
            else:
                tar.addfile(member)


def walk(folder: Path, *, links: bool = False) -> Iterator[tuple[Path, str]]:
    """Regular files of a folder that a stranger wrote, with their names in it; with `links` also folders and links."""
    waiting = [(folder, "")]
    while waiting:
        place, prefix = waiting.pop()
        with os.scandir(place) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append((Path(entry.path), f"{name}/"))
                if links:
                    yield Path(entry.path), name
                continue
            inside = links and entry.is_symlink() and _stays(name, str(Path(entry.path).readlink()))
            if inside or entry.is_file(follow_symlinks=False):
                yield Path(entry.path), name


def _stays(name: str, target: str) -> bool:
    if target.startswith("/"):
        return False
    joined = os.path.normpath(os.path.join(os.path.dirname(name), target))  # noqa: PTH118, PTH120 - text, no file
    return not joined.startswith("..")


def _opened(path: Path) -> IO[bytes]:
    """A regular file, and nothing that was put in its place."""
    return _regular(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK))


def _regular(handle: int) -> IO[bytes]:
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ArchiveError("a file changed while it was packed")
    return os.fdopen(handle, "rb")


def names_below(folder: Path, inner: str = "") -> list[str]:
    """Names of the regular files in a folder of a folder that a stranger wrote; none where that is no folder.

    While the stranger's program runs, what a name leads to may change: open it with `open_below`.
    """
    top = folder
    for part in PurePosixPath(inner).parts:
        top /= part
        if top.is_symlink() or not top.is_dir():
            return []
    try:
        return [name for _, name in walk(top)]
    except OSError:  # taken away meanwhile
        return []


def open_below(folder: Path, name: str) -> IO[bytes]:
    """A regular file of a stranger's folder; no part of its path is followed if it is a link.

    Raises: OSError; ArchiveError where it is no regular file.
    """
    *folders, last = PurePosixPath(name).parts
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in folders:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=place)
            os.close(place)
            place = inner
        handle = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place)
    finally:
        os.close(place)
    return _regular(handle)


def is_text(name: str) -> bool:
    """Whether a file's name is UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_start(path: Path, most_bytes: int) -> str:
    """The start of a small text file that a stranger wrote; empty where there is none."""
    try:
        with _opened(path) as file:
            return file.read(most_bytes).decode("utf-8", "replace").strip()
    except (OSError, ArchiveError):
        return ""
