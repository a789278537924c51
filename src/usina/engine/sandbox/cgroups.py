"""Control groups of this machine, version 1 and 2: where a program's group would be, and what is written into it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usina.engine.sandbox import Bounds

_ROOT = Path("/sys/fs/cgroup")
_PERIOD_MICROSECONDS = 100_000
_CONTROLLERS = ("memory", "pids", "cpu")


@dataclass(frozen=True, slots=True)
class Groups:
    """The folders under which this process may make groups, by controller."""

    version: int
    folders: dict[str, Path]

    def __bool__(self) -> bool:
        """Whether memory and processes can be bounded."""
        return {"memory", "pids"} <= set(self.folders)

    def wanted(self, name: str, bounds: Bounds) -> dict[str, dict[str, str]]:
        """Folder -> files and values of a program's groups."""
        quota = str(int(bounds.cpu_cores * _PERIOD_MICROSECONDS))
        if self.version == 1:
            values = {
                "memory": {
                    "memory.limit_in_bytes": str(bounds.memory_bytes),
                    "memory.memsw.limit_in_bytes": str(bounds.memory_bytes),
                },
                "pids": {"pids.max": str(bounds.processes)},
                "cpu": {"cpu.cfs_period_us": str(_PERIOD_MICROSECONDS), "cpu.cfs_quota_us": quota},
            }
            return {str(folder / f"usina-{name}"): values[kind] for kind, folder in self.folders.items()}
        if not self:
            return {}
        return {
            str(self.folders["memory"] / f"usina-{name}"): {
                "memory.max": str(bounds.memory_bytes),
                "memory.swap.max": "0",
                "pids.max": str(bounds.processes),
                "cpu.max": f"{quota} {_PERIOD_MICROSECONDS}",
            }
        }


def find_groups(root: Path = _ROOT, own: str | None = None) -> Groups:
    """Groups that this process can make; tried by making one. `own` is the text of `/proc/self/cgroup`."""
    if own is None:
        try:
            own = Path("/proc/self/cgroup").read_text("ascii")
        except OSError:
            return Groups(0, {})
    places = {}
    for line in own.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        for controller in controllers.split(","):
            places[controller] = path.lstrip("/")
    if (root / "cgroup.controllers").exists():
        return _unified(root / places.get("", ""))
    found = {}
    for controller in _CONTROLLERS:
        if controller in places:
            folder = root / controller / places[controller]
            if _can_make(folder):
                found[controller] = folder
    return Groups(1, found)


def _unified(folder: Path) -> Groups:
    """Version 2: controllers must be handed down, which a group with processes of its own may not (but the root)."""
    with suppress(OSError):
        (folder / "cgroup.subtree_control").write_text("+memory +pids +cpu", "ascii")
    with suppress(OSError):
        handed_down = (folder / "cgroup.subtree_control").read_text("ascii").split()
        if {"memory", "pids"} <= {name.lstrip("+") for name in handed_down} and _can_make(folder):
            return Groups(2, dict.fromkeys(_CONTROLLERS, folder))
    return Groups(2, {})


def _can_make(folder: Path) -> bool:
    probe = folder / f"usina-probe-{os.getpid()}"
    try:
        probe.mkdir()
        probe.rmdir()
    except OSError:
        return False
    return True
