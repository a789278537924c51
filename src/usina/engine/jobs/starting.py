"""What the sandbox is asked to start for a job: its program, in its image, with its folders and its door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usina.engine.jobs.shims import write_shims
from usina.engine.sandbox import Command

if TYPE_CHECKING:
    from usina.engine.images import Image
    from usina.engine.jobs.container import Program
    from usina.engine.jobs.door import JobDoor
    from usina.engine.jobs.folders import Folders
    from usina.engine.sandbox import Bounds


def command_of(
    started: Program, image: Image, folders: Folders, door: JobDoor | None, *, user: int, bounds: Bounds
) -> Command:
    """The command. In a root of the image's own there is no interpreter of ours."""
    mounts = (*image.mounts, *folders.mounts(), *started.mounts)
    if image.root is None:
        mounts = (*mounts, write_shims(folders.root / "bin", image.python))
    relays, variables = ((), {}) if door is None else door.ways()
    environment = {**variables, **image.environment, **started.environment}
    run, argv, workdir = folders.run, started.argv, started.workdir
    return Command(run, argv, environment, mounts, workdir, user, bounds, relays, root=image.root)
