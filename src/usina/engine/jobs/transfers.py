"""Between the object store and a job's folders: channels in, artifacts out."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from usina.core.objects import NULL_VERSION, Entry, Under
from usina.engine.jobs.archives import ArchiveError, is_text, names_below, open_below
from usina.engine.jobs.container import JobError
from usina.engine.jobs.sources import Address, Sources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from usina.core.clock import Clock, Dice
    from usina.core.objects import Buckets, Objects
    from usina.engine.jobs.acting import Acting

__all__ = ("Address", "Transfers")
_CHUNK_BYTES = 1_048_576
_VERSION_BYTES = 24
_BINARY = "application/octet-stream"
_KEY_BYTES = 1_024
_SENT_BYTES = 1 << 50
_SEGMENT_BYTES = 255  # a file's name


class Transfers(Sources):
    """The files of one account's jobs, in both directions."""

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
        super().__init__(buckets, objects, acting, account, wanted)
        self._dice = dice
        self._clock = clock

    async def fetch_source(self, source: Mapping[str, Any], folder: Path, most_bytes: int) -> int:
        """Bring the files of a source (see `entries`); gives their bytes together. Raises: JobError."""
        left = most_bytes
        async for entry, name in self.entries(source):
            left = await self._fetch(entry, _target(folder, name), left)
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
        await self._fetch(await self.entry(address), target, most_bytes)

    async def send_file(self, source: Path, address: Address) -> None:
        """Store one file of the factory's own. Raises: JobError, UnavailableError."""
        with source.open("rb") as file:
            await self.send(_pieces(file), address)

    async def send(
        self, pieces: AsyncIterator[bytes], address: Address, content_type: str = _BINARY, made_by: str = ""
    ) -> None:
        """Store one object as it comes, whole or not at all; `made_by` stays with it, for who made it to know again.

        Raises: JobError, UnavailableError, and what giving the pieces raises.
        """
        if len(address.key.encode("utf-8", "surrogatepass")) > _KEY_BYTES or not is_text(address.key):
            raise JobError(f"ClientError: {address.key[-100:]!a} cannot be an object's key. Name the file otherwise.")
        self.check_output(address)
        under = Under.default(self._buckets.find(address.bucket))
        kept = await self._opening.keep(pieces, under)
        entry = Entry(
            address.bucket,
            address.key,
            self._clock.now(),
            etag=kept.md5,
            size_bytes=kept.size_bytes,
            blobs=(kept.blob,),
            facts={"headers": {"ContentType": content_type}, **under.facts} | ({"made_by": made_by} if made_by else {}),
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
                    await self.send(_pieces(file), address / name)
                    sent[name] = mark

    def _version(self, bucket: str) -> str:
        """Name of the version that a write makes now."""
        found = self._buckets.find(bucket)
        if found is None or found.settings.get("versioning") != "Enabled":
            return NULL_VERSION
        return self._dice.token(_VERSION_BYTES).hex()

    def check_output(self, address: Address) -> None:
        """Raises: JobError where nothing could be stored there."""
        self._opening.check_output(self.check_bucket(address.bucket), address.key)

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
