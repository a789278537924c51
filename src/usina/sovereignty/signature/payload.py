"""What `X-Amz-Content-Sha256` says about the body, and whether the body keeps to it.

A body whose hash is not part of the signature is taken only where AWS takes it: by S3. It is named in the signature
there too, so nobody can pass a signed body off as an unsigned one.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING

from usina.core.errors import Kind, SignatureError
from usina.sovereignty.signature.chunked import ChunkSigner, unchunk
from usina.sovereignty.signature.claim import incomplete
from usina.sovereignty.signature.v4 import S3_FAMILY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.sovereignty.signature.claim import Claim

UNSIGNED = "UNSIGNED-PAYLOAD"
STREAMS = {  # -> (chunks are signed, there is a trailer)
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": (True, False),
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": (True, True),
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER": (False, True),
}


def signed_hash(body: bytes, claim: Claim, headers: Mapping[str, str], *, to_s3: bool) -> str:
    """The last line of the canonical request. `to_s3`: the request is known to go to S3. Raises: SignatureError."""
    stated = headers.get("x-amz-content-sha256")
    if stated is None:
        if claim.expires_seconds is None or claim.service not in S3_FAMILY:
            return sha256(body).hexdigest()
        stated = UNSIGNED
    if stated == UNSIGNED or stated in STREAMS:
        if not to_s3 or claim.service not in S3_FAMILY:
            raise incomplete(f"Only S3 takes {stated}: sign the hash of the body.")
        if claim.expires_seconds is not None and stated != UNSIGNED:
            raise incomplete(f"A presigned request cannot carry {stated}.")
    elif stated.startswith("STREAMING-"):
        raise incomplete(f"X-Amz-Content-Sha256 {stated[:64]} is not supported here.")
    return stated


def checked_payload(body: bytes, claim: Claim, key: bytes, headers: Mapping[str, str]) -> bytes:
    """The body as its service wants it, once the signature was found right. Raises: SignatureError."""
    stated = headers.get("x-amz-content-sha256")
    if stated is None or stated == UNSIGNED:
        return body
    if stated in STREAMS:
        signed, trailer = STREAMS[stated]
        return unchunk(body, headers, ChunkSigner(key, claim) if signed else None, trailer=trailer)
    if not stated.isascii() or not hmac.compare_digest(sha256(body).hexdigest(), stated):
        raise SignatureError(
            "The provided 'x-amz-content-sha256' header does not match what was computed.", kind=Kind.PAYLOAD_MISMATCH
        )
    return body
