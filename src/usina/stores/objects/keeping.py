"""Content on its way in and out: batches between the event loop and the threads that wait for the disk.

One batch is written while the next one comes, so that memory holds two of them, whatever the size of the object.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hmac
from typing import TYPE_CHECKING

from usina.core.checksums import running, written
from usina.core.errors import CallerError, UnavailableError, ValidationError
from usina.core.objects import Blob, Kept
from usina.stores.objects.sealing import SealedSink, sealed_whole

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    from usina.core.checksums import Running
    from usina.core.kms import ContentKeys
    from usina.stores.objects.contents import Contents, Sink, Source

INLINE_BYTES = 16_384  # up to here content stands beside its entry: one wait for the disk instead of three
_BATCH_BYTES = 1_048_576


class Keeper:
    """Writes content that comes in pieces."""

    def __init__(
        self, contents: Contents, threads: Executor, new_name: Callable[[], str], keys: ContentKeys | None
    ) -> None:
        self._contents = contents
        self._threads = threads
        self._new_name = new_name
        self._keys = keys

    async def keep(
        self, pieces: AsyncIterator[bytes], algorithms: Sequence[str], offered: Mapping[str, str] | None, under: str
    ) -> Kept:
        """See the port."""
        digests = _begin({"md5", *algorithms, *(offered or ())})
        name, size = self._new_name(), 0
        # Before the first byte: a key that is not there or not enabled is told at once.
        key, sealed = self._new_key(name, under)
        batch: list[bytes] = []
        batch_bytes = 0
        sink: Sink | None = None
        writing: asyncio.Future[Sink] | None = None
        loop = asyncio.get_running_loop()
        try:
            async for piece in pieces:
                batch.append(piece)
                batch_bytes += len(piece)
                if batch_bytes < _BATCH_BYTES:
                    continue
                if writing is not None:
                    sink = await writing
                size += batch_bytes
                writing = loop.run_in_executor(self._threads, self._write, name, key, sink, batch, digests)
                batch, batch_bytes = [], 0
            size += batch_bytes
            if size <= INLINE_BYTES:
                _feed(digests, batch)
                data = b"".join(batch)
                data = sealed_whole(key, data) if key else data
                return _kept(Blob(name, size, inline=True, data=data, sealed=sealed), digests, offered)
            if writing is not None:
                sink = await writing
            writing = loop.run_in_executor(self._threads, self._write, name, key, sink, batch, digests)
            sink = await writing
            kept = _kept(Blob(name, size, sealed=sealed), digests, offered)
            await loop.run_in_executor(self._threads, sink.finish)
        except BaseException as error:
            await _forget(sink, writing)
            if isinstance(error, OSError):
                raise unavailable(error) from None
            raise
        return kept

    def _new_key(self, name: str, under: str) -> tuple[bytes, str]:
        """A key for content of that name, and the same wrapped; empty where this store has no keys."""
        if self._keys is not None:
            return self._keys.make(name, under)
        if under:
            raise UnavailableError("This store has no keys; it cannot encrypt under one. Nothing was stored.")
        return b"", ""

    def _write(
        self, name: str, key: bytes, sink: Sink | None, batch: list[bytes], digests: Mapping[str, Running]
    ) -> Sink:
        if sink is None:
            sink = self._contents.create(name)
            sink = SealedSink(sink, key) if key else sink
        try:
            sink.write(batch)
        except OSError:
            sink.abort()
            raise
        _feed(digests, batch)
        return sink


async def _forget(sink: Sink | None, writing: asyncio.Future[Sink] | None) -> None:
    """Delete what was written, once nobody writes any more."""
    if writing is not None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            sink = await asyncio.shield(writing)
    if sink is not None:
        sink.abort()


def _begin(names: set[str]) -> dict[str, Running]:
    digests: dict[str, Running] = {}
    for name in names:
        found = running(name)
        if found is None:
            raise ValidationError(f"The checksum algorithm {name[:32].upper()} is not supported here.")
        digests[name] = found
    return digests


def _feed(digests: Mapping[str, Running], batch: Sequence[bytes]) -> None:
    for piece in batch:
        for digest in digests.values():
            digest.update(piece)


def _kept(blob: Blob, digests: Mapping[str, Running], offered: Mapping[str, str] | None) -> Kept:
    found = {name: digest.digest() for name, digest in digests.items()}
    for name, value in (offered or {}).items():
        if not value.isascii() or not hmac.compare_digest(written(found[name]), value):
            raise CallerError(f"The {name.upper()} you specified did not match what we received.", code="BadDigest")
    return Kept(blob, found["md5"].hex(), {name: written(value) for name, value in found.items()})


def unavailable(error: OSError) -> UnavailableError:
    """A disk that does not take it; its words may hold a path, so they stay out of the answer."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return UnavailableError("The site's disk for objects is full. Nothing was stored; tell the site's operator.")
    return UnavailableError("The site's disk for objects failed. Nothing was stored; tell the site's operator.")


