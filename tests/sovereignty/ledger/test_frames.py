"""Frames and headers: what was written is read, and what was changed is not."""

from __future__ import annotations

import pytest

from usina.sovereignty.ledger.frames import (
    HEADER_BYTES,
    RECORD_BYTES,
    FrameError,
    Header,
    decode_header,
    encode_frame,
    encode_header,
    first_nonzero,
    frame_at,
    frames,
    later_frames,
    segment_name,
)

HEADER = Header(1, "usina", 8, 5, "00" * 32, ("11" * 32, "22" * 32))


def test_a_header_is_read_as_it_was_written() -> None:
    block = encode_header(HEADER)
    assert len(block) == HEADER_BYTES
    assert decode_header(block) == HEADER


def test_a_changed_byte_anywhere_in_a_header_is_noticed() -> None:
    block = encode_header(HEADER)
    for offset in range(HEADER_BYTES):
        changed = bytearray(block)
        changed[offset] ^= 0x10
        with pytest.raises(FrameError):
            decode_header(bytes(changed))


def test_a_header_with_the_peaks_of_a_trillion_records_fits() -> None:
    assert encode_header(Header(1, "a-site" * 10, 1 << 40, 1, "00" * 32, ("11" * 32,) * 40))


def test_a_header_that_does_not_fit_or_is_cut_short_is_refused() -> None:
    with pytest.raises(FrameError):
        encode_header(Header(1, "s" * HEADER_BYTES, 1, 1, "", ()))
    with pytest.raises(FrameError):
        decode_header(encode_header(HEADER)[:-1])


def test_frames_are_read_one_after_the_other_up_to_the_padding() -> None:
    data = b"".join(encode_frame(record, 0) for record in (b"one", b"", b"three")) + bytes(64)
    assert [record for _, record in frames(data, 0)] == [b"one", b"", b"three"]


def test_a_changed_byte_anywhere_in_a_frame_makes_it_none() -> None:
    frame = encode_frame(b'{"seq":1}', 3)
    assert frame_at(frame, 0) == (b'{"seq":1}', 3)
    for offset in range(len(frame)):
        changed = bytearray(frame)
        changed[offset] ^= 0x01
        assert frame_at(bytes(changed), 0) is None


def test_a_length_beyond_the_limit_or_the_data_is_not_followed() -> None:
    frame = encode_frame(b"x" * 100, 0)
    assert frame_at(frame[:-1], 0) is None
    assert frame_at(encode_frame(b"x" * (RECORD_BYTES + 1), 0), 0) is None
    assert frame_at(frame, len(frame) - 3) is None


def test_frames_behind_a_damaged_place_are_found() -> None:
    good = encode_frame(b"good", 7)
    data = b"UREC damaged" + good + b"URECUREC" + good
    assert [(record, unsynced) for _, record, unsynced in later_frames(data, 0)] == [(b"good", 7), (b"good", 7)]


def test_the_first_byte_that_is_not_zero_is_found() -> None:
    assert first_nonzero(bytes(10), 0) == 10
    assert first_nonzero(b"\0\0\1\0", 0) == 2
    assert first_nonzero(b"\1\0\0\0", 1) == 4


def test_names_of_segments_sort_by_their_first_record() -> None:
    assert segment_name(9) < segment_name(10) < segment_name(1 << 40)
