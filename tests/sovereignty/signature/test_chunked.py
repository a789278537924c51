"""Payloads in aws-chunked framing: what is whole comes out, what was touched is refused."""

from __future__ import annotations

import asyncio
import base64
import hmac
import zlib
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sovereignty.signing import HOST, PATIENT, received, refused, signed_site, with_header
from usina.core.errors import Kind, SignatureError
from usina.sovereignty.identity import Authenticator
from usina.sovereignty.signature.chunked import ChunkSigner, unchunk
from usina.sovereignty.signature.claim import Claim
from usina.sovereignty.signature.v4 import signing_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Received

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SITE = asyncio.run(signed_site())
EMPTY = sha256(b"").hexdigest()


class _StreamAuth(S3SigV4Auth):  # type: ignore[misc]  # botocore is untyped
    """Signs the name of a framing in the place of the body's hash."""

    framing = SIGNED

    def payload(self, request: AWSRequest) -> str:
        return self.framing


def head(framing: str, length: int, trailer: str = "") -> Received:
    """The signed request before its framed body."""
    headers = {"X-Amz-Decoded-Content-Length": str(length), "Content-Encoding": "aws-chunked"}
    if trailer:
        headers["X-Amz-Trailer"] = trailer
    request = AWSRequest("PUT", f"{HOST}/bucket/key", headers=headers, data=b"")
    auth = _StreamAuth(SITE.credentials, "s3", "us-east-1")
    auth.framing = framing
    auth.add_auth(request)
    return received(request.prepare())


def framed(request: Received, chunks: Sequence[bytes], trailers: Sequence[str] = (), *, signed: bool = True) -> bytes:
    """The body: chunks, the empty last one, the trailers."""
    scope = "/".join([(request.header("x-amz-date") or "")[:8], "us-east-1", "s3", "aws4_request"])
    key = signing_key(SITE.access.secret.encode(), scope)
    previous = (request.header("authorization") or "").rpartition("=")[2]

    def sign(what: str, hashes: str) -> str:
        nonlocal previous
        text = f"AWS4-HMAC-SHA256-{what}\n{request.header('x-amz-date')}\n{scope}\n{previous}\n{hashes}"
        previous = hmac.digest(key, text.encode(), "sha256").hex()
        return previous

    body = b""
    for chunk in [*chunks, b""]:
        hashes = f"{EMPTY}\n{sha256(chunk).hexdigest()}"
        mark = f";chunk-signature={sign('PAYLOAD', hashes)}" if signed else ""
        body += f"{len(chunk):x}{mark}\r\n".encode() + (chunk + b"\r\n" if chunk else b"")
    for trailer in trailers:
        body += f"{trailer}\r\n".encode()
    if trailers and signed:
        text = "".join(f"{trailer}\n" for trailer in sorted(trailers))
        body += f"x-amz-trailer-signature:{sign('TRAILER', sha256(text.encode()).hexdigest())}\r\n".encode()
    return body + b"\r\n"


def crc32(body: bytes) -> str:
    return "x-amz-checksum-crc32:" + base64.b64encode(zlib.crc32(body).to_bytes(4)).decode()


def stream(framing: str, chunks: Sequence[bytes]) -> Received:
    """A whole request."""
    payload = b"".join(chunks)
    trailer = "" if framing == SIGNED else "x-amz-checksum-crc32"
    request = head(framing, len(payload), trailer)
    trailers = [crc32(payload)] if trailer else []
    return replace(request, body=framed(request, chunks, trailers, signed=framing != UNSIGNED_TRAILER))


def payload_of(request: Received) -> bytes:
    authenticator = Authenticator(SITE.keyring, SITE.clock, PATIENT)
    return asyncio.run(authenticator.authenticate(request, "s3")).payload


def refusal(request: Received, service: str | None = "s3") -> Kind:
    return asyncio.run(refused(Authenticator(SITE.keyring, SITE.clock, PATIENT), request, service)).error_kind


