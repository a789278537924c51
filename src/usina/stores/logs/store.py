"""The `Logs` and `LogGroups` ports over files and the site's database."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from usina.core.errors import (
    ConflictError,
    LimitExceededError,
    NotFoundError,
    ThrottledError,
    TooLargeError,
    UnavailableError,
)
from usina.core.logs import LogGroup, LogPage, LogQuery, LogStream
from usina.stores.logs.writing import Append, StreamWriter, missing_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from usina.core.clock import Clock, Dice
    from usina.core.logs import LogEvent
    from usina.stores.logs.index import LogIndex
    from usina.stores.logs.listing import Listing
    from usina.stores.records import SqlRecords

T = TypeVar("T")
GROUPS_PER_ACCOUNT: Final = 10_000
WAITING_BYTES: Final = 67_108_864  # of events that wait for the disk; past it writers are sent away
_FRAME_BYTES: Final = 1_048_576  # of messages in one frame, so that a reader never decodes more for one event
LONGEST_MESSAGE: Final = 1_048_576  # characters
_READERS: Final = 2
MOST_SOURCES: Final = 10_000  # streams one read looks into
_DAY_MS: Final = 86_400_000
_ID_BYTES: Final = 16


def missing_group() -> NotFoundError:
    """No such group."""
    return NotFoundError("The specified log group does not exist.")


class SqlLogGroups:
    """The `LogGroups` port."""

    def __init__(self, store: LogStore) -> None:
        self._store = store

    async def create(self, group: LogGroup) -> None:
        """See the port."""
        if await self._store.run(lambda: self._store.listing.count_groups(group.account)) >= GROUPS_PER_ACCOUNT:
            raise LimitExceededError(f"An account may have at most {GROUPS_PER_ACCOUNT} log groups.")
        await self._store.run(lambda: self._store.listing.create_group(group))

    async def find(self, account: str, name: str) -> LogGroup | None:
        """See the port."""
        return await self._store.run(lambda: self._store.listing.group(account, name))

    async def change(
        self, account: str, name: str, *, retention_days: int | None = None, tags: Mapping[str, str] | None = None
    ) -> None:
        """See the port."""
        if not await self._store.run(lambda: self._store.listing.change_group(account, name, retention_days, tags)):
            raise missing_group()

    async def delete(self, account: str, name: str) -> None:
        """See the port."""
        if not await self._store.write_thread(lambda: self._store.writer.drop_group(account, name)):
            raise missing_group()

    async def list(
        self, account: str, *, prefix: str = "", containing: str = "", after: str = "", most: int = 50
    ) -> Sequence[LogGroup]:
        """See the port."""
        await self._store.write_thread(self._store.writer.flush)
        return await self._store.run(
            lambda: self._store.listing.groups(account, prefix=prefix, containing=containing, after=after, most=most)
        )


class LogStore:
    """The `Logs` port. Made by `open_logs`; `groups` is the port of groups over the same store."""

    def __init__(self, index: LogIndex, listing: Listing, writer: StreamWriter, clock: Clock, dice: Dice) -> None:
        self.listing = listing
        self.writer = writer
        self.groups = SqlLogGroups(self)
        self._index = index
        self._clock = clock
        self._dice = dice
        self._one = ThreadPoolExecutor(1, thread_name_prefix="logs-write")
        self._many = ThreadPoolExecutor(_READERS, thread_name_prefix="logs-read")
        self._waiting: list[tuple[Append, asyncio.Future[None]]] = []
        self._waiting_bytes = 0
        self._committing: asyncio.Task[None] | None = None

    async def create_stream(self, account: str, group: str, stream: str) -> None:
        """See the port."""
        identifier, now_ms = self._dice.token(_ID_BYTES).hex(), self._now_ms()
        if not await self.run(lambda: self._index.create((account, group, stream), identifier, now_ms)):
            raise missing_group()

    async def delete_stream(self, account: str, group: str, stream: str) -> None:
        """See the port."""
        if not await self.write_thread(lambda: self.writer.drop((account, group, stream))):
            raise (missing_group() if await self.groups.find(account, group) is None else missing_stream())

    async def streams(
        self,
        account: str,
        group: str,
        *,
        prefix: str = "",
        by_time: bool = False,
        descending: bool = False,
        after: LogStream | None = None,
        most: int = 50,
    ) -> Sequence[LogStream]:
        """See the port."""
        await self.write_thread(self.writer.flush)
        if await self.run(lambda: self.listing.retention_days(account, group)) is None:
            raise missing_group()
        rows = await self.run(
            lambda: self.listing.streams(account, group, prefix, after, most, by_time=by_time, descending=descending)
        )
        return [LogStream(*row[3:9]) for row in rows]

    async def write(
        self, account: str, group: str, stream: str, events: Sequence[LogEvent], *, make: bool = False
    ) -> None:
        """See the port."""
        if not events:
            return
        if any(len(event.message) > LONGEST_MESSAGE for event in events):
            raise TooLargeError(f"A log event may have at most {LONGEST_MESSAGE} characters.")
        size = sum(len(event.message) for event in events)
        if self._waiting_bytes and self._waiting_bytes + size > WAITING_BYTES:
            raise ThrottledError("Too many log events are waiting for the disk. Try again.", retry_after_seconds=1.0)
        self._waiting_bytes += size
        try:
            try:
                await self._append((account, group, stream), events)
            except NotFoundError:
                if not make:
                    raise (
                        missing_group() if await self.groups.find(account, group) is None else missing_stream()
                    ) from None
                await self._make(account, group, stream)
                await self._append((account, group, stream), events)
        finally:
            self._waiting_bytes -= size

    async def read(self, account: str, group: str, query: LogQuery) -> LogPage:
        """See the port."""
        if not query.streams:
            await self.write_thread(self.writer.flush)
        return await self.run(lambda: self._read(account, group, query))

    async def expire(self) -> None:
        """Delete what lies behind the retention of its group; called now and then by the loop of retention."""
        now_ms = self._now_ms()
        await self.write_thread(self.writer.flush)
        for account, group, days in await self.run(self.listing.expiring):
            before_ms = now_ms - days * _DAY_MS
            for key in await self.run(lambda a=account, g=group, b=before_ms: self.listing.expired(a, g, b)):  # type: ignore[misc] # values of this turn
                await self.write_thread(lambda k=key, b=before_ms: self.writer.expire(k, b))  # type: ignore[misc] # values of this turn
        await self.write_thread(self.writer.flush)

    async def close(self) -> None:
        """Wait for what was begun, leave everything in order."""
        while self._committing is not None:
            await self._committing
        await self.write_thread(self.writer.close)
        await asyncio.to_thread(self._one.shutdown)
        await asyncio.to_thread(self._many.shutdown)

    async def run(self, act: Callable[[], T]) -> T:
        """Something that blocks, in a thread that reads."""
        return await _run(self._many, act)

    async def write_thread(self, act: Callable[[], T]) -> T:
        """Something that changes streams, in the one thread that may."""
        return await _run(self._one, act)

    def _now_ms(self) -> int:
        return int(self._clock.now() * 1_000)

    async def _make(self, account: str, group: str, stream: str) -> None:
        for made in (
            self.groups.create(LogGroup(account, group, self._now_ms())),
            self.create_stream(account, group, stream),
        ):
            try:
                await made
            except ConflictError:
                continue

    async def _append(self, key: tuple[str, str, str], events: Sequence[LogEvent]) -> None:
        """Hand events to the next commit, in frames of bounded size, and wait until all are durable."""
        loop = asyncio.get_running_loop()
        ordered = sorted(events, key=lambda event: event.at_ms)
        waiting = []
        for piece in _pieces(ordered):
            durable: asyncio.Future[None] = loop.create_future()
            self._waiting.append((Append(key, piece), durable))
            waiting.append(durable)
        if self._committing is None:
            self._committing = loop.create_task(self._commit())
        for error in await asyncio.gather(*waiting, return_exceptions=True):
            if error is not None:
                raise error

    async def _commit(self) -> None:
        """Make durable what waits, all of it at once, until nothing waits."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                appends = [append for append, _ in batch]
                problem: Exception | None = None
                try:
                    await self.write_thread(lambda appends=appends: self.writer.append(appends))  # type: ignore[misc] # values of this turn
                except Exception as error:  # noqa: BLE001 - whoever waits is told, and the next batch is tried
                    problem = error
                for append, durable in batch:
                    outcome = problem or append.error
                    if durable.done():
                        continue
                    if outcome is None:
                        durable.set_result(None)
                    else:
                        durable.set_exception(outcome)
        finally:
            self._committing = None

    def _read(self, account: str, group: str, query: LogQuery) -> LogPage:
        from dataclasses import replace

        from usina.stores.logs.reading import Reader

        days = self.listing.retention_days(account, group)
        if days is None:
            raise missing_group()
        if days:
            query = replace(query, start_ms=max(query.start_ms, self._now_ms() - days * _DAY_MS))
        rows = list(self.listing.sources(account, group, query, MOST_SOURCES + 1))
        if len(rows) > MOST_SOURCES:
            raise LimitExceededError(
                f"More than {MOST_SOURCES} log streams have events in this time range: narrow it, or name streams."
            )
        if len(rows) < len(set(query.streams)):
            raise missing_stream()
        for place, row in enumerate(rows):
            state = self.writer.state((account, group, row.name))
            if state is not None:
                rows[place] = row._replace(first_ms=state.first_ms, last_ms=state.last_ms)
        return Reader(rows, self.writer.spans, self.writer.files, query).page()


