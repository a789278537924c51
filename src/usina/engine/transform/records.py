"""An object's content cut into what is sent with one request: whole, a line, or as many lines as fit."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from usina.core.errors import UsinaError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Batch = list[bytes]  # the records of one request
_MEBIBYTE = 1_048_576
_INFLATED_BYTES = 1_048_576  # unpacked at a time


class RecordError(UsinaError):
    """An object cannot be transformed; the message says why, in words for its owner, without its content."""


async def whole(pieces: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[Batch]:
    """All of it as one record. Raises: RecordError where it is larger than a request may be."""
    content = bytearray()
    async for piece in pieces:
        content += piece
        if len(content) > most_bytes:
            raise RecordError(
                f"it is larger than MaxPayloadInMB ({most_bytes // _MEBIBYTE} MB). Split it by lines, or allow more"
            )
    yield [bytes(content)]


async def lines(pieces: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[bytes]:
    """Its lines, without their ends; those that are empty are no records.

    Raises: RecordError where one is larger than a request may be.
    """
    rest = bytearray()
    async for piece in pieces:
        first, *more = piece.split(b"\n")
        rest += first
        for part in more:
            _check(rest, most_bytes)
            if rest.strip():
                yield bytes(rest)
            rest = bytearray(part)
        _check(rest, most_bytes)
    if rest.strip():
        yield bytes(rest)


async def single(records: AsyncIterator[bytes]) -> AsyncIterator[Batch]:
    """One record a request."""
    async for record in records:
        yield [record]


async def packed(records: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[Batch]:
    """As many records a request as fit."""
    batch: Batch = []
    size = 0
    async for record in records:
        if batch and size + len(record) + 1 > most_bytes:
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += len(record) + 1
    if batch:
        yield batch


async def unpacked(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Content that was packed by gzip, in pieces that do not grow with how well it was packed.

    Raises: RecordError where it is damaged, or was not.
    """
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    begun = False
    async for piece in pieces:
        data = piece
        while data:
            begun = True
            try:
                out = inflate.decompress(data, _INFLATED_BYTES)
            except zlib.error:
                raise RecordError("it is not packed by gzip, or damaged, but CompressionType says Gzip") from None
            if out:
                yield out
            data = inflate.unconsumed_tail
            if inflate.eof:  # another member may follow
                data = inflate.unused_data
                inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
                begun = False
    if begun:
        raise RecordError("it is packed by gzip, and its end is missing")


def _check(line: bytearray, most_bytes: int) -> None:
    if len(line) > most_bytes:
        raise RecordError(f"one of its lines is larger than MaxPayloadInMB ({most_bytes // _MEBIBYTE} MB)")
