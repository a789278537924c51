"""Whatever comes in as a proof, the answer is a proof or a modelled refusal, never a crash."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sovereignty.signing import PATIENT, sign, signed_site
from usina.core.errors import ApiError
from usina.core.operation import Received
from usina.sovereignty.identity import Authenticator

if TYPE_CHECKING:
    from collections.abc import Sequence

_SITE = asyncio.run(signed_site())
_GOOD = sign(_SITE.credentials, body=b"x")
_AUTHORIZATION = _GOOD.header("authorization") or ""
_URL = sign(_SITE.credentials, "GET", "/", service="s3", presigned_seconds=60).raw_query

_bytes_as_text = st.text(st.characters(codec="latin-1"), max_size=80)
_pieces = st.sampled_from(
    [
        *_AUTHORIZATION.replace(",", " , ").split(" "),
        *_AUTHORIZATION.split("/"),
        "AWS4-HMAC-SHA256 ",
        "AWS4-ECDSA-P256-SHA256 ",
        "AWS ",
        "Bearer ",
        "ABSK",
        "bedrock-api-key-",
        _SITE.bearer.secret,
        _SITE.access.card.id,
        "=",
        "/",
        ",",
        ";",
        "\u0660\u0661",
        "\ud800",
    ]
)
_authorizations = st.lists(_pieces | _bytes_as_text, max_size=8).map("".join)
_queries = st.lists(
    st.sampled_from([*_URL.split("&"), "AWSAccessKeyId=x", "Signature=y", "Expires=9999999999"]) | _bytes_as_text,
    max_size=10,
).map("&".join)
_names = st.sampled_from(
    [
        "x-amz-date",
        "date",
        "host",
        "x-amz-content-sha256",
        "x-amz-security-token",
        "x-amz-trailer",
        "x-amz-decoded-content-length",
        "content-encoding",
        "amz-sdk-invocation-id",
        ":authority",
    ]
)
_values = _bytes_as_text | st.sampled_from(
    [value for _, value in _GOOD.headers]
    + ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"]
)


_headers = st.lists(st.tuples(_names, _values), max_size=6)
_proofs = _authorizations.map(lambda value: [("authorization", value)])
_requests = st.builds(
    Received,
    method=st.sampled_from(["GET", "POST", "\xff"]),
    raw_path=_bytes_as_text,
    raw_query=_queries,
    headers=st.tuples(st.just([]) | _proofs, _headers).map(lambda parts: (*parts[0], *parts[1])),
    body=st.binary(max_size=40),
    secure=st.booleans(),
    peer=st.just("127.0.0.1"),
    request_id=st.just("r"),
    received_at=st.just(0.0),
)


@given(_requests, st.sampled_from([None, "", "s3", "bedrock-runtime"]))
@settings(max_examples=400, deadline=None)
def test_garbage_is_refused_in_words(request: Received, service: str | None) -> None:
    with contextlib.suppress(ApiError):
        asyncio.run(Authenticator(_SITE.keyring, _SITE.clock, PATIENT).authenticate(request, service))


@given(st.lists(st.tuples(_names, _values), max_size=4), st.binary(max_size=200), st.booleans())
@settings(max_examples=200, deadline=None)
def test_odd_headers_beside_a_right_signature_are_refused_in_words(
    headers: Sequence[tuple[str, str]], body: bytes, before: bool
) -> None:
    merged = (*headers, *_GOOD.headers) if before else (*_GOOD.headers, *headers)
    request = Received(_GOOD.method, _GOOD.raw_path, "", merged, body, False, "127.0.0.1", "r", 0.0)
    with contextlib.suppress(ApiError):
        asyncio.run(Authenticator(_SITE.keyring, _SITE.clock, PATIENT).authenticate(request, "s3"))
