"""One HTTP/1.1 request that leaves the site, and its answer: a connection of its own, sent at most once.

Nothing is tried again here. Once the first byte of a request has left, the other side may have done and billed it, so
only whoever asked can say whether to ask again. No redirect is followed and no proxy is asked.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httptools

from usina.core.egress import Purpose
from usina.core.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from usina.core.egress import Egress
    from usina.core.limits import Limits
    from usina.federation.links import Place

_CONNECT_SECONDS = 10.0
_HEAD_BYTES = 65_536
_READ_BYTES = 65_536
_REFUSAL_BYTES = 65_536


class NotSentError(Exception):
    """No connection came to be: nothing left the site. The text is for the caller."""


class LostError(Exception):
    """The request left, and its answer did not come whole. `late`: because nothing came in time."""

    def __init__(self, message: str, *, late: bool = False) -> None:
        super().__init__(message)
        self.late = late


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A POST that is about to leave."""

    place: Place
    path: str
    headers: Mapping[str, str] = field(repr=False)  # `host` among them; credentials too
    body: bytes = field(repr=False)
    trust: ssl.SSLContext = field(repr=False)

    def head(self) -> bytes:
        """The request's head as it goes over the wire."""
        lines = [f"POST {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers.items())]
        lines += [f"content-length: {len(self.body)}", "accept-encoding: identity", "connection: close"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Answer:
    """An answer whose head has come; its body is read as it comes. `close` at the end, whatever happened."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: Limits) -> None:
        self._reader = reader
        self._writer = writer
        self._limits = limits
        self._parser: Any = httptools.HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._begun = self._complete = False
        self.status = 0
        self.headers: dict[str, str] = {}
        self.size_bytes = 0  # of the body so far

    # --- what httptools calls ---

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The head is there."""
        self.status = self._parser.get_status_code()
        self._begun = True

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        self._pieces.append(data)

    def on_message_complete(self) -> None:
        """All of it is there."""
        self._complete = True

    # --- what the gate calls ---

    async def begin(self) -> None:
        """Wait for the head. Raises: LostError."""
        taken = 0
        while not self._begun:
            taken += await self._read(self._limits.engine_first_byte_seconds)
            if taken > _HEAD_BYTES and not self._begun:
                raise LostError("the head of its answer is larger than the limit")

    async def pieces(self, most_bytes: int = 0) -> AsyncIterator[bytes]:
        """The body as it comes, to its end. Raises: LostError where it does not come whole."""
        most_bytes = most_bytes or self._limits.engine_answer_bytes
        while True:
            while self._pieces:
                piece = self._pieces.pop(0)
                self.size_bytes += len(piece)
                if self.size_bytes > most_bytes:
                    raise LostError("its answer is larger than the limit")
                yield piece
            if self._complete:
                return
            await self._read(self._limits.engine_idle_seconds)

    async def refusal(self) -> bytes:
        """The body of an answer that is none: short, or it is not looked at. Raises: LostError."""
        return b"".join([piece async for piece in self.pieces(_REFUSAL_BYTES)])

    async def _read(self, seconds: float) -> int:
        try:
            async with asyncio.timeout(seconds):
                data = await self._reader.read(_READ_BYTES)
        except TimeoutError:
            raise LostError("it gave nothing in time", late=True) from None
        except OSError as error:
            raise LostError("it closed the connection before its answer was complete") from error
        if not data:
            raise LostError("it closed the connection before its answer was complete")
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            raise LostError("its answer is not HTTP") from error
        return len(data)

    def close(self) -> None:
        """Let go of the connection."""
        self._writer.transport.abort()


async def exchange(egress: Egress, outgoing: Outgoing, limits: Limits, *, under: str, record: str) -> Answer:
    """Send a request once and wait for the head of its answer.

    Raises: NotSentError where nothing left, LostError where it may have.
    """
    place = outgoing.place
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            reader, writer = await egress.connect(
                Purpose.CLOUD, place.host, place.port, tls=outgoing.trust, under=under, record=record
            )
    except TimeoutError:
        raise NotSentError("it does not accept connections in time") from None
    except ssl.SSLError as error:
        raise NotSentError("its certificate is not one that this link trusts") from error
    except OSError as error:
        raise NotSentError("it cannot be reached") from error
    except ApiError as error:
        raise NotSentError(error.message) from error
    answer = Answer(reader, writer, limits)
    try:
        writer.write(outgoing.head() + outgoing.body)
        async with asyncio.timeout(limits.engine_first_byte_seconds):
            await writer.drain()
        await answer.begin()
    except TimeoutError:
        answer.close()
        raise LostError("it did not take the request in time", late=True) from None
    except OSError as error:
        answer.close()
        raise LostError("it closed the connection while the request was sent") from error
    except BaseException:
        answer.close()
        raise
    return answer
