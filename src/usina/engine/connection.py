"""One HTTP/1.1 connection to an engine: bytes to status, body and server-sent events, under limits and deadlines.

Deadlines are the event loop's own timers: one lazy timer per connection, re-armed only when it fires.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httptools

from usina.core.errors import EngineError, EngineTimeoutError
from usina.engine.events import EventReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.limits import Limits

_OK = 200
_HEAD_BYTES = 1_048_576  # read before the headers are complete; part of it may be the body's first
_ERROR_BODY_BYTES = 65_536
_PAUSE_EVENTS = 1_024  # unread events past which no more is read from the engine


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    status: int
    body: bytes


class ConnectionLostError(Exception):
    """The other end went away. `nothing_came`: before the first byte of an answer."""

    def __init__(self, *, nothing_came: bool) -> None:
        super().__init__("connection lost")
        self.nothing_came = nothing_came


class Connection(asyncio.Protocol):
    """A connection; at most one request at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limits: Limits) -> None:
        self._loop = loop
        self._limits = limits
        self._transport: Any = None
        self._parser: Any = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._idle_seconds = limits.engine_idle_seconds
        self._error: Exception | None = None
        self._streaming = False
        self._body = bytearray()
        self._events: list[Any] = []
        self._size = 0
        self._head_bytes = 0
        self._status = 0
        self._finished = False  # the HTTP message is complete
        self._marker = True  # the stream must end with [DONE]
        self._reader = EventReader()
        self._keep = False  # the engine keeps the connection open
        self._paused = False
        self.used = False

    # --- what asyncio calls ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._deadline = self._loop.time() + self._idle_seconds
        if not self._status:
            self._head_bytes += len(data)
            if self._head_bytes > _HEAD_BYTES:
                self._fail(EngineError("the engine's headers are larger than the limit"))
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, AttributeError) as error:
            self._fail(EngineError("the engine's answer is not HTTP"), error)
        if self._streaming and self._body:
            self._read_events()  # once a read, not once a chunk
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other end went away."""
        if not self._finished and self._error is None:
            self._error = ConnectionLostError(nothing_came=self._status == 0 and not self._size)
            self._error.__cause__ = exc
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._wake()

    # --- what httptools calls ---

    def on_headers_complete(self) -> None:
        """Status line and headers are read."""
        self._status = self._parser.get_status_code()
        if self._status != _OK:
            self._streaming = False

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        self._size += len(data)
        if self._size > (self._limits.engine_answer_bytes if self._status == _OK else _ERROR_BODY_BYTES):
            if self._status == _OK:
                self._fail(EngineError("the engine's answer is larger than the limit"))
            return
        self._body += data

    def on_message_complete(self) -> None:
        """The answer is complete."""
        self._finished = True
        self._keep = bool(self._parser.should_keep_alive())
        self._deadline = 0.0

    def _read_events(self) -> None:
        try:
            self._events += self._reader.feed(self._body)
        except EngineError as error:
            self._fail(error, error.__cause__)
        self._body = bytearray()
        if len(self._events) > _PAUSE_EVENTS and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    # --- what Upstream calls ---

    @property
    def usable(self) -> bool:
        """May carry another request."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def idle(self) -> bool:
        """Its answer is complete and it may carry another request."""
        return self._finished and self._keep and self.usable

    def send(self, request: bytes, *, streaming: bool, marker: bool) -> None:
        """Write a request."""
        self.used = True
        self._parser = httptools.HttpResponseParser(self)
        self._streaming = streaming
        self._body = bytearray()
        self._events = []
        self._size = self._status = self._head_bytes = 0
        self._finished = False
        self._marker = marker
        self._reader = EventReader()
        self._error = None
        if self._transport is None:
            self._error = ConnectionLostError(nothing_came=True)
            return
        self._deadline = self._loop.time() + self._limits.engine_first_byte_seconds
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._tick)
        self._transport.write(request)

    async def reply(self) -> Reply:
        """Wait for the whole answer."""
        while not self._finished and self._error is None:
            await self._wait()
        if self._error is not None:
            raise self._error
        return Reply(self._status, bytes(self._body))

    async def head(self) -> Reply | None:
        """Wait for the first of a stream; a whole answer where the engine refused."""
        while not self._events and not self._finished and self._error is None:
            await self._wait()
        if self._status not in {0, _OK}:
            return await self.reply()
        return None

    async def events(self) -> Sequence[Any]:
        """Wait for events; empty when the stream is complete."""
        while True:
            if self._events:
                events, self._events = self._events, []
                if self._paused and self._transport is not None:
                    self._paused = False
                    self._transport.resume_reading()
                return events
            if self._error is not None:
                raise self._error
            if self._finished:
                if self._marker and not self._reader.ended:
                    raise EngineError("the engine's stream ended without its end marker")
                return ()
            await self._wait()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    # --- waiting ---

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done() and (self._finished or self._events or self._error is not None):
            waiter.set_result(None)

    def _fail(self, error: Exception, cause: BaseException | None = None) -> None:
        if self._error is None:
            error.__cause__ = cause
            self._error = error
        self.abort()

    def _tick(self) -> None:
        self._timer = None
        if not self._deadline or self._transport is None:
            return
        if self._paused:  # the reader is slow, not the engine
            self._deadline = self._loop.time() + self._idle_seconds
        if self._loop.time() >= self._deadline:
            self._fail(EngineTimeoutError("the engine gave nothing in time"))
            self._wake()
        else:
            self._timer = self._loop.call_at(self._deadline, self._tick)
