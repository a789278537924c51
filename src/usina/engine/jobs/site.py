"""Joins the part of the factory that runs jobs.

jobs = await open_jobs(home, Stores(records, buckets, objects, iam, keyring, sink), clock, dice, ...)
await jobs.start()
Ports(jobs=jobs, ...)
await jobs.stop()          # programs run on; the next factory takes them up
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina.engine.jobs.capacity import Floor, machine, read_instances
from usina.engine.jobs.door import JobDoors
from usina.engine.jobs.kinds.processing import ProcessingJobs
from usina.engine.jobs.kinds.training import TrainingJobs
from usina.engine.jobs.loop import SiteJobs
from usina.engine.jobs.rows import JobRows
from usina.engine.jobs.run import World
from usina.engine.sandbox.bubblewrap import detect
from usina.engine.sandbox.unsafe import UnsafeNoSandbox
from usina.engine.serving.served import World as ServingWorld
from usina.engine.transform.kind import TransformJobs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from usina.core.clock import Clock, Dice
    from usina.core.iam import Iam
    from usina.core.jobs import LogSink
    from usina.core.objects import Buckets, Objects
    from usina.core.ports import Keyring, Records
    from usina.engine.images import Images
    from usina.engine.jobs.egress import Notes
    from usina.engine.jobs.kinds import Kind
    from usina.engine.sandbox import Sandbox

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stores:
    """What jobs read and write of the site."""

    records: Records
    buckets: Buckets
    objects: Objects
    iam: Iam
    keyring: Keyring
    sink: LogSink
    notes: Notes | None = None  # the ledger


async def open_jobs(
    home: Path,
    stores: Stores,
    clock: Clock,
    dice: Dice,
    *,
    region: str,
    front_door: tuple[str, int],
    images: Images,
    unsafe_no_sandbox: bool = False,
    kinds: Sequence[Kind] = (),
) -> SiteJobs:
    """The jobs of a site whose files are under `home`; `front_door` is where its cleartext port is reached from here.
    `kinds` are those beside SageMaker's.

    Raises: OperatorError where a table of the site is wrong.
    """
    sandbox: Sandbox | None
    sandbox, isolation = await detect(clock)
    if unsafe_no_sandbox:
        sandbox = UnsafeNoSandbox(clock)
        isolation = sandbox.isolation
    if isolation.confined:
        _LOG.info(str(isolation))
    elif sandbox is None:
        _LOG.warning("%s. Programs are refused; usina up --unsafe-no-sandbox would run them unconfined", isolation)
    else:
        _LOG.warning("DANGER: %s. Programs run as the factory's own user, and may read its keys", isolation)
    rows = JobRows(stores.records)
    world, driven = None, []
    doors = JobDoors(home / "run" / "jobs", front_door, stores.iam, stores.keyring)
    if sandbox is not None:
        kept = (stores.buckets, stores.objects, stores.iam, stores.sink, clock, dice, region)
        world = World(home / "jobs", sandbox, rows, *kept, images, doors, stores.notes)
        driven = [TransformJobs(rows, ServingWorld(home, sandbox, *kept, images, doors, stores.notes))]
    return SiteJobs(
        rows,
        world,
        isolation,
        Floor(machine()),
        kinds=(TrainingJobs(), ProcessingJobs(), *kinds),
        driven=driven,
        instances=read_instances(home),
        images=images,
        clock=clock,
    )
