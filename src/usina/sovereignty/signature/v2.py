"""S3's first signature (HMAC-SHA1), which boto3 still uses for presigned URLs of custom endpoints.

Source: "Signing and authenticating REST requests (AWS signature version 2)", Amazon S3 User Guide. It covers the path,
a listed part of the query, `x-amz-*` headers, type and MD5 of the body: less than version 4, so it opens S3 only.
HMAC-SHA1 is not broken by the collisions of SHA-1, and an answer tells nothing that would help a search.
"""

from __future__ import annotations

import base64
import hmac
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, unquote_plus

from usina.core.errors import Kind, SignatureError
from usina.sovereignty.signature.claim import http_date, incomplete

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Received

# Parts of the query that choose another resource or change the answer; all others are not signed.
_SIGNED_PARAMETERS = frozenset(
    {
        "accelerate",
        "acl",
        "analytics",
        "cors",
        "defaultObjectAcl",
        "delete",
        "intelligent-tiering",
        "inventory",
        "legal-hold",
        "lifecycle",
        "location",
        "logging",
        "metrics",
        "notification",
        "object-lock",
        "ownershipControls",
        "partNumber",
        "policy",
        "policyStatus",
        "publicAccessBlock",
        "replication",
        "requestPayment",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
        "restore",
        "retention",
        "select",
        "select-type",
        "storageClass",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
        "versions",
        "website",
    }
)
_IN_QUERY = frozenset({"content-md5", "content-type"})
_authorization = re.compile(r"AWS ([A-Za-z0-9]+):([A-Za-z0-9+/]{27}=)").fullmatch
_digits = re.compile(r"[0-9]{1,12}").fullmatch


class OldClaim(NamedTuple):
    """A version 2 signature as the request states it."""

    key_id: str
    signature: str
    time: str  # the Date header, or Expires
    token: str | None
    presigned: bool


def header_claim(headers: Mapping[str, str]) -> OldClaim:
    """The claim of `Authorization: AWS KEY:SIGNATURE`. Raises: SignatureError."""
    found = _authorization(headers["authorization"])
    if found is None:
        raise incomplete("Authorization header is not of the form 'AWS KEYID:SIGNATURE'.")
    time = "" if "x-amz-date" in headers else headers.get("date", "")
    return OldClaim(found[1], found[2], time, headers.get("x-amz-security-token"), presigned=False)


def query_claim(raw_query: str) -> OldClaim:
    """The claim of a presigned URL. Raises: SignatureError."""
    given: dict[str, str] = {}
    for part in raw_query.split("&"):
        name, _, value = part.partition("=")
        if name in {"AWSAccessKeyId", "Signature", "Expires", "x-amz-security-token"}:
            if name in given:
                raise incomplete(f"The query parameter {name} appears more than once.")
            given[name] = unquote_plus(value)
    if missing := [name for name in ("AWSAccessKeyId", "Signature", "Expires") if not given.get(name)]:
        raise incomplete(f"A presigned URL needs {' and '.join(missing)}.")
    token = given.get("x-amz-security-token")
    return OldClaim(given["AWSAccessKeyId"], given["Signature"], given["Expires"], token, presigned=True)


def check_time(claim: OldClaim, headers: Mapping[str, str], now: float, skew_seconds: float) -> None:
    """Whether the signature's time is now. Raises: SignatureError."""
    if claim.presigned:
        if _digits(claim.time) is None:
            raise incomplete("Expires must be a time in seconds since 1970.")
        if now >= int(claim.time):
            raise SignatureError("Request has expired", kind=Kind.SIGNATURE_EXPIRED)
        return
    signed_at = http_date(headers.get("x-amz-date") or claim.time)
    if signed_at is None:
        raise incomplete("AWS authentication requires a valid Date or x-amz-date header")
    if abs(now - signed_at.timestamp()) > skew_seconds:
        message = "The difference between the request time and the current time is too large."
        raise SignatureError(message, kind=Kind.SIGNATURE_EXPIRED)


def matches(secret: bytes, claim: OldClaim, received: Received, headers: Mapping[str, str]) -> bool:
    """Whether this secret made the claim's signature over this request."""
    parts = [part.partition("=") for part in received.raw_query.split("&") if part]
    signed = dict(headers)
    if claim.presigned:
        # What a presigned URL carries in its query counts as if it had come in headers.
        signed |= {
            name: unquote_plus(value) for name, _, value in parts if name in _IN_QUERY or name.startswith("x-amz-")
        }
    amz = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed) if name.startswith("x-amz-"))
    chosen = sorted(
        (name, f"{name}{equals}{unquote(value)}") for name, equals, value in parts if name in _SIGNED_PARAMETERS
    )
    query = "?" + "&".join(text for _, text in chosen) if chosen else ""
    standard = f"{signed.get('content-md5', '')}\n{signed.get('content-type', '')}\n{claim.time}"
    text = f"{received.method}\n{standard}\n{amz}{received.raw_path}{query}"
    expected = base64.b64encode(hmac.digest(secret, text.encode("utf-8", "surrogatepass"), "sha1"))
    return hmac.compare_digest(expected, claim.signature.encode("utf-8", "surrogatepass"))
