"""Refuses model files that run code when they are loaded: pickles, by name and by content, also inside archives."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_NAMES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".npz", ".dill", ".mar")
_NAME_PARTS = frozenset(_NAMES)
_PICKLE_PROTOCOL = 0x80  # first byte of a pickle of protocol 2 and later, then the protocol number
_NEWEST_PROTOCOL = 5
_LEGACY_TORCH = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"  # torch's magic number before its zip format
_ZIP = b"PK\x03\x04"
_ARCHIVE_ENTRIES = 10_000


def refuse_pickles(paths: Iterable[Path]) -> None:
    """Look at the name and the first bytes of each file.

    Raises: ValidationError naming the file.
    """
    for path in paths:
        refuse_names([path.name])
        with path.open("rb") as file:
            start = file.read(16)
        if _is_pickle(start):
            raise _refused(path.name)
        if start.startswith(_ZIP):
            _look_inside(path)


def refuse_names(names: Iterable[str]) -> None:
    """Look at the names of files alone.

    Raises: ValidationError naming the file.
    """
    for name in names:
        if not _NAME_PARTS.isdisjoint(f".{part}" for part in name.lower().split(".")[1:]):
            raise _refused(name)


def _is_pickle(start: bytes) -> bool:
    if start.startswith(_LEGACY_TORCH) or start[2:].startswith(_LEGACY_TORCH):
        return True
    return len(start) > 1 and start[0] == _PICKLE_PROTOCOL and start[1] <= _NEWEST_PROTOCOL


def _look_inside(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > _ARCHIVE_ENTRIES:
                raise ValidationError(f"{path.name} is an archive of more than {_ARCHIVE_ENTRIES} files.")
            for entry in entries:
                name = entry.filename.lower()
                if name.endswith(_NAMES):
                    raise _refused(f"{path.name} holds {entry.filename}, which")
                if not entry.is_dir() and not entry.flag_bits & 1:
                    with archive.open(entry) as file:
                        if _is_pickle(file.read(16)):
                            raise _refused(f"{path.name} holds {entry.filename}, which")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ValidationError(f"{path.name} is an archive that cannot be read.") from error


def _refused(what: str) -> ValidationError:
    return ValidationError(
        f"{what} is a pickle or may hold one: loading it would run code. Convert it to GGUF or safetensors."
    )
