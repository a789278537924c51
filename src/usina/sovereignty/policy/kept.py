"""Keeps the text of every set of policies that was in force, by its digest: the ledger says when, this says what."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def keep_policies(folder: Path, digest: str, files: Mapping[str, str]) -> None:
    """Keep one set, durably, before the ledger notes it. Raises: OSError."""
    target = folder / f"{digest}.json"
    if target.exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = target.with_suffix(".part")
    with partial.open("wb") as file:
        file.write(msgspec.json.encode(dict(files)))
        file.flush()
        os.fsync(file.fileno())
    partial.rename(target)
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(place)
    finally:
        os.close(place)
