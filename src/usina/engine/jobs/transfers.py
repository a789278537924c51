"""Between the object store and a job's folders: channels in, artifacts out; buckets of its account only."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from usina.core.objects import NULL_VERSION, Asked, Entry, Under
from usina.engine.jobs.archives import ArchiveError, is_text, names_below, open_below
from usina.engine.jobs.container import JobError
from usina.engine.jobs.opening import Opening, arn_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping

    from usina.core.clock import Clock, Dice
    from usina.core.objects import Bucket, Buckets, Objects
    from usina.engine.jobs.acting import Acting

_CHUNK_BYTES = 1_048_576
_VERSION_BYTES = 24
_MANIFEST_BYTES = 16_777_216
_KEY_BYTES = 1_024
_SENT_BYTES = 1 << 50
_SEGMENT_BYTES = 255  # a file's name


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


class Transfers:
    """The files of one account's jobs."""

    def __init__(  # noqa: PLR0917 - the world, in the order of every port
        self,
        buckets: Buckets,
        objects: Objects,
        clock: Clock,
        dice: Dice,
        acting: Acting,
        account: str,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self._wanted = wanted  # once it is not any more, nothing is brought
        self._dice = dice
        self._acting = acting
        self._buckets = buckets
        self._objects = objects
        self._opening = Opening(objects, acting)
        self._clock = clock
        self._account = account

    async def fetch_source(self, source: Mapping[str, Any], folder: Path, most_bytes: int) -> int:
        """Bring the files of a source: S3Uri, S3DataType and, for messages, its name; gives their bytes together.

        Raises: JobError.
        """
        address = Address.parse(source["S3Uri"])
        left = most_bytes
        if source["S3DataType"] == "ManifestFile":
            for listed, name in await self._manifest(address):
                entry = await self._entry(listed)
                left = await self._fetch(entry, _target(folder, name), left)
            return most_bytes - left
        found = False
        async for entry in self._under(address):
            name = _name_below(address.key, entry.key)
            if not name or name.endswith("/"):
                continue  # what consoles write to show a folder
            found = True
            left = await self._fetch(entry, _target(folder, name), left)
        if not found and self._wanted():
            raise JobError(
                f"ClientError: Data download failed: NoSuchKey: No S3 objects found under S3 URL {address} given in "
                f"input data source of {source['name']}."
            )
        return most_bytes - left

    async def fetch_prefix(self, address: Address, folder: Path, most_bytes: int) -> None:
        """Bring all that is under a prefix, if anything is. Raises: JobError."""
        prefix = Address(address.bucket, f"{address.key.rstrip('/')}/".lstrip("/"))
        left = most_bytes
        async for entry in self._under(prefix):
            name = entry.key[len(prefix.key) :]
            if name and not name.endswith("/"):
                left = await self._fetch(entry, _target(folder, name), left)

    async def fetch_file(self, address: Address, target: Path, most_bytes: int) -> None:
        """Bring one object. Raises: JobError."""
        await self._fetch(await self._entry(address), target, most_bytes)

    async def listed(self, address: Address) -> AsyncGenerator[Entry, None]:
        """The objects under a prefix, or the one of that name. Raises: JobError."""
        async for entry in self._under(address):
            yield entry

    async def find(self, address: Address) -> Entry | None:
        """The object of that name, or None. Raises: JobError."""
        self._check(address.bucket)
        entry = await self._objects.find(address.bucket, address.key)
        return None if entry is None or entry.marker else entry

    async def pieces(self, entry: Entry) -> AsyncGenerator[bytes, None]:
        """An object's content as it comes. Raises: JobError, UnavailableError where it was removed meanwhile."""
        found = await self._opening.read(entry)
        try:
            async for piece in found:
                yield piece
        finally:
            if (close := getattr(found, "aclose", None)) is not None:
                await close()

    async def send_file(self, source: Path, address: Address) -> None:
        """Store one file of the factory's own. Raises: JobError, UnavailableError."""
        with source.open("rb") as file:
            await self._send(file, address)

    async def _send(self, file: IO[bytes], address: Address) -> None:
        if len(address.key.encode("utf-8", "surrogatepass")) > _KEY_BYTES or not is_text(address.key):
            raise JobError(f"ClientError: {address.key[-100:]!a} cannot be an object's key. Name the file otherwise.")
        self.check_output(address)
        under = Under.default(self._buckets.find(address.bucket))
        kept = await self._opening.keep(_pieces(file), under)
        entry = Entry(
            address.bucket,
            address.key,
            self._clock.now(),
            etag=kept.md5,
            size_bytes=kept.size_bytes,
            blobs=(kept.blob,),
            facts={"headers": {"ContentType": "application/octet-stream"}, **under.facts},
            version=self._version(address.bucket),
        )
        await self._objects.put(entry, kept.blob)

    async def send_folder(
        self,
        folder: Path,
        address: Address,
        sent: dict[str, tuple[int, int]],
        inner: str = "",
        most_bytes: int = _SENT_BYTES,
    ) -> None:
        """Store the files that `sent` does not know as they are now (name -> size and time), and note them there.

        Only what is below `inner` in the folder, and no more than so many bytes of it: a file with holes is as long as
        it says. Raises: JobError, UnavailableError.
        """
        left = most_bytes
        for name in await asyncio.to_thread(names_below, folder, inner):
            try:
                file = open_below(folder, f"{inner}/{name}" if inner else name)
            except (OSError, ArchiveError):  # its owner took it away meanwhile, or put a link in its place
                continue
            with file:
                status = os.fstat(file.fileno())
                mark = (status.st_size, status.st_mtime_ns)
                left -= status.st_size
                if left < 0:
                    raise JobError(f"ClientError: The files for {address} are more than {most_bytes} bytes long.")
                if sent.get(name) != mark:
                    await self._send(file, address / name)
                    sent[name] = mark

    def _version(self, bucket: str) -> str:
        """Name of the version that a write makes now."""
        found = self._buckets.find(bucket)
        if found is None or found.settings.get("versioning") != "Enabled":
            return NULL_VERSION
        return self._dice.token(_VERSION_BYTES).hex()

    def check_output(self, address: Address) -> None:
        """Raises: JobError where nothing could be stored there."""
        self._opening.check_output(self._check(address.bucket), address.key)

    def _check(self, bucket: str) -> Bucket:
        found = self._buckets.find(bucket)
        if found is None or found.account != self._account:
            raise JobError(f"ClientError: The bucket {bucket} does not exist, or the job may not use it.")
        return found

    async def _entry(self, address: Address) -> Entry:
        entry = await self.find(address)
        if entry is None:
            raise JobError(f"ClientError: Data download failed: NoSuchKey: there is no object {address}.")
        return entry

    async def _under(self, address: Address) -> AsyncIterator[Entry]:
        self._check(address.bucket)
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

    async def _fetch(self, entry: Entry, target: Path, most_bytes: int) -> int:
        """Write one object to a file; gives how many bytes may follow."""
        if entry.size_bytes > most_bytes:
            raise JobError("ClientError: The input data does not fit the job's volume (VolumeSizeInGB).")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            opened = target.open("wb")
        except (FileExistsError, IsADirectoryError, NotADirectoryError):
            raise JobError(
                f"ClientError: The keys {entry.key!r} and one more cannot both be files: one would be a folder."
            ) from None
        with opened as file:
            async for piece in await self._opening.read(entry):
                if not self._wanted():
                    break
                await asyncio.to_thread(file.write, piece) if len(piece) > _CHUNK_BYTES else file.write(piece)
        return most_bytes - entry.size_bytes

    async def _manifest(self, address: Address) -> list[tuple[Address, str]]:
        """Objects that a manifest names, and their names in the channel."""
        entry = await self._entry(address)
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


def _target(folder: Path, name: str) -> Path:
    """The file of that name in the folder. Keys are any text: what is no file's name is refused."""
    parts = name.split("/")
    bad = any(
        part in {"", ".", ".."} or "\0" in part or len(part.encode("utf-8", "surrogatepass")) > _SEGMENT_BYTES
        for part in parts
    )
    if bad:
        raise JobError(f"ClientError: The key {name!r} cannot be a file of a channel.")
    return folder / PurePosixPath(*parts)


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, _CHUNK_BYTES):
        yield piece
