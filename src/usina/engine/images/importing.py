"""Images of strangers as they come in: the archive is had, a child process reads it, what it found is told.

Where an archive comes from is the operator's word: a file of the machine, an object of the site's own store, or a
registry inside the site.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from usina.core.errors import EngineError, ValidationError
from usina.engine.images.child import Children
from usina.engine.images.oci.load import Order
from usina.engine.images.places import machines_own

if TYPE_CHECKING:
    from pathlib import Path

    from usina.core.images import ArchiveSource
    from usina.core.objects import Objects
    from usina.engine.cluster import Cluster
    from usina.engine.images.folder import ImageFolder

_MOST_BYTES = 137_438_953_472  # of an archive, and of an image
_REGISTRY = re.compile(
    r"(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d+)?|[A-Za-z0-9-]+:\d+)(?:/[a-z0-9._-]+)+"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)


class Importing:
    """How images come in on this site."""

    def __init__(self, folder: ImageFolder, cluster: Cluster, objects: Objects, log: Path) -> None:
        self._folder = folder
        self._children = Children(cluster, log)
        self._objects = objects

    def told(self, name: str) -> tuple[str, float]:
        """How far an image is."""
        doing, share, _ = self._folder.told(_key(name))
        return doing or "waiting", share

    async def bring(self, name: str, source: ArchiveSource, digest: str) -> dict[str, Any]:
        """Bring one; gives its `key` and `digest`. Begun anew, it brings the same. Raises: EngineError."""
        work = self._folder.staging(f"{_key(name)}.work")
        await asyncio.to_thread(_prepare, work)
        self._folder.forget(_key(name))
        try:
            archive = source.location if source.kind == "archive" else ""
            if source.kind == "object":
                self._folder.tell(_key(name), "fetching the archive", 0.0)
                archive = str(work / "archive.tar")
                await self._fetch(source.location, work / "archive.tar")
            registry = source.location if source.kind == "registry" else ""
            order = Order(str(self._folder.root), _key(name), _MOST_BYTES, archive, registry, digest)
            # skopeo finds its credentials by the home of the factory's user.
            variables = {key: value for key, value in machines_own().items() if not key.startswith("PIP_")}
            module = "usina.engine.images.oci.load"
            result = await self._children.run(f"image {name}", module, asdict(order), work, variables)
            if "key" not in result:
                raise EngineError(f"The image could not be taken: {result['error']}")
            return result
        finally:
            await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)

    async def _fetch(self, address: str, target: Path) -> None:
        """An object into a file. Raises: EngineError."""
        bucket, key = address_of(address)
        entry = await self._objects.find(bucket, key)
        if entry is None or entry.marker:
            raise EngineError(f"There is no object {address} any more.")
        with target.open("wb") as file:
            async for piece in await self._objects.read(entry, 0, entry.size_bytes):
                await asyncio.to_thread(file.write, piece)


def address_of(text: str) -> tuple[str, str]:
    """Bucket and key of s3://BUCKET/KEY. Raises: ValidationError."""
    scheme, _, rest = text.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket or not key:
        raise ValidationError(f"source.location must be of the form s3://BUCKET/KEY, not {text}")
    return bucket, key


def checked(source: ArchiveSource) -> ArchiveSource:
    """Itself. Raises: ValidationError where it cannot be."""
    if source.kind == "object":
        address_of(source.location)
    elif source.kind == "archive" and not source.location.startswith("/"):
        raise ValidationError(
            f"source.location must be an absolute path of the factory's machine, not {source.location}"
        )
    elif source.kind == "registry" and _REGISTRY.fullmatch(source.location) is None:
        raise ValidationError(
            "source.location must be of the form HOST[:PORT]/NAME[:TAG] or HOST[:PORT]/NAME@sha256:DIGEST, with the "
            "host in full, and without a scheme or password"
        )
    return source


def _key(name: str) -> str:
    return f"import-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _prepare(work: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True, mode=0o700)
