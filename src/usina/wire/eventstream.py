"""Framing of `application/vnd.amazon.eventstream`, both ways.

A message is: total length, headers length, CRC32 of these two (the prelude), headers, payload, CRC32 of all before it;
numbers are big-endian. A header is a name (length 1 byte), a type byte and a value. Format: AWS's event stream
encoding (https://smithy.io/2.0/aws/amazon-eventstream.html).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zlib import crc32

from usina.core.errors import Kind, TooLargeError, ValidationError
from usina.core.limits import DEFAULT_LIMITS
from usina.wire import timestamps
from usina.wire.faults import TypeFaultError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_PRELUDE = struct.Struct("!II")
_PRELUDE_AND_CRC = struct.Struct("!III")
_CRC = struct.Struct("!I")
_OVERHEAD = 16  # prelude, its checksum and the message's
_MOST_HEADER_BYTES = 131_072  # of one message, by the format's own rule
_TRUE, _FALSE, _BYTE, _SHORT, _INTEGER, _LONG, _BYTES, _STRING, _TIMESTAMP, _UUID = range(10)
_INTEGER_FORMATS = {_BYTE: "!b", _SHORT: "!h", _INTEGER: "!i", _LONG: "!q"}
_UUID_BYTES = 16
_LONGEST_NAME = 255
_LONGEST_VALUE = 65_535
_KEPT_SIZES = 1_024  # payloads below this many bytes: so many beginnings a framer keeps at most


@dataclass(frozen=True, slots=True)
class Message:
    """One message taken off the wire. Header values are bool, int, bytes, str, datetime or UUID."""

    headers: Mapping[str, Any]
    payload: bytes


def encode_headers(headers: Mapping[str, Any]) -> bytes:
    """Headers of a message as bytes.

    Raises:
        ValueError: a name or value longer than its length field can say.
    """
    out: list[bytes] = []
    for name, value in headers.items():
        raw_name = name.encode()
        if not 0 < len(raw_name) <= _LONGEST_NAME:
            raise ValueError("a header name has 1 to 255 bytes")
        out.append(bytes((len(raw_name),)) + raw_name + _encode_value(value))
    return b"".join(out)


def _encode_value(value: Any) -> bytes:
    if isinstance(value, bool):
        return bytes((_TRUE if value else _FALSE,))
    if isinstance(value, int):
        kind = _INTEGER if -(2**31) <= value < 2**31 else _LONG
        return bytes((kind,)) + struct.pack(_INTEGER_FORMATS[kind], value)
    if isinstance(value, datetime):
        return bytes((_TIMESTAMP,)) + struct.pack("!q", round(timestamps.to_epoch(value) * 1_000))
    if isinstance(value, UUID):
        return bytes((_UUID,)) + value.bytes
    raw, kind = (value, _BYTES) if isinstance(value, bytes) else (str(value).encode(), _STRING)
    if len(raw) > _LONGEST_VALUE:
        raise ValueError("a header value has at most 65,535 bytes")
    return bytes((kind,)) + struct.pack("!H", len(raw)) + raw


def frame(headers: bytes, payload: bytes) -> bytes:
    """One message from headers that are bytes already."""
    prelude = _PRELUDE.pack(_OVERHEAD + len(headers) + len(payload), len(headers))
    body = b"".join((prelude, _CRC.pack(crc32(prelude)), headers, payload))
    return body + _CRC.pack(crc32(body))


def framer(headers: bytes) -> Callable[[bytes], bytes]:
    """What frames payloads behind the same headers, as `frame` does.

    All but the payload and the last checksum depends on the payload's length only, so it is made once for each length
    that comes; the events of a stream of text have few.
    """
    made: dict[int, tuple[bytes, int]] = {}

    def framed(payload: bytes) -> bytes:
        size = len(payload)
        kept = made.get(size)
        if kept is None:
            prelude = _PRELUDE.pack(_OVERHEAD + len(headers) + size, len(headers))
            begin = b"".join((prelude, _CRC.pack(crc32(prelude)), headers))
            kept = (begin, crc32(begin))
            if size < _KEPT_SIZES:
                made[size] = kept
        begin, checksum = kept
        return b"".join((begin, payload, _CRC.pack(crc32(payload, checksum))))

    return framed


def encode(headers: Mapping[str, Any], payload: bytes) -> bytes:
    """One message."""
    return frame(encode_headers(headers), payload)


def _malformed(what: str) -> ValidationError:
    return ValidationError(f"The event stream cannot be read: {what}", kind=Kind.MALFORMED)


class Decoder:
    """Messages out of bytes that arrive in any pieces. Lengths are checked before anything is kept for them."""

    def __init__(self, most_frame_bytes: int = DEFAULT_LIMITS.stream_frame_bytes) -> None:
        self._most_frame_bytes = most_frame_bytes
        self._kept = bytearray()

    def feed(self, data: bytes) -> Iterable[Message]:
        """Take bytes in; give the messages they complete.

        Raises:
            ValidationError: kind MALFORMED, a checksum or length is wrong.
            TooLargeError: a message over the limit.
        """
        self._kept += data
        messages: list[Message] = []
        start = 0
        while len(self._kept) - start >= _PRELUDE_AND_CRC.size:
            total = self._total(start)
            if len(self._kept) - start < total:
                break
            messages.append(_message(bytes(memoryview(self._kept)[start : start + total])))
            start += total
        del self._kept[:start]
        return messages

    def finish(self) -> None:
        """Say that no more bytes come.

        Raises:
            ValidationError: kind MALFORMED, the last message is cut off.
        """
        if self._kept:
            raise _malformed("it ends within a message")

    def _total(self, start: int) -> int:
        total, headers_bytes, checksum = _PRELUDE_AND_CRC.unpack_from(self._kept, start)
        if crc32(memoryview(self._kept)[start : start + _PRELUDE.size]) != checksum:
            raise _malformed("prelude checksum")
        if total > self._most_frame_bytes:
            raise TooLargeError(f"An event is larger than {self._most_frame_bytes} bytes")
        if headers_bytes > _MOST_HEADER_BYTES or total < _OVERHEAD + headers_bytes:
            raise _malformed("lengths do not fit each other")
        length: int = total
        return length


def _message(data: bytes) -> Message:
    if crc32(memoryview(data)[:-4]) != _CRC.unpack_from(data, len(data) - 4)[0]:
        raise _malformed("message checksum")
    headers_end = _PRELUDE_AND_CRC.size + _PRELUDE.unpack_from(data)[1]
    return Message(_decode_headers(data[_PRELUDE_AND_CRC.size : headers_end]), data[headers_end:-4])


def _decode_headers(data: bytes) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    position = 0
    try:
        while position < len(data):
            name_end = position + 1 + data[position]
            name = data[position + 1 : name_end].decode()
            if not name or name in headers:
                raise _malformed("a header name is empty or comes twice")
            headers[name], position = _decode_value(data, name_end)
    except (IndexError, struct.error, UnicodeDecodeError, OverflowError):
        raise _malformed("headers") from None
    return headers


def _decode_value(data: bytes, position: int) -> tuple[Any, int]:
    kind = data[position]
    position += 1
    if kind in {_TRUE, _FALSE}:
        return kind == _TRUE, position
    if kind in _INTEGER_FORMATS:
        form = _INTEGER_FORMATS[kind]
        return struct.unpack_from(form, data, position)[0], position + struct.calcsize(form)
    if kind == _TIMESTAMP:
        milliseconds = struct.unpack_from("!q", data, position)[0]
        try:
            return timestamps.from_epoch(milliseconds / 1_000), position + 8
        except TypeFaultError:
            raise _malformed("a timestamp outside the calendar") from None
    if kind == _UUID:
        end = position + _UUID_BYTES
        if end > len(data):
            raise _malformed("headers")
        return UUID(bytes=data[position:end]), end
    if kind not in {_BYTES, _STRING}:
        raise _malformed("a header of unknown type")
    end = position + 2 + struct.unpack_from("!H", data, position)[0]
    if end > len(data):
        raise _malformed("headers")
    raw = data[position + 2 : end]
    return (raw if kind == _BYTES else raw.decode()), end
