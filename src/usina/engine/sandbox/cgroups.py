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
_ASIDE = "usina-factory"  # the group of the factory's own processes, where they have to leave the one above
_CONTROLLERS = ("memory", "pids", "cpu")
_COUNTERS = ("cpuacct",)  # of version 1: of time used, which bounds nothing


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
                "cpuacct": {},
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
        return _unified(root, places.get("", ""))
    found = {}
    for controller in (*_CONTROLLERS, *_COUNTERS):
        if controller in places:
            folder = root / controller / places[controller]
            if _can_make(folder):
                found[controller] = folder
    return Groups(1, found)


def _unified(root: Path, own: str) -> Groups:
    """Version 2: a group hands controllers down only while it has no processes of its own (but the root of all).

    So groups for programs are made in our own group where it may hand down, after what is in it stepped aside if all of
    it is ours; else beside our own group, where the one above was delegated to us (`DelegateSubgroup=` of systemd).
    """
    folder = root / own
    for place in (folder, *([folder.parent] if own else [])):
        if _hands_down(place) or (place == folder and _step_aside(folder, whole=not own) and _hands_down(folder)):
            return Groups(2, dict.fromkeys(_CONTROLLERS, place))
    return Groups(2, {})


def _hands_down(folder: Path) -> bool:
    if not _has_controllers(folder):
        return False
    with suppress(OSError):
        _write(folder / "cgroup.subtree_control", "+memory +pids +cpu")
    try:
        handed_down = (folder / "cgroup.subtree_control").read_text("ascii").split()
    except OSError:
        return False
    return {"memory", "pids"} <= {name.lstrip("+") for name in handed_down} and _can_make(folder)


def _has_controllers(folder: Path) -> bool:
    try:
        return {"memory", "pids"} <= set((folder / "cgroup.controllers").read_text("ascii").split())
    except OSError:
        return False


def _step_aside(folder: Path, *, whole: bool) -> bool:
    """Put the processes of a group into one below it; whether that was done. `whole`: the group is a container's."""
    try:
        members = [int(line) for line in (folder / "cgroup.procs").read_text("ascii").split()]
        if not _has_controllers(folder) or not (whole or all(_is_ours(member) for member in members)):
            return False
        (folder / _ASIDE).mkdir(exist_ok=True)
        for member in members:
            with suppress(ProcessLookupError):
                _write(folder / _ASIDE / "cgroup.procs", str(member))
    except (OSError, ValueError):
        return False
    return True


def _is_ours(process: int) -> bool:
    """Whether it is this process or one that it started."""
    while process > 1 and process != os.getpid():
        try:
            process = int(Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return True  # ended meanwhile
    return process == os.getpid()


def _write(path: Path, text: str) -> None:
    path.write_text(text, "ascii")


def _can_make(folder: Path) -> bool:
    probe = folder / f"usina-probe-{os.getpid()}"
    try:
        probe.mkdir()
        probe.rmdir()
    except OSError:
        return False
    return True
