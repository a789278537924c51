"""The few things the ledger asks of a disk, in one place, so that tests can make it fail, fill up or lose power."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_ZEROS: Final = bytes(1_048_576)


class Disk:
    """The machine's own file system. Every method may raise OSError."""

    def open(self, path: Path, *, create: bool = False) -> int:
        """A file descriptor to read and write; a new file is readable by its owner and group."""
        return os.open(path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0), 0o640)

    def write(self, descriptor: int, data: bytes, offset: int) -> None:
        """Write all of it there."""
        view = memoryview(data)
        while view:
            written = os.pwrite(descriptor, view, offset)
            view = view[written:]
            offset += written

    def sync(self, descriptor: int) -> None:
        """Return when what was written to this file would survive a loss of power."""
        os.fdatasync(descriptor)

    def truncate(self, descriptor: int, size_bytes: int) -> None:
        """Cut the file there, durably."""
        os.ftruncate(descriptor, size_bytes)
        os.fsync(descriptor)

    def create_zeroed(self, path: Path, size_bytes: int) -> None:
        """Make a file of that many zeros, durable, its blocks really written (not merely reserved).

        In pieces with a sync after each, so that the syncs of a segment in use do not wait behind all of it.
        """
        descriptor = self.open(path, create=True)
        try:
            for offset in range(0, size_bytes, len(_ZEROS)):
                self.write(descriptor, _ZEROS[: size_bytes - offset], offset)
                self.sync(descriptor)
            self.truncate(descriptor, size_bytes)
        finally:
            os.close(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file its name, durably."""
        old.replace(new)
        self.sync_folder(new.parent)

    def sync_folder(self, folder: Path) -> None:
        """Make the names in a folder durable."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def free_bytes(self, folder: Path) -> int:
        """Room left for this process."""
        about = os.statvfs(folder)
        return about.f_bavail * about.f_frsize
