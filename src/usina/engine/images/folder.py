"""The folder of images: `$USINA_IMAGES`, which several homes may share.

    KEY/            a complete environment, read-only; image.json says what is in it
    .staging/KEY.*  one that is being made, or was when its process was killed
    .locks/KEY      held by whoever makes or removes it, on any process of this machine

An environment is there whole or not at all: it is made aside, synced, and renamed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANIFEST = "image.json"
_MANIFEST_BYTES = 4_194_304
_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class ImageFolder:
    """Where images lie on this machine."""

    root: Path

    def place(self, key: str) -> Path:
        """Where an image is, or would be."""
        return self.root / key

    def staging(self, name: str) -> Path:
        """Where images are made."""
        return self.root / ".staging" / name

    def manifest(self, key: str) -> dict[str, Any] | None:
        """What is in an image; None where it is not there."""
        return _read(self.place(key) / _MANIFEST)

    def manifests(self) -> dict[str, dict[str, Any]]:
        """All images that are there, by key."""
        if not self.root.is_dir():
            return {}
        keys = sorted(path.name for path in self.root.iterdir() if not path.name.startswith("."))
        found = {key: self.manifest(key) for key in keys}
        return {key: manifest for key, manifest in found.items() if manifest is not None}

    def tell(self, key: str, doing: str, share: float, error: str = "") -> None:
        """Say how far the making of an image is, in a file that is replaced whole."""
        path = self.staging(f"{key}.told")
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_text(json.dumps({"doing": doing, "share": round(share, 3), "error": error}), "utf-8")
        draft.replace(path)

    def told(self, key: str) -> tuple[str, float, str]:
        """How far it is: what is being done, the share that is done, and why it failed."""
        found = _read(self.staging(f"{key}.told"))
        return ("", 0.0, "") if found is None else (str(found["doing"]), float(found["share"]), str(found["error"]))

    def forget(self, key: str) -> None:
        """Nothing was told yet."""
        self.staging(f"{key}.told").unlink(missing_ok=True)

    @contextlib.contextmanager
    def held(self, key: str) -> Iterator[None]:
        """Alone with this image, on this machine. Waits for others; gone with the process that holds it."""
        locks = self.root / ".locks"
        locks.mkdir(parents=True, exist_ok=True)
        with (locks / key).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def begin(self, key: str) -> Path:
        """An empty folder to make it in; what a killed process left is swept. The lock is held.

        It has a name of its own: a child of a killed process may still be writing into the one before.
        """
        above = self.root / ".staging"
        above.mkdir(parents=True, exist_ok=True)
        for left in above.glob(f"{key}.*"):
            clear(left)
        staging = Path(tempfile.mkdtemp(prefix=f"{key}.", dir=above))
        staging.chmod(0o755)
        return staging

    def complete(self, key: str, staging: Path, manifest: dict[str, Any]) -> None:
        """What was made aside is the image from now on. The lock is held."""
        (staging / _MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True), "utf-8")
        open_to_all(staging, writable=False)
        _sync(staging)
        staging.rename(self.place(key))
        _sync_folder(self.root)

    def remove(self, key: str) -> None:
        """Delete an image. The lock is held."""
        place = self.place(key)
        if not place.exists():
            return
        # Gone under its name at once; whoever runs in it keeps what is open.
        leaving = self.staging(f"{key}.removed")
        clear(leaving)
        leaving.parent.mkdir(parents=True, exist_ok=True)
        place.rename(leaving)
        clear(leaving)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_MANIFEST_BYTES))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def size_of(folder: Path) -> int:
    """Bytes of all files in it."""
    sizes = (path.lstat() for path in folder.rglob("*"))
    return sum(found.st_size for found in sizes if stat.S_ISREG(found.st_mode))


def clear(folder: Path) -> None:
    """Delete a folder, read-only or not."""
    if not folder.is_dir():
        return
    for place, _, _ in os.walk(folder):
        with contextlib.suppress(OSError):
            os.chmod(place, 0o700)  # noqa: PTH101 - many files
    shutil.rmtree(folder, ignore_errors=True)


def open_to_all(folder: Path, *, writable: bool) -> None:
    """What is in it can be read by the users of jobs, whatever the umask was when it was made."""
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(place, name)  # noqa: PTH118 - many files
            mode = os.lstat(path).st_mode
            if not stat.S_ISLNK(mode):
                readable = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH
                enter = 0o111 if stat.S_ISDIR(mode) or mode & stat.S_IXUSR else 0
                wanted = stat.S_IMODE(mode) | readable | enter
                os.chmod(path, wanted if writable else wanted & ~_WRITABLE)  # noqa: PTH101 - many files


def _sync(folder: Path) -> None:
    """All of it is on the disk: the whole file system is asked, since it is many thousand files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.sync()
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
