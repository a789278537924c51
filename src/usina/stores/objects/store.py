"""The ports of objects and uploads over one database and one place for content."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from usina.stores.objects import entries, uploads
from usina.stores.objects.base import Base
from usina.stores.objects.buckets import SqlBuckets
from usina.stores.objects.contents import FileContents
from usina.stores.objects.external import Address, ExternalContents
from usina.stores.objects.keeping import Keeper
from usina.stores.objects.listing import list_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from sqlalchemy import Connection, Engine

    from usina.core.clock import Dice
    from usina.core.kms import ContentKeys
    from usina.core.objects import Asked, Blob, Entry, Kept, Page, Part, Upload


class SqlObjects:
    """The `Objects` port."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._keeper = Keeper(base.contents, base.threads, base.new_name, base.keys)

    async def keep(
        self,
        pieces: AsyncIterator[bytes],
        algorithms: Sequence[str] = (),
        *,
        offered: Mapping[str, str] | None = None,
        under: str = "",
    ) -> Kept:
        """Write content as it comes."""
        return await self._keeper.keep(pieces, algorithms, offered, under)

    async def read(self, entry: Entry, start: int, size: int) -> AsyncIterator[bytes]:
        """A run of an object's bytes."""
        if len(entry.blobs) == 1 and entry.blobs[0].data is not None:
            return _at_once(self._base.at_hand(entry.blobs[0], start, size))
        reading = self._base.reader(entry, start, size)
        await reading.begin()
        return reading

    async def put(self, entry: Entry, new: Blob | None, guard: Callable[[Entry | None], None] | None = None) -> None:
        """Make this the latest version of its key."""

        def run(connection: Connection) -> tuple[None, list[str]]:
            if new is not None:
                entries.keep_blob(connection, new)
            return None, entries.put(connection, entry, guard)

        await self._base.change(run, () if new is None else (new,))

    async def find(self, bucket: str, key: str, version: str | None = None) -> Entry | None:
        """That version, or the latest one. A small content comes with it, so that reading it asks nothing more."""

        def run(connection: Connection) -> Entry | None:
            found = entries.find(connection, bucket, key, version)
            if found is None:
                return None
            entry = found[0]
            if len(entry.blobs) == 1 and entry.blobs[0].inline:
                data = entries.inline_data(connection, entry.blobs[0])
                entry = replace(entry, blobs=(replace(entry.blobs[0], data=data),))
            return entry

        return await self._base.read(run)

    async def list(self, bucket: str, asked: Asked) -> Page:
        """A page of a bucket's objects or versions."""
        return await self._base.read(lambda connection: list_page(connection, bucket, asked))

    async def remove(
        self, bucket: str, key: str, version: str, guard: Callable[[Entry], None] | None = None
    ) -> Entry | None:
        """Take one version away for good."""
        return await self._base.change(lambda connection: entries.remove(connection, bucket, key, version, guard))

    async def amend(
        self, bucket: str, key: str, version: str | None, change: Callable[[Entry], Mapping[str, Any]]
    ) -> Entry | None:
        """Give a version other facts."""
        return await self._base.change(lambda connection: (entries.amend(connection, bucket, key, version, change), []))


async def _at_once(data: bytes) -> AsyncIterator[bytes]:
    if data:
        yield data


class SqlUploads:
    """The `Uploads` port."""

    def __init__(self, base: Base) -> None:
        self._base = base

    async def begin(self, upload: Upload) -> None:
        """Open it."""

        def run(connection: Connection) -> tuple[None, list[str]]:
            uploads.begin(connection, upload)
            return None, []

        await self._base.change(run)

    async def find(self, upload_id: str) -> Upload | None:
        """The upload, while it is open."""
        return await self._base.read(lambda connection: uploads.find(connection, upload_id))

    async def add(self, upload_id: str, part: Part) -> None:
        """Add a part."""
        await self._base.change(lambda connection: (None, uploads.add(connection, upload_id, part)), (part.blob,))

    async def parts(self, upload_id: str, *, after: int = 0, most: int = 10_000) -> Sequence[Part]:
        """Parts above that number."""
        return await self._base.read(lambda connection: uploads.parts(connection, upload_id, after, most))

    async def complete(self, upload_id: str, entry: Entry, guard: Callable[[Entry | None], None] | None = None) -> None:
        """Make the entry and end the upload."""
        await self._base.change(lambda connection: (None, uploads.complete(connection, upload_id, entry, guard)))

    async def abort(self, upload_id: str) -> bool:
        """End an upload and let its parts go."""
        return await self._base.change(lambda connection: uploads.abort(connection, upload_id))

    async def list(self, bucket: str, *, after: tuple[str, str] = ("", ""), most: int = 1_000) -> Sequence[Upload]:
        """Open uploads above that (key, id)."""
        return await self._base.read(lambda connection: uploads.open_uploads(connection, bucket, after, most))


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """The three ports over one store."""

    buckets: SqlBuckets
    objects: SqlObjects
    uploads: SqlUploads
    base: Base

    async def close(self) -> None:
        """Wait for what runs and let the files go."""
        await self.base.close()


def store_over(base: Base) -> ObjectStore:
    """The ports over what they share."""
    return ObjectStore(SqlBuckets(base), SqlObjects(base), SqlUploads(base), base)


async def open_objects(
    engine: Engine,
    folder: Path,
    dice: Dice,
    *,
    external: str = "",
    region: str = "us-east-1",
    keys: ContentKeys | None = None,
    connected: Callable[[Any], None] = lambda _: None,
) -> ObjectStore:
    """Open the store: entries in that database, content in files under `folder`, or in another S3 store.

    `external` is the other store's address (see `usina.stores.objects.external`). Content is encrypted by `keys`;
    without them it lies as it is. `connected` is given the client of the other store before it asks anything.
    Raises: OSError where the folder cannot be made, OperatorError where the other store cannot be used.
    """
    contents = (
        ExternalContents(Address.parse(external), region, folder, connected) if external else FileContents(folder)
    )
    await asyncio.to_thread(contents.prepare)
    store = store_over(Base(lambda: engine, contents, dice, one_thread=False, keys=keys))
    await store.base.recover()
    await store.buckets.load()
    return store
