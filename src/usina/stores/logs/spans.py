"""What a stream holds, as its reader and its writer know it: sealed segments, and the one that is written to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from usina.stores.logs.frames import Frame

SEGMENT_BYTES = 8_388_608
SEGMENT_FRAMES = 16_384
CHUNK_BYTES = 131_072
CHUNK_FRAMES = 128


class StreamRow(NamedTuple):
    """A stream's row of the database."""

    id: str
    account: str
    log_group: str
    name: str
    created_ms: int
    first_ms: int | None
    last_ms: int | None
    ingested_ms: int | None
    stored_bytes: int
    ordinal: int
    segment: int
    open: int


class Chunk(NamedTuple):
    """Frames that lie one behind the other: what is read from a file at once."""

    first_ms: int
    last_ms: int
    offset: int
    size_bytes: int
    frames: int  # how many

    @property
    def full(self) -> bool:
        """Whether the next frame begins a chunk of its own."""
        return self.frames >= CHUNK_FRAMES or self.size_bytes >= CHUNK_BYTES


def add_to_chunks(chunks: list[Chunk], frame: Frame) -> None:
    """Take a further frame of a segment in. A chunk is replaced, never changed: readers may hold it."""
    if not chunks or chunks[-1].full:
        chunks.append(Chunk(frame.first_ms, frame.last_ms, frame.offset, frame.size_bytes, 1))
        return
    first_ms, last_ms, offset, size_bytes, frames = chunks[-1]
    chunks[-1] = Chunk(
        min(first_ms, frame.first_ms), max(last_ms, frame.last_ms), offset, size_bytes + frame.size_bytes, frames + 1
    )


def chunks_of(frames: Iterable[Frame]) -> list[Chunk]:
    """Frames of a segment in chunks."""
    chunks: list[Chunk] = []
    for frame in frames:
        add_to_chunks(chunks, frame)
    return chunks


class Sealed(NamedTuple):
    """A segment that grows no more."""

    number: int
    first_ms: int
    last_ms: int
    size_bytes: int


@dataclass(slots=True)
class Active:
    """The segment that is written to. It only grows, by frames that are durable."""

    number: int
    chunks: list[Chunk] = field(default_factory=list)
    frames: int = 0  # how many
    size_bytes: int = 0

    def add(self, frame: Frame) -> None:
        """A further frame is durable."""
        add_to_chunks(self.chunks, frame)
        self.frames += 1
        self.size_bytes = frame.offset + frame.size_bytes

    @property
    def full(self) -> bool:
        """Whether the next frame belongs into a new segment."""
        return self.size_bytes >= SEGMENT_BYTES or self.frames >= SEGMENT_FRAMES

    def sealed(self) -> Sealed:
        """This segment, as one that grows no more; it has a frame."""
        first = min(chunk.first_ms for chunk in self.chunks)
        return Sealed(self.number, first, max(chunk.last_ms for chunk in self.chunks), self.size_bytes)


class Spans(NamedTuple):
    """All segments of a stream; replaced as a whole, so that a reader sees each event once."""

    sealed: tuple[Sealed, ...]
    active: Active


@dataclass(slots=True)
class StreamState:
    """A stream while it is written to. Changed by the writing thread alone."""

    row: StreamRow
    spans: Spans
    ordinal: int
    first_ms: int | None
    last_ms: int | None
    ingested_ms: int | None
    marked_open: bool
    dirty: bool = False

    @classmethod
    def of(cls, row: StreamRow, sealed: tuple[Sealed, ...], frames: list[Frame]) -> StreamState:
        """The state that a row, its sealed segments and the frames of its last segment say.

        A segment that was sealed after the row was read is the row's last one still.
        """
        sealed = tuple(each for each in sealed if each.number < row.segment)
        state = cls(
            row,
            Spans(sealed, Active(row.segment)),
            row.ordinal,
            row.first_ms,
            row.last_ms,
            row.ingested_ms,
            bool(row.open),
        )
        for frame in frames:
            state.spans.active.add(frame)
            state.count(frame)
        return state

    @property
    def key(self) -> tuple[str, str, str]:
        """Account, group and name."""
        return (self.row.account, self.row.log_group, self.row.name)

    @property
    def stored_bytes(self) -> int:
        """Bytes on the disk."""
        return sum(each.size_bytes for each in self.spans.sealed) + self.spans.active.size_bytes

    def count(self, frame: Frame) -> None:
        """Take a frame into the summary."""
        self.ordinal = max(self.ordinal, frame.ordinal + frame.events)
        self.first_ms = frame.first_ms if self.first_ms is None else min(self.first_ms, frame.first_ms)
        self.last_ms = frame.last_ms if self.last_ms is None else max(self.last_ms, frame.last_ms)
        self.ingested_ms = max(self.ingested_ms or 0, frame.ingested_ms)