class Reading:
    """A run of an object's bytes, over its blobs; the next batch is read while one is on its way out."""

    def __init__(
        self,
        wanted: Sequence[tuple[Blob, int, int]],
        open_blob: Callable[[Blob], Source],
        threads: Executor,
        on_end: Callable[[], None],
    ) -> None:
        self._open = open_blob
        self._threads = threads
        self._on_end = on_end
        self._source: Source | None = None
        self._at: Blob | None = None
        self._steps = _steps(wanted)
        self._next: asyncio.Future[bytes] | None = None
        self._ended = False

    async def begin(self) -> None:
        """Read the first batch, so that what is not there is known before anything is answered."""
        self._ahead()
        if self._next is not None:
            await asyncio.wait((self._next,))
            if (error := self._next.exception()) is not None:
                await self.aclose()
                raise _gone(error)

    def __aiter__(self) -> Reading:
        return self

    async def __anext__(self) -> bytes:
        """The next batch. Raises: UnavailableError."""
        if self._next is None:
            await self.aclose()
            raise StopAsyncIteration
        try:
            batch = await self._next
        except OSError as error:
            await self.aclose()
            raise _gone(error) from None
        self._ahead()
        return batch

    async def aclose(self) -> None:
        """Let the files go. May be called more than once."""
        if self._ended:
            return
        self._ended = True
        if self._next is not None:
            await asyncio.wait((self._next,))
            if not self._next.cancelled():
                self._next.exception()  # it was told, or nobody wants to know
        if self._source is not None:
            self._source.close()
        self._on_end()

    def _ahead(self) -> None:
        step = next(self._steps, None)
        loop = asyncio.get_running_loop()
        self._next = None if step is None else loop.run_in_executor(self._threads, self._read, *step)

    def _read(self, blob: Blob, start: int, size: int) -> bytes:
        if self._source is None or self._at is not blob:
            if self._source is not None:
                self._source.close()
                self._source = None
            self._source, self._at = self._open(blob), blob
        data = self._source.read(start, size)
        if len(data) != size:
            raise OSError(errno.EIO, "content is shorter than its entry says")
        return data


def _steps(wanted: Sequence[tuple[Blob, int, int]]) -> Iterator[tuple[Blob, int, int]]:
    for blob, start, size in wanted:
        for begin in range(start, start + size, _BATCH_BYTES):
            yield blob, begin, min(_BATCH_BYTES, start + size - begin)


def _gone(error: BaseException) -> BaseException:
    if isinstance(error, FileNotFoundError):
        return UnavailableError("The object was replaced or deleted while it was read. Try again.")
    return damaged() if isinstance(error, OSError) else error


def damaged() -> UnavailableError:
    """Content that the disk does not give, or gives altered."""
    return UnavailableError("The site's disk for objects failed. Tell the site's operator.")
