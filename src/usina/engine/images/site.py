"""The images of this site: found by address, installed once for all who wait for them."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import TYPE_CHECKING

from usina.core.errors import EngineError
from usina.engine.cluster import ProcessSpec
from usina.engine.images.adding import Adding
from usina.engine.images.catalogue import ALGORITHM, ALGORITHMS, BUILT_IN, INSIDE, NAMES, PYTHON
from usina.engine.images.image import Image
from usina.engine.images.oci.load import ROOT
from usina.engine.sandbox import Mount
from usina.engine.sandbox.roots import interpreter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from usina.core.clock import Clock
    from usina.engine.cluster import Cluster
    from usina.engine.images.adding import Added
    from usina.engine.images.catalogue import BuiltIn
    from usina.engine.images.folder import ImageFolder
    from usina.engine.images.places import Places
    from usina.engine.images.table import Table

    Say = Callable[[str, float], Awaitable[None]]

_LOG = logging.getLogger(__name__)
_POLL_SECONDS = 0.2
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # where an image says none
# A program that runs pip is told at once what it lacks, rather than after many tries at addresses it cannot reach.
_NO_INDEX = {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


class Images:
    """What jobs, endpoints and customization ask for."""

    def __init__(
        self, table: Table, folder: ImageFolder, places: Places, cluster: Cluster, clock: Clock, *, log: Path
    ) -> None:
        self._table = table
        self._folder = folder
        self._places = places
        self._cluster = cluster
        self._clock = clock
        self._log = log
        self._adding = Adding(cluster, places, log)
        self._installing: dict[str, asyncio.Task[None]] = {}
        self._imported: dict[str, str] = {}  # name -> key
        self._stopping = False

    def find(self, asked: str) -> str | None:
        """The image that an address stands for; None where this site has none."""
        found = asked if asked in self._imported else self._table.find(asked)
        return found if found in NAMES or found in self._imported else None

    def names(self) -> Sequence[str]:
        """All images, installed or not."""
        return (*NAMES, *sorted(self._imported))

    def know(self, name: str, key: str | None) -> None:
        """An image of the site's own is there, or is not any more."""
        self._imported.pop(name, None)
        if key is not None:
            self._imported[name] = key

    def is_algorithm(self, name: str) -> bool:
        """Whether an image trains by itself where a job brings no script."""
        return name in BUILT_IN and bool(BUILT_IN[name].algorithm)

    def brings_program(self, name: str) -> bool:
        """Whether an image has a program of its own that starts where nobody says another."""
        return name in self._imported

    def lacking(self, name: str) -> str:
        """Why nothing can start in an image, until the operator acts; empty where it is there or may be installed."""
        built_in = BUILT_IN.get(name)
        if built_in is None or self._places or self._folder.manifest(built_in.key) is not None:
            return ""
        return (
            f"The image {name} is not installed on this site. Its operator can install it: usina images install {name}"
        )

    async def ready(self, name: str, say: Say | None = None) -> Image:
        """The image, installed first where it is not there and the operator named where packages come from.

        `say` is told what is done and the share of it that is done, while one waits.
        Raises: EngineError that says what to do.
        """
        if name == PYTHON:
            return Image(PYTHON, interpreter(), environment=_NO_INDEX)
        if key := self._imported.get(name):
            return await asyncio.to_thread(self._of_archive, name, key)
        built_in = BUILT_IN.get(name)
        if built_in is None:
            raise EngineError(f"This site has no image {name}; it has {', '.join(self.names())}.")
        manifest = await asyncio.to_thread(self._folder.manifest, built_in.key)
        if manifest is None:
            if lacking := self.lacking(name):
                raise EngineError(lacking)
            try:
                await self.install(built_in, self._places.variables(), say)
            except EngineError as error:  # why is the operator's: it names places of this machine
                raise EngineError(
                    f"The image {name} could not be installed on this site: its operator finds why in its log"
                ) from error
        python, mounts = f"{INSIDE}/bin/python", [Mount(self._folder.place(built_in.key), INSIDE)]
        environment = {**_NO_INDEX, **dict(built_in.environment)}
        if not built_in.algorithm:
            return Image(name, python, tuple(mounts), environment)
        mounts.append(Mount(ALGORITHMS / built_in.algorithm, ALGORITHM))
        return Image(name, python, tuple(mounts), environment, command=(python, ALGORITHM))

    async def add(self, image: Image, requirements: Path, work: Path, most_bytes: int) -> Added | None:
        """What a stranger's requirements.txt asks for and the image lacks; None where it lacks nothing.

        `work` is a folder of the asker's. Raises: EngineError, whose message is for whoever wrote the file.
        """
        return await self._adding.add(image, requirements, work, most_bytes)

    async def install(self, built_in: BuiltIn, variables: Mapping[str, str], say: Say | None = None) -> None:
        """Install a built-in image, once, whoever asks for it meanwhile. Raises: EngineError."""
        task = self._installing.get(built_in.key)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._install(built_in, variables))
            self._installing[built_in.key] = task
            task.add_done_callback(lambda done: self._installed(built_in, done))
        told: tuple[str, float] | None = None
        while not task.done():
            doing, share, _ = await asyncio.to_thread(self._folder.told, built_in.key)
            now = (doing or "waiting", share)
            if say is not None and now != told:
                told = now
                await say(*now)
            sleeping = asyncio.ensure_future(self._clock.sleep(_POLL_SECONDS))
            try:
                await asyncio.wait({task, sleeping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleeping.cancel()
        if task.cancelled() and not self._stopping:
            raise EngineError(f"The installation of {built_in.name} was ended.")
        await task

    def is_installing(self, name: str) -> bool:
        """Whether somebody waits for it now."""
        built_in = BUILT_IN.get(name)
        return built_in is not None and built_in.key in self._installing

    async def cancel(self, name: str) -> None:
        """End the installation of one image, if there is one; who waits for it is told that it failed."""
        task = self._installing.get(BUILT_IN[name].key) if name in BUILT_IN else None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _of_archive(self, name: str, key: str) -> Image:
        manifest = self._folder.manifest(key)
        if manifest is None:
            raise EngineError(f"The files of the image {name} are gone: its operator can import it again.")
        settings = manifest["settings"]
        return Image(
            name,
            "python3",
            environment={"PATH": _PATH, **settings["environment"]},
            root=self._folder.place(key) / ROOT,
            entrypoint=tuple(settings["entrypoint"]),
            command=tuple(settings["command"]),
            workdir=settings["workdir"],
        )

    async def stop(self) -> None:
        """End what is being installed; whoever wants it next begins anew."""
        self._stopping = True
        tasks = list(self._installing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _installed(self, built_in: BuiltIn, done: asyncio.Task[None]) -> None:
        self._installing.pop(built_in.key, None)
        if not done.cancelled() and (error := done.exception()) is not None:  # whoever waited may be gone
            _LOG.warning("an image was not installed", extra={"image": built_in.name, "reason": str(error)})

    async def _install(self, built_in: BuiltIn, variables: Mapping[str, str]) -> None:
        await asyncio.to_thread(self._folder.forget, built_in.key)
        program = (sys.executable, "-m", "usina.engine.images.install", "--folder", str(self._folder.root))
        process = await self._cluster.start(
            ProcessSpec(f"image {built_in.name}", (*program, built_in.short), self._log, variables)
        )
        try:
            ended = await process.wait()
        except asyncio.CancelledError:
            await process.stop(0.0)
            raise
        if ended.code or await asyncio.to_thread(self._folder.manifest, built_in.key) is None:
            reason = (await asyncio.to_thread(self._folder.told, built_in.key))[2] or str(ended)
            raise EngineError(f"The image {built_in.name} could not be installed: {reason}")
