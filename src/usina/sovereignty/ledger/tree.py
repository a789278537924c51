"""The Merkle tree of RFC 6962: hashes, the growing tree's right edge, proofs and their checks.

Leaves are hashed as SHA-256(0x00 || record), nodes as SHA-256(0x01 || left || right), so that neither can pose as the
other. Nothing here reads or writes: proofs are made over any lookup of complete nodes.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


class Nodes(Protocol):
    """Lookup of complete nodes: level 0 are leaves; node (level, index) covers leaves [index << level, +1 << level)."""

    def node(self, level: int, index: int) -> bytes:
        """Hash of that node. Raises: LookupError where it is not complete."""
        ...


def leaf_hash(record: bytes) -> bytes:
    """Hash of a record as a leaf."""
    return hashlib.sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def node_position(level: int, index: int) -> int:
    """Where a complete node stands in the order in which nodes become complete (leaf, then what it completes).

    After m leaves there are 2m - popcount(m) complete nodes; the last leaf of this node is number m of this formula.
    """
    before = ((index + 1) << level) - 1
    return node_count(before) + level


def node_count(leaves: int) -> int:
    """Complete nodes of a tree of that many leaves."""
    return 2 * leaves - leaves.bit_count()


class Frontier:
    """The right edge of a growing tree: the roots of its complete subtrees, largest first. 32 bytes for each bit."""

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)

    def add(self, leaf: bytes) -> bytes:
        """Add a leaf; gives the nodes that became complete, the leaf first, joined."""
        made = leaf
        trailing = self.size
        peaks = self.peaks
        while trailing & 1:
            leaf = hashlib.sha256(b"\x01" + peaks.pop() + leaf).digest()
            made += leaf
            trailing >>= 1
        peaks.append(leaf)
        self.size += 1
        return made

    def root(self) -> bytes:
        """Root hash of the whole tree."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def _split(size: int) -> int:
    """Largest power of two below `size` (which is at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def range_hash(nodes: Nodes, start: int, end: int) -> bytes:
    """Root hash of the leaves [start, end)."""
    size = end - start
    if size == 0:
        return EMPTY_ROOT
    if size & (size - 1) == 0 and start % size == 0:
        level = size.bit_length() - 1
        return nodes.node(level, start >> level)
    middle = start + _split(size)
    return node_hash(range_hash(nodes, start, middle), range_hash(nodes, middle, end))


def inclusion_proof(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1, nearest sibling first."""
    start, end = 0, size
    path: list[bytes] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_hash(nodes, middle, end))
            end = middle
        else:
            path.append(range_hash(nodes, start, middle))
            start = middle
    path.reverse()
    return path


def consistency_proof(nodes: Nodes, first: int, second: int) -> list[bytes]:
    """PROOF(first, D[second]) of RFC 6962 section 2.1.2, for 0 < first <= second."""
    start, end = 0, second
    path: list[bytes] = []
    whole = True  # whether the old tree's root is a node of the path so far, which the verifier knows already
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(range_hash(nodes, middle, end))
            end = middle
        else:
            path.append(range_hash(nodes, start, middle))
            start = middle
            whole = False
    if not whole:
        path.append(range_hash(nodes, start, end))
    path.reverse()
    return path


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Check an inclusion proof (the algorithm of RFC 9162 on verifying inclusion)."""
    if not 0 <= index < size:
        return False
    position, last, current = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            current = node_hash(sibling, current)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            current = node_hash(current, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and current == root


def verify_consistency(first: int, second: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Check a consistency proof (the algorithm of RFC 9162 on verifying consistency)."""
    if first == second:
        return not path and old_root == new_root
    if not 0 < first < second or not path:
        return False
    steps = list(path)
    if first & (first - 1) == 0:
        steps.insert(0, old_root)
    position, last = first - 1, second - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old = new = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and old == old_root and new == new_root
