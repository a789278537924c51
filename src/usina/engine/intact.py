"""Whether a model's file is still the one that was imported, before an engine loads it.

A digest is kept in memory by the file's identity (device, inode, size, times of content and of inode): an engine that
starts again reads nothing, a file that was written to or replaced is read again. The time of the inode cannot be set
by who changes the file; it is coarse, so nothing is kept of a file that changed within the last second. What is
changed between this look and the engine's own reading is not seen.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from usina.core.errors import EngineError

if TYPE_CHECKING:
    from usina.core.clock import Clock
    from usina.core.ports import ModelCard

_SETTLED_SECONDS = 1.0
_Identity = tuple[int, int, int, int, int]


class Intact:
    """The digests of model files that engines were started with in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, tuple[_Identity, str]] = {}  # path -> its identity and SHA-256

    def check(self, card: ModelCard) -> None:
        """Raises: EngineError where the card's file is not the one that the card was written for. Reads the file."""
        path = card.options.get("path", "")
        if not path or not card.sha256:
            return  # an attached engine, which has its files elsewhere
        try:
            actual = self._digest(path)
        except OSError as error:
            raise EngineError(
                f"the model's file {Path(path).name} cannot be read: {error.strerror or error}. "
                "Remove the model and import it again."
            ) from error
        if actual != card.sha256:
            raise EngineError(
                f"the model's file {Path(path).name} is not the one that was imported: it was changed since. "
                "Find out how, then remove the model and import it again."
            )

    def _digest(self, path: str) -> str:
        with Path(path).open("rb") as file:
            before = _identity(os.fstat(file.fileno()))
            known = self._known.get(path)
            if known is not None and known[0] == before:
                return known[1]
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            after = os.fstat(file.fileno())
            if _identity(after) == before and self._clock.now() - after.st_ctime >= _SETTLED_SECONDS:
                self._known[path] = (before, digest)
        return digest


def _identity(found: os.stat_result) -> _Identity:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
