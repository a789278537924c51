"""Layers laid over each other into one root file system, without rights.

Names are resolved as if the folder were the root, one component at a time and never through the kernel: a link in one
layer can lead what a later layer writes to another place within the folder, and nowhere else. Nothing else writes there
meanwhile. All files belong to the factory's user; rights are reduced to what everybody may, without set-user-ID;
devices are refused, but for those in /dev, which is never shown.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import stat
import tarfile
import zlib
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, cast

from usina.engine.images.oci.layout import ImageError
from usina.engine.jobs.archives import ArchiveError, GuardedMember

if TYPE_CHECKING:
    from pathlib import Path

    from usina.engine.images.oci.layout import Layer

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_AUFS = ".wh..wh."
_CHUNK_BYTES = 1_048_576
_MOST_ENTRIES = 1_000_000
_MOST_LINKS = 40  # followed for one name, as kernels do
_RATIO = 1_000
_RATIO_FREE_BYTES = 10_000_000
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


class Rootfs:
    """A root file system that grows by layers. Raises: ImageError."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._left = most_bytes
        self._entries = 0
        self._written: set[str] = set()  # by the layer that is being applied: its own whiteouts spare it

    def apply(self, layer: Layer) -> None:
        """Lay one over it, and prove that it was the right one."""
        self._written = set()
        try:
            with layer.path.open("rb") as file:
                content = _Hashed(_unpacked(file), max(_RATIO_FREE_BYTES, layer.path.stat().st_size * _RATIO))
                with tarfile.open(fileobj=cast("IO[bytes]", content), mode="r|", tarinfo=GuardedMember) as tar:
                    for member in tar:
                        self._take(tar, member)
                content.finish()
        except ArchiveError as error:
            raise ImageError(f"a layer cannot be taken: {error}") from error
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, RecursionError) as error:
            raise ImageError("a layer is damaged or is no tar file") from error
        except OSError as error:
            raise ImageError(f"a layer cannot be unpacked: {error.strerror or 'it is damaged'}") from error
        if content.digest != layer.diff_id:
            raise ImageError(f"a layer is not what the image's configuration says: {content.digest}")

    def _take(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        self._entries += 1
        if self._entries > _MOST_ENTRIES:
            raise ImageError(f"the image holds more than {_MOST_ENTRIES} files")
        parts = _parts(member.name)
        if not parts:
            return
        *above, name = parts
        if name.startswith(_WHITEOUT):
            self._hide(above, name)
            return
        folder = self._folder_of(above)
        path, key = folder / name, self._key(folder / name)
        if member.isdir():
            if path.is_symlink() or not path.is_dir():
                _delete(path)
                path.mkdir(mode=0o755)
        elif member.isreg():
            self._write(tar, member, path)
        elif member.issym():
            _delete(path)
            path.symlink_to(member.linkname)
        elif member.islnk():
            self._link(member, path)
        elif parts[0] != "dev":
            raise ImageError(f"the image's {member.name!r} is a device or pipe; none is taken but in /dev")
        self._written.add(key)

    def _write(self, tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
        self._left -= member.size
        if self._left < 0:
            raise ImageError("the image unpacks to more bytes than are taken")
        content = tar.extractfile(member)
        if content is None:
            raise ImageError(f"the image's {member.name!r} has no content")
        _delete(path)  # not written over: other names may lead to the same file
        mode = 0o755 if member.mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH) else 0o644
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(handle, "wb") as file:
            while chunk := content.read(_CHUNK_BYTES):
                file.write(chunk)

    def _link(self, member: tarfile.TarInfo, path: Path) -> None:
        parts = _parts(member.linkname)
        source = self._folder_of(parts[:-1], make=False) / parts[-1] if parts else self._folder
        if source.is_symlink():
            target = source.readlink()
            _delete(path)
            path.symlink_to(target)
        elif source.is_file():
            if source != path:
                _delete(path)
                os.link(source, path, follow_symlinks=False)
        else:
            raise ImageError(f"the image's {member.name!r} is a link to {member.linkname!r}, which is no file in it")

    def _hide(self, above: list[str], name: str) -> None:
        """Take away what lower layers put there."""
        folder = self._folder_of(above, make=False)
        if not folder.is_dir():
            return
        if name == _OPAQUE:
            for path in list(folder.iterdir()):
                self._take_away(path)
        elif not name.startswith(_AUFS) and (hidden := name.removeprefix(_WHITEOUT)) not in {"", ".", ".."}:
            self._take_away(folder / hidden)

    def _take_away(self, path: Path) -> None:
        if path.is_symlink() or not path.is_dir():
            if self._key(path) not in self._written:
                path.unlink(missing_ok=True)
            return
        for child in list(path.iterdir()):
            self._take_away(child)
        if self._key(path) not in self._written and not any(path.iterdir()):
            path.rmdir()

    def _folder_of(self, parts: list[str], *, make: bool = True) -> Path:
        """The folder of that name within the root, links resolved within it; made where it is not there."""
        place, waiting, followed = self._folder, list(reversed(parts)), 0
        while waiting:
            part = waiting.pop()
            if part == "..":
                place = place if place == self._folder else place.parent
                continue
            following = place / part
            if following.is_symlink():
                followed += 1
                if followed > _MOST_LINKS:
                    raise ImageError(f"the image's links lead in a circle at {'/'.join(parts)!r}")
                target = PurePosixPath(following.readlink())
                place = self._folder if target.is_absolute() else place
                waiting += [each for each in reversed(target.parts) if each not in {"/", "."}]
                continue
            if not following.is_dir():
                if not make:
                    return following  # no folder: nothing is in it
                _delete(following)
                following.mkdir(mode=0o755)
            place = following
        return place

    def _key(self, path: Path) -> str:
        return str(path.relative_to(self._folder))


class _Hashed:
    """What a layer unpacks to, as it is read: counted and hashed."""

    def __init__(self, content: IO[bytes], most_bytes: int) -> None:
        self._content = content
        self._left = most_bytes
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._content.read(size if size >= 0 else _CHUNK_BYTES)
        self._left -= len(data)
        if self._left < 0:
            raise ImageError(f"a layer unpacks to more than {_RATIO} times its size")
        self._hash.update(data)
        return data

    def finish(self) -> None:
        """Read what comes after the last member."""
        while self.read(_CHUNK_BYTES):
            pass

    @property
    def digest(self) -> str:
        """Of all that was read."""
        return f"sha256:{self._hash.hexdigest()}"


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    start = file.read(len(_ZSTD))
    file.seek(0)
    if start == _ZSTD:
        raise ImageError("a layer is compressed by zstd, which is not taken: save the image with gzip")
    return cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if start.startswith(_GZIP) else file


def _parts(name: str) -> list[str]:
    path = PurePosixPath(name)
    if ".." in path.parts or "\0" in name:
        raise ImageError(f"the image's {name[:200]!r} would be written outside its folder")
    return [part for part in path.parts if part not in {"/", "."}]


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
