"""Reading a ledger folder: its segments, its heads, single records. Needs no running factory and writes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from usina.sovereignty.ledger.frames import SUFFIX, frames
from usina.sovereignty.ledger.heads import HEADS_FILE, LINE_BYTES, HeadError, TreeHead, parse_line
from usina.sovereignty.ledger.records import glance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SEGMENT_FILE_BYTES: Final = 1_073_741_824  # a segment file larger than this is not read into memory
_NAME = re.compile(r"\d{16}" + re.escape(SUFFIX))


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment file; `first` is the sequence number its name claims."""

    path: Path
    first: int


def segments(folder: Path) -> list[Segment]:
    """All segments, in order."""
    names = sorted(path.name for path in folder.iterdir() if _NAME.fullmatch(path.name))
    return [Segment(folder / name, int(name.removesuffix(SUFFIX))) for name in names]


def read_segment(segment: Segment) -> bytes:
    """All bytes of one segment. Raises: OSError."""
    if segment.path.stat().st_size > SEGMENT_FILE_BYTES:
        message = f"{segment.path} is too large to be a segment"
        raise OSError(message)
    return segment.path.read_bytes()


def head_lines(folder: Path) -> list[bytes]:
    """Lines of `heads.log` with their newlines; the last one may lack it."""
    try:
        return (folder / HEADS_FILE).read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []


def newest_head(folder: Path, key: Ed25519PublicKey) -> TreeHead | None:
    """The last whole head. Raises: HeadError where it is not as it was signed."""
    try:
        with (folder / HEADS_FILE).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - 2 * LINE_BYTES))
            lines = file.read().splitlines(keepends=True)
    except FileNotFoundError:
        return None
    whole = [line for line in lines if line.endswith(b"\n")]
    return parse_line(whole[-1], key) if whole else None


def records_after(folder: Path, after: int, most: int) -> list[dict[str, Any]]:
    """Records with a sequence number above `after`, oldest first; a negative `after` counts from the end."""
    if most <= 0:
        return []
    parts = segments(folder)
    if after < 0:
        last = _last_seq(parts)
        after = max(0, last + after)
    found: list[dict[str, Any]] = []
    for position, segment in enumerate(parts):
        if position + 1 < len(parts) and parts[position + 1].first <= after + 1:
            continue
        for _, record in _from(segment, after + 1):
            found.append(msgspec.json.decode(record))
            if len(found) >= most:
                return found
    return found


def _from(segment: Segment, seq: int) -> Iterator[tuple[int, bytes]]:
    """(offset, record) of a segment's records from that sequence number on."""
    skip = seq - segment.first
    for position, (offset, record) in enumerate(frames(read_segment(segment))):
        if position >= skip:
            yield offset, record


def _last_seq(parts: list[Segment]) -> int:
    """Sequence number of the last whole record."""
    if not parts:
        return 0
    return parts[-1].first - 1 + sum(1 for _ in frames(read_segment(parts[-1])))


def record_by_seq(folder: Path, seq: int) -> bytes | None:
    """Bytes of one record, None where there is none."""
    candidates = [segment for segment in segments(folder) if segment.first <= seq]
    if seq < 1 or not candidates:
        return None
    for _, record in _from(candidates[-1], seq):
        return record if glance(record).seq == seq else None
    return None


def record_by_request(folder: Path, request_id: str) -> bytes | None:
    """Bytes of a request's intent or refusal, newest segments searched first; None where there is none."""
    wanted = b'"request_id":' + msgspec.json.encode(request_id)
    for segment in reversed(segments(folder)):
        data = read_segment(segment)
        if wanted not in data:
            continue
        for _, record in frames(data):
            if wanted in record:
                about = glance(record)
                if about.request_id == request_id:
                    return record_by_seq(folder, about.intent) if about.kind == "outcome" else record
    return None


def heads(folder: Path, key: Ed25519PublicKey) -> list[TreeHead]:
    """All whole heads, checked. Raises: HeadError."""
    found = []
    for number, line in enumerate(head_lines(folder), 1):
        if line.endswith(b"\n"):
            try:
                found.append(parse_line(line, key))
            except HeadError as error:
                message = f"{HEADS_FILE}, line {number}: {error}"
                raise HeadError(message) from error
    return found
