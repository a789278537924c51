"""What a request says of its own signature (version 4): read from the Authorization header or from the query.

Nothing here is proved. The wording of the refusals is AWS's, so that tools which read it keep working.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_plus

from usina.core.errors import Kind, SignatureError

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"

_authorization = re.compile(
    rf"{ALGORITHM} +Credential=([A-Za-z0-9]+)/(([0-9]{{8}})/([A-Za-z0-9_-]+)/([A-Za-z0-9_-]+)/{TERMINATOR}), *"
    r"SignedHeaders=([^, ]+), *Signature=([0-9a-f]{64})"
).fullmatch
_timestamp = re.compile(r"[0-9]{8}T[0-9]{6}Z").fullmatch
_scope_word = re.compile(r"[A-Za-z0-9_-]{1,64}").fullmatch
_signature = re.compile(r"[0-9a-f]{64}").fullmatch
_SCOPE_PARTS = 5


class Claim(NamedTuple):
    """A signature as the request states it."""

    key_id: str
    scope: str  # DATE/REGION/SERVICE/aws4_request
    region: str
    service: str
    signed_headers: str  # names, joined by semicolons
    signature: str
    timestamp: str  # YYYYMMDD'T'HHMMSS'Z'
    time: float  # the same, epoch seconds
    token: str | None  # session token
    expires_seconds: int | None = None  # presigned only


def incomplete(message: str) -> SignatureError:
    """A signature that is not all there."""
    return SignatureError(message, kind=Kind.SIGNATURE_INCOMPLETE)


def header_claim(headers: Mapping[str, str]) -> Claim:
    """The claim of the Authorization header. Raises: SignatureError."""
    found = _authorization(headers["authorization"])
    if found is None:
        key_id, scope, date, region, service, signed_headers, signature = _part_by_part(headers["authorization"])
    else:
        key_id, scope, date, region, service, signed_headers, signature = found.groups()
    timestamp = headers.get("x-amz-date") or _http_date(headers.get("date"))
    time = epoch_seconds(timestamp)
    if timestamp[:8] != date:
        raise _other_date(date, timestamp)
    token = headers.get("x-amz-security-token")
    return Claim(key_id, scope, region, service, signed_headers, signature, timestamp, time, token)


def query_claim(raw_query: str) -> Claim:
    """The claim of a presigned URL. Raises: SignatureError."""
    given: dict[str, str] = {}
    for part in raw_query.split("&"):
        name, _, value = part.partition("=")
        name = unquote_plus(name)
        if name.startswith("X-Amz-"):
            if name in given:
                raise incomplete(f"The query parameter {name} appears more than once.")
            given[name] = unquote_plus(value)
    needed = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
    if missing := [name for name in needed if not given.get(name)]:
        raise incomplete(" ".join(f"AWS query-string parameters must include '{name}'." for name in missing))
    if given["X-Amz-Algorithm"] != ALGORITHM:
        raise unsupported(given["X-Amz-Algorithm"])
    key_id, scope, date, region, service = _credential(given["X-Amz-Credential"])
    timestamp = given["X-Amz-Date"]
    time = epoch_seconds(timestamp)
    if timestamp[:8] != date:
        raise _other_date(date, timestamp)
    lifetime = given.get("X-Amz-Expires", "")
    if not (lifetime.isascii() and lifetime.isdigit()) or len(lifetime) > 9:  # noqa: PLR2004 - digits of any sane number
        raise incomplete("X-Amz-Expires must be a number of seconds.")
    return Claim(
        key_id,
        scope,
        region,
        service,
        given["X-Amz-SignedHeaders"].lower(),
        _hex_signature(given["X-Amz-Signature"]),
        timestamp,
        time,
        given.get("X-Amz-Security-Token"),
        int(lifetime),
    )


def epoch_seconds(timestamp: str) -> float:
    """Epoch seconds of a basic ISO 8601 time in UTC. Raises: SignatureError."""
    if _timestamp(timestamp) is not None:
        try:
            return _epoch_seconds(timestamp)
        except ValueError:
            pass
    raise incomplete("Date must be in ISO-8601 'basic format': YYYYMMDD'T'HHMMSS'Z'.")


@lru_cache(maxsize=1_024)  # requests come many a second; what gets here has 16 characters
def _epoch_seconds(timestamp: str) -> float:
    return datetime.strptime(timestamp, "%Y%m%dT%H%M%S%z").timestamp()


def unsupported(algorithm: str) -> SignatureError:
    """A signature of a kind that this site does not check."""
    if algorithm.startswith("AWS4-ECDSA"):
        return incomplete(
            "Signature Version 4A (AWS4-ECDSA-P256-SHA256) is not supported here: this site is one region. "
            "Sign with AWS4-HMAC-SHA256 (AWS_SIGV4A_SIGNING_REGION_SET unset, auth_scheme_preference sigv4)."
        )
    return incomplete(f"Unsupported AWS 'algorithm': this site takes {ALGORITHM}.")


def _part_by_part(authorization: str) -> tuple[str, str, str, str, str, str, str]:
    """The slow way, for another order of parts, and to say what is wrong."""
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != ALGORITHM:
        raise unsupported(algorithm)
    parts: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals or name in parts:
            raise incomplete(
                "Authorization header is not of the form "
                f"'{ALGORITHM} Credential=..., SignedHeaders=..., Signature=...'."
            )
        parts[name] = value
    if missing := [name for name in ("Credential", "Signature", "SignedHeaders") if not parts.get(name)]:
        raise incomplete(" ".join(f"Authorization header requires '{name}' parameter." for name in missing))
    return (*_credential(parts["Credential"]), parts["SignedHeaders"], _hex_signature(parts["Signature"]))


def _credential(credential: str) -> tuple[str, str, str, str, str]:
    parts = credential.split("/")
    if len(parts) != _SCOPE_PARTS or not all(map(_scope_word, parts)):
        raise incomplete(
            "Credential must have exactly 5 slash-delimited elements: KEYID/DATE/REGION/SERVICE/aws4_request."
        )
    key_id, date, region, service, terminator = parts
    if terminator != TERMINATOR:
        raise SignatureError("Credential should be scoped with a valid terminator: 'aws4_request'.")
    return key_id, credential[len(key_id) + 1 :], date, region, service


def _hex_signature(text: str) -> str:
    if _signature(text) is None:
        raise SignatureError("The signature is not 64 lower-case hexadecimal digits.")
    return text


def _http_date(value: str | None) -> str:
    """A Date header as a timestamp; AWS takes either header."""
    if not value:
        raise incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if _timestamp(value):
        return value
    found = http_date(value)
    if found is None:
        raise incomplete("Date header is not a date.")
    return found.strftime("%Y%m%dT%H%M%SZ")


def http_date(value: str) -> datetime | None:
    """A date as HTTP writes it, in UTC whatever this machine's zone is (botocore writes the zone as -0000)."""
    try:
        found = parsedate_to_datetime(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _other_date(date: str, timestamp: str) -> SignatureError:
    return SignatureError(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        f"{date[:8]!r} != {timestamp[:8]!r}."
    )
