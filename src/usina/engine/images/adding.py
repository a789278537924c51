"""Packages beside an image's own: fetched from the operator's places, unpacked into a folder of whoever asked.

The folder is seen inside before the image's packages, read-only. Fetching is done by a child process outside; what it
fetched is unpacked here, and runs nowhere but inside.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import EngineError, ValidationError
from usina.engine.images.catalogue import INSIDE
from usina.engine.images.child import Children
from usina.engine.images.folder import open_to_all
from usina.engine.images.requirements import read_requirements
from usina.engine.images.wheels import BIN, WheelError, unpack_wheel
from usina.engine.sandbox import Mount
from usina.engine.sandbox.bubblewrap import interpreter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from usina.engine.cluster import Cluster
    from usina.engine.images.image import Image
    from usina.engine.images.places import Places

PACKAGES: Final = "/opt/usina/packages"  # where they are seen inside
_FETCHED_BYTES = 10_737_418_240
_SECONDS = 1_800.0


@dataclass(frozen=True, slots=True)
class Added:
    """Packages that are there."""

    names: tuple[str, ...]  # NAME VERSION
    mount: Mount

    def seen_first(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The environment of a program that shall see them: before the image's, after the program's own."""
        path = ":".join(part for part in (environment.get("PYTHONPATH", ""), PACKAGES) if part)
        return {**environment, "PYTHONPATH": path, "PATH": f"{PACKAGES}/{BIN}:{environment.get('PATH', '')}"}


class Adding:
    """How packages are had on this site."""

    def __init__(self, cluster: Cluster, places: Places, log: Path) -> None:
        self._children = Children(cluster, log)
        self._places = places

    async def add(self, image: Image, requirements: Path, work: Path, most_bytes: int) -> Added | None:
        """What a requirements.txt asks for and the image lacks, put into `work`; None where it lacks nothing.

        Raises: EngineError, whose message is for whoever wrote the file.
        """
        try:
            wanted = await asyncio.to_thread(read_requirements, requirements)
        except ValidationError as error:
            raise EngineError(f"{error.message}.") from error
        if not wanted:
            return None
        if image.root is not None:
            raise EngineError(
                "requirements.txt is installed in built-in images only: put packages into your own image."
            )
        wheels, packages = work / "wheels", work / "packages"
        await asyncio.to_thread(_make, wheels, packages, work / "tmp")
        order = {
            "python": _outside(image),
            "wanted": wanted,
            "into": str(wheels),
            "most_bytes": min(most_bytes, _FETCHED_BYTES),
            "seconds": _SECONDS,
        }
        found = await self._fetch(order, work)
        if not found:
            return None
        try:
            await asyncio.to_thread(_unpack, wheels, packages, image.python, most_bytes)
        except WheelError as error:
            raise EngineError(f"requirements.txt: {error}.") from error
        return Added(tuple(f"{each['name']} {each['version']}" for each in found), Mount(packages, PACKAGES))

    async def _fetch(self, order: dict[str, Any], work: Path) -> list[dict[str, str]]:
        variables = {**self._places.variables(), "TMPDIR": str(work / "tmp")}
        result = await self._children.run("requirements", "usina.engine.images.fetch", order, work, variables)
        if "packages" not in result:
            raise EngineError(self._failure(str(result["error"])))
        packages: list[dict[str, str]] = result["packages"]
        return packages

    def _failure(self, reason: str) -> str:
        for place in (self._places.wheels, self._places.index):  # the operator's, and not for everybody
            if place:
                reason = reason.replace(place, "the site's packages")
        if self._places:
            return f"requirements.txt could not be installed: {reason}"
        return (
            "requirements.txt asks for packages that the image lacks, and this site names no place where they may come "
            f"from. Its operator can name one in site.toml: [images] wheels or index. ({reason})"
        )


def _outside(image: Image) -> str:
    """The image's interpreter by its path on this machine."""
    source = next((mount.source for mount in image.mounts if mount.target == INSIDE), None)
    return interpreter() if source is None else str(source / "bin" / "python")


def _make(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)


def _unpack(wheels: Path, packages: Path, python: str, most_bytes: int) -> None:
    left = most_bytes
    for wheel in sorted(wheels.glob("*.whl")):
        left -= unpack_wheel(wheel, packages, python, left)
    shutil.rmtree(wheels)
    open_to_all(packages, writable=True)
    packages.chmod(0o755)
