"""Short-term Bedrock API keys: a presigned request in a bearer token.

    bedrock-api-key-BASE64(bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-...&X-Amz-Signature=...&Version=1)

Made without asking anybody, by the AWS console and AWS's token generator libraries (Python, JavaScript, Java): a
`POST` without a body to that address, signed for the service `bedrock` with the caller's own key; `Version=1` is put
behind it afterwards and is not signed. So it opens what that key opens, until the URL expires or the key is revoked.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256
from typing import TYPE_CHECKING

from usina.core.errors import Kind, SignatureError
from usina.core.operation import Received
from usina.sovereignty.signature.claim import query_claim
from usina.sovereignty.signature.v4 import check_signed_headers, check_time, matches, mismatch, signing_key

if TYPE_CHECKING:
    from usina.sovereignty.signature.claim import Claim

PREFIX = "bedrock-api-key-"
LONGEST_SECONDS = 43_200  # 12 hours, AWS's own limit
_TOKEN_BYTES = 16_384
_ADDRESS = "bedrock.amazonaws.com/?"
_HOST = "bedrock.amazonaws.com"
_ACTION = "Action=CallWithBearerToken"
_VERSION = "&Version=1"
_EMPTY = sha256(b"").hexdigest()


def invalid() -> SignatureError:
    """Not a bearer token of this site."""
    return SignatureError("The bearer token included in the request is invalid.", kind=Kind.TOKEN_INVALID)


def read_token(token: str) -> tuple[Claim, str]:
    """The claim in a token, and the query that was signed. Raises: SignatureError."""
    if len(token) > _TOKEN_BYTES:
        raise invalid()
    try:
        address = base64.b64decode(token[len(PREFIX) :], validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise invalid() from None
    query = address.removeprefix(_ADDRESS).removesuffix(_VERSION)
    if len(address) != len(_ADDRESS) + len(query) + len(_VERSION) or _ACTION not in query.split("&"):
        raise invalid()
    claim = query_claim(query)
    if claim.service != "bedrock":
        raise SignatureError("Credential should be scoped to correct service: 'bedrock'.")
    return claim, query


def check_token(claim: Claim, query: str, secret: bytes, now: float, skew_seconds: float) -> None:
    """Whether the holder of `secret` made the token, and it is still good. Raises: SignatureError."""
    received = Received("POST", "/", query, (), b"", secure=True, peer="", request_id="", received_at=now)
    headers = {"host": _HOST}
    check_signed_headers(claim, headers)
    if not matches(signing_key(secret, claim.scope), claim, received, headers, _EMPTY):
        raise mismatch()
    check_life(claim, now, skew_seconds)


def check_life(claim: Claim, now: float, skew_seconds: float) -> None:
    """Whether a token that was found right is still good. Raises: SignatureError (TOKEN_EXPIRED)."""
    try:
        check_time(claim, now, skew_seconds, LONGEST_SECONDS)
    except SignatureError as error:
        if error.error_kind is Kind.SIGNATURE_EXPIRED:
            raise SignatureError("Bearer token has expired", kind=Kind.TOKEN_EXPIRED) from None
        raise
