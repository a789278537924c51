"""The files of streams: `FOLDER/ab/abcdef.../NUMBER.seg`, named by ids of ours. Everything here blocks."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING

from usina.stores.logs.frames import frames_of, holds_frame

if TYPE_CHECKING:
    from pathlib import Path

    from usina.stores.logs.frames import Frame


DAMAGED = ".damaged"


class StreamFiles:
    """Segments under one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, stream: str, number: int) -> None:
        """Make the file of a new segment, so that its name survives a crash."""
        path = self._path(stream, number)
        if path.exists():
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        for folder in (path.parent, path.parent.parent, self._folder):
            _sync_folder(folder)

    def append(self, stream: str, number: int, data: bytes, size_bytes: int) -> int:
        """Write behind the first `size_bytes`; gives a handle to sync and close. A failed write leaves no trace."""
        handle = os.open(self._path(stream, number), os.O_WRONLY | os.O_CLOEXEC)
        try:
            view, position = memoryview(data), size_bytes
            while view:
                written = os.pwrite(handle, view, position)
                view, position = view[written:], position + written
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(handle, size_bytes)
            os.close(handle)
            raise
        return handle

    def scan(self, stream: str, number: int, *, proved: bool = False) -> list[Frame]:
        """The whole frames of a segment; none where there is no such file."""
        try:
            data = self._path(stream, number).read_bytes()
        except FileNotFoundError:
            return []
        return [*frames_of(data, proved=proved)]

    def cut(self, stream: str, number: int, size_bytes: int) -> str:
        """Take away what lies behind the last whole frame; what that was: "", torn or damaged.

        A file that is damaged, so that events that were acknowledged cannot be reached, is kept beside as it was.
        """
        path = self._path(stream, number)
        try:
            tail = path.read_bytes()[size_bytes:]
        except FileNotFoundError:
            return ""
        if not tail:
            return ""
        damaged = holds_frame(tail)
        if damaged:
            shutil.copy2(path, path.with_suffix(DAMAGED))
        handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.ftruncate(handle, size_bytes)
            os.fsync(handle)
        finally:
            os.close(handle)
        return "damaged" if damaged else "torn"

    def read(self, stream: str, number: int, offset: int, size_bytes: int) -> bytes | None:
        """A piece of a segment; None where retention has deleted the file meanwhile."""
        try:
            handle = os.open(self._path(stream, number), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            return os.pread(handle, size_bytes, offset)
        finally:
            os.close(handle)

    def drop_segment(self, stream: str, number: int) -> None:
        """Delete one segment."""
        self._path(stream, number).unlink(missing_ok=True)

    def drop(self, stream: str) -> None:
        """Delete a stream's folder."""
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self._folder / stream[:2] / stream)

    def _path(self, stream: str, number: int) -> Path:
        return self._folder / stream[:2] / stream / f"{number:010}.seg"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
