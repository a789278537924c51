"""What must be on disk before a model server starts, and the command that starts it."""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from usina.core.errors import EngineError
from usina.engine.images.adding import PACKAGES, Added
from usina.engine.jobs.acting import Acting
from usina.engine.jobs.archives import ArchiveError, unpack
from usina.engine.jobs.container import JobError
from usina.engine.jobs.folders import user_of
from usina.engine.jobs.transfers import Address, Transfers
from usina.engine.sandbox import Bounds, Command, Mount, Server
from usina.engine.serving import container as contract
from usina.engine.serving.served import KIND

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from usina.engine.images import Image
    from usina.engine.jobs.door import JobDoor
    from usina.engine.serving.places import Places
    from usina.engine.serving.served import Served, World

_GIBIBYTE = 1_073_741_824
_ARCHIVE_BYTES = 50 * _GIBIBYTE
_SOURCE_BYTES = 2 * _GIBIBYTE
_PROCESSES = 1_024
_LOG_BYTES = 268_435_456
_FOREVER_SECONDS = 315_360_000.0
_WORKDIR = "/tmp"  # noqa: S108 - inside, where /tmp is the program's own
_DOOR_PORT = 8091  # 8080 is the port on which SageMaker's containers serve


async def bring(served: Served, world: World, places: Places) -> None:
    """Model and source, as the role. Raises: JobError, UnavailableError."""
    acting = Acting(world.iam, served.account, served.role_arn)
    transfers = Transfers(world.buckets, world.objects, world.clock, world.dice, acting, served.account)
    source = contract.artifacts(served.container)
    if source.uri and source.archive:
        await _unpacked(transfers, source.uri, places.part("model"), served.volume_bytes)
    elif source.uri:
        await transfers.fetch_prefix(Address.parse(source.uri), places.part("model"), served.volume_bytes)
    if script := contract.source_archive(served.container):
        await _unpacked(transfers, script, places.part("code"), _SOURCE_BYTES)


async def _unpacked(transfers: Transfers, uri: str, folder: Path, most_bytes: int) -> None:
    archive = folder.parent / "archive"
    await transfers.fetch_file(Address.parse(uri), archive, min(most_bytes, _ARCHIVE_BYTES))
    try:
        await asyncio.to_thread(unpack, archive, folder, most_bytes)
    except ArchiveError as error:
        raise JobError(f"ClientError: The archive {uri} cannot be used: {error}.") from error
    finally:
        await asyncio.to_thread(archive.unlink, missing_ok=True)


async def add_packages(served: Served, world: World, places: Places, image: Image) -> Sequence[str]:
    """What a requirements.txt beside the script asks for and the image lacks; gives what was installed.

    Raises: JobError that says what to do.
    """
    inside = PurePosixPath(contract.script(served.container)).parent / "requirements.txt"
    listed = places.outside(inside)
    if image.root is not None or listed is None or not listed.is_file():
        return ()
    try:
        added = await world.images.add(image, listed, places.packages.parent, served.volume_bytes)
    except EngineError as error:
        raise JobError(f"ClientError: {error.message}") from error
    return () if added is None else added.names


async def image_of(served: Served, world: World) -> Image:
    """The image, installed first where that may be. Raises: JobError where there is none."""
    asked = served.container["Image"]
    try:
        image = await world.images.ready(world.images.find(asked) or asked)
    except EngineError as error:
        raise JobError(f"ClientError: {error.message}") from error
    return image


def command_of(served: Served, world: World, places: Places, door: JobDoor | None, image: Image) -> Command:
    """What the sandbox starts. Raises: JobError."""
    environment = contract.variables(served.container, served.instance, image.python, world.region)
    own = image.root is not None  # the image's own server, on a port, instead of ours
    if own:
        environment |= {**image.environment, **contract.given(served.container)}
    else:
        environment = {**image.environment, **environment}
    mounts = (*image.mounts, *places.mounts(own_server=own))
    if places.packages.is_dir():
        added = Added((), Mount(places.packages, PACKAGES))
        mounts, environment = (*mounts, added.mount), added.seen_first(environment)
    relays, variables = ((), {}) if door is None else door.ways(_DOOR_PORT)
    environment = {**variables, **environment}
    return Command(
        places.run,
        (*image.entrypoint, contract.SERVE)
        if own
        else contract.our_program(served.container, served.instance, image.python),
        environment,
        mounts,
        workdir=(image.workdir or "/") if own else _WORKDIR,
        root=image.root,
        servers=(Server(contract.PORT, places.socket),) if own else (),
        user=user_of(KIND, served.account, served.name),
        bounds=Bounds(
            memory_bytes=served.instance.memory_bytes,
            cpu_cores=served.instance.cores,
            processes=_PROCESSES,
            disk_bytes=served.volume_bytes,
            output_bytes=_LOG_BYTES,
            seconds=_FOREVER_SECONDS,
        ),
        relays=relays,
    )