@pytest.mark.parametrize("framing", [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER])
@given(chunks=st.lists(st.binary(min_size=1, max_size=300), max_size=4))
@settings(max_examples=25, deadline=None)
def test_the_payload_comes_out_of_its_chunks(framing: str, chunks: list[bytes]) -> None:
    assert payload_of(stream(framing, chunks)) == b"".join(chunks)


@pytest.mark.parametrize("framing", [SIGNED, SIGNED_TRAILER])
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_one_flipped_bit_in_a_signed_stream_is_refused(framing: str, data: st.DataObject) -> None:
    request = stream(framing, [b"first chunk", b"second\r\nchunk"])
    body = bytearray(request.body.rstrip(b"\r\n"))  # blank lines at the end mean nothing
    index = data.draw(st.integers(0, len(body) - 1))
    bit = data.draw(st.integers(0, 7))
    body[index] ^= 1 << bit
    changed = replace(request, body=bytes(body) + b"\r\n\r\n")
    if bytes(body).lower() == request.body.rstrip(b"\r\n").lower() or bytes(body).split() == request.body.split():
        return  # another case of a size or of a trailer's name, another blank: the same content
    assert refusal(changed) in {Kind.MALFORMED, Kind.SIGNATURE_MISMATCH, Kind.PAYLOAD_MISMATCH}


def test_chunks_left_out_added_or_in_another_order_are_refused() -> None:
    request = stream(SIGNED, [b"one", b"two", b"three"])
    ends = [0]
    for size in (3, 3, 5):
        ends.append(request.body.index(b"\r\n", ends[-1]) + 2 + size + 2)
    first, second, third = (request.body[ends[n] : ends[n + 1]] for n in range(3))
    last = request.body[ends[3] :]
    for body in (first + third + last, second + first + third + last, first + first + second + third + last):
        length = sum(len(chunk) for chunk in (b"one", b"two", b"three") if chunk in body)
        assert refusal(replace(request, body=body)) is Kind.SIGNATURE_MISMATCH, length
    assert refusal(replace(request, body=first + second + third)) is Kind.MALFORMED


@pytest.mark.parametrize("framing", [SIGNED_TRAILER, UNSIGNED_TRAILER])
def test_a_trailing_checksum_that_is_not_of_the_payload_is_refused(framing: str) -> None:
    request = head(framing, 4, "x-amz-checksum-crc32")
    body = framed(request, [b"data"], [crc32(b"date")], signed=framing == SIGNED_TRAILER)
    assert refusal(replace(request, body=body)) is Kind.PAYLOAD_MISMATCH


@pytest.mark.parametrize(
    ("trailers", "announced", "kind"),
    [
        ([crc32(b"data")], "x-amz-checksum-crc32", None),
        ([crc32(b"data")], "x-amz-checksum-crc32c", Kind.MALFORMED),
        ([crc32(b"data")], "", Kind.MALFORMED),
        ([], "x-amz-checksum-crc32", Kind.MALFORMED),
        ([crc32(b"data"), crc32(b"data")], "x-amz-checksum-crc32", Kind.MALFORMED),
        (["x-amz-checksum-crc7:AA=="], "x-amz-checksum-crc7", Kind.MALFORMED),
        (["x-amz-meta-note:hello"], "x-amz-meta-note", Kind.MALFORMED),
        (["no colon"], "x-amz-checksum-crc32", Kind.MALFORMED),
        (["x-amz-checksum-crc32:\u00fc"], "x-amz-checksum-crc32", Kind.PAYLOAD_MISMATCH),
    ],
)
def test_trailers_must_be_the_announced_ones_and_hold_a_checksum(
    trailers: list[str], announced: str, kind: Kind | None
) -> None:
    request = head(UNSIGNED_TRAILER, 4, announced)
    request = replace(request, body=framed(request, [b"data"], trailers, signed=False))
    if kind is None:
        assert payload_of(request) == b"data"
    else:
        assert refusal(request) is kind


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"4\r\ndata\r\n",
        b"4\r\ndata\r\n0\r\n",
        b"5\r\ndata\r\n0\r\n\r\n",
        b"3\r\ndata\r\n0\r\n\r\n",
        b"zz\r\ndata\r\n0\r\n\r\n",
        b"-4\r\ndata\r\n0\r\n\r\n",
        b"fffffffff\r\ndata\r\n0\r\n\r\n",
        b"ffffffff\r\ndata\r\n0\r\n\r\n",
        b"4;chunk-signature=" + b"0" * 64 + b"\r\ndata\r\n0\r\n\r\n",
        b"4" + b" " * 5000 + b"\r\ndata\r\n0\r\n\r\n",
        b"1\r\nd\r\n" * 60_000 + b"0\r\n\r\n",
        b"4\r\ndata\r\n0\r\n" + b"x:y\r\n" * 20_000 + b"\r\n",
    ],
)
def test_broken_framing_is_refused_as_malformed(body: bytes) -> None:
    request = head(UNSIGNED_TRAILER, 4, "x-amz-checksum-crc32")
    assert refusal(replace(request, body=body)) is Kind.MALFORMED


