"""Checksums that S3 clients send behind or beside a body, of a body that is all there."""

from __future__ import annotations

from usina.core.checksums import running, written


def checksum(name: str, body: bytes) -> str | None:
    """The checksum as it is written in a header; None where the algorithm is not known here."""
    found = running(name)
    if found is None:
        return None
    found.update(body)
    return written(found.digest())
