"""A job's folders on this machine, and how they are seen inside.

    HOME/jobs/ACCOUNT/KIND/NAME/SHARE       of all attempts (checkpoints)
    HOME/jobs/ACCOUNT/KIND/NAME/ATTEMPT/    run (the keeper's), command, and a folder for each other share of its kind

Each is mounted by itself, so that what a program renames or links inside can never lead the factory elsewhere.
"""

from __future__ import annotations

import os
import shutil
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina.engine.sandbox import Mount

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_FIRST_USER = 300_000
_USERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Share:
    """A folder that the factory and the program share."""

    name: str
    inside: str  # absolute path
    kept: bool = False  # an attempt leaves it for the next
    folders: tuple[str, ...] = ()  # that are in it from the beginning, each after those it is in


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one attempt."""

    job: Path
    attempt: int
    shares: tuple[Share, ...]

    @property
    def root(self) -> Path:
        """Of the attempt."""
        return self.job / str(self.attempt)

    @property
    def run(self) -> Path:
        """The keeper's."""
        return self.root / "run"

    def part(self, name: str) -> Path:
        """The folder of a share."""
        kept = any(share.kept for share in self.shares if share.name == name)
        return (self.job if kept else self.root) / name

    def make(self) -> None:
        """Empty folders for a new attempt; those that are kept stay."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.job.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.run.mkdir(mode=0o700, parents=True)
        for share in self.shares:
            folder = self.part(share.name)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for inner in share.folders:
                (folder / inner).mkdir(mode=0o700, parents=True, exist_ok=True)

    def mounts(self) -> tuple[Mount, ...]:
        """How they are seen inside."""
        return tuple(Mount(self.part(share.name), share.inside, writable=True) for share in self.shares)

    def give(self, user: int) -> None:
        """Hand all but the keeper's folder to the job's user, where the factory may."""
        if os.geteuid() != 0:
            return
        for share in self.shares:
            top = self.part(share.name)
            os.chown(top, user, user, follow_symlinks=False)
            for place, folders, files in os.walk(top):
                for name in (*folders, *files):
                    os.chown(os.path.join(place, name), user, user, follow_symlinks=False)  # noqa: PTH118 - many files

    def note_command(self, command: str) -> None:
        """Keep how the program was started, for the message should it fail."""
        (self.root / "command").write_text(command, "utf-8", "surrogateescape")

    @property
    def command(self) -> str:
        """How the program was started."""
        with suppress(OSError):
            return (self.root / "command").read_text("utf-8", "replace")
        return ""


def folder_of(top: Path, kind: str, account: str, name: str) -> Path:
    """A job's folder."""
    return top / account / kind / name


def sweep(top: Path, wanted: Iterable[tuple[str, str, str]]) -> None:
    """Remove what jobs left that are over (kind, account and name of the others): a killed factory could not."""
    kept = {folder_of(top, *key) for key in wanted}
    if top.is_dir():
        for job in top.glob("*/*/*"):
            if job not in kept:
                shutil.rmtree(job, ignore_errors=True)


def user_of(kind: str, account: str, name: str) -> int:
    """The machine's user of a job: the same after a restart, and seldom that of another job."""
    return _FIRST_USER + zlib.crc32(f"{kind}/{account}/{name}".encode()) % _USERS
