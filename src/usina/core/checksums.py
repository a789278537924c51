"""Checksums of bodies, by the name after `x-amz-checksum-`: fed piece by piece, so that no body has to be held.

Source: "Checking object integrity", Amazon S3 User Guide. CRCs go over the wire as base64 of their big-endian bytes.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_CRC64_BYTES = 8
_CRC_BYTES = {"crc32": 4, "crc32c": 4, "crc64nvme": _CRC64_BYTES}
_CRC_MODELS = {"crc32": "CRC32", "crc32c": "CRC32-ISCSI", "crc64nvme": "CRC64-NVME"}


class Running(Protocol):
    """A checksum that is fed."""

    def update(self, piece: bytes, /) -> None:
        """Take in the next bytes."""
        ...

    def digest(self) -> bytes:
        """The checksum of all bytes so far."""
        ...


@cache
def _crc_model(name: str) -> Any:
    import anycrc

    return anycrc.Model(_CRC_MODELS[name])


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, piece: bytes) -> None:
        self._value = zlib.crc32(piece, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4)


class _Crc:
    def __init__(self, name: str) -> None:
        self._calc = _crc_model(name).calc
        self._size = _CRC_BYTES[name]
        self._value: int | None = None

    def update(self, piece: bytes) -> None:
        self._value = self._calc(piece) if self._value is None else self._calc(piece, self._value)

    def digest(self) -> bytes:
        value: int = self._calc(b"") if self._value is None else self._value
        return value.to_bytes(self._size)


ALGORITHMS: dict[str, Callable[[], Running]] = {
    "crc32": _Crc32,
    "crc32c": lambda: _Crc("crc32c"),
    "crc64nvme": lambda: _Crc("crc64nvme"),
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
    "md5": lambda: hashlib.md5(usedforsecurity=False),
}


def running(name: str) -> Running | None:
    """A checksum that begins; None where the algorithm is not known here."""
    make = ALGORITHMS.get(name)
    return None if make is None else make()


def written(digest: bytes) -> str:
    """A checksum as it stands in a header."""
    return base64.b64encode(digest).decode()


def combined_crc(name: str, parts: Sequence[tuple[bytes, int]]) -> bytes:
    """The CRC of a whole from the CRCs and sizes in bytes of its parts; nothing is read again.

    Raises: KeyError where the algorithm is no CRC.
    """
    model = _crc_model(name)
    value: int | None = None
    for digest, size_bytes in parts:
        number = int.from_bytes(digest)
        value = number if value is None else model.combine(value, number, size_bytes)
    return (model.calc(b"") if value is None else value).to_bytes(_CRC_BYTES[name])
