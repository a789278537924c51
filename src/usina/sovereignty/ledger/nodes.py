"""The tree's complete nodes on disk, so that a proof reads a few hashes instead of every record.

A cache: 32 bytes a node, in the order in which nodes become complete (`tree.node_position`). It can be made again
from the segments at any time, so nothing waits for it to be durable, and a proof made from it is checked before use.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Final

from usina.sovereignty.ledger.tree import HASH_BYTES, node_count, node_position

if TYPE_CHECKING:
    from pathlib import Path

    from usina.sovereignty.ledger.disk import Disk

NODES_FILE: Final = "nodes"
_BUFFER_BYTES: Final = 1_048_576


class NodeReader:
    """Nodes read one after the other, some at a time: a walk over a long ledger keeps few of them in memory."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb") if path.exists() else None
        self._start = 0
        self._window = b""

    def part(self, start: int, end: int) -> bytes:
        """Bytes [start, end) of the file; fewer where it ends before. Raises: OSError."""
        at = start - self._start
        found = self._window[at : at + end - start] if at >= 0 else b""
        if len(found) == end - start or self._file is None:
            return found
        self._file.seek(start)
        self._start, self._window = start, self._file.read(max(_BUFFER_BYTES, end - start))
        return self._window[: end - start]

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()


class NodeFile:
    """Nodes of one ledger: what is on disk, and what is not written yet."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk = disk
        self._descriptor = disk.open(path, create=True)
        self._written = os.fstat(self._descriptor).st_size
        self._buffer = bytearray()

    def keep(self, leaves: int) -> bool:
        """Keep the nodes of the first `leaves` records and drop the rest; False where they are not all there."""
        size = node_count(leaves) * HASH_BYTES
        if self._written < size:
            return False
        os.ftruncate(self._descriptor, size)
        self._written = size
        return True

    def add(self, nodes: bytes) -> None:
        """Take the nodes that a record completed."""
        self._buffer += nodes
        if len(self._buffer) >= _BUFFER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what is buffered; on a full disk it stays buffered for the next time."""
        if not self._buffer:
            return
        with contextlib.suppress(OSError):
            self._disk.write(self._descriptor, bytes(self._buffer), self._written)
            self._written += len(self._buffer)
            self._buffer.clear()

    def sync(self) -> None:
        """Write what is buffered, durably: recovery makes the nodes of the last segment again, not those before it.

        Raises:
            OSError: the disk failed.
        """
        self.flush()
        self._disk.sync(self._descriptor)

    def node(self, level: int, index: int) -> bytes:
        """Hash of a complete node. Raises: LookupError."""
        offset = node_position(level, index) * HASH_BYTES
        if offset < self._written:
            found = os.pread(self._descriptor, HASH_BYTES, offset)
        else:
            found = bytes(self._buffer[offset - self._written : offset - self._written + HASH_BYTES])
        if len(found) != HASH_BYTES:
            raise LookupError("that node is not complete")
        return found

    def close(self) -> None:
        """Write what is left and let go of the file."""
        self.flush()
        os.close(self._descriptor)
