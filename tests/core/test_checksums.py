"""Checksums that are fed, and CRCs that are joined without reading again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.core.checksums import ALGORITHMS, combined_crc, running

CRCS = ["crc32", "crc32c", "crc64nvme"]


def digest(name: str, *pieces: bytes) -> bytes:
    found = running(name)
    assert found is not None
    for piece in pieces:
        found.update(piece)
    return found.digest()


@pytest.mark.parametrize("name", sorted(ALGORITHMS))
@settings(max_examples=20, deadline=None)
@given(pieces=st.lists(st.binary(max_size=50), max_size=5))
def test_a_checksum_does_not_depend_on_the_pieces(name: str, pieces: list[bytes]) -> None:
    assert digest(name, *pieces) == digest(name, b"".join(pieces))


@pytest.mark.parametrize("name", CRCS)
@settings(max_examples=20, deadline=None)
@given(pieces=st.lists(st.binary(max_size=50), max_size=5))
def test_the_crc_of_a_whole_is_joined_from_those_of_its_parts(name: str, pieces: list[bytes]) -> None:
    parts = [(digest(name, piece), len(piece)) for piece in pieces]
    assert combined_crc(name, parts) == digest(name, b"".join(pieces))


def test_what_is_not_known_is_none() -> None:
    assert running("rot13") is None
