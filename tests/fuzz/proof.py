"""Proofs for requests under test: SigV4 over what was made, or a bearer key; apart from the product's own signers."""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid
from functools import cache
from urllib.parse import quote

REGION = "us-east-1"


@cache
def _key(secret: str, date: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, REGION, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def bearer(token: str) -> list[tuple[bytes, bytes]]:
    """Headers of a bearer key."""
    return [(b"authorization", f"Bearer {token}".encode())]


def signed(
    method: str,
    path: bytes,
    query: bytes,
    body: bytes,
    service: str,
    *,
    access_key: str,
    secret_key: str,
    beside: tuple[tuple[str, str], ...] = (),
) -> list[tuple[bytes, bytes]]:
    """Headers that prove the request as it is, however odd it is; those `beside` it are under the signature too."""
    now = time.gmtime()
    stamp, date = time.strftime("%Y%m%dT%H%M%SZ", now), time.strftime("%Y%m%d", now)
    payload = dict(beside).get("x-amz-content-sha256") or hashlib.sha256(body).hexdigest()
    proving = {"amz-sdk-invocation-id": str(uuid.uuid4()), "host": "localhost", "x-amz-date": stamp}
    if not dict(beside).get("x-amz-content-sha256"):
        proving["x-amz-content-sha256"] = payload
    headers = dict(sorted((*beside, *proving.items())))
    names = ";".join(headers)
    pairs = sorted(part.partition("=")[::2] for part in query.decode("latin-1").split("&") if part)
    canonical = "\n".join(
        [
            method,
            path.decode("latin-1") if service == "s3" else quote(path, safe="/~-_."),
            "&".join(f"{name}={value}" for name, value in pairs),
            *(f"{name}:{value}" for name, value in headers.items()),
            "",
            names,
            payload,
        ]
    )
    scope = f"{date}/{REGION}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode('latin-1')).hexdigest()}"
    signature = hmac.new(_key(secret_key, date, service), text.encode(), hashlib.sha256).hexdigest()
    proof = f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return [(name.encode(), value.encode()) for name, value in proving.items()] + [(b"authorization", proof.encode())]
