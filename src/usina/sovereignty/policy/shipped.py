"""The policies that come with the factory, and how a new site gets its own copy of them to change."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from usina.core.errors import OperatorError
from usina.sovereignty.policy.source import SUFFIX

if TYPE_CHECKING:
    from pathlib import Path


def shipped() -> dict[str, bytes]:
    """Name and bytes of every shipped policy file."""
    folder = resources.files("usina.sovereignty") / "policies"
    return {item.name: item.read_bytes() for item in folder.iterdir() if item.name.endswith(SUFFIX)}


def install_shipped(folder: Path) -> list[str]:
    """Copy the shipped policies into a site's folder that has no policy yet; gives the names written.

    A folder that holds any policy is left alone: what a site changed or took away stays so.

    Raises:
        OperatorError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(path.suffix == SUFFIX for path in folder.iterdir()):
            return []
        for name, data in sorted(shipped().items()):
            scratch = folder / f".{name}.new"
            scratch.write_bytes(data)
            scratch.replace(folder / name)
    except OSError as error:
        raise OperatorError(f"cannot write the policies to {folder}: {error.strerror}. Make it writable.") from error
    return sorted(shipped())
