"""Where custom models' adapters lie: `HOME/adapters/ACCOUNT/ID/SHA256.gguf`, judged before an engine loads them.

The program that wrote one read a stranger's data, so the file is a stranger's: its header is read under bounds, and
what is not an adapter of that kind of model is refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from usina.core.errors import ValidationError
from usina.engine.jobs.archives import ArchiveError, open_below
from usina.engine.jobs.container import JobError
from usina.stores.models.header import read_header

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

_CHUNK_BYTES = 1_048_576
_MOST_BYTES = 4_294_967_296
_ARCHITECTURE = "llama"


@dataclass(frozen=True, slots=True)
class Kept:
    """An adapter that is on disk for good."""

    path: str  # from the folder of all adapters
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class AdapterFolder:
    """The adapters of all accounts."""

    root: Path

    async def keep(self, folder: Path, name: str, account: str, identifier: str) -> Kept:
        """Judge and keep a file of a folder that a program wrote; kept again, it is the same file.

        Raises: JobError where it is no adapter.
        """
        return await asyncio.to_thread(self._keep, folder, name, account, identifier)

    def _keep(self, folder: Path, name: str, account: str, identifier: str) -> Kept:
        place = self.root / account / identifier
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = place / "draft"
        try:
            with open_below(folder, name) as source:
                digest, size = _copied(source, draft)
        except (OSError, ArchiveError) as error:
            raise JobError("InternalServerError: The training left no adapter that could be kept.") from error
        _judge(draft)
        target = place / f"{digest[:16]}.gguf"
        draft.replace(target)
        _sync(place)
        return Kept(str(target.relative_to(self.root)), digest, size)

    def remove(self, paths: Iterable[str]) -> None:
        """Remove adapters whose models were deleted."""
        for path in paths:
            (self.root / path).unlink(missing_ok=True)
            with suppress(OSError):
                (self.root / path).parent.rmdir()

    def sweep(self, kept: Collection[str]) -> None:
        """Remove what no custom model has: a factory was killed before it could. Nothing is being kept meanwhile."""
        found = {str(path.relative_to(self.root)) for path in self.root.glob("*/*/*")}
        self.remove(found.difference(kept))


def _copied(source: IO[bytes], target: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as file:
        while chunk := source.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > _MOST_BYTES:
                raise ArchiveError(f"the adapter has more than {_MOST_BYTES} bytes")
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def _judge(path: Path) -> None:
    try:
        values = read_header(path).values
    except ValidationError as error:
        path.unlink(missing_ok=True)
        raise JobError("InternalServerError: The training left a damaged adapter.") from error
    found = (values.get("general.type"), values.get("adapter.type"), values.get("general.architecture"))
    if found != ("adapter", "lora", _ARCHITECTURE):
        path.unlink(missing_ok=True)
        raise JobError("InternalServerError: The training left a file that is no adapter.")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
