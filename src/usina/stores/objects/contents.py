"""Content of objects as files with random names: no key of an object ever becomes part of a path.

A file is written in `new/` and flushed there, with its folder, before an entry names it; then it moves to its place.
What lies in `new/` at a start and no entry names is what a crash left behind.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_FLUSH_BYTES = 33_554_432  # written since the disk was last told to begin: a long file is not flushed all at its end
_MOST_VECTORS = 512  # below the kernel's limit for one call


class Sink(Protocol):
    """Content that is being written. Calls block: they are made from threads."""

    def write(self, pieces: Sequence[bytes]) -> None:
        """Append. Raises: OSError."""
        ...

    def finish(self) -> None:
        """Return when all of it is on disk. Raises: OSError."""
        ...

    def abort(self) -> None:
        """Forget it; never raises."""
        ...


class Source(Protocol):
    """Content that is being read. Calls block."""

    def read(self, start: int, size: int) -> bytes:
        """Bytes from there on; fewer only at the end. Raises: OSError."""
        ...

    def close(self) -> None:
        """Let it go."""
        ...


class Contents(Protocol):
    """Where content lies. Calls block."""

    def create(self, name: str) -> Sink:
        """Begin content of that name. Raises: OSError."""
        ...

    def open(self, name: str) -> Source:
        """Read content. Raises: OSError."""
        ...

    def settle(self, name: str) -> None:
        """An entry names it now."""
        ...

    def remove(self, name: str) -> None:
        """Delete it, if it is there."""
        ...

    def unsettled(self) -> Iterable[str]:
        """Names of content that no `settle` was called for, as far as is known."""
        ...


class FileContents:
    """Content in files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._new = folder / "new"

    def prepare(self) -> None:
        """Make the folders. Raises: OSError."""
        self._new.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(256):
            (self._folder / f"{number:02x}").mkdir(mode=0o700, exist_ok=True)

    def create(self, name: str) -> FileSink:
        """Begin a file."""
        return FileSink(self._new / name)

    def open(self, name: str) -> FileSource:
        """Open a file, where it is or still is."""
        for path in (self._place(name), self._new / name):
            with contextlib.suppress(FileNotFoundError):
                return FileSource(path)
        return FileSource(self._place(name))  # it moved in between, or it is gone

    def settle(self, name: str) -> None:
        """Move the file to its place. Left undone by a crash, the next start does it."""
        with contextlib.suppress(OSError):
            (self._new / name).rename(self._place(name))

    def remove(self, name: str) -> None:
        """Delete the file."""
        for path in (self._place(name), self._new / name):
            with contextlib.suppress(OSError):
                path.unlink()

    def unsettled(self) -> list[str]:
        """What lies in `new/`."""
        return sorted(path.name for path in self._new.iterdir())

    def _place(self, name: str) -> Path:
        return self._folder / name[:2] / name


class FileSink:
    """A file that is being written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._unflushed = 0

    def write(self, pieces: Sequence[bytes]) -> None:
        """Append."""
        for begin in range(0, len(pieces), _MOST_VECTORS):
            self._append(pieces[begin : begin + _MOST_VECTORS])
        if self._unflushed >= _FLUSH_BYTES:
            self._unflushed = 0
            os.fdatasync(self._handle)

    def _append(self, pieces: Sequence[bytes]) -> None:
        size = sum(map(len, pieces))
        written = os.writev(self._handle, pieces)
        self._unflushed += size
        if written < size:
            rest = memoryview(b"".join(pieces))[written:]
            while rest:
                rest = rest[os.write(self._handle, rest) :]

    def finish(self) -> None:
        """Flush the file, then the folder that names it."""
        os.fsync(self._handle)
        self._close()
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def abort(self) -> None:
        """Delete what there is."""
        self._close()
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _close(self) -> None:
        handle, self._handle = self._handle, -1
        if handle >= 0:
            with contextlib.suppress(OSError):  # what matters was flushed before
                os.close(handle)


class FileSource:
    """A file that is being read."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def read(self, start: int, size: int) -> bytes:
        """Bytes from there on."""
        return os.pread(self._handle, size, start)

    def close(self) -> None:
        """Let the file go."""
        os.close(self._handle)
