"""AWS Signature Version 4: whether the holder of a secret signed this request.

Source: "Create a signed AWS API request", IAM User Guide. Warm (the day's signing key at hand) it is two SHA-256 of
some hundred bytes and one HMAC.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING

from usina.core.errors import Kind, SignatureError
from usina.sovereignty.signature.canonical import (
    USUAL,
    Reading,
    canonical_headers,
    canonical_path,
    canonical_query,
    readings,
)
from usina.sovereignty.signature.claim import ALGORITHM, incomplete

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Received
    from usina.sovereignty.signature.claim import Claim

# Services that sign the path as it is sent, and that take payloads which are not hashed as a whole.
S3_FAMILY = frozenset({"s3", "s3-outposts", "s3-object-lambda", "s3express"})

_AUTHORITY = ":authority"
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


def mismatch() -> SignatureError:
    """The signature is not that of this request. What we calculated is not said: it would sign an altered request."""
    return SignatureError(_MISMATCH, kind=Kind.SIGNATURE_MISMATCH)


def signing_key(secret: bytes, scope: str) -> bytes:
    """The key of one day, region and service."""
    key = b"AWS4" + secret
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def check_time(claim: Claim, now: float, skew_seconds: float, presigned_seconds: int) -> None:
    """Whether the signature's time is now. Raises: SignatureError."""
    if claim.expires_seconds is None:
        if now - claim.time > skew_seconds:
            raise _expired(f"Signature expired: {claim.timestamp} is more than {skew_seconds / 60:g} minutes ago.")
    elif not 0 < claim.expires_seconds <= presigned_seconds:
        raise incomplete(f"X-Amz-Expires must be between 1 and {presigned_seconds} seconds.")
    elif now >= claim.time + claim.expires_seconds:
        raise _expired("Request has expired")
    if claim.time - now > skew_seconds:
        raise _expired(
            f"Signature not yet current: {claim.timestamp} is more than {skew_seconds / 60:g} minutes ahead."
        )


def check_signed_headers(claim: Claim, headers: dict[str, str]) -> None:
    """Whether all is signed that must be: the host, and whatever AWS gives a meaning to. Raises: SignatureError.

    Over HTTP/2 the SDK for JavaScript signs the host by its name there, `:authority`, which servers pass on as `host`:
    it is added to `headers` under the name that was signed.
    """
    signed = claim.signed_headers.split(";")
    if _AUTHORITY in signed:
        headers.setdefault(_AUTHORITY, headers.get("host", ""))
    elif "host" in signed:
        headers.setdefault("host", headers.get(_AUTHORITY, ""))
    else:
        raise SignatureError("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    for name in headers:
        if name.startswith("x-amz-") and name not in signed:
            raise SignatureError(f"There were headers present in the request which were not signed: {name[:100]}")
    if not headers.keys() >= set(signed):
        raise mismatch()


def matches(key: bytes, claim: Claim, received: Received, headers: Mapping[str, str], payload_hash: str) -> bool:
    """Whether `key` (of the claim's scope) made the claim's signature over this request."""
    if _matches(key, claim, received, headers, payload_hash, reading=USUAL):
        return True
    text = received.raw_path + received.raw_query + canonical_headers(headers, claim.signed_headers)
    return any(_matches(key, claim, received, headers, payload_hash, reading=reading) for reading in readings(text))


def _matches(
    key: bytes, claim: Claim, received: Received, headers: Mapping[str, str], payload_hash: str, *, reading: Reading
) -> bool:
    presigned = "" if claim.expires_seconds is None else "X-Amz-Signature"
    try:
        path = canonical_path(received.raw_path, verbatim=claim.service in S3_FAMILY, reading=reading)
        query = canonical_query(received.raw_query, without=presigned, reading=reading)
        signed = canonical_headers(headers, claim.signed_headers)
        request = f"{received.method}\n{path}\n{query}\n{signed}\n{payload_hash}".encode(reading.encoding)
    except UnicodeEncodeError:
        return False  # nobody signs what cannot be bytes
    text = f"{ALGORITHM}\n{claim.timestamp}\n{claim.scope}\n{sha256(request).hexdigest()}"
    return hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), claim.signature)


def _expired(message: str) -> SignatureError:
    return SignatureError(message, kind=Kind.SIGNATURE_EXPIRED)
