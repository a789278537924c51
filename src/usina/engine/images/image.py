"""An image that is ready on this machine: what a program needs to start in it, by its paths inside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from usina.engine.sandbox import Mount


@dataclass(frozen=True, slots=True)
class Image:
    """One image."""

    name: str
    python: str  # the interpreter inside; of an image of strangers, the name to look for on its PATH
    mounts: tuple[Mount, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)  # under what the program is given by others
    root: Path | None = None  # a root file system of its own; None: the machine's programs, as the sandbox shows them
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    workdir: str = ""
