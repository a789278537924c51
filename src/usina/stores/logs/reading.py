"""Events of several streams in one order, reading no more of the files than the page needs.

One heap holds streams, segments, chunks of frames and runs of events alike, each at the place of its first event. What
comes to the top and is no run is taken apart and put back, so that nothing is opened before its time.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from itertools import count
from typing import TYPE_CHECKING, Final, NamedTuple

from usina.core.errors import UnavailableError
from usina.core.logs import EVENT_OVERHEAD_BYTES, KeptEvent, LogPage
from usina.stores.logs.frames import DamagedFrameError, events_of, frames_of
from usina.stores.logs.spans import Chunk, Sealed, chunks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from usina.core.logs import LogQuery
    from usina.stores.logs.files import StreamFiles
    from usina.stores.logs.frames import Frame
    from usina.stores.logs.spans import Spans, StreamRow

_FAR: Final = 1 << 62
Place = tuple[int, int, int]  # time, number of the stream, ordinal: events in their order


class _Piece(NamedTuple):
    """A chunk, and which segment it is of."""

    segment: int
    chunk: Chunk


class Reader:
    """One page of events of these streams, whose names are in order."""

    def __init__(
        self,
        streams: Sequence[StreamRow],
        spans_of: Callable[[StreamRow], Spans],
        files: StreamFiles,
        query: LogQuery,
    ) -> None:
        self._streams = streams
        self._spans_of = spans_of
        self._files = files
        self._sign = -1 if query.backward else 1
        self._query = query
        self._low: Place = (query.start_ms, 0, 0)
        self._high: Place = (query.end_ms, 0, 0)  # exclusive
        if query.at is not None:
            names = [row.name for row in streams]
            number = 2 * bisect_left(names, query.at.stream)
            number += query.at.stream in names  # a stream has an odd number; where one is gone there is a gap
            place = (query.at.at_ms, number, query.at.ordinal)
            if query.backward:
                self._high = min(self._high, place)
            else:
                self._low = max(self._low, place)
        self._heap: list[tuple[Place, int, int, object]] = []
        self._serial = count()

    def page(self) -> LogPage:
        """The events. Raises: UnavailableError where a file is damaged."""
        for index, row in enumerate(self._streams):
            if row.first_ms is not None and row.last_ms is not None:
                self._put(row.first_ms, row.last_ms, index, row)
        events: list[KeptEvent] = []
        size = 0
        while self._heap:
            _, _, index, item = heapq.heappop(self._heap)
            if not isinstance(item, list):
                self._take_apart(index, item)
                continue
            # Of a run, all that comes before anything else does.
            limit = self._heap[0][0] if self._heap else None
            while item and (limit is None or self._place(index, item[-1]) <= limit):
                event = item.pop()
                size += len(event.message.encode()) + EVENT_OVERHEAD_BYTES
                if len(events) >= self._query.most or (events and size > self._query.most_bytes):
                    return LogPage(events, more=True)
                events.append(event)
            self._put_run(index, item)
        return LogPage(events, more=False)

    def _place(self, index: int, event: KeptEvent) -> Place:
        return (self._sign * event.at_ms, self._sign * (2 * index + 1), self._sign * event.ordinal)

    def _put(self, first_ms: int, last_ms: int, index: int, item: object) -> None:
        """Something that holds events of these times, if any of them can be wanted."""
        if last_ms < self._low[0] or first_ms > self._high[0]:
            return
        number = 2 * index + 1
        place = (-last_ms, -number, -_FAR) if self._sign < 0 else (first_ms, number, -1)
        heapq.heappush(self._heap, (place, next(self._serial), index, item))

    def _put_run(self, index: int, run: list[KeptEvent]) -> None:
        """Events of one stream, the next one last."""
        if run:
            heapq.heappush(self._heap, (self._place(index, run[-1]), next(self._serial), index, run))

    def _take_apart(self, index: int, item: object) -> None:
        row = self._streams[index]
        if isinstance(item, _Piece):
            self._put_events(index, item)
        elif isinstance(item, Sealed):
            frames = self._files.scan(row.id, item.number, proved=True)
            self._put_chunks(index, item.number, chunks_of(frames))
        else:
            spans = self._spans_of(row)
            for sealed in spans.sealed:
                self._put(sealed.first_ms, sealed.last_ms, index, sealed)
            self._put_chunks(index, spans.active.number, [*spans.active.chunks])

    def _put_chunks(self, index: int, segment: int, chunks: Iterable[Chunk]) -> None:
        for chunk in chunks:
            self._put(chunk.first_ms, chunk.last_ms, index, _Piece(segment, chunk))

    def _put_events(self, index: int, piece: _Piece) -> None:
        """The wanted events of a chunk, in runs; frames that follow each other in time make one run."""
        chunk = piece.chunk
        data = self._files.read(self._streams[index].id, piece.segment, chunk.offset, chunk.size_bytes)
        if data is None:
            return
        view, run, last_ms, end = memoryview(data), list[KeptEvent](), 0, 0
        for frame in frames_of(data, proved=True):
            end = frame.offset + frame.size_bytes
            if frame.last_ms < self._low[0] or frame.first_ms > self._high[0]:
                continue
            if run and frame.first_ms < last_ms:
                self._put_run(index, run if self._sign < 0 else run[::-1])
                run = []
            run += self._wanted(index, frame, view[frame.offset : end])
            last_ms = frame.last_ms
        if end != chunk.size_bytes:
            raise damaged()
        self._put_run(index, run if self._sign < 0 else run[::-1])

    def _wanted(self, index: int, frame: Frame, data: memoryview) -> list[KeptEvent]:
        """The events of a frame between the two ends."""
        try:
            events = events_of(data)
        except DamagedFrameError:
            raise damaged() from None
        name, number, ingested = self._streams[index].name, 2 * index + 1, frame.ingested_ms
        return [
            KeptEvent(at_ms, name, ordinal, ingested, message)
            for ordinal, (at_ms, message) in enumerate(events, frame.ordinal)
            if self._low <= (at_ms, number, ordinal) < self._high
        ]


def damaged() -> UnavailableError:
    """Bytes that were whole once and are not any more."""
    return UnavailableError("A part of this log stream is damaged on the site's disk; give a startTime behind it.")
