"""The format of a segment: frames one after the other, each a batch of events in order of time.

    magic "ULF1" | bytes of the body u32 | CRC-32 of all that follows u32 | first ordinal u64 | count u32
    | first time i64 | last time i64 | ingestion i64 (milliseconds) | body: MessagePack of [[time, message], ...]

Numbers are big-endian. A frame that is not whole ends a segment: what follows was never acknowledged.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from usina.core.logs import LogEvent

_MAGIC: Final = b"ULF1"
_OUTER: Final = struct.Struct(">4sII")
_INNER: Final = struct.Struct(">QIqqq")
HEADER_BYTES: Final = _OUTER.size + _INNER.size
LARGEST_BODY_BYTES: Final = 16_777_216
_CANDIDATES: Final = 64
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[tuple[int, str]]).decode


class DamagedFrameError(Exception):
    """Bytes that were whole once and are not any more."""


class Frame(NamedTuple):
    """Where a batch of events lies in its segment, and what it spans."""

    offset: int
    size_bytes: int  # header and body
    ordinal: int  # of its first event
    events: int  # how many
    first_ms: int
    last_ms: int
    ingested_ms: int


def encode(events: Sequence[LogEvent], offset: int, ordinal: int, ingested_ms: int) -> tuple[bytes, Frame]:
    """One frame for these events, which are in order of time and at least one."""
    body = _encode(events)
    inner = _INNER.pack(ordinal, len(events), events[0].at_ms, events[-1].at_ms, ingested_ms) + body
    data = _OUTER.pack(_MAGIC, len(body), zlib.crc32(inner)) + inner
    return data, Frame(offset, len(data), ordinal, len(events), events[0].at_ms, events[-1].at_ms, ingested_ms)


def frames_of(data: bytes | memoryview, *, proved: bool) -> Iterator[Frame]:
    """The whole frames of a segment, up to the first that is not. `proved`: their bytes need no check."""
    view, offset = memoryview(data), 0
    while offset + HEADER_BYTES <= len(data):
        magic, size, checksum = _OUTER.unpack_from(data, offset)
        end = offset + HEADER_BYTES + size
        if magic != _MAGIC or size > LARGEST_BODY_BYTES or end > len(data):
            return
        if not proved and zlib.crc32(view[offset + _OUTER.size : end]) != checksum:
            return
        ordinal, count, first_ms, last_ms, ingested_ms = _INNER.unpack_from(data, offset + _OUTER.size)
        yield Frame(offset, end - offset, ordinal, count, first_ms, last_ms, ingested_ms)
        offset = end


def holds_frame(data: bytes) -> bool:
    """Whether a whole frame may lie in these bytes: then what precedes it is damaged rather than torn.

    A message can hold what looks like the beginning of a frame. So only some are tried; where there are more, the
    answer is yes.
    """
    view, place = memoryview(data), -1
    for _ in range(_CANDIDATES):
        place = data.find(_MAGIC, place + 1)
        if place < 0:
            return False
        if next(frames_of(view[place:], proved=False), None) is not None:
            return True
    return True


def events_of(data: memoryview) -> list[tuple[int, str]]:
    """Times and messages of one frame. Raises: DamagedFrameError."""
    if len(data) < HEADER_BYTES or zlib.crc32(data[_OUTER.size :]) != _OUTER.unpack_from(data)[2]:
        raise DamagedFrameError
    try:
        return _decode(data[HEADER_BYTES:])
    except msgspec.DecodeError:
        raise DamagedFrameError from None
