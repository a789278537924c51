r"""Payloads in `aws-chunked` framing: taken out of it, each chunk's signature and the trailing checksum checked.

    HEX-SIZE[;chunk-signature=SIGNATURE]\r\n DATA \r\n ... 0[;chunk-signature=SIGNATURE]\r\n [NAME:VALUE\r\n ...] \r\n

Source: "Signature calculations for the Authorization header: transferring payload in multiple chunks" and "...
including trailing headers", Amazon S3 API Reference. Each chunk's signature covers the one before it, the first one
the request's, so chunks can neither be changed nor left out nor put in another order.
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from usina.core.errors import Kind, SignatureError
from usina.sovereignty.signature.checksums import checksum
from usina.sovereignty.signature.v4 import mismatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.sovereignty.signature.claim import Claim

MOST_CHUNKS = 50_000  # clients send 64 KiB and more in one; without a bound, tiny ones would cost seconds of CPU
MOST_TRAILERS = 16
LINE_BYTES = 1_024
_chunk_line = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?").fullmatch
EMPTY_SHA256 = sha256(b"").hexdigest()
CHECKSUM = "x-amz-checksum-"
_TRAILER_SIGNATURE = "x-amz-trailer-signature"


class ChunkSigner(NamedTuple):
    """What chunk signatures are made with."""

    key: bytes
    claim: Claim


def unchunk(body: bytes, headers: Mapping[str, str], signer: ChunkSigner | None, *, trailer: bool) -> bytes:
    """The payload. `signer` None: the chunks are not signed.

    Raises: SignatureError: MALFORMED (framing), SIGNATURE_MISMATCH (a chunk), PAYLOAD_MISMATCH (the checksum).
    """
    chunks, signature, position = _chunks(body, signer)
    payload = b"".join(chunks)
    if headers.get("x-amz-decoded-content-length") != str(len(payload)):
        raise malformed("x-amz-decoded-content-length does not say how many bytes the chunks hold.")
    trailers = read_trailers(body[position:])
    if not trailer:
        if trailers:
            raise malformed("There is something behind the last chunk.")
        return payload
    if signer is not None:
        check_trailer_signature(signer, signature, trailers)
    _check_trailers(trailers, headers, payload)
    return payload


def _chunks(body: bytes, signer: ChunkSigner | None) -> tuple[list[memoryview], str, int]:
    """Data of all chunks, the last chunk's signature, and where the trailers begin."""
    view = memoryview(body)
    chunks: list[memoryview] = []
    signature = "" if signer is None else signer.claim.signature
    position = 0
    for _ in range(MOST_CHUNKS):
        end = body.find(b"\r\n", position, position + LINE_BYTES)
        size, given = chunk_head(view[position:end] if end >= 0 else b"", signed=signer is not None)
        position = end + 2
        data = view[position : position + size]
        if signer is not None:
            signature = chunk_signature(signer, signature, data)
            if not hmac.compare_digest(signature, given):
                raise mismatch()
        if not data:
            if size:
                break
            return chunks, signature, position
        position += len(data)
        if body[position : position + 2] != b"\r\n":
            break
        position += 2
        chunks.append(data)
    else:
        raise malformed(f"The payload comes in more than {MOST_CHUNKS} chunks.")
    raise malformed("A chunk is shorter or longer than it says.")


def chunk_head(line: bytes | memoryview, *, signed: bool) -> tuple[int, str]:
    """Size in bytes and signature of a chunk, from its first line. Raises: SignatureError (MALFORMED)."""
    found = _chunk_line(line)
    if found is None or (found[2] is not None) != signed:
        raise malformed("A chunk does not begin with its size and, where chunks are signed, its signature.")
    return int(found[1], 16), found[2].decode() if signed else ""


def chunk_signature(signer: ChunkSigner, previous: str, data: bytes | memoryview) -> str:
    """What a chunk's signature must be, after the signature before it."""
    return _sign(signer, "PAYLOAD", previous, f"{EMPTY_SHA256}\n{sha256(data).hexdigest()}")


def check_trailer_signature(signer: ChunkSigner, previous: str, trailers: dict[str, str]) -> None:
    """Take the trailer's signature out and check it over the rest. Raises: SignatureError."""
    given = trailers.pop(_TRAILER_SIGNATURE, "")
    text = "".join(f"{name}:{value}\n" for name, value in sorted(trailers.items()))
    expected = _sign(signer, "TRAILER", previous, sha256(text.encode()).hexdigest())
    if not given.isascii() or not hmac.compare_digest(expected, given):
        raise mismatch()


def _sign(signer: ChunkSigner, what: str, previous: str, hashes: str) -> str:
    claim = signer.claim
    text = f"AWS4-HMAC-SHA256-{what}\n{claim.timestamp}\n{claim.scope}\n{previous}\n{hashes}"
    return hmac.digest(signer.key, text.encode(), "sha256").hex()


def read_trailers(tail: bytes) -> dict[str, str]:
    """Trailing headers. Clients end these lines with LF, CRLF or both: blank lines mean nothing here."""
    if len(tail) > MOST_TRAILERS * LINE_BYTES or not tail.endswith(b"\n"):
        raise malformed("The payload does not end with an empty line.")
    trailers: dict[str, str] = {}
    for line in tail.decode("latin-1").replace("\r", "\n").split("\n"):
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if line and (not colon or not name or name in trailers):
            raise malformed("A trailing header is not of the form NAME:VALUE, or comes twice.")
        if line:
            trailers[name] = value.strip()
    return trailers


def _check_trailers(trailers: Mapping[str, str], headers: Mapping[str, str], payload: bytes) -> None:
    announced = {name.strip().lower() for name in headers.get("x-amz-trailer", "").split(",") if name.strip()}
    if announced != trailers.keys():
        raise malformed("The trailing headers are not those that x-amz-trailer announced.")
    if not any(name.startswith(CHECKSUM) for name in trailers):
        raise malformed("A payload with a trailer needs a checksum in it (x-amz-checksum-...).")
    for name, value in trailers.items():
        expected = checksum(name.removeprefix(CHECKSUM), payload) if name.startswith(CHECKSUM) else value
        if expected is None:
            raise malformed(f"The checksum {name[:64]} is not known here.")
        if not value.isascii() or not hmac.compare_digest(expected, value):
            raise SignatureError(
                f"The {name} you specified did not match what we received.", kind=Kind.PAYLOAD_MISMATCH
            )


def malformed(message: str) -> SignatureError:
    """The framing is wrong."""
    return SignatureError(message, kind=Kind.MALFORMED)
