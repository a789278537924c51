"""A payload that is checked while it is read: nothing of it is held but one chunk at most.

The same rules as `payload` and `chunked` have for a body that is all there. A chunk that is signed is handed on once
its signature was found right; what can only be known at the end (a hash of the whole, a checksum in the trailer, the
stated size) is raised at the end, before the reader sees that it ended.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from usina.core.checksums import ALGORITHMS, running, written
from usina.core.errors import Kind, SignatureError
from usina.sovereignty.signature.chunked import (
    CHECKSUM,
    EMPTY_SHA256,
    LINE_BYTES,
    MOST_CHUNKS,
    MOST_TRAILERS,
    ChunkSigner,
    check_trailer_signature,
    chunk_head,
    chunk_signature,
    malformed,
    read_trailers,
)
from usina.sovereignty.signature.payload import STREAMS, UNSIGNED
from usina.sovereignty.signature.v4 import mismatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from usina.core.checksums import Running
    from usina.core.operation import BodyStream
    from usina.sovereignty.signature.claim import Claim

_SIGNED_CHUNK_BYTES = 16_777_216  # held until its signature is checked; clients send 64 KiB to 1 MiB
_MEAN_CHUNK_BYTES = 8_192  # AWS's smallest; beyond MOST_CHUNKS, chunks must be that large in the mean
_DIGITS_OF_A_SIZE = 15


def checked_stream(stream: BodyStream, claim: Claim, key: bytes, headers: Mapping[str, str]) -> BodyStream:
    """The payload of a request whose signature was found right, to be checked as it is read.

    Raises: SignatureError: the headers already say what cannot be taken.
    """
    stated = headers.get("x-amz-content-sha256")
    if stated is None:  # a presigned request has no word on its payload; any other signed the hash of nothing
        stated = EMPTY_SHA256 if claim.expires_seconds is None else UNSIGNED
    if stated == UNSIGNED:
        return stream
    if stated not in STREAMS:
        return replace(stream, pieces=_hashed(stream.pieces, stated), sha256=stated)
    signed, trailer = STREAMS[stated]
    size = headers.get("x-amz-decoded-content-length", "")
    if not (size.isascii() and size.isdigit()) or len(size) > _DIGITS_OF_A_SIZE:
        raise malformed("x-amz-decoded-content-length does not say how many bytes the chunks hold.")
    announced = {name.strip().lower() for name in headers.get("x-amz-trailer", "").split(",") if name.strip()}
    checksums = {name: _checksum(name) for name in sorted(announced) if name.startswith(CHECKSUM)} if trailer else {}
    if trailer and not checksums:
        raise malformed("A payload with a trailer needs a checksum in it (x-amz-checksum-...).")
    frames = _Frames(stream.pieces)
    signer = ChunkSigner(key, claim) if signed else None
    pieces = _unchunked(frames, signer, int(size), announced if trailer else None, checksums)
    return replace(
        stream, pieces=pieces, size_bytes=int(size), checksum=next(iter(checksums), "").removeprefix(CHECKSUM)
    )


def _checksum(name: str) -> Running:
    found = running(name.removeprefix(CHECKSUM))
    if found is None:
        known = ", ".join(sorted(ALGORITHMS))
        raise malformed(f"The checksum {name[:64]} is not known here; known are {known}.")
    return found


async def _hashed(pieces: AsyncIterator[bytes], stated: str) -> AsyncIterator[bytes]:
    digest = sha256()
    async for piece in pieces:
        digest.update(piece)
        yield piece
    if not stated.isascii() or not hmac.compare_digest(digest.hexdigest(), stated):
        raise SignatureError(
            "The provided 'x-amz-content-sha256' header does not match what was computed.", kind=Kind.PAYLOAD_MISMATCH
        )


class _Frames:
    """Lines and runs of bytes out of pieces that end anywhere."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._held = bytearray()

    async def _more(self) -> None:
        piece = await anext(self._pieces, None)
        if piece is None:
            raise malformed("A chunk is shorter or longer than it says.")
        self._held += piece

    async def line(self) -> bytes:
        """The next line, without its end."""
        while (end := self._held.find(b"\r\n", 0, LINE_BYTES)) < 0:
            if len(self._held) >= LINE_BYTES:
                return b""
            await self._more()
        line = bytes(self._held[:end])
        del self._held[: end + 2]
        return line

    async def some(self, most: int) -> bytes:
        """What is there of the next bytes: one at least."""
        if not self._held:
            await self._more()
        if len(self._held) <= most:
            found, self._held = bytes(self._held), bytearray()
            return found
        found = bytes(self._held[:most])
        del self._held[:most]
        return found

    async def exactly(self, size: int) -> bytes:
        """That many bytes."""
        while len(self._held) < size:
            await self._more()
        return await self.some(size) if size else b""

    async def rest(self, most: int) -> bytes:
        """All that is left."""
        async for piece in self._pieces:
            self._held += piece
            if len(self._held) > most:
                break
        return bytes(self._held)


async def _unchunked(
    frames: _Frames,
    signer: ChunkSigner | None,
    stated_bytes: int,
    announced: set[str] | None,
    checksums: Mapping[str, Running],
) -> AsyncIterator[bytes]:
    """Data of all chunks; `announced` None: there is no trailer."""
    signature = "" if signer is None else signer.claim.signature
    chunks = total = 0
    while True:
        size, given = chunk_head(await frames.line(), signed=signer is not None)
        chunks, total = chunks + 1, total + size
        if total > stated_bytes:
            raise malformed("x-amz-decoded-content-length does not say how many bytes the chunks hold.")
        if chunks > MOST_CHUNKS + total // _MEAN_CHUNK_BYTES:
            raise malformed("The payload comes in too many small chunks.")
        left = size
        if signer is not None:
            if size > _SIGNED_CHUNK_BYTES:
                raise malformed(f"A signed chunk has at most {_SIGNED_CHUNK_BYTES} bytes here.")
            data = await frames.exactly(size)
            signature = chunk_signature(signer, signature, data)
            if not hmac.compare_digest(signature, given):
                raise mismatch()
            left = 0
            if data:
                _feed(checksums, data)
                yield data
        while left:
            data = await frames.some(left)
            left -= len(data)
            _feed(checksums, data)
            yield data
        if not size:
            break
        if await frames.exactly(2) != b"\r\n":
            raise malformed("A chunk is shorter or longer than it says.")
    if total != stated_bytes:
        raise malformed("x-amz-decoded-content-length does not say how many bytes the chunks hold.")
    tail = await frames.rest(MOST_TRAILERS * LINE_BYTES)
    _check_tail(read_trailers(tail), signer, signature, announced, checksums)


def _feed(checksums: Mapping[str, Running], data: bytes) -> None:
    for checksum in checksums.values():
        checksum.update(data)


def _check_tail(
    trailers: dict[str, str],
    signer: ChunkSigner | None,
    signature: str,
    announced: set[str] | None,
    checksums: Mapping[str, Running],
) -> None:
    if announced is None:
        if trailers:
            raise malformed("There is something behind the last chunk.")
        return
    if signer is not None:
        check_trailer_signature(signer, signature, trailers)
    if announced != trailers.keys():
        raise malformed("The trailing headers are not those that x-amz-trailer announced.")
    for name, checksum in checksums.items():
        value = trailers[name]
        if not value.isascii() or not hmac.compare_digest(written(checksum.digest()), value):
            raise SignatureError(
                f"The {name} you specified did not match what we received.", kind=Kind.PAYLOAD_MISMATCH
            )
