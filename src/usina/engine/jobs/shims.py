"""The image's interpreter by the names under which scripts look for it.

A processor of the SDK starts `python3`, and the SDK's training drivers begin with finding `python3` and `pip3` on the
PATH; an interpreter's folder need not have either name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from usina.engine.sandbox import Mount

if TYPE_CHECKING:
    from pathlib import Path

BIN: Final = "/usina/bin"


def write_shims(folder: Path, python: str) -> Mount:
    """Write them; gives how they are seen inside."""
    folder.mkdir(mode=0o755, exist_ok=True)
    starts = {"python": "", "python3": "", "pip": " -m pip", "pip3": " -m pip"}
    for name, arguments in starts.items():
        path = folder / name
        path.write_text(f'#!/bin/sh\nexec "{python}"{arguments} "$@"\n', "utf-8")
        path.chmod(0o755)
    return Mount(folder, BIN)
