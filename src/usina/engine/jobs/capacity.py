"""Which jobs the machine has room for: instance types, and a queue in order of creation.

The table is `instances.toml` in the factory's home, else the one shipped: one table a type, `cores`, `memory_gb` (GiB)
and `accelerators`. The first in the queue goes first, and nobody overtakes: else a large job would never start.
"""

from __future__ import annotations

import asyncio
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from usina.core.errors import OperatorError
from usina.core.jobs import InstanceType

if TYPE_CHECKING:
    from collections.abc import Mapping

SHIPPED = Path(__file__).with_name("instances.toml")
_GIBIBYTE = 1_073_741_824
Key = tuple[str, ...]  # what a job is known by: kind, account and name
_KEYS = {"cores", "memory_gb", "accelerators"}


def read_instances(home: Path) -> dict[str, InstanceType]:
    """The site's instance types.

    Raises: OperatorError where the file is wrong; the message names it and what is wrong.
    """
    path = home / "instances.toml"
    path = path if path.exists() else SHIPPED
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise OperatorError(f"{path}: cannot be read: {error}. Correct the file or move it away.") from error
    found: dict[str, InstanceType] = {}
    for name, table in tables.get("ml", {}).items():
        for size, facts in table.items():
            full = f"ml.{name}.{size}"
            if not isinstance(facts, dict) or not set(facts) <= _KEYS or not {"cores", "memory_gb"} <= set(facts):
                raise OperatorError(f"{path}: [{full}] needs cores and memory_gb, and may have accelerators")
            memory = int(facts["memory_gb"] * _GIBIBYTE)
            found[full] = InstanceType(full, int(facts["cores"]), memory, int(facts.get("accelerators", 0)))
    return found


def machine() -> InstanceType:
    """This machine, all of it that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return InstanceType("machine", cores, memory)


class Floor:
    """Room on one machine."""

    def __init__(self, whole: InstanceType) -> None:
        self.whole = whole
        self._held: dict[Key, InstanceType] = {}
        self._waiting: dict[Key, tuple[InstanceType, asyncio.Event]] = {}

    def fits(self, wanted: InstanceType) -> bool:
        """Whether the machine could hold it, were it empty."""
        whole = self.whole
        return (
            wanted.cores <= whole.cores
            and wanted.memory_bytes <= whole.memory_bytes
            and wanted.accelerators <= whole.accelerators
        )

    def take(self, key: Key, wanted: InstanceType) -> asyncio.Event:
        """Stand in the queue; the event is set once the room is this job's."""
        granted = asyncio.Event()
        self._waiting[key] = (wanted, granted)
        self._grant()
        return granted

    def hold(self, key: Key, wanted: InstanceType) -> None:
        """Take the room at once: it is used already, by a job that is taken up again."""
        self._held[key] = wanted

    def let_go(self, key: Key) -> None:
        """Leave the room, or the queue."""
        self._held.pop(key, None)
        self._waiting.pop(key, None)
        self._grant()

    def place(self, key: Key) -> int:
        """How many wait before it."""
        return list(self._waiting).index(key) if key in self._waiting else 0

    @property
    def held(self) -> Mapping[Key, InstanceType]:
        """Who has what."""
        return self._held

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def has_room(self, wanted: InstanceType) -> bool:
        """Whether one that comes now would have room at once."""
        return not self._waiting and self._has_place_for(wanted)

    def _has_place_for(self, wanted: InstanceType) -> bool:
        cores = sum(each.cores for each in self._held.values()) + wanted.cores
        memory = sum(each.memory_bytes for each in self._held.values()) + wanted.memory_bytes
        accelerators = sum(each.accelerators for each in self._held.values()) + wanted.accelerators
        return self.fits(InstanceType("", cores, memory, accelerators))

    def _grant(self) -> None:
        while self._waiting:
            key, (wanted, granted) = next(iter(self._waiting.items()))
            if not self._has_place_for(wanted):
                return
            del self._waiting[key]
            self._held[key] = wanted
            granted.set()


def refusal(floor: Floor, instances: Mapping[str, InstanceType], instance_type: str, count: int, use: str) -> str:
    """Why none can have that here for that use, ever; empty where one can."""
    wanted = instances.get(instance_type)
    most = 0 if wanted is None or not floor.fits(wanted) else 1
    if count <= most:
        return ""
    used = sum(held.name == instance_type for held in floor.held.values())
    fitting = sorted(name for name, instance in instances.items() if floor.fits(instance))
    return (
        f"The account-level service limit '{instance_type} for {use} usage' is {most} Instances, "
        f"with current utilization of {used} Instances and a request delta of {count} Instances. This site's "
        f"machine has {floor.whole.cores} cores, {floor.whole.memory_bytes >> 20} MiB of memory and "
        f"{floor.whole.accelerators} accelerators, and a job runs on one machine; types that fit: "
        f"{', '.join(fitting) or 'none'}."
    )