def test_the_decoded_length_must_be_said_and_right() -> None:
    for length in (3, 5):
        request = head(SIGNED, length)
        assert refusal(replace(request, body=framed(request, [b"data"]))) is Kind.MALFORMED
    request = stream(SIGNED, [b"data"])
    headers = {"x-amz-trailer": ""}
    claim = Claim("k", "s", "r", "s3", "host", "0" * 64, "t", 0.0, None)
    with pytest.raises(SignatureError):
        unchunk(request.body, headers, ChunkSigner(b"k" * 32, claim), trailer=False)


def test_framed_and_unsigned_payloads_are_for_s3_only() -> None:
    request = stream(UNSIGNED_TRAILER, [b"data"])
    for service in (None, "bedrock-runtime", "s3vectors"):
        assert refusal(request, service) in {Kind.SIGNATURE_INCOMPLETE, Kind.SIGNATURE_MISMATCH}


def test_event_streams_of_requests_are_refused_as_not_supported() -> None:
    request = with_header(stream(SIGNED, [b"data"]), "x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-EVENTS")
    assert refusal(request) is Kind.SIGNATURE_INCOMPLETE


# --- known values: the examples of the Amazon S3 API Reference ------------------------------------------------------

_EXAMPLE_SCOPE = "20130524/us-east-1/s3/aws4_request"
_EXAMPLE_KEY = signing_key(b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", _EXAMPLE_SCOPE)


def _example(seed: str, chunk_signatures: Sequence[str]) -> tuple[bytes, ChunkSigner]:
    claim = Claim("AKIAIOSFODNN7EXAMPLE", _EXAMPLE_SCOPE, "us-east-1", "s3", "", seed, "20130524T000000Z", 0.0, None)
    chunks = [b"a" * 65_536, b"a" * 1_024, b""]
    framing = [
        f"{len(chunk):x};chunk-signature={mark}\r\n" for chunk, mark in zip(chunks, chunk_signatures, strict=True)
    ]
    body = b"".join(line.encode() + chunk + b"\r\n" for line, chunk in zip(framing[:2], chunks[:2], strict=True))
    return body + framing[2].encode(), ChunkSigner(_EXAMPLE_KEY, claim)


def test_the_documentations_chunks_are_right() -> None:
    body, signer = _example(
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        [
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        ],
    )
    headers = {"x-amz-decoded-content-length": "66560"}
    assert unchunk(body + b"\r\n", headers, signer, trailer=False) == b"a" * 66_560


def test_the_documentations_trailer_is_right() -> None:
    body, signer = _example(
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
        [
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
        ],
    )
    body += (
        b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
        b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
    )
    headers = {"x-amz-decoded-content-length": "66560", "x-amz-trailer": "x-amz-checksum-crc32c"}
    assert unchunk(body, headers, signer, trailer=True) == b"a" * 66_560
