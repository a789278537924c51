"""The tree against the definitions of RFC 6962 written down as they stand there."""

from __future__ import annotations

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from usina.sovereignty.ledger.tree import (
    EMPTY_ROOT,
    HASH_BYTES,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_count,
    node_position,
    range_hash,
    verify_consistency,
    verify_inclusion,
)

RECORDS = st.lists(st.binary(max_size=8), max_size=70)


def mth(records: list[bytes]) -> bytes:
    """MTH of section 2.1."""
    if not records:
        return hashlib.sha256(b"").digest()
    if len(records) == 1:
        return hashlib.sha256(b"\x00" + records[0]).digest()
    split = 1
    while split * 2 < len(records):
        split *= 2
    return hashlib.sha256(b"\x01" + mth(records[:split]) + mth(records[split:])).digest()


def path(index: int, records: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(records) == 1:
        return []
    split = 1
    while split * 2 < len(records):
        split *= 2
    if index < split:
        return [*path(index, records[:split]), mth(records[split:])]
    return [*path(index - split, records[split:]), mth(records[:split])]


def subproof(first: int, records: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.2."""
    if first == len(records):
        return [] if whole else [mth(records)]
    split = 1
    while split * 2 < len(records):
        split *= 2
    if first <= split:
        return [*subproof(first, records[:split], whole), mth(records[split:])]
    return [*subproof(first - split, records[split:], False), mth(records[:split])]


class Table:
    """Complete nodes as they were made, one after the other."""

    def __init__(self, records: list[bytes]) -> None:
        self.frontier = Frontier()
        self.made = b"".join(self.frontier.add(leaf_hash(record)) for record in records)

    def node(self, level: int, index: int) -> bytes:
        offset = node_position(level, index) * HASH_BYTES
        assert offset < len(self.made)
        return self.made[offset : offset + HASH_BYTES]


@given(RECORDS)
@settings(max_examples=60, deadline=None)
def test_the_root_is_the_merkle_tree_hash_of_the_rfc(records: list[bytes]) -> None:
    table = Table(records)
    assert table.frontier.root() == mth(records)
    assert range_hash(table, 0, len(records)) == mth(records)
    assert len(table.made) == node_count(len(records)) * HASH_BYTES


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT == mth([])


@given(RECORDS.filter(bool), st.data())
@settings(max_examples=60, deadline=None)
def test_an_inclusion_proof_is_the_audit_path_of_the_rfc_and_holds(records: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(records) - 1))
    proof = inclusion_proof(Table(records), index, len(records))
    assert proof == path(index, records)
    assert verify_inclusion(leaf_hash(records[index]), index, len(records), proof, mth(records))


@given(RECORDS.filter(bool), st.data())
@settings(max_examples=60, deadline=None)
def test_an_inclusion_proof_holds_for_nothing_else(records: list[bytes], data: st.DataObject) -> None:
    size = len(records)
    index = data.draw(st.integers(0, size - 1))
    proof, root, leaf = inclusion_proof(Table(records), index, size), mth(records), leaf_hash(records[index])
    assert not verify_inclusion(leaf_hash(records[index] + b"x"), index, size, proof, root)
    assert not verify_inclusion(leaf, index, size, [*proof, root], root)
    assert not verify_inclusion(leaf, size, size, proof, root)
    if proof:
        assert not verify_inclusion(leaf, index, size, proof[1:], root)
        assert not verify_inclusion(leaf, index, size, [bytes(32), *proof[1:]], root)


@given(RECORDS.filter(bool), st.data())
@settings(max_examples=80, deadline=None)
def test_a_consistency_proof_is_that_of_the_rfc_and_holds(records: list[bytes], data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(records)))
    proof = consistency_proof(Table(records), first, len(records))
    assert proof == subproof(first, records, True)
    assert verify_consistency(first, len(records), proof, mth(records[:first]), mth(records))


@given(RECORDS.filter(lambda records: len(records) > 1), st.data())
@settings(max_examples=60, deadline=None)
def test_no_consistency_proof_hides_a_changed_past(records: list[bytes], data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(records) - 1))
    proof = consistency_proof(Table(records), first, len(records))
    other = [records[0] + b"x", *records[1:first]]
    assert not verify_consistency(first, len(records), proof, mth(other), mth(records))
    assert not verify_consistency(first, len(records), proof[1:], mth(records[:first]), mth(records))
    assert not verify_consistency(first, len(records), [], mth(records[:first]), mth(records))
