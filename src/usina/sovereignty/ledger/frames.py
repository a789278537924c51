"""How records lie in a segment file.

    segment  = header block, frames, zeros to the end of the file
    header   = "USINALG1", u32 length, u32 CRC-32 of the JSON, JSON (see `Header`), zeros up to 4,096 bytes
    frame    = "UREC", u32 length of the record, u32 `unsynced`, u32 CRC-32 of these 12 bytes and the record, record

Integers are little-endian. A segment is filled with zeros before it is used: writing into it then changes no metadata,
which halves the time a sync takes. `unsynced` is how many records directly before this one were not known to be
durable when it was written: recovery tells by it a tail torn by power loss from damage to what was acknowledged.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

SEGMENT_MAGIC: Final = b"USINALG1"
FRAME_MAGIC: Final = b"UREC"
HEADER_BYTES: Final = 4_096
FRAME_BYTES: Final = 16  # before each record
RECORD_BYTES: Final = 65_536  # a record is at most this long
SUFFIX: Final = ".seg"

_ZEROS: Final = bytes(65_536)
_PREFIX = struct.Struct("<8sII")
_FRAME = struct.Struct("<4sIII")
_FRAME_HEAD = struct.Struct("<4sII")


class FrameError(Exception):
    """Bytes that are not what this format says. The message says what is wrong, the caller knows where."""


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a segment says of itself and of everything before it."""

    format: int
    site: str
    first: int  # sequence number of its first record
    oldest_open: int  # lowest sequence number of an intent that had no outcome yet; `first` where there was none
    root: str  # hex, root of the tree of all records before
    peaks: tuple[str, ...]  # hex, the right edge of that tree (roots of its complete subtrees, largest first)


def segment_name(first: int) -> str:
    """File name of the segment that begins with that record."""
    return f"{first:016d}{SUFFIX}"


def encode_header(header: Header) -> bytes:
    """The header block."""
    text = msgspec.json.encode(header)
    block = _PREFIX.pack(SEGMENT_MAGIC, len(text), zlib.crc32(text)) + text
    if len(block) > HEADER_BYTES:
        raise FrameError("the segment header is too long")
    return block.ljust(HEADER_BYTES, b"\x00")


def decode_header(data: bytes) -> Header:
    """Read a header block.

    Raises:
        FrameError: any byte of it is not as written.
    """
    if len(data) < HEADER_BYTES:
        raise FrameError("the segment header is cut short")
    magic, length, crc = _PREFIX.unpack_from(data)
    end = _PREFIX.size + length
    if magic != SEGMENT_MAGIC or end > HEADER_BYTES:
        raise FrameError("this is no segment header")
    text = data[_PREFIX.size : end]
    if zlib.crc32(text) != crc or not is_zero(data[end:HEADER_BYTES]):
        raise FrameError("the segment header was changed")
    try:
        return msgspec.json.decode(text, type=Header)
    except msgspec.MsgspecError as error:
        raise FrameError("the segment header cannot be read") from error


def encode_frame(record: bytes, unsynced: int) -> bytes:
    """A record in its frame."""
    head = _FRAME_HEAD.pack(FRAME_MAGIC, len(record), unsynced)
    return head + zlib.crc32(record, zlib.crc32(head)).to_bytes(4, "little") + record


def frame_at(data: bytes, offset: int) -> tuple[bytes, int] | None:
    """(record, unsynced) of a valid frame there, else None."""
    if offset + FRAME_BYTES > len(data):
        return None
    magic, length, unsynced, crc = _FRAME.unpack_from(data, offset)
    start = offset + FRAME_BYTES
    if magic != FRAME_MAGIC or length > RECORD_BYTES or start + length > len(data):
        return None
    record = data[start : start + length]
    if zlib.crc32(record, zlib.crc32(data[offset : offset + 12])) != crc:
        return None
    return record, unsynced


def frames(data: bytes, offset: int = HEADER_BYTES) -> Iterator[tuple[int, bytes]]:
    """(offset, record) of each frame from there on, up to the first place where none begins."""
    while (found := frame_at(data, offset)) is not None:
        yield offset, found[0]
        offset += FRAME_BYTES + len(found[0])


def later_frames(data: bytes, offset: int) -> Iterator[tuple[int, bytes, int]]:
    """(offset, record, unsynced) of every valid frame after a damaged place, found by its magic."""
    at = data.find(FRAME_MAGIC, offset)
    while at >= 0:
        found = frame_at(data, at)
        if found is None:
            at = data.find(FRAME_MAGIC, at + 1)
        else:
            yield at, *found
            at = data.find(FRAME_MAGIC, at + FRAME_BYTES + len(found[0]))


def is_zero(data: bytes) -> bool:
    """Whether there is nothing but zeros."""
    return data == bytes(len(data))


def first_nonzero(data: bytes, offset: int) -> int:
    """Offset of the first byte from there that is not zero; the length of the data where there is none."""
    for start in range(offset, len(data), len(_ZEROS)):
        piece = data[start : start + len(_ZEROS)]
        if piece != _ZEROS[: len(piece)]:
            return start + len(piece) - len(piece.lstrip(b"\x00"))
    return len(data)
