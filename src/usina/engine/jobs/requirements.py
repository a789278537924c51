"""The requirements.txt of script mode, and of the SDK's training drivers, before the program starts.

Sources: the README of `sagemaker-training` for script mode; the templates of `sagemaker-train` for the drivers, which
run pip inside by themselves: it finds what they ask for there already.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from usina.core.errors import EngineError
from usina.engine.jobs.archives import read_start
from usina.engine.jobs.container import JobError, entry_point

if TYPE_CHECKING:
    from pathlib import Path

    from usina.engine.images import Image
    from usina.engine.images.adding import Added
    from usina.engine.jobs.container import Program
    from usina.engine.jobs.kinds import Bringing

_DRIVER_BYTES = 65_536
_LOOK_SECONDS = 0.5
_INSTALLS = re.compile(r"^\$SM_PYTHON_CMD \S+/install_requirements\.py (\S+)", re.MULTILINE)


async def with_requirements(bringing: Bringing, started: Program) -> Program:
    """The program with the packages that it asked for. Raises: JobError that says what to do."""
    listed, image = _listed(bringing), bringing.place.image
    if listed is None or image is None or not bringing.wanted():
        return started
    try:
        added = await _added(bringing, image, listed)
    except EngineError as error:
        raise JobError(f"ClientError: {error.message}") from error
    if added is None:
        return started
    await bringing.say(f"requirements.txt: installed {', '.join(added.names)}")
    mounts = (*started.mounts, added.mount)
    return replace(started, environment=added.seen_first(started.environment), mounts=mounts)


async def _added(bringing: Bringing, image: Image, listed: Path) -> Added | None:
    """The packages; None where there are none, or the job was stopped meanwhile."""
    work = bringing.folders.root / "packages"
    adding = asyncio.ensure_future(bringing.images.add(image, listed, work, bringing.most_bytes))
    try:
        while bringing.wanted():
            done, _ = await asyncio.wait({adding}, timeout=_LOOK_SECONDS)
            if done:
                return await adding
    finally:
        adding.cancel()
    return None


def _listed(bringing: Bringing) -> Path | None:
    """The file that lists them; None where the job asks for none."""
    if entry_point(bringing.job.request):
        path = bringing.folders.part("code") / "requirements.txt"
        return path if path.is_file() else None
    data = bringing.folders.part("input") / "data"
    found = _INSTALLS.search(read_start(data / "sm_drivers" / "sm_train.sh", _DRIVER_BYTES))
    if found is None or ".." in PurePosixPath(found[1]).parts:
        return None
    path = data / "code" / found[1]
    return path if path.is_file() else None
