"""Content in requests: whatever the pieces in which it comes."""

from __future__ import annotations

import gzip
import itertools
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usina.engine.transform.records import RecordError, lines, packed, single, unpacked, whole

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MOST = 40


async def cut(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


texts = st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\r\n", b" ", b"defgh"]), max_size=40).map(b"".join)


@given(texts, st.integers(1, 9))
async def test_lines_are_the_same_however_the_content_comes(content: bytes, size: int) -> None:
    found = [line async for line in lines(cut(content, size), 1_000)]
    assert found == [line for line in content.split(b"\n") if line.strip()]


@given(texts, st.integers(1, 9))
async def test_batches_are_as_full_as_they_may_be_and_lose_nothing(content: bytes, size: int) -> None:
    wanted = [line for line in content.split(b"\n") if line.strip() and len(line) <= MOST]
    batches = [batch async for batch in packed(lines(cut(b"\n".join(wanted), size), MOST), MOST)]
    assert [line for batch in batches for line in batch] == wanted
    assert all(len(b"\n".join(batch)) <= MOST for batch in batches)
    for batch, after in itertools.pairwise(batches):
        assert sum(len(line) + 1 for line in [*batch, after[0]]) > MOST
    assert [batch async for batch in single(lines(cut(b"\n".join(wanted), size), MOST))] == [[line] for line in wanted]


async def test_what_is_larger_than_a_request_is_refused_before_it_is_held() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 10

    with pytest.raises(RecordError, match="one of its lines is larger"):
        _ = [line async for line in lines(endless(), MOST)]
    with pytest.raises(RecordError, match="Split it by lines"):
        _ = [batch async for batch in whole(endless(), MOST)]
    assert [batch async for batch in whole(cut(b"x" * MOST, 7), MOST)] == [[b"x" * MOST]]


@given(st.lists(st.binary(max_size=300), max_size=3), st.integers(1, 50))
async def test_gzip_is_unpacked_however_it_comes_and_of_however_many_members(members: list[bytes], size: int) -> None:
    content = b"".join(gzip.compress(member, 1) for member in members)
    assert b"".join([piece async for piece in unpacked(cut(content, size))]) == b"".join(members)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"plain text", "not packed by gzip, or damaged"),
        (gzip.compress(b"text")[:-5], "end is missing"),
        (gzip.compress(b"text")[:-8] + b"\0" * 8, "damaged"),
        (zlib.compress(b"text"), "not packed by gzip"),
    ],
    ids=["plain", "no end", "other sum", "other format"],
)
async def test_damaged_gzip_is_told_as_such(content: bytes, why: str) -> None:
    with pytest.raises(RecordError, match=why):
        _ = [piece async for piece in unpacked(cut(content, 7))]


async def test_a_bomb_is_unpacked_in_pieces() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    sizes = [len(piece) async for piece in unpacked(cut(bomb, len(bomb)))]
    assert max(sizes) <= 1_048_576
    assert sum(sizes) == 50_000_000
