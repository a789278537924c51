"""Content at rest: any run of it is what was written, and nothing altered passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.stores.objects.sealing import SEGMENT_BYTES, TAG_BYTES, SealedSink, SealedSource, sealed_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = bytes(range(32))
SIZES = [1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES, 3 * SEGMENT_BYTES + 7]


class Held:
    """A sink and a source over bytes in memory."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = data
        self.finished = False

    def write(self, pieces: Sequence[bytes]) -> None:
        self.data += b"".join(pieces)

    def finish(self) -> None:
        self.finished = True

    def abort(self) -> None:
        self.data = b""

    def read(self, start: int, size: int) -> bytes:
        return self.data[start : start + size]

    def close(self) -> None:
        self.finished = True


def body_of(size: int) -> bytes:
    return bytes(number * 7 % 251 for number in range(size))


def sealed(body: bytes, piece: int = 50_000) -> bytes:
    held = Held()
    sink = SealedSink(held, KEY)
    for at in range(0, len(body), piece):
        sink.write([body[at : at + piece]])
    sink.finish()
    assert held.finished
    return held.data


@pytest.mark.parametrize("size", SIZES)
def test_what_is_sealed_is_as_long_as_its_segments_and_opens_again(size: int) -> None:
    body = body_of(size)
    data = sealed(body)
    assert len(data) == size + TAG_BYTES * -(-size // SEGMENT_BYTES)
    assert SealedSource(Held(data), KEY, size).read(0, size) == body
    assert SealedSource(Held(data), KEY, size).read(0, size * 2) == body


@settings(max_examples=60, deadline=None)
@given(start=st.integers(0, 3 * SEGMENT_BYTES), size=st.integers(0, 2 * SEGMENT_BYTES), piece=st.integers(1, 200_000))
def test_any_run_is_what_was_written_there(start: int, size: int, piece: int) -> None:
    body = body_of(3 * SEGMENT_BYTES + 7)
    source = SealedSource(Held(sealed(body, max(1000, piece))), KEY, len(body))
    assert source.read(start, size) == body[start : start + size]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_altered_byte_passes(data: st.DataObject) -> None:
    body = body_of(2 * SEGMENT_BYTES + 100)
    spoilt = bytearray(sealed(body))
    at = data.draw(st.integers(0, len(spoilt) - 1))
    spoilt[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(OSError, match="altered"):
        SealedSource(Held(bytes(spoilt)), KEY, len(body)).read(0, len(body))


def test_segments_cannot_be_moved_left_out_or_cut_off() -> None:
    body = body_of(3 * SEGMENT_BYTES)
    stride = SEGMENT_BYTES + TAG_BYTES
    whole = sealed(body)
    first, second, third = whole[:stride], whole[stride : 2 * stride], whole[2 * stride :]
    for moved in (second + first + third, first + third + third):
        with pytest.raises(OSError, match="altered"):
            SealedSource(Held(moved), KEY, len(body)).read(0, len(body))
    with pytest.raises(OSError, match="altered"):  # its entry made shorter as well
        SealedSource(Held(first + second), KEY, 2 * SEGMENT_BYTES).read(0, 2 * SEGMENT_BYTES)
    assert len(SealedSource(Held(first + second), KEY, len(body)).read(0, len(body))) < len(body)  # and told as damage


def test_a_small_content_is_one_segment_of_the_same_form() -> None:
    data = sealed_whole(KEY, b"small")
    assert SealedSource(Held(data), KEY, 5).read(1, 3) == b"mal"
    assert sealed_whole(KEY, b"") == b""
    assert SealedSource(Held(b""), KEY, 0).read(0, 0) == b""
