"""Events: PutLogEvents, GetLogEvents, FilterLogEvents.

A token is a direction and a place between two events. A forward token reads on from there, a backward token reads what
lies before; so a token at the end stays as it is until there are new events, and `get-log-events` in a loop follows.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from typing import TYPE_CHECKING, Any, Final

from usina.core.logs import END_OF_TIME_MS, EVENT_OVERHEAD_BYTES, LogEvent, LogQuery, Position
from usina.core.operation import Access, operation
from usina.services.logs import naming
from usina.services.logs.patterns import compile_pattern
from usina.services.logs.streams import UPLOAD_TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.logs import KeptEvent
    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import logs_types as t

BATCH_BYTES: Final = 1_048_576
_SPAN_MS: Final = 86_400_000
_FUTURE_MS: Final = 7_200_000
_PAST_MS: Final = 14 * 86_400_000
_DAY_MS: Final = 86_400_000
_MOST_EVENTS: Final = 10_000
_SCANNED_EVENTS: Final = 50_000  # read for one answer of a search; the rest is behind its nextToken
_SCANNED_BYTES: Final = 33_554_432  # the same
_TOKEN: Final = re.compile(r"([fb])/(\d{1,19})/(\d{1,19})")


@operation("logs", "PutLogEvents", access=Access.WRITE, touches=naming.touches_named)
async def put_log_events(call: Call[t.PutLogEventsRequest], ports: Ports) -> t.PutLogEventsResponse:
    """Append events: in order of time, within 24 hours, at most 10,000 and 1 MiB. They are on the disk when it answers.

    Events too old or too far in the future are left out and named in `rejectedLogEventsInfo`.
    """
    asked, account = call.arguments, call.principal.account
    group, stream = asked["logGroupName"], asked["logStreamName"]
    events = [LogEvent(event["timestamp"], event["message"]) for event in asked["logEvents"]]
    _check_batch(events)
    found = await ports.log_groups.find(account, group)
    if found is None:
        raise naming.missing("log group")
    accepted, rejected = _accepted(events, int(ports.clock.now() * 1_000), found.retention_days)
    if not accepted:
        # The stream must exist all the same.
        await ports.logs.read(account, group, LogQuery((stream,), most=1, end_ms=0))
    await ports.logs.write(account, group, stream, accepted)
    answer: t.PutLogEventsResponse = {"nextSequenceToken": UPLOAD_TOKEN}
    if rejected:
        answer["rejectedLogEventsInfo"] = rejected
    return answer


def _check_batch(events: Sequence[LogEvent]) -> None:
    size = sum(len(event.message.encode()) + EVENT_OVERHEAD_BYTES for event in events)
    if size > BATCH_BYTES:
        raise naming.invalid(f"Upload too large: {size} bytes exceeds limit of {BATCH_BYTES}")
    if any(before.at_ms > after.at_ms for before, after in itertools.pairwise(events)):
        raise naming.invalid("Log events in a single PutLogEvents request must be in chronological order.")
    if events and events[-1].at_ms - events[0].at_ms > _SPAN_MS:
        raise naming.invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")


def _accepted(
    events: list[LogEvent], now_ms: int, retention_days: int
) -> tuple[list[LogEvent], t.RejectedLogEventsInfo]:
    """Events that are taken, and which were not, as places in the batch."""
    rejected: t.RejectedLogEventsInfo = {}
    expired = sum(event.at_ms < now_ms - retention_days * _DAY_MS for event in events) if retention_days else 0
    old = sum(event.at_ms < now_ms - _PAST_MS for event in events)
    new = sum(event.at_ms > now_ms + _FUTURE_MS for event in events)
    if new:
        rejected["tooNewLogEventStartIndex"] = len(events) - new
    if old:
        rejected["tooOldLogEventEndIndex"] = old
    if expired:
        rejected["expiredLogEventEndIndex"] = expired
    return events[max(expired, old) : len(events) - new], rejected


@operation("logs", "GetLogEvents", access=Access.USE, touches=naming.touches_asked)
async def get_log_events(call: Call[t.GetLogEventsRequest], ports: Ports) -> t.GetLogEventsResponse:
    """Events of one stream, oldest first in every page; without a token the newest, or from the head if asked so.

    At the end (or at the beginning) the token that was given comes back.
    """
    asked = call.arguments
    account, group = naming.asked_group(asked, call.principal.account)
    stream, backward, at = asked["logStreamName"], not asked.get("startFromHead", False), None
    if "nextToken" in asked:
        found = _TOKEN.fullmatch(asked["nextToken"])
        if found is None:
            raise naming.invalid("The specified nextToken is invalid.")
        backward, at = found[1] == "b", Position(int(found[2]), stream, int(found[3]))
    start_ms, end_ms = _range(asked, end_inclusive=False)
    query = LogQuery((stream,), "", start_ms, end_ms, at, backward, asked.get("limit", _MOST_EVENTS))
    page = await ports.logs.read(account, group, query)
    events = list(page.events)[::-1] if backward else list(page.events)
    edge = at or Position(start_ms, stream)
    before, behind = (events[0].before, events[-1].behind) if events else (edge, edge)
    return {
        "events": [
            {"timestamp": event.at_ms, "message": event.message, "ingestionTime": event.ingested_ms} for event in events
        ],
        "nextForwardToken": f"f/{behind.at_ms}/{behind.ordinal}",
        "nextBackwardToken": f"b/{before.at_ms}/{before.ordinal}",
    }


def _range(asked: Mapping[str, Any], *, end_inclusive: bool) -> tuple[int, int]:
    """Milliseconds, the end exclusive. The two operations differ in what they make of an event right at the end."""
    start_ms, end_ms = asked.get("startTime", 0), asked.get("endTime")
    if end_ms is None:
        return start_ms, END_OF_TIME_MS
    if start_ms > end_ms:
        raise naming.invalid("endTime must not be before startTime.")
    return start_ms, min(end_ms + end_inclusive, END_OF_TIME_MS)


@operation("logs", "FilterLogEvents", access=Access.USE, touches=naming.touches_asked)
async def filter_log_events(call: Call[t.FilterLogEventsRequest], ports: Ports) -> t.FilterLogEventsResponse:
    """Events of many streams in order of time that match a pattern. A page may be empty and still have a nextToken."""
    asked = call.arguments
    account, group = naming.asked_group(asked, call.principal.account)
    streams, prefix = tuple(dict.fromkeys(asked.get("logStreamNames", ()))), asked.get("logStreamNamePrefix", "")
    if streams and prefix:
        raise naming.invalid("Give either logStreamNames or logStreamNamePrefix.")
    matches = compile_pattern(asked.get("filterPattern", ""))
    start_ms, end_ms = _range(asked, end_inclusive=True)
    backward, at = not asked.get("startFromHead", True), None
    if "nextToken" in asked:
        way, *rest = naming.place(asked["nextToken"], str, int, str, int)
        backward, at = way == "b", Position(*rest)
    most = asked.get("limit", _MOST_EVENTS)
    kept: list[KeptEvent] = []
    size = scanned = scanned_bytes = 0
    more = True
    while more and scanned < _SCANNED_EVENTS and scanned_bytes < _SCANNED_BYTES:
        query = LogQuery(streams, prefix, start_ms, end_ms, at, backward, _page(matches is None, most))
        page = await ports.logs.read(account, group, query)
        more = page.more
        for event in page.events:
            event_bytes = len(event.message.encode()) + EVENT_OVERHEAD_BYTES
            fits = matches is None or matches(event.message)
            if fits and (len(kept) >= most or (kept and size + event_bytes > BATCH_BYTES)):
                return _answer(ports, call, kept, ("b" if backward else "f", at))
            scanned, scanned_bytes = scanned + 1, scanned_bytes + event_bytes
            at = event.before if backward else event.behind
            if fits:
                kept.append(event)
                size += event_bytes
        if len(kept) >= most:
            break
    return _answer(ports, call, kept, ("b" if backward else "f", at if more else None))


def _answer(
    ports: Ports, call: Call[t.FilterLogEventsRequest], kept: Sequence[KeptEvent], rest: tuple[str, Position | None]
) -> t.FilterLogEventsResponse:
    account, group = naming.asked_group(call.arguments, call.principal.account)
    arn = naming.group_arn(ports, account, group)
    answer: t.FilterLogEventsResponse = {
        "events": [_found(event, arn) for event in kept],
        "searchedLogStreams": [],
    }
    way, at = rest
    if at is not None:
        answer["nextToken"] = naming.token(way, *at)
    return answer


def _page(everything: bool, most: int) -> int:
    return most if everything else _MOST_EVENTS


def _found(event: KeptEvent, arn: str) -> t.FilteredLogEvent:
    """An event with its id: time, stream and place in it, as 56 digits, so that ids sort as events do."""
    stream = int.from_bytes(hashlib.sha256(f"{arn}:{event.stream}".encode()).digest()[:7], "big")
    return {
        "logStreamName": event.stream,
        "timestamp": event.at_ms,
        "message": event.message,
        "ingestionTime": event.ingested_ms,
        "eventId": f"{event.at_ms:019}{stream:018}{event.ordinal:019}",
    }
