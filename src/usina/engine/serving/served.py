"""What a model server is made of: what it serves, and the world it needs for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from usina.core.clock import Clock, Dice
    from usina.core.iam import Iam
    from usina.core.jobs import InstanceType, LogSink
    from usina.core.objects import Buckets, Objects
    from usina.engine.images import Images
    from usina.engine.jobs.door import JobDoors
    from usina.engine.jobs.egress import Notes
    from usina.engine.sandbox import Sandbox

KIND: Final = "model-server"  # among what has users, doors and room on this machine
_VOLUME_BYTES = 32_212_254_720  # 30 GiB


@dataclass(frozen=True, slots=True)
class World:
    """What every server needs of the world."""

    home: Path
    sandbox: Sandbox
    buckets: Buckets
    objects: Objects
    iam: Iam
    sink: LogSink
    clock: Clock
    dice: Dice
    region: str
    images: Images
    doors: JobDoors | None = None  # none: servers have no network at all
    notes: Notes | None = None  # the ledger; none: what a program tried to reach is in its log only


@dataclass(frozen=True, slots=True)
class Served:
    """What a server serves. `name` is unique in the account, of letters, digits, hyphens and slashes."""

    account: str
    name: str
    role_arn: str  # artifacts are brought, and the program acts, as this role
    container: Mapping[str, Any]  # SageMaker's ContainerDefinition
    instance: InstanceType
    log: tuple[str, str]  # group and stream
    arn: str = ""  # of what it belongs to, in the ledger's notes
    isolated: bool = False  # without even the front door
    volume_bytes: int = _VOLUME_BYTES
