"""Checksums that S3 clients send behind or beside a body, by the name after `x-amz-checksum-`.

Source: "Checking object integrity", Amazon S3 User Guide. CRCs go over the wire as base64 of their big-endian bytes.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@cache
def _crc_model(name: str) -> Any:
    import anycrc

    return anycrc.Model(name)


def _crc32(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(4)


def _crc32c(body: bytes) -> bytes:
    number: int = _crc_model("CRC32-ISCSI").calc(body)
    return number.to_bytes(4)


def _crc64nvme(body: bytes) -> bytes:
    number: int = _crc_model("CRC64-NVME").calc(body)
    return number.to_bytes(8)


def _sha1(body: bytes) -> bytes:
    return hashlib.sha1(body, usedforsecurity=False).digest()


def _sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _sha512(body: bytes) -> bytes:
    return hashlib.sha512(body).digest()


def _md5(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest()


ALGORITHMS: dict[str, Callable[[bytes], bytes]] = {
    "crc32": _crc32,
    "crc32c": _crc32c,
    "crc64nvme": _crc64nvme,
    "sha1": _sha1,
    "sha256": _sha256,
    "sha512": _sha512,
    "md5": _md5,
}


def checksum(name: str, body: bytes) -> str | None:
    """The checksum as it is written in a header; None where the algorithm is not known here."""
    algorithm = ALGORITHMS.get(name)
    return None if algorithm is None else base64.b64encode(algorithm(body)).decode()
