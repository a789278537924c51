"""Content sealed on its way to the disk and opened on its way back: AES-256-GCM in segments, so that any run of bytes
can be read without the rest.

A content's key is used for nothing else, so the nonce is the number of the segment. Each segment is bound to its
number and to whether it is the last: none can be left out, moved or cut off. A segment is 64 KiB of content and 16
bytes of tag.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.stores.objects.contents import Sink, Source

SEGMENT_BYTES: Final = 65_536
TAG_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_MORE, _LAST = b"\0", b"\1"


class SealedSink:
    """A `Sink` before another: what is written is sealed. The last segment waits for `finish`, which knows it is the
    last.
    """

    def __init__(self, sink: Sink, key: bytes) -> None:
        self._sink = sink
        self._cipher = AESGCM(key)
        self._held = bytearray()
        self._number = 0

    def write(self, pieces: Sequence[bytes]) -> None:
        """Seal all whole segments but the last."""
        for piece in pieces:
            self._held += piece
        whole = max(0, len(self._held) - 1) // SEGMENT_BYTES
        if not whole:
            return
        with memoryview(self._held) as held:
            sealed = [
                self._seal(held[at : at + SEGMENT_BYTES], _MORE)
                for at in range(0, whole * SEGMENT_BYTES, SEGMENT_BYTES)
            ]
        del self._held[: whole * SEGMENT_BYTES]
        self._sink.write(sealed)

    def finish(self) -> None:
        """Seal the rest, and wait until all is on disk."""
        if self._held:
            self._sink.write([self._seal(bytes(self._held), _LAST)])
        self._sink.finish()

    def abort(self) -> None:
        """Forget it."""
        self._sink.abort()

    def _seal(self, segment: bytes | memoryview, place: bytes) -> bytes:
        sealed = self._cipher.encrypt(self._number.to_bytes(_NONCE_BYTES), segment, place)
        self._number += 1
        return sealed


class SealedSource:
    """A `Source` over another: runs of the content, of which only the segments they touch are read."""

    def __init__(self, source: Source, key: bytes, size_bytes: int) -> None:
        self._source = source
        self._cipher = AESGCM(key)
        self._size = size_bytes
        self._last = max(0, size_bytes - 1) // SEGMENT_BYTES

    def read(self, start: int, size: int) -> bytes:
        """Bytes from there on. Raises: OSError where the content was altered."""
        size = min(size, self._size - start)
        if size <= 0:
            return b""
        first, last = start // SEGMENT_BYTES, (start + size - 1) // SEGMENT_BYTES
        stride = SEGMENT_BYTES + TAG_BYTES
        raw = self._source.read(first * stride, (last - first + 1) * stride)
        segments = [
            self._open(number, raw[at : at + stride])
            for number, at in zip(range(first, last + 1), range(0, len(raw), stride), strict=False)
        ]
        skipped = start - first * SEGMENT_BYTES
        opened = segments[0] if len(segments) == 1 else b"".join(segments)
        return opened if not skipped and len(opened) == size else opened[skipped : skipped + size]

    def close(self) -> None:
        """Let it go."""
        self._source.close()

    def _open(self, number: int, segment: bytes) -> bytes:
        place = _LAST if number == self._last else _MORE
        try:
            return self._cipher.decrypt(number.to_bytes(_NONCE_BYTES), segment, place)
        except InvalidTag:
            raise OSError(errno.EIO, "content was altered") from None


def sealed_whole(key: bytes, data: bytes) -> bytes:
    """A small content, sealed: one segment at most."""
    return AESGCM(key).encrypt(bytes(_NONCE_BYTES), data, _LAST) if data else b""
