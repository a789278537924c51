"""The append-only log in segment files: what is appended, written, durable, and when a segment is full.

Three marks only move forward: `size` (records taken), `written` (handed to the kernel: they survive the end of this
process), `durable` (synced: they survive a loss of power). Nothing here waits; grouping syncs is the caller's matter.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from usina.core.errors import UnavailableError
from usina.sovereignty.ledger.frames import (
    FRAME_BYTES,
    HEADER_BYTES,
    RECORD_BYTES,
    Header,
    encode_frame,
    encode_header,
    segment_name,
)
from usina.sovereignty.ledger.tree import leaf_hash

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from usina.sovereignty.ledger.disk import Disk
    from usina.sovereignty.ledger.nodes import NodeFile
    from usina.sovereignty.ledger.tree import Frontier

NEXT_FILE: Final = "next.tmp"
_SPARE_BYTES: Final = 8_388_608  # left free on the disk for heads, nodes and everybody else


class SegmentLog:
    """The tail of the log, open for appending. Recovery makes it; one loop (thread) uses it."""

    def __init__(
        self, disk: Disk, folder: Path, frontier: Frontier, nodes: NodeFile, *, site: str, segment_bytes: int
    ) -> None:
        self._disk = disk
        self._folder = folder
        self._site = site
        self._segment_bytes = segment_bytes
        self.frontier = frontier
        self.nodes = nodes
        self.durable = frontier.size
        self.descriptor = -1
        self._offset = 0  # where the next write goes
        self._taken = 0  # where it will go after what is buffered
        self._capacity = 0
        self._buffer: list[bytes] = []
        self._next: Future[None] | None = None
        # One thread builds segments; another syncs and seals, in order, so that no file is closed while it syncs.
        self._builder = ThreadPoolExecutor(1, thread_name_prefix="ledger-segments")
        self.syncer = ThreadPoolExecutor(1, thread_name_prefix="ledger-sync")

    @property
    def size(self) -> int:
        """Records taken so far; the next one has sequence number `size` + 1."""
        return self.frontier.size

    def resume(self, path: Path, offset: int) -> None:
        """Go on in an existing segment, at that offset."""
        self.descriptor = self._disk.open(path)
        self._capacity = os.fstat(self.descriptor).st_size
        self._offset = self._taken = offset

    def append(self, record: bytes, reserve_bytes: int, oldest_open: int) -> None:
        """Take a record whose sequence number is `size` + 1; it is written by the next `write`.

        `reserve_bytes` must be left in the segment after it (room for the outcomes of what is open). `oldest_open` goes
        into the header of a new segment.

        Raises:
            UnavailableError: there is no room for it on the disk; nothing was taken.
            OSError: the disk failed; nothing more may be appended.
        """
        needed = FRAME_BYTES + len(record)
        if len(record) > RECORD_BYTES:
            raise UnavailableError("this act cannot be recorded: its record would be too long")
        if self._taken + needed + reserve_bytes > self._capacity:
            self.rotate(oldest_open, needed + reserve_bytes)
        frame = encode_frame(record, self.frontier.size - self.durable)
        self._buffer.append(frame)
        self._taken += needed
        self.nodes.add(self.frontier.add(leaf_hash(record)))
        if self._next is None and self._taken * 2 > self._capacity:
            self._next = self._builder.submit(self._disk.create_zeroed, self._folder / NEXT_FILE, self._segment_bytes)

    def write(self) -> None:
        """Hand what is buffered to the kernel. Raises: OSError."""
        if self._buffer:
            data = b"".join(self._buffer)
            self._buffer.clear()
            self._disk.write(self.descriptor, data, self._offset)
            self._offset += len(data)

    def rotate(self, oldest_open: int, needed_bytes: int = 0) -> None:
        """Seal this segment and begin a new one. Raises: UnavailableError (no room), OSError (the disk failed)."""
        if HEADER_BYTES + needed_bytes > self._segment_bytes:
            raise UnavailableError("this act cannot be recorded: the ledger's segments are too small")
        self._prepare()
        self.write()
        if self.descriptor >= 0:
            self._disk.sync(self.descriptor)
            self.nodes.sync()
        self.durable = self.size
        first = self.size + 1
        header = Header(
            format=1,
            site=self._site,
            first=first,
            oldest_open=min(oldest_open, first),
            root=self.frontier.root().hex(),
            peaks=tuple(peak.hex() for peak in self.frontier.peaks),
        )
        fresh = self._disk.open(self._folder / NEXT_FILE)
        self._disk.write(fresh, encode_header(header), 0)
        self._disk.sync(fresh)
        self._disk.rename(self._folder / NEXT_FILE, self._folder / segment_name(first))
        if self.descriptor >= 0:
            self.syncer.submit(self._seal, self.descriptor, self._offset)
        self.descriptor, self._capacity = fresh, self._segment_bytes
        self._offset = self._taken = HEADER_BYTES

    def _prepare(self) -> None:
        """Have a zeroed file ready to become the next segment."""
        waiting, self._next = self._next, None
        try:
            if waiting is not None:
                waiting.result()
            elif self._disk.free_bytes(self._folder) < self._segment_bytes + _SPARE_BYTES:
                raise UnavailableError("the ledger's disk is full, so nothing may be done")
            else:
                self._disk.create_zeroed(self._folder / NEXT_FILE, self._segment_bytes)
        except OSError as error:
            (self._folder / NEXT_FILE).unlink(missing_ok=True)
            what = f"the ledger gets no room to record anything ({error.strerror}), so nothing may be done"
            raise UnavailableError(what) from error

    def _seal(self, descriptor: int, size_bytes: int) -> None:
        """Cut a full segment's padding off and let go of it, in the background."""
        try:
            self._disk.truncate(descriptor, size_bytes)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Let go of the files. What is not written is not written here."""
        self._builder.shutdown(wait=True)
        self.syncer.shutdown(wait=True)
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
        self.nodes.close()
