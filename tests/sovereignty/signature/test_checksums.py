"""Checksums by their published check values (of the ASCII digits 1 to 9) and by the standard library."""

from __future__ import annotations

import base64

import pytest

from usina.sovereignty.signature.checksums import checksum


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("crc32", "cbf43926"),
        ("crc32c", "e3069283"),
        ("crc64nvme", "ae8b14860a799888"),
        ("md5", "25f9e794323b453885f5181f1b624d0b"),
        ("sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        ("sha256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
    ],
)
def test_a_checksum_is_that_of_its_definition(name: str, expected: str) -> None:
    assert base64.b64decode(checksum(name, b"123456789") or "").hex() == expected


def test_leading_zeros_of_a_crc_are_kept() -> None:
    for name in ("crc32", "crc32c", "crc64nvme"):
        sizes = {len(base64.b64decode(checksum(name, bytes([n])) or "")) for n in range(256)}
        assert sizes == {8 if name == "crc64nvme" else 4}


def test_an_algorithm_that_is_not_known_has_no_checksum() -> None:
    assert checksum("xxhash64", b"") is None
