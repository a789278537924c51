"""One HTTP/1.1 connection to a model server: raw bodies of any content type, whole or in pieces, under a deadline.

Beside `usina.engine.connection`, which speaks JSON and server-sent events to engines: a model server is a stranger's
program, its bodies are anything, its headers matter, and what it sends is bounded at every step.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httptools

from usina.core.endpoints import Answer
from usina.core.errors import UsinaError

_HEAD_BYTES = 1_048_576  # read before the headers are complete; part of it may be the body's first
_ERROR_BYTES = 65_536  # of an answer that is none: its beginning is what is shown
_PAUSE_BYTES = 1_048_576  # of a stream that nobody reads yet
_OK, _SUCCESS_END = 200, 300


class ServerGoneError(UsinaError):
    """The server closed the connection. `nothing_came`: before the first byte of its answer; `never_sent`: before
    anything was asked of it.
    """

    def __init__(self, *, nothing_came: bool, never_sent: bool = False) -> None:
        super().__init__("the model server closed the connection before its answer was complete")
        self.nothing_came = nothing_came
        self.never_sent = never_sent


class ServerSlowError(UsinaError):
    """The server gave nothing in time."""


class ServerFaultError(UsinaError):
    """What the server sent is no HTTP, or more than it may be; the message says which."""


class Wire(asyncio.Protocol):
    """A connection; at most one request at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: Any = None
        self._parser: Any = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._seconds = 0.0
        self._deadline = 0.0
        self._error: UsinaError | None = None
        self._most_bytes = 0
        self._pieces: list[bytes] = []
        self._size = self._held = self._head_bytes = 0
        self._headers: dict[bytes, bytes] = {}
        self._status = 0
        self._streaming = self._finished = self._keep = self._paused = False
        self.used = False

    # --- what asyncio calls ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._parser is None or self._finished:
            self._fail(ServerFaultError("the model server sent more than its answer"))
            return
        if not self._status:
            self._head_bytes += len(data)
            if self._head_bytes > _HEAD_BYTES:
                self._fail(ServerFaultError("the model server's headers are too large"))
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail(ServerFaultError("the model server's answer is not HTTP"))
        if self._streaming:
            self._deadline = self._loop.time() + self._seconds
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other end went away."""
        if not self._finished and self._error is None:
            self._error = ServerGoneError(nothing_came=not self._status and not self._head_bytes)
            self._error.__cause__ = exc
        self._transport = None
        self._disarm()
        self._wake()

    # --- what httptools calls ---

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header of the answer."""
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """Status line and headers are read."""
        self._status = self._parser.get_status_code()
        if not _OK <= self._status < _SUCCESS_END:
            self._streaming = False
            self._most_bytes = _ERROR_BYTES

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        self._size += len(data)
        if self._size > self._most_bytes and not self._streaming:
            if _OK <= self._status < _SUCCESS_END:
                self._fail(ServerFaultError(f"the model's answer is larger than {self._most_bytes} bytes"))
            return
        self._held += len(data)
        self._pieces.append(data)
        if self._streaming and self._held > _PAUSE_BYTES and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """The answer is complete."""
        self._finished = True
        self._keep = bool(self._parser.should_keep_alive())
        self._disarm()

    # --- what the channel calls ---

    @property
    def usable(self) -> bool:
        """May carry another request."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def idle(self) -> bool:
        """Its answer is complete and it may carry another request."""
        return self._finished and self._keep and self.usable

    def send(self, request: bytes, *, seconds: float, most_bytes: int, streaming: bool = False) -> None:
        """Write a request. `seconds` are for the whole answer; of one that streams, from piece to piece."""
        self.used = True
        self._parser = httptools.HttpResponseParser(self)
        self._pieces, self._headers = [], {}
        self._size = self._held = self._head_bytes = self._status = 0
        self._finished, self._streaming, self._error = False, streaming, None
        self._most_bytes = most_bytes
        self._seconds = seconds
        if self._transport is None:
            self._error = ServerGoneError(nothing_came=True)
            return
        self._deadline = self._loop.time() + seconds
        self._timer = self._loop.call_at(self._deadline, self._tick)
        self._transport.write(request)

    async def answer(self) -> Answer:
        """Wait for the whole answer."""
        while not self._finished and self._error is None:
            await self._wait()
        if not self._finished and self._error is not None:
            raise self._error
        return self._made(b"".join(self._pieces))

    async def head(self) -> Answer:
        """Wait for the beginning of an answer that streams: its head alone; a whole one where it is refused."""
        while not self._pieces and not self._finished and self._error is None:
            await self._wait()
        if self._status and not self._streaming:
            return await self.answer()
        if not self._pieces and not self._finished and self._error is not None:
            raise self._error
        return self._made(b"")

    async def piece(self) -> bytes:
        """Wait for what comes next; empty when the answer is complete."""
        while True:
            if self._pieces:
                data, self._pieces, self._held = b"".join(self._pieces), [], 0
                if self._paused and self._transport is not None:
                    self._paused = False
                    self._transport.resume_reading()
                return data
            if self._finished:
                return b""
            if self._error is not None:
                raise self._error
            await self._wait()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def _made(self, body: bytes) -> Answer:
        headers = self._headers
        return Answer(
            self._status,
            body,
            headers.get(b"content-type", b"").decode("latin-1"),
            headers.get(b"x-amzn-sagemaker-custom-attributes", b"").decode("latin-1"),
        )

    # --- waiting ---

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        waiter = self._waiter
        ready = self._finished or self._error is not None or (self._streaming and self._pieces)
        if waiter is not None and not waiter.done() and ready:
            waiter.set_result(None)

    def _fail(self, error: UsinaError) -> None:
        if self._error is None:
            self._error = error
        self.abort()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        self._timer = None
        now = self._loop.time()
        if self._paused:  # the reader is slow, not the server
            self._deadline = now + self._seconds
        if now < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._tick)
            return
        self._fail(ServerSlowError("the model server gave nothing in time"))
        self._wake()
