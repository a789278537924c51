from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from usina.core.errors import ApiError, Kind, TooLargeError, ValidationError
from usina.wire import eventstream
from usina.wire.eventstream import Decoder, encode

HEADERS: dict[str, Any] = {
    ":event-type": "chunk",
    "yes": True,
    "no": False,
    "small": 7,
    "large": 2**40,
    "raw": b"\x00\xff",
    "when": datetime(2026, 11, 23, 2, 0, tzinfo=UTC),
    "id": UUID(int=5),
    "words": "Grüße",
}
NAMES = st.text(min_size=1, max_size=20)
VALUES = st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.binary(max_size=50), st.text(max_size=50))


def read_whole(data: bytes) -> list[eventstream.Message]:
    decoder = Decoder()
    messages = list(decoder.feed(data))
    decoder.finish()
    return messages


def test_botocore_reads_what_we_frame() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(encode({":event-type": "chunk", ":message-type": "event"}, b"payload"))
    (event,) = list(buffer)
    assert event.headers == {":event-type": "chunk", ":message-type": "event"}
    assert event.payload == b"payload"


def test_every_type_of_header_comes_back() -> None:
    (message,) = Decoder().feed(encode(HEADERS, b"x"))
    assert message.headers == HEADERS
    assert message.payload == b"x"


@given(st.lists(st.tuples(st.dictionaries(NAMES, VALUES, max_size=4), st.binary(max_size=200)), max_size=4), st.data())
def test_messages_come_back_however_the_bytes_are_cut(
    messages: list[tuple[dict[str, Any], bytes]], data: st.DataObject
) -> None:
    whole = b"".join(encode(headers, payload) for headers, payload in messages)
    decoder = Decoder()
    found: list[eventstream.Message] = []
    position = 0
    while position < len(whole):
        step = data.draw(st.integers(1, len(whole) - position))
        found += decoder.feed(whole[position : position + step])
        position += step
    decoder.finish()
    assert [(message.headers, message.payload) for message in found] == messages


@pytest.mark.parametrize("position", range(0, 40, 3))
def test_a_changed_byte_is_found(position: int) -> None:
    whole = bytearray(encode({":event-type": "chunk"}, b"payload"))
    whole[position % len(whole)] ^= 0x40
    with pytest.raises(ApiError):
        read_whole(bytes(whole))


def test_a_message_over_the_limit_is_refused_before_it_arrives() -> None:
    whole = encode({}, b"x" * 1_000)
    with pytest.raises(TooLargeError):
        Decoder(most_frame_bytes=500).feed(whole[:12])


def test_a_stream_that_ends_within_a_message_is_malformed() -> None:
    decoder = Decoder()
    assert list(decoder.feed(encode({}, b"x")[:-1])) == []
    with pytest.raises(ValidationError) as caught:
        decoder.finish()
    assert caught.value.error_kind is Kind.MALFORMED


@given(st.binary(max_size=300))
def test_header_bytes_of_any_kind_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(ApiError):
        read_whole(eventstream.frame(raw, b""))


@pytest.mark.parametrize("headers", [{"": "x"}, {"n" * 256: "x"}, {"n": "x" * 65_536}])
def test_headers_that_have_no_form_are_not_written(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="bytes"):
        encode(headers, b"")


def test_a_framer_gives_what_a_frame_by_itself_gives() -> None:
    headers = eventstream.encode_headers({":event-type": "contentBlockDelta"})
    framed = eventstream.framer(headers)
    for size in (0, 1, 17, 1_023, 1_024, 70_000, 17):
        payload = bytes(range(256)) * (size // 256) + bytes(size % 256)
        assert framed(payload) == eventstream.frame(headers, payload)
