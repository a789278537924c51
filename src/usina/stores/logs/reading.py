"""Events of several streams in one order, reading no more of the files than the page needs.

One heap holds streams, segments, frames and events alike, each at the place of its first event. What comes to the top
and is no event is taken apart and put back, so that nothing is opened before its time.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from itertools import count
from typing import TYPE_CHECKING, Final

from usina.core.errors import UnavailableError
from usina.core.logs import EVENT_OVERHEAD_BYTES, KeptEvent, LogPage
from usina.stores.logs.frames import DamagedFrameError, Frame, events_of
from usina.stores.logs.spans import Sealed, Spans

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from usina.core.logs import LogQuery
    from usina.stores.logs.files import StreamFiles
    from usina.stores.logs.spans import StreamRow

_FAR: Final = 1 << 62
Place = tuple[int, int, int]  # time, number of the stream, ordinal: events in their order


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
            if not isinstance(item, KeptEvent):
                self._take_apart(index, item)
                continue
            size += len(item.message.encode()) + EVENT_OVERHEAD_BYTES
            if len(events) >= self._query.most or (events and size > self._query.most_bytes):
                return LogPage(events, more=True)
            events.append(item)
        return LogPage(events, more=False)

    def _put(self, first_ms: int, last_ms: int, index: int, item: object) -> None:
        """Something that holds events of these times, if any of them can be wanted."""
        if last_ms < self._low[0] or first_ms > self._high[0]:
            return
        number = 2 * index + 1
        place = (-last_ms, -number, -_FAR) if self._sign < 0 else (first_ms, number, -1)
        heapq.heappush(self._heap, (place, next(self._serial), index, item))

    def _take_apart(self, index: int, item: object) -> None:
        row = self._streams[index]
        if isinstance(item, tuple) and isinstance(item[0], Frame):
            self._put_events(index, item[1], item[0])
        elif isinstance(item, Sealed):
            self._put_frames(index, item.number, self._files.scan(row.id, item.number, proved=True))
        else:
            spans = self._spans_of(row)
            for sealed in spans.sealed:
                self._put(sealed.first_ms, sealed.last_ms, index, sealed)
            frames = spans.active.frames
            self._put_frames(index, spans.active.number, frames[: len(frames)])

    def _put_frames(self, index: int, number: int, frames: Sequence[Frame]) -> None:
        for frame in frames:
            self._put(frame.first_ms, frame.last_ms, index, (frame, number))

    def _put_events(self, index: int, segment: int, frame: Frame) -> None:
        row = self._streams[index]
        data = self._files.read(row.id, segment, frame)
        if data is None:
            return
        try:
            events = events_of(data)
        except DamagedFrameError:
            raise UnavailableError(
                "A part of this log stream is damaged on the site's disk; give a startTime behind it."
            ) from None
        number, sign = 2 * index + 1, self._sign
        for offset, (at_ms, message) in enumerate(events):
            ordinal = frame.ordinal + offset
            if self._low <= (at_ms, number, ordinal) < self._high:
                event = KeptEvent(at_ms, row.name, ordinal, frame.ingested_ms, message)
                place = (sign * at_ms, sign * number, sign * ordinal)
                heapq.heappush(self._heap, (place, next(self._serial), index, event))
