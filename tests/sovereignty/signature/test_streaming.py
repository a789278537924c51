"""A payload that is checked while it is read: what is whole comes out, what was touched is refused before it ends."""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sovereignty.signature.test_chunked import SIGNED, SIGNED_TRAILER, SITE, UNSIGNED_TRAILER, framed, head
from tests.sovereignty.signing import sign
from usina.core.errors import Kind, SignatureError
from usina.core.operation import BodyStream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from usina.core.operation import Received

DATA = bytes(range(256)) * 40
CRC = base64.b64encode(zlib.crc32(DATA).to_bytes(4)).decode()
TRAILER = f"x-amz-checksum-crc32:{CRC}"


async def pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]


async def read(request: Received, body: bytes, size: int = 1_000) -> tuple[list[bytes], str]:
    """What came out of a body that comes in pieces, and how it ended: empty, or the kind of the refusal."""
    stream = BodyStream(pieces(body, size), len(body))
    out: list[bytes] = []
    try:
        proof = await SITE.authenticator.authenticate(replace(request, stream=stream), "s3")
        assert proof.stream is not None
        async for piece in proof.stream.pieces:
            assert piece
            out.append(piece)
    except SignatureError as error:
        return out, error.error_kind.value
    return out, ""


def whole(framing: str, chunks: Sequence[bytes], trailer: str = TRAILER) -> tuple[Received, bytes]:
    request = head(framing, len(DATA), "x-amz-checksum-crc32" if "TRAILER" in framing else "")
    trailers = [trailer] if "TRAILER" in framing else []
    return request, framed(request, chunks, trailers, signed="UNSIGNED" not in framing)


@pytest.mark.parametrize("framing", [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER])
@pytest.mark.parametrize("size", [1, 7, 100, 8_192, 1_000_000])
async def test_chunks_come_out_whole_however_they_came_in(framing: str, size: int) -> None:
    request, body = whole(framing, [DATA[:5_000], DATA[5_000:5_001], DATA[5_001:]])
    out, refused = await read(request, body, size)
    assert (b"".join(out), refused) == (DATA, "")


async def test_no_byte_of_a_signed_chunk_is_handed_on_before_its_signature_was_checked() -> None:
    request, body = whole(SIGNED, [DATA[:5_000], DATA[5_000:]])
    at = body.rindex(DATA[5_000:5_100])
    out, refused = await read(request, body[:at] + b"!" + body[at + 1 :], 100)
    assert (b"".join(out), refused) == (DATA[:5_000], Kind.SIGNATURE_MISMATCH.value)


@settings(max_examples=40, deadline=None)
@given(
    at=st.integers(0, 100_000),
    framing=st.sampled_from([SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER]),
    by=st.integers(1, 255),
)
async def test_a_body_that_was_touched_anywhere_never_ends_well(at: int, framing: str, by: int) -> None:
    request, body = whole(framing, [DATA[:5_000], DATA[5_000:]])
    at %= len(body)
    touched = body[:at] + bytes([body[at] ^ by]) + body[at + 1 :]
    out, refused = await read(request, touched)
    assert refused or b"".join(out) == DATA  # the case of a name or of a hexadecimal digit says the same


@pytest.mark.parametrize("framing", [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER])
async def test_a_body_that_ends_early_never_ends_well(framing: str) -> None:
    request, body = whole(framing, [DATA[:5_000], DATA[5_000:]])
    for at in range(0, len(body) - 4, 97):
        assert (await read(request, body[:at]))[1]


async def test_a_wrong_checksum_in_the_trailer_is_said_at_the_end() -> None:
    request, body = whole(UNSIGNED_TRAILER, [DATA], "x-amz-checksum-crc32:AAAAAA==")
    out, refused = await read(request, body)
    assert (b"".join(out), refused) == (DATA, Kind.PAYLOAD_MISMATCH.value)


async def test_a_trailer_with_a_checksum_that_nobody_knows_is_refused_before_it_is_read() -> None:
    request = head(UNSIGNED_TRAILER, len(DATA), "x-amz-checksum-rot13")
    assert await read(request, b"") == ([], Kind.MALFORMED.value)


async def test_more_bytes_than_were_stated_are_refused_before_they_are_handed_on() -> None:
    request = head(UNSIGNED_TRAILER, 10, "x-amz-checksum-crc32")
    out, refused = await read(request, framed(request, [b"x" * 11], [TRAILER], signed=False))
    assert (out, refused) == ([], Kind.MALFORMED.value)


def put(body: bytes, **headers: str) -> Received:
    return sign(SITE.credentials, "PUT", "/bucket/key", body=body, service="s3", headers=headers)


async def test_a_body_whose_hash_is_signed_is_what_was_signed() -> None:
    out, refused = await read(put(DATA), DATA)
    assert (b"".join(out), refused) == (DATA, "")
    assert (await read(put(DATA), DATA + b"!"))[1] == Kind.PAYLOAD_MISMATCH.value
    assert (await read(put(DATA), b""))[1] == Kind.PAYLOAD_MISMATCH.value


async def test_what_is_stated_of_a_body_goes_with_it() -> None:
    stream = BodyStream(pieces(DATA, 100), len(DATA))
    proof = await SITE.authenticator.authenticate(replace(put(DATA), stream=stream), "s3")
    assert proof.stream is not None
    assert (proof.stream.sha256, proof.stream.size_bytes) == (sha256(DATA).hexdigest(), len(DATA))
    request, body = whole(UNSIGNED_TRAILER, [DATA])
    framed_stream = BodyStream(pieces(body, 100), len(body))
    proof = await SITE.authenticator.authenticate(replace(request, stream=framed_stream), "s3")
    assert proof.stream is not None
    assert (proof.stream.sha256, proof.stream.size_bytes, proof.stream.checksum) == ("", len(DATA), "crc32")


async def test_a_body_cannot_be_put_behind_a_signature_that_was_made_over_none() -> None:
    request = put(b"")
    bare = replace(request, headers=tuple(each for each in request.headers if each[0] != "x-amz-content-sha256"))
    assert (await read(bare, DATA))[1]
