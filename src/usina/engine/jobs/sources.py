"""What a job may read of the object store: as its role, in buckets of its account only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from usina.core.objects import Asked
from usina.engine.jobs.container import JobError
from usina.engine.jobs.opening import Opening, arn_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping

    from usina.core.objects import Bucket, Buckets, Entry, Objects
    from usina.engine.jobs.acting import Acting

_MANIFEST_BYTES = 16_777_216


@dataclass(frozen=True, slots=True)
class Address:
    """`s3://BUCKET/KEY`, the key possibly empty or a prefix."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """Take one apart. Raises: JobError."""
        scheme, _, rest = text.partition("://")
        bucket, _, key = rest.partition("/")
        if scheme != "s3" or not bucket:
            raise JobError(f"ClientError: {text} is no address of the form s3://BUCKET/KEY.")
        return cls(bucket, key)

    def __truediv__(self, name: str) -> Address:
        """An address below this one."""
        return Address(self.bucket, f"{self.key.rstrip('/')}/{name}".lstrip("/"))

    def __str__(self) -> str:
        """As a caller writes it."""
        return f"s3://{self.bucket}/{self.key}"


class Sources:
    """Objects that one job may read."""

    def __init__(
        self, buckets: Buckets, objects: Objects, acting: Acting, account: str, wanted: Callable[[], bool]
    ) -> None:
        self._buckets = buckets
        self._objects = objects
        self._acting = acting
        self._opening = Opening(objects, acting)
        self._account = account
        self._wanted = wanted  # once it is not any more, nothing is brought

    async def entries(self, source: Mapping[str, Any]) -> AsyncGenerator[tuple[Entry, str], None]:
        """The objects of a source (S3Uri, S3DataType and, for messages, its name), each with its name in it.

        Raises: JobError where there are none, or the manifest is none.
        """
        address = Address.parse(source["S3Uri"])
        if source["S3DataType"] == "ManifestFile":
            for listed, name in await self._manifest(address):
                yield await self.entry(listed), name
            return
        found = False
        async for entry in self._under(address):
            name = _name_below(address.key, entry.key)
            if name and not name.endswith("/"):  # what consoles write to show a folder is none
                found = True
                yield entry, name
        if not found and self._wanted():
            raise JobError(
                f"ClientError: Data download failed: NoSuchKey: No S3 objects found under S3 URL {address} given in "
                f"input data source of {source['name']}."
            )

    async def listed(self, address: Address) -> AsyncGenerator[Entry, None]:
        """The objects under a prefix, or the one of that name. Raises: JobError."""
        async for entry in self._under(address):
            yield entry

    async def find(self, address: Address) -> Entry | None:
        """The object of that name, or None. Raises: JobError."""
        self.check_bucket(address.bucket)
        entry = await self._objects.find(address.bucket, address.key)
        return None if entry is None or entry.marker else entry

    async def entry(self, address: Address) -> Entry:
        """The object of that name. Raises: JobError where there is none."""
        entry = await self.find(address)
        if entry is None:
            raise JobError(f"ClientError: Data download failed: NoSuchKey: there is no object {address}.")
        return entry

    async def pieces(self, entry: Entry) -> AsyncGenerator[bytes, None]:
        """An object's content as it comes. Raises: JobError, UnavailableError where it was removed meanwhile."""
        found = await self._opening.read(entry)
        try:
            async for piece in found:
                yield piece
        finally:
            if (close := getattr(found, "aclose", None)) is not None:
                await close()

    def check_bucket(self, bucket: str) -> Bucket:
        """The bucket of that name. Raises: JobError where it is none of the job's account."""
        found = self._buckets.find(bucket)
        if found is None or found.account != self._account:
            raise JobError(f"ClientError: The bucket {bucket} does not exist, or the job may not use it.")
        return found

    async def _under(self, address: Address) -> AsyncIterator[Entry]:
        self.check_bucket(address.bucket)
        self._acting.check("s3:ListBucket", arn_of(address.bucket))
        asked = Asked(prefix=address.key)
        while True:
            page = await self._objects.list(address.bucket, asked)
            for listed in page.entries:
                if not self._wanted():
                    return
                entry = await self._objects.find(address.bucket, listed.key)  # a listing comes without contents
                if entry is not None and not entry.marker:
                    yield entry
            if not page.truncated:
                return
            asked = Asked(prefix=address.key, after=page.after)

    async def _manifest(self, address: Address) -> list[tuple[Address, str]]:
        """Objects that a manifest names, and their names in the channel."""
        entry = await self.entry(address)
        if entry.size_bytes > _MANIFEST_BYTES:
            raise JobError(f"ClientError: The manifest {address} is larger than {_MANIFEST_BYTES} bytes.")
        text = b"".join([piece async for piece in await self._opening.read(entry)])
        return _listed_in(text, address)


def _listed_in(manifest: bytes, address: Address) -> list[tuple[Address, str]]:
    try:
        first, *names = json.loads(manifest)
        prefix = first["prefix"]
        return [(Address.parse(f"{prefix}{name}"), str(name)) for name in names]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise JobError(
            f'ClientError: The manifest {address} is not of the form [{{"prefix": "s3://..."}}, "name", ...].'
        ) from None


def _name_below(prefix: str, key: str) -> str:
    """A file's name in its channel: below the prefix's folder; an object's own name where the prefix is the object."""
    if key == prefix:
        return key.rpartition("/")[2]
    rest = key[len(prefix) :]
    if prefix.endswith("/") or not prefix:
        return rest
    return rest[1:] if rest.startswith("/") else prefix.rpartition("/")[2] + rest
