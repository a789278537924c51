"""A job's folders on this machine, and how they are seen inside.

    HOME/jobs/ACCOUNT/NAME/checkpoints    of all attempts
    HOME/jobs/ACCOUNT/NAME/ATTEMPT/       run (the keeper's), ml, input, code, model, output

Each is mounted by itself, so that what a program renames or links inside can never lead the factory elsewhere.
"""

from __future__ import annotations

import os
import shutil
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina.engine.jobs.container import CODE, ML
from usina.engine.sandbox import Mount

if TYPE_CHECKING:
    from pathlib import Path

_FIRST_USER = 300_000
_USERS = 1_000_000
_PARTS = ("input", "code", "model", "output")


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one attempt."""

    job: Path
    attempt: int

    @property
    def root(self) -> Path:
        """Of the attempt."""
        return self.job / str(self.attempt)

    @property
    def run(self) -> Path:
        """The keeper's."""
        return self.root / "run"

    @property
    def checkpoints(self) -> Path:
        """Those that an attempt leaves for the next."""
        return self.job / "checkpoints"

    def part(self, name: str) -> Path:
        """input, code, model or output."""
        return self.root / name

    def make(self) -> None:
        """Empty folders for a new attempt; the checkpoints stay."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.job.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.checkpoints, self.run, self.root / "ml", *(self.part(name) for name in _PARTS)):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.part("input") / "config", self.part("input") / "data", self.part("output") / "data"):
            folder.mkdir(mode=0o700)

    def mounts(self, checkpoints_inside: str) -> tuple[Mount, ...]:
        """How they are seen inside."""
        shown = [Mount(self.root / "ml", ML, writable=True)]
        shown += [Mount(self.part(name), CODE if name == "code" else f"{ML}/{name}", writable=True) for name in _PARTS]
        shown.append(Mount(self.checkpoints, checkpoints_inside, writable=True))
        return tuple(shown)

    def give(self, user: int) -> None:
        """Hand all but the keeper's folder to the job's user, where the factory may."""
        if os.geteuid() != 0:
            return
        for top in (self.root / "ml", self.checkpoints, *(self.part(name) for name in _PARTS)):
            os.chown(top, user, user, follow_symlinks=False)
            for place, folders, files in os.walk(top):
                for name in (*folders, *files):
                    os.chown(os.path.join(place, name), user, user, follow_symlinks=False)  # noqa: PTH118 - many files


def user_of(account: str, name: str) -> int:
    """The machine's user of a job: the same after a restart, and seldom that of another job."""
    return _FIRST_USER + zlib.crc32(f"{account}/{name}".encode()) % _USERS
