"""Request bodies that a client compressed (the `requestcompression` trait; CloudWatch's metrics come so)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from usina.core.errors import Kind, TooLargeError, ValidationError
from usina.core.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from usina.core.operation import Received
    from usina.wire.target import Target

_GZIP = 16 + zlib.MAX_WBITS


def gunzip(payload: bytes, most_bytes: int = DEFAULT_LIMITS.body_bytes) -> bytes:
    """The content of a gzip body; never more than the limit is made of it.

    Raises:
        ValidationError: kind MALFORMED, not gzip or cut off.
        TooLargeError: its content is over the limit.
    """
    reader = zlib.decompressobj(_GZIP)
    try:
        content = reader.decompress(payload, most_bytes + 1)
    except zlib.error:
        raise ValidationError("The request body is not valid gzip", kind=Kind.MALFORMED) from None
    if len(content) > most_bytes:
        raise TooLargeError(f"The request body is larger than {most_bytes} bytes when it is decompressed")
    if not reader.eof or reader.unused_data:
        raise ValidationError("The request body is not valid gzip", kind=Kind.MALFORMED)
    return content


def gunzipped(
    parse: Callable[[Target, Received, bytes], dict[str, Any]],
) -> Callable[[Target, Received, bytes], dict[str, Any]]:
    """The same parser for bodies that may come compressed: `Content-Encoding` names gzip last."""

    def wrapped(target: Target, received: Received, payload: bytes) -> dict[str, Any]:
        coding = (received.header("content-encoding") or "").rpartition(",")[2].strip().lower()
        return parse(target, received, gunzip(payload) if coding == "gzip" else payload)

    return wrapped
