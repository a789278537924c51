"""Proof that a record is in the ledger, under a head the site has signed. Needs the folder only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from usina.sovereignty.ledger.frames import frames
from usina.sovereignty.ledger.heads import PUBLIC_KEY_FILE, HeadError, TreeHead, read_public_key
from usina.sovereignty.ledger.nodes import NODES_FILE
from usina.sovereignty.ledger.reading import (
    heads,
    newest_head,
    read_segment,
    record_by_request,
    record_by_seq,
    segments,
)
from usina.sovereignty.ledger.records import RecordError, glance
from usina.sovereignty.ledger.tree import (
    HASH_BYTES,
    Frontier,
    Nodes,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_position,
    verify_consistency,
    verify_inclusion,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class ProofError(Exception):
    """No proof can be made: there is no head yet, or the ledger is damaged. The message says which."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A record and its way up to a signed root. `path` is RFC 6962's audit path, nearest sibling first."""

    record: bytes
    seq: int
    head: TreeHead
    path: tuple[bytes, ...]
    public_key: str  # PEM; a verifier should have it from elsewhere

    def json(self) -> dict[str, Any]:
        """The form in which it is handed out."""
        return {
            "record": self.record.decode(),
            "seq": self.seq,
            "leaf_index": self.seq - 1,
            "tree_size": self.head.size,
            "path": [step.hex() for step in self.path],
            "checkpoint": self.head.note,
            "public_key": self.public_key,
        }


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the tree of a later head continues the tree of an earlier one: nothing before was changed."""

    first: TreeHead
    second: TreeHead
    path: tuple[bytes, ...]

    def json(self) -> dict[str, Any]:
        """The form in which it is handed out."""
        return {
            "first": self.first.note,
            "second": self.second.note,
            "path": [step.hex() for step in self.path],
        }


class _Table:
    """All complete nodes in memory, as the node file holds them."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def node(self, level: int, index: int) -> bytes:
        """Hash of a complete node. Raises: LookupError."""
        offset = node_position(level, index) * HASH_BYTES
        if offset + HASH_BYTES > len(self._data):
            raise LookupError("that node is not in the cache")
        return self._data[offset : offset + HASH_BYTES]


class _CachedNodes:
    """Nodes read one by one from the cache file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def node(self, level: int, index: int) -> bytes:
        """Hash of a complete node. Raises: LookupError."""
        try:
            with self._path.open("rb") as file:
                file.seek(node_position(level, index) * HASH_BYTES)
                found = file.read(HASH_BYTES)
        except OSError as error:
            raise LookupError("the node cache cannot be read") from error
        if len(found) != HASH_BYTES:
            raise LookupError("that node is not in the cache")
        return found


def _recomputed(folder: Path) -> _Table:
    """Nodes hashed again from every record."""
    frontier, made = Frontier(), bytearray()
    for segment in segments(folder):
        for _, record in frames(read_segment(segment)):
            made += frontier.add(leaf_hash(record))
    return _Table(bytes(made))


def _checked(folder: Path, make: Callable[[Nodes], list[bytes]], check: Callable[[list[bytes]], bool]) -> list[bytes]:
    """A path that holds, from the cache if it can be, else from the records themselves. Raises: ProofError."""
    for source in (lambda: _CachedNodes(folder / NODES_FILE), lambda: _recomputed(folder)):
        try:
            path = make(source())
        except LookupError:
            continue
        if check(path):
            return path
    raise ProofError("the records do not fit the signed head: the ledger is damaged, `usina ledger verify` says where")


def prove_record(folder: Path, record_id: str) -> Proof:
    """Inclusion proof of a record by its number, or by a request id (then of its intent or refusal).

    Raises:
        LookupError: there is no such record.
        ProofError: no signed head covers it yet, or the ledger is damaged.
    """
    try:
        by_number = record_id.isascii() and record_id.isdigit()
        record = record_by_seq(folder, int(record_id[:20])) if by_number else record_by_request(folder, record_id)
        if record is None:
            raise LookupError(record_id)
        seq = glance(record).seq
    except RecordError as error:
        raise ProofError(f"the ledger is damaged: {error}") from error
    try:
        pem = (folder / PUBLIC_KEY_FILE).read_bytes()
        head = newest_head(folder, read_public_key(pem))
    except (HeadError, OSError) as error:
        raise ProofError(f"the newest signed head cannot be used: {error}") from error
    if head is None or head.size < seq:
        raise ProofError("no signed head covers this record yet; heads are signed every few seconds and at shutdown")
    index, size, leaf, root = seq - 1, head.size, leaf_hash(record), head.root
    path = _checked(
        folder,
        lambda nodes: inclusion_proof(nodes, index, size),
        lambda found: verify_inclusion(leaf, index, size, found, root),
    )
    return Proof(record, seq, head, tuple(path), pem.decode())


def prove_consistency(folder: Path, first: int, second: int) -> ConsistencyProof:
    """Proof that the head over `second` records continues the head over `first` records.

    Raises:
        LookupError: no head of that size was signed.
        ProofError: the ledger is damaged.
    """
    try:
        signed = {head.size: head for head in heads(folder, read_public_key((folder / PUBLIC_KEY_FILE).read_bytes()))}
    except (HeadError, OSError) as error:
        raise ProofError(f"the signed heads cannot be used: {error}") from error
    if first not in signed or second not in signed or not 0 < first <= second:
        raise LookupError(f"no heads over {first} and {second} records were signed")
    old, new = signed[first], signed[second]
    path = _checked(
        folder,
        lambda nodes: consistency_proof(nodes, first, second),
        lambda found: verify_consistency(first, second, found, old.root, new.root),
    )
    return ConsistencyProof(old, new, tuple(path))
