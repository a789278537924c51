"""One walk over all records of a ledger, comparing each byte with what was signed, and naming each place that differs.

A record that cannot be read breaks the tree, unless the cache of hashes still knows its leaf: then the walk goes on as
if it were whole, so that later damage is found too. A record changed together with its CRC shows at the next signed
head, and the cache tells which one it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from usina.sovereignty.ledger.frames import (
    FRAME_BYTES,
    HEADER_BYTES,
    FrameError,
    decode_header,
    first_nonzero,
    frame_at,
    later_frames,
)
from usina.sovereignty.ledger.nodes import NODES_FILE, NodeReader
from usina.sovereignty.ledger.records import RecordError, glance
from usina.sovereignty.ledger.tree import HASH_BYTES, Frontier, leaf_hash, node_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.sovereignty.ledger.heads import TreeHead

_FINDINGS: Final = 100  # reported at most


@dataclass(frozen=True, slots=True)
class Finding:
    """One damaged place. `seq` is the record concerned (0: none in particular), `offset` in bytes of that file."""

    file: str
    offset: int
    seq: int
    problem: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record stands, and where its hash stands in the cache."""

    file: str
    offset: int
    seq: int
    cache_offset: int
    leaf_differs: bool = False  # else only a node above it


class Walk:
    """State of one walk. Feed it the segments in order, then `finish`."""

    def __init__(self, heads: Mapping[int, TreeHead], cache: NodeReader) -> None:
        self.frontier = Frontier()
        self.findings: list[Finding] = []
        self.open: set[int] = set()  # intents without an outcome so far
        self.records = 0
        self._heads = heads
        self._cache = cache
        self._broken = False  # the tree cannot be followed any further
        self._first_unsigned: _Place | None = None  # first record since the last head
        self._differing: list[_Place] = []  # records since the last head whose cached hash differs
        self._end = ("", 0)
        self._check_head()

    def find(self, file: str, offset: int, seq: int, problem: str) -> None:
        """Report a damaged place."""
        if len(self.findings) < _FINDINGS:
            self.findings.append(Finding(file, offset, seq, problem))

    def segment(self, name: str, first: int, data: bytes, *, growing: bool) -> None:
        """Walk one segment. `growing`: a factory writes to it now, so its unsigned end may be half written."""
        self._header(name, first, data)
        offset = HEADER_BYTES
        while True:
            offset = self._run(name, data, offset)
            self._end = (name, offset)
            changed = first_nonzero(data, offset)
            following = next(later_frames(data, changed), None) if changed < len(data) else None
            if following is None:
                break
            self._missing(name, offset, following[1])
            offset = following[0]
        if changed < len(data) and not (growing and self.records >= max(self._heads, default=0)):
            what = "a record that was torn or changed" if changed < offset + FRAME_BYTES else "changed padding"
            self.find(name, changed, self.records + 1, f"{what} behind the last whole record")

    def _run(self, name: str, data: bytes, offset: int) -> int:
        """Take whole records one after the other; gives the offset behind the last."""
        frontier, cache, heads, opened = self.frontier, self._cache, self._heads, self.open
        cache_offset = node_count(frontier.size) * HASH_BYTES
        while (found := frame_at(data, offset)) is not None:
            record = found[0]
            try:
                about = glance(record)
            except RecordError as error:
                self.find(name, offset, self.records + 1, str(error))
                self._broken = True
                return offset + FRAME_BYTES + len(record)
            seq = self.records = self.records + 1
            if about.seq != seq:
                self.find(name, offset, about.seq, f"record {about.seq} stands where record {seq} belongs")
                self._broken = True
                self.records = about.seq
            if about.kind == "intent":
                opened.add(about.seq)
            elif about.kind == "outcome":
                opened.discard(about.intent)
            if not self._broken:
                made = frontier.add(leaf_hash(record))
                end = cache_offset + len(made)
                if self._first_unsigned is None:
                    self._first_unsigned = _Place(name, offset, seq, cache_offset)
                known = cache.part(cache_offset, end)
                if known != made and len(known) == len(made):
                    leaf_differs = known[:HASH_BYTES] != made[:HASH_BYTES]
                    self._differing.append(_Place(name, offset, seq, cache_offset, leaf_differs))
                cache_offset = end
                if seq in heads:
                    self._check_head()
            offset += FRAME_BYTES + len(record)
        return offset

    def _header(self, name: str, first: int, data: bytes) -> None:
        """A segment's header must say what its name says, and carry on the tree."""
        try:
            header = decode_header(data[:HEADER_BYTES])
        except FrameError as error:
            self.find(name, 0, first, str(error))
            return
        if header.first != first or (header.first != self.records + 1 and not self._broken):
            self.find(name, 0, first, f"the segment of record {header.first} stands where {self.records + 1} belongs")
            self._broken = True
            self.records = header.first - 1
        peaks = tuple(peak.hex() for peak in self.frontier.peaks)
        if not self._broken and (header.root, header.peaks) != (self.frontier.root().hex(), peaks):
            self._differs(name, 0, "the segment's header")

    def _missing(self, name: str, offset: int, following: bytes) -> None:
        """Bytes before a whole record are none: one record, or several, cannot be read."""
        seq = self.records + 1
        self.find(name, offset, seq, f"record {seq} cannot be read: its bytes were changed")
        cache_offset = node_count(self.frontier.size) * HASH_BYTES
        leaf = self._cache.part(cache_offset, cache_offset + HASH_BYTES)
        try:
            after = glance(following).seq
        except RecordError:
            after = 0
        if after == seq + 1 and len(leaf) == HASH_BYTES and not self._broken:
            self.frontier.add(leaf)
            self.records = seq
            if seq in self._heads:
                self._check_head()
        else:
            self._broken = True
            self.records = max(after - 1, self.records)

    def _check_head(self) -> None:
        """A signed head over exactly what was walked so far must be true."""
        head = self._heads.get(self.frontier.size)
        if head is None:
            return
        if head.root == self.frontier.root():
            for place in self._differing:
                self.find(NODES_FILE, place.cache_offset, place.seq, "a cached hash was changed; the records are right")
        else:
            self._differs("", 0, f"the head over {head.size} records")
        self._first_unsigned, self._differing = None, []

    def _differs(self, file: str, offset: int, witness: str) -> None:
        """The tree is not what was signed or noted: name the records that differ from their cached hashes."""
        self._broken = True
        changed = [place for place in self._differing if place.leaf_differs]
        for place in changed:
            self.find(place.file, place.offset, place.seq, f"record {place.seq} was changed: {witness} is over another")
        if not changed:
            start = self._first_unsigned
            since = f" since record {start.seq}" if start else ""
            self.find(
                file or (start.file if start else self._end[0]),
                offset or (start.offset if start else 0),
                start.seq if start else 0,
                f"{witness} is over other records{since}",
            )

    def finish(self, newest: int) -> None:
        """All segments were walked: nothing signed may be missing."""
        for place in self._differing:
            if place.leaf_differs:
                self.find(place.file, place.offset, place.seq, f"record {place.seq} and its cached hash differ")
            else:
                self.find(NODES_FILE, place.cache_offset, place.seq, "a cached hash was changed")
        if self.records < newest:
            what = f"the records from here to {newest} are missing: a head over them was signed"
            self.find(*self._end, self.records + 1, what)