async def open_logs(records: SqlRecords, folder: Path, clock: Clock, dice: Dice) -> LogStore:
    """The store of one site, repaired after a crash. `folder` is made where it is missing."""
    from usina.stores.logs.files import StreamFiles
    from usina.stores.logs.index import LogIndex
    from usina.stores.logs.listing import Listing

    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    index = LogIndex(records.engine)
    store = LogStore(index, Listing(records.engine), StreamWriter(index, StreamFiles(folder), clock), clock, dice)
    await store.write_thread(store.writer.recover)
    return store


def _pieces(events: Sequence[LogEvent]) -> list[Sequence[LogEvent]]:
    pieces: list[Sequence[LogEvent]] = []
    begin = size = 0
    for place, event in enumerate(events):
        size += len(event.message)
        if size > _FRAME_BYTES and place > begin:
            pieces.append(events[begin:place])
            begin, size = place, len(event.message)
    pieces.append(events[begin:])
    return pieces


async def _run(threads: ThreadPoolExecutor, act: Callable[[], T]) -> T:
    from sqlalchemy.exc import DBAPIError

    try:
        return await asyncio.get_running_loop().run_in_executor(threads, act)
    except DBAPIError as error:
        # The driver's words may hold the row: they stay out of the answer.
        raise UnavailableError(f"The site's database did not take the call ({type(error.orig).__name__}).") from None
