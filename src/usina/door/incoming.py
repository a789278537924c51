"""A request's body as it comes from the server: its size, its pace, and whether it came to its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError, CallerError, Kind, TooLargeError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from usina.core.limits import Limits

# What is still read of a body that nobody wanted, so that its sender gets to read why.
_SKIPPED_BYTES = 1_048_576


class Incoming:
    """One body that is handed on while it comes: nothing of it is held."""

    def __init__(
        self,
        receive: Callable[[], Awaitable[dict[str, Any]]],
        limits: Limits,
        declared_bytes: int | None,
        on_end: Callable[[], None],
    ) -> None:
        self._receive = receive
        self._limits = limits
        self._declared_bytes = declared_bytes
        self._on_end = on_end
        self._size_bytes = 0
        self.ended = False

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body. Raises: TooLargeError, CallerError (came too slowly, ended early)."""
        limits, time, waited = self._limits, asyncio.get_running_loop().time, 0.0
        while not self.ended:
            since = time()
            try:
                async with asyncio.timeout(limits.body_idle_seconds):
                    message = await self._receive()
            except TimeoutError:
                raise too_slow() from None
            # Only the client's time counts, not that of whoever takes the pieces.
            waited += time() - since
            if waited > limits.body_read_seconds + self._size_bytes / limits.object_bytes_per_second:
                raise too_slow()
            piece = checked(message, limits.object_bytes)
            self._size_bytes += len(piece)
            if self._size_bytes > limits.object_bytes:
                raise TooLargeError(f"The request body is larger than {limits.object_bytes} bytes.")
            # A body of its declared length is whole: the server's word for it is not waited for.
            if not message.get("more_body") or self._size_bytes == self._declared_bytes:
                self.ended = True
                self._on_end()
            if piece:
                yield piece

    async def skip(self) -> None:
        """Read on for a little without keeping anything."""
        size_bytes = 0
        try:
            async for piece in self.pieces():
                size_bytes += len(piece)
                if size_bytes > _SKIPPED_BYTES:
                    return
        except ApiError:
            return  # it was refused already


def too_slow() -> CallerError:
    """The client keeps us waiting."""
    return CallerError("The request body came too slowly.", kind=Kind.REQUEST_TIMEOUT)


def checked(message: dict[str, Any], most_bytes: int) -> bytes:
    """The body's next piece out of a message. Raises: CallerError, TooLargeError."""
    if message["type"] != "http.request":
        # Gone, or still there behind a broken framing: the server says the same of both, so it gets an answer.
        raise CallerError("The request body ended early or its framing is broken.", kind=Kind.MALFORMED)
    body: bytes = message.get("body", b"")
    if len(body) > most_bytes:
        raise TooLargeError(f"The request body is larger than {most_bytes} bytes.")
    return body
