"""What the ports of the store share: database, content, threads, and the order that makes a crash harmless.

Content is on disk before an entry names it, and no entry names it any more before it is deleted. What a crash leaves in
between is settled at the next start, without looking at the entries that are whole.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from usina.core.errors import UnavailableError
from usina.stores.objects.entries import inline_data
from usina.stores.objects.keeping import Reading, damaged
from usina.stores.objects.sealing import SealedSource
from usina.stores.objects.writer import Writer
from usina.stores.schema import BLOBS, DROPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Engine

    from usina.core.clock import Dice
    from usina.core.kms import ContentKeys
    from usina.core.objects import Blob, Entry
    from usina.stores.objects.contents import Contents, Source

T = TypeVar("T")

_THREADS = 8
_NAME_BYTES = 16
_MOST_NAMES = 500  # in one statement


class Base:
    """What the three ports share: database, content, threads."""

    def __init__(
        self,
        engine: Callable[[], Engine],
        contents: Contents,
        dice: Dice,
        *,
        one_thread: bool,
        keys: ContentKeys | None = None,
    ) -> None:
        self.contents = contents
        self.keys = keys
        self.dice = dice
        self.threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="objects")
        self.writer = Writer(engine)
        self._engine = engine
        self._one_thread = one_thread
        self._reading: Counter[str] = Counter()
        self._waiting: set[str] = set()  # dropped, but somebody still reads them
        self._deleted: deque[str] = deque()  # their rows go with the next change

    async def read(self, act: Callable[[Connection], T]) -> T:
        """Run a query. Raises: UnavailableError."""
        if self._one_thread:
            return await self.writer.run(act)

        def run() -> T:
            with self._engine().connect() as connection:
                return act(connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(self.threads, run)
        except SQLAlchemyError as error:
            reason = type(getattr(error, "orig", None) or error).__name__
            raise UnavailableError(f"The site's database did not take the call ({reason}).") from None

    async def change(self, act: Callable[[Connection], tuple[T, list[str]]], new: Sequence[Blob] = ()) -> T:
        """Run a change that gives its result and the files it lets go; `new` blobs are let go where it raises."""
        files = [blob.id for blob in new if not blob.inline]

        def settled(_result: tuple[T, list[str]]) -> None:
            for name in files:
                self.contents.settle(name)

        def run(connection: Connection) -> tuple[T, list[str]]:
            self._forget_deleted(connection)
            return act(connection)

        try:
            result, dropped = await self.writer.run(run, settled)
        except Exception:
            self.delete(files)
            raise
        if dropped:
            self.let_go(dropped)
        return result

    def let_go(self, names: list[str]) -> None:
        """Delete files that nothing names any more; what is being read goes when its readers are done."""
        free = [name for name in names if not self._reading[name]]
        self._waiting.update(name for name in names if self._reading[name])
        self.delete(free, dropped=True)

    def delete(self, names: Sequence[str], *, dropped: bool = False) -> None:
        """Delete files in a thread. `dropped`: they have rows that say so, which go with the next change."""

        def run() -> None:
            for name in names:
                self.contents.remove(name)
            if dropped:
                self._deleted.extend(names)

        if names:
            self.threads.submit(run)

    def _forget_deleted(self, connection: Connection) -> None:
        if not self._deleted:
            return

        names = [self._deleted.popleft() for _ in range(min(len(self._deleted), _MOST_NAMES))]
        connection.execute(sa.delete(DROPPED).where(DROPPED.c.id.in_(names)))

    def reader(self, entry: Entry, start: int, size: int) -> Reading:
        """A run of an object's bytes; its files stay until it is closed."""
        wanted: list[tuple[Blob, int, int]] = []
        position = 0
        for blob in entry.blobs:
            begin, end = max(start, position), min(start + size, position + blob.size_bytes)
            if begin < end:
                wanted.append((blob, begin - position, end - begin))
            position += blob.size_bytes
        names = {blob.id for blob, _, _ in wanted if not blob.inline}
        self._reading.update(names)

        def ended() -> None:
            self._reading.subtract(names)
            free = [name for name in names if not self._reading[name]]
            for name in free:
                del self._reading[name]
            if gone := self._waiting.intersection(free):
                self._waiting -= gone
                self.delete(sorted(gone), dropped=True)

        return Reading(wanted, self._source, self.threads, ended)

    def at_hand(self, blob: Blob, start: int, size: int) -> bytes:
        """A run of a small content that came with its entry: no thread has to wait for it. Raises: UnavailableError."""
        try:
            return self._source(blob).read(start, size)
        except OSError:
            raise damaged() from None

    def _source(self, blob: Blob) -> Source:
        source = self._raw(blob)
        if not blob.sealed:
            return source
        try:
            return SealedSource(source, self._key_of(blob), blob.size_bytes)
        except BaseException:
            source.close()
            raise

    def _key_of(self, blob: Blob) -> bytes:
        if self.keys is None:
            raise UnavailableError("The object is encrypted, and this store has no keys. Tell the site's operator.")
        return self.keys.open(blob.id, blob.sealed)

    def _raw(self, blob: Blob) -> Source:
        """Content as it lies."""
        if not blob.inline:
            return self.contents.open(blob.id)
        if blob.data is not None:
            return _Inline(blob.data)

        with self._engine().connect() as connection:
            data = inline_data(connection, blob)
        if data is None:
            raise FileNotFoundError(blob.id)
        return _Inline(data)

    def new_name(self) -> str:
        """A name for content: chance, never anything a caller said."""
        return self.dice.token(_NAME_BYTES).hex()

    async def recover(self) -> None:
        """Settle what a crash left behind: content that an entry names moves to its place, all other goes."""

        def run(connection: Connection) -> None:
            for name in self.contents.unsettled():
                known = connection.execute(sa.select(BLOBS.c.id).where(BLOBS.c.id == name)).one_or_none()
                (self.contents.remove if known is None else self.contents.settle)(name)
            for name in connection.execute(sa.select(DROPPED.c.id)).scalars():
                self.contents.remove(name)
            connection.execute(sa.delete(DROPPED))

        await self.writer.run(run)

    async def close(self) -> None:
        """Wait for what runs."""
        await asyncio.to_thread(self.writer.close)
        await asyncio.to_thread(self.threads.shutdown)


class _Inline:
    """Content that stands in the database."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, start: int, size: int) -> bytes:
        return self._data[start : start + size]

    def close(self) -> None:
        pass
