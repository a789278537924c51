"""Images of a site of its own, or over the folder that the test run shares."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from usina.core.clock import SystemClock
from usina.engine.cluster import Ended
from usina.engine.cluster.local import LocalCluster
from usina.engine.images import Images
from usina.engine.images.catalogue import BUILT_IN
from usina.engine.images.folder import ImageFolder
from usina.engine.images.places import Places
from usina.engine.images.table import Table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from usina.core.clock import Clock
    from usina.engine.cluster import Cluster, ProcessSpec

# `make test` installs images there; whoever runs a test by hand says the same folder.
SHARED = Path(os.environ.get("USINA_IMAGES") or Path(__file__).parents[3] / ".images").absolute()
SKLEARN = BUILT_IN["usina/sklearn"]


class Installer:
    """A process that is at work until a test lets it end."""

    pid = 1

    def __init__(self, folder: ImageFolder, code: int, *, quick: bool) -> None:
        self.folder = folder
        self.code = code
        self.may_end = asyncio.Event()
        self.stopped = False
        if quick:
            self.may_end.set()

    async def wait(self) -> Ended:
        await self.may_end.wait()
        if self.code:
            self.folder.tell(SKLEARN.key, "", 0.0, "the disk is full")
        else:
            packages = [{"name": "numpy", "version": "2", "licence": "BSD", "sha256": "0" * 64}]
            staging = self.folder.begin(SKLEARN.key)
            self.folder.complete(SKLEARN.key, staging, {"name": SKLEARN.name, "packages": packages, "size_bytes": 7})
        return Ended(self.code)

    async def stop(self, grace_seconds: float) -> Ended:
        self.stopped = True
        return Ended(-9)

    async def log(self) -> AsyncIterator[bytes]:
        yield b""


class InstallingCluster:
    """Keeps what it was asked to start."""

    def __init__(self, folder: Path, code: int = 0, *, quick: bool = False) -> None:
        self.folder = ImageFolder(folder)
        self.code = code
        self.quick = quick
        self.asked: list[ProcessSpec] = []
        self.started: list[Installer] = []

    async def start(self, spec: ProcessSpec) -> Installer:
        self.asked.append(spec)
        self.started.append(Installer(self.folder, self.code, quick=self.quick))
        return self.started[-1]


def site_images(
    home: Path,
    clock: Clock | None = None,
    *,
    folder: Path = SHARED,
    places: Places | None = None,
    cluster: Cluster | None = None,
) -> Images:
    """The images of a site whose home that is."""
    clock = clock or SystemClock()
    cluster = cluster or LocalCluster(SystemClock())
    return Images(
        Table.read(home), ImageFolder(folder), places or Places(), cluster, clock, log=home / "logs" / "images.log"
    )
