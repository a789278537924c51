"""The one thread that changes streams: appends in groups with one sync for all, seals, repairs, deletes.

Everything here blocks and runs in that thread, one call at a time, so nothing here needs a lock.
"""

from __future__ import annotations

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina.core.errors import ApiError, NotFoundError, UnavailableError
from usina.stores.logs.files import DAMAGED
from usina.stores.logs.frames import Frame, encode
from usina.stores.logs.spans import Active, Sealed, Spans, StreamState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from usina.core.clock import Clock
    from usina.core.logs import LogEvent
    from usina.stores.logs.files import StreamFiles
    from usina.stores.logs.index import Key, LogIndex
    from usina.stores.logs.spans import StreamRow

OPEN_STREAMS = 1_024  # kept in memory after they were written to
_SYNCING_THREADS = 4
_log = logging.getLogger("usina.logs")


@dataclass(slots=True)
class Append:
    """Events for one stream, in order of time; `error` says why they are not durable."""

    key: Key
    events: Sequence[LogEvent]
    error: ApiError | None = None


class StreamWriter:
    """Streams that are being written to."""

    def __init__(self, index: LogIndex, files: StreamFiles, clock: Clock) -> None:
        self._index = index
        self.files = files
        self._clock = clock
        self._open: dict[Key, StreamState] = {}  # the longest unused first
        self._syncing = ThreadPoolExecutor(_SYNCING_THREADS, thread_name_prefix="logs-sync")

    def state(self, key: Key) -> StreamState | None:
        """A stream that is being written to; for readers, from any thread."""
        return self._open.get(key)

    def recover(self) -> None:
        """After a crash: cut torn tails off, renew summaries, delete what was to be deleted."""
        for identifier in self._index.dropped():
            self._delete_folder(identifier)
        for row in self._index.left_open():
            self._index.summarise([self._load(row)], close=True)

    def spans(self, row: StreamRow) -> Spans:
        """Segments of a stream that may not be open; for readers, from any thread."""
        state = self._open.get((row.account, row.log_group, row.name))
        if state is not None:
            return state.spans
        # No row of a closed stream lags behind, but another thread may have opened and sealed it since it was read.
        row = self._index.find((row.account, row.log_group, row.name)) or row
        return StreamState.of(row, self._index.sealed(row.id), self.files.scan(row.id, row.segment)).spans

    def append(self, appends: Sequence[Append]) -> None:
        """Make these durable together; each that was not says why."""
        states: dict[Key, StreamState] = {}
        for each in appends:
            try:
                states[each.key] = self._opened(each.key)
            except ApiError as error:
                each.error = error
            except OSError as error:
                each.error = refusal(error)
        try:
            new = [state for state in states.values() if not state.marked_open]
            if new:
                self._index.mark_open([state.row.id for state in new])
                for state in new:
                    state.marked_open = True
            self._append([each for each in appends if each.error is None], states)
            self._evict()
        except BaseException:
            # What the files hold is found out when these are next used.
            for key in states:
                self._open.pop(key, None)
            raise

    def _append(self, appends: Iterable[Append], states: dict[Key, StreamState]) -> None:
        by_key: dict[Key, list[Append]] = {}
        for each in appends:
            by_key.setdefault(each.key, []).append(each)
        written: list[tuple[StreamState, list[Append], list[Frame], int]] = []
        for key, mine in by_key.items():
            try:
                frames, handle = self._write(states[key], mine)
            except OSError as error:
                self._failed(states[key], mine, error)
            else:
                written.append((states[key], mine, frames, handle))
        handles = [each[3] for each in written]
        outcomes = map(_synced, handles) if len(handles) < 2 else self._syncing.map(_synced, handles)  # noqa: PLR2004 - one needs no threads
        for (state, mine, frames, _), problem in zip(written, outcomes, strict=True):
            if problem is not None:
                self._failed(state, mine, problem)
                continue
            active = state.spans.active
            for frame in frames:
                active.add(frame)
                state.count(frame)
            state.dirty = True

    def _write(self, state: StreamState, appends: Sequence[Append]) -> tuple[list[Frame], int]:
        if state.spans.active.full:
            self._seal(state)
        active = state.spans.active
        if not active.frames:
            self.files.begin(state.row.id, active.number)
        now_ms = int(self._clock.now() * 1_000)
        pieces, frames = [], []
        offset, ordinal = active.size_bytes, state.ordinal
        for each in appends:
            data, frame = encode(each.events, offset, ordinal, now_ms)
            pieces.append(data)
            frames.append(frame)
            offset, ordinal = offset + len(data), ordinal + frame.events
        return frames, self.files.append(state.row.id, active.number, b"".join(pieces), active.size_bytes)

    def _seal(self, state: StreamState) -> None:
        sealed = state.spans.active.sealed()
        self._index.seal(state, sealed)
        state.spans = Spans((*state.spans.sealed, sealed), Active(sealed.number + 1))

    def _failed(self, state: StreamState, appends: Iterable[Append], error: OSError) -> None:
        """Nothing of these counts; what the file really holds is found out when the stream is next used."""
        _log.error("log events were not stored", extra={"reason": error.strerror})
        for each in appends:
            each.error = refusal(error)
        self._open.pop(state.key, None)

    def _opened(self, key: Key) -> StreamState:
        state = self._open.pop(key, None)
        if state is None:
            row = self._index.find(key)
            if row is None:
                raise missing_stream()
            state = self._load(row)
        self._open[key] = state
        return state

    def _load(self, row: StreamRow) -> StreamState:
        state = StreamState.of(row, self._index.sealed(row.id), self.files.scan(row.id, row.segment))
        tail = self.files.cut(row.id, row.segment, state.spans.active.size_bytes)
        if tail == "torn":
            _log.warning("a torn tail of a log stream was cut off; it was never acknowledged")
        elif tail:
            _log.error(
                "a file of a log stream is damaged and was set aside: events are missing, see to the disk",
                extra={"file": f"{row.id}/{row.segment:010}{DAMAGED}"},
            )
        return state

    def flush(self) -> None:
        """Write the summaries of what changed."""
        dirty = [state for state in self._open.values() if state.dirty]
        if dirty:
            self._index.summarise(dirty)
            for state in dirty:
                state.dirty = False

    def _evict(self) -> None:
        while len(self._open) > OPEN_STREAMS:
            key = next(iter(self._open))
            self._index.summarise([self._open[key]], close=True)
            del self._open[key]

    def close(self) -> None:
        """Leave everything in order; nothing is written after this."""
        states = [state for state in self._open.values() if state.marked_open]
        self._index.summarise(states, close=True)
        self._open.clear()
        self._syncing.shutdown()

    def drop(self, key: Key) -> bool:
        """Delete a stream; False where there is none."""
        self._open.pop(key, None)
        identifier = self._index.drop(key)
        if identifier is not None:
            self._delete_folder(identifier)
        return identifier is not None

    def drop_group(self, account: str, group: str) -> bool:
        """Delete a group and all in it; False where there is none."""
        identifiers = self._index.drop_group(account, group)
        for key in [key for key in self._open if key[:2] == (account, group)]:
            del self._open[key]
        for identifier in identifiers or ():
            self._delete_folder(identifier)
        return identifiers is not None

    def _delete_folder(self, identifier: str) -> None:
        self.files.drop(identifier)
        self._index.folder_deleted(identifier)

    def expire(self, key: Key, before_ms: int) -> None:
        """Delete the segments of a stream that hold nothing newer than that."""
        try:
            state = self._opened(key)
        except NotFoundError:
            return
        active = state.spans.active
        if active.frames and active.sealed().last_ms < before_ms:
            self._seal(state)
        kept: list[Sealed] = []
        for sealed in state.spans.sealed:
            if sealed.last_ms >= before_ms:
                kept.append(sealed)
                continue
            self.files.drop_segment(state.row.id, sealed.number)
            self._index.forget_segment(state.row.id, sealed.number)
        active = state.spans.active
        state.spans = Spans(tuple(kept), active)
        firsts = [each.first_ms for each in (*kept, *([active.sealed()] if active.frames else ()))]
        state.first_ms = min(firsts) if firsts else None
        state.last_ms = state.last_ms if firsts else None
        state.dirty = True
        self._evict()


def missing_stream() -> NotFoundError:
    """No such stream."""
    return NotFoundError("The specified log stream does not exist.")


def refusal(error: OSError) -> UnavailableError:
    """A disk that does not take it; its words may hold a path, so they stay out of the answer."""
    del error
    return UnavailableError("The site's disk for logs is full or failed. Nothing was stored; tell the site's operator.")


def _synced(handle: int) -> OSError | None:
    """Sync and close; what went wrong."""
    try:
        os.fdatasync(handle)
    except OSError as error:
        return error
    else:
        return None
    finally:
        os.close(handle)
