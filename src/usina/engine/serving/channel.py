"""The connections to one model server: kept, as many at a time as it has workers, the rest in a bounded queue.

The socket lies in a folder that the server's program may write, so a link could stand there that leads to a socket of
somebody else's: it is opened once, without following links, and connected to by that descriptor.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections import deque
from typing import TYPE_CHECKING

from usina.core.endpoints import Answer, Ask, Streamed
from usina.core.errors import ThrottledError
from usina.engine.serving.wire import ServerGoneError, Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_CONNECT_SECONDS = 5.0
_MOST_WAITING = 1_024
_GRACE_SECONDS = 1.0  # after which our own server ends a worker whose caller has gone
_SUCCESS = 2  # of HTTP, in hundreds
_TEXT = str.maketrans("", "", "".join(map(chr, (*range(32), 127))))


class Channel:
    """One server's connections. `most` requests are with the server at a time."""

    def __init__(self, socket: Path, most: int) -> None:
        self._socket = socket
        self._descriptor = -1
        self._most = most
        self._idle: deque[Wire] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._running = 0
        self._closed = False

    @property
    def load(self) -> float:
        """Requests that are with the server or wait, for each that it can take: what "least busy" goes by."""
        return (self._running + len(self._waiting)) / self._most

    async def get(self, path: str, seconds: float) -> Answer:
        """GET. Raises: ServerGoneError, ServerSlowError, ServerFaultError."""
        request = f"GET {path} HTTP/1.1\r\nhost: model\r\ncontent-length: 0\r\n\r\n".encode()
        wire = await self._connect()
        try:
            wire.send(request, seconds=seconds, most_bytes=0)
            return await wire.answer()
        finally:
            self._put_back(wire)

    async def invoke(self, ask: Ask, seconds: float, most_bytes: int) -> Answer:
        """One whole answer.

        Raises: ServerGoneError, ServerSlowError, ServerFaultError; ThrottledError where too many wait already.
        """
        await self._enter()
        try:
            return await self._exchange(_post(ask, seconds), seconds, most_bytes)
        finally:
            self._leave()

    async def stream(self, ask: Ask, seconds: float) -> Streamed | Answer:
        """An answer as it comes, or a whole one where the model refuses. `seconds` from piece to piece.

        Raises: as `invoke`; reading the pieces too.
        """
        await self._enter()
        try:
            wire, head = await self._begun(_post(ask, seconds), seconds)
        except BaseException:
            self._leave()
            raise
        if head.status // 100 == _SUCCESS:
            return Streamed(head.content_type, head.attributes, _Pieces(self, wire))
        self.ended(wire)
        return head

    def close(self) -> None:
        """Close what is idle; what is in use closes when its answer is complete."""
        self._closed = True
        while self._idle:
            self._idle.pop().abort()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    async def _begun(self, request: bytes, seconds: float) -> tuple[Wire, Answer]:
        for kept in (True, False):
            wire = await self._line(kept=kept)
            reused = wire.used
            try:
                wire.send(request, seconds=seconds, most_bytes=0, streaming=True)
                return wire, await wire.head()
            except ServerGoneError as error:
                if reused and kept and error.nothing_came:
                    continue
                raise
            except BaseException:
                wire.abort()
                raise
        raise ServerGoneError(nothing_came=True)

    async def _exchange(self, request: bytes, seconds: float, most_bytes: int) -> Answer:
        for kept in (True, False):
            wire = await self._line(kept=kept)
            reused = wire.used
            try:
                wire.send(request, seconds=seconds, most_bytes=most_bytes)
                answer = await wire.answer()
            except ServerGoneError as error:
                if reused and kept and error.nothing_came:
                    continue  # closed while it was idle
                raise
            except BaseException:
                wire.abort()
                raise
            self._put_back(wire)
            return answer
        raise ServerGoneError(nothing_came=True)

    async def _line(self, *, kept: bool) -> Wire:
        while kept and self._idle:
            wire = self._idle.pop()
            if wire.usable:
                return wire
        return await self._connect()

    async def _connect(self) -> Wire:
        loop = asyncio.get_running_loop()
        try:
            if self._descriptor < 0:
                self._descriptor = _opened(self._socket)
            async with asyncio.timeout(_CONNECT_SECONDS):
                _, wire = await loop.create_unix_connection(lambda: Wire(loop), f"/proc/self/fd/{self._descriptor}")
        except (OSError, TimeoutError) as error:
            raise ServerGoneError(nothing_came=True, never_sent=True) from error
        return wire

    def _put_back(self, wire: Wire) -> None:
        if wire.idle and not self._closed:
            self._idle.append(wire)
        else:
            wire.abort()

    async def _enter(self) -> None:
        if self._running < self._most and not self._waiting:
            self._running += 1
            return
        if len(self._waiting) >= _MOST_WAITING:
            raise ThrottledError("Too many requests wait for this model. Try again.", retry_after_seconds=1.0)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()  # its turn came together with its end
            else:
                self._waiting.remove(turn)
            raise

    def _leave(self) -> None:
        """Hand the place to the next that waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1

    def ended(self, wire: Wire) -> None:
        """A stream is over, or nobody reads it any more."""
        self._put_back(wire)
        self._leave()


class _Pieces:
    """Pieces of one answer; gives its place back once, at the end, however it ends."""

    def __init__(self, channel: Channel, wire: Wire) -> None:
        self._channel = channel
        self._wire: Wire | None = wire

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._wire is None:
            raise StopAsyncIteration
        try:
            data = await self._wire.piece()
        except BaseException:
            await self.aclose()
            raise
        if not data:
            await self.aclose()
            raise StopAsyncIteration
        return data

    def __del__(self) -> None:
        """Dropped unread: its place is free all the same."""
        wire, self._wire = self._wire, None
        if wire is not None:
            self._channel.ended(wire)

    async def aclose(self) -> None:
        """Read no further."""
        wire, self._wire = self._wire, None
        if wire is not None:
            self._channel.ended(wire)


def _opened(path: Path) -> int:
    """A descriptor of the socket itself. Raises: OSError where something else is there."""
    descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(path)
    return descriptor


def _post(ask: Ask, seconds: float) -> bytes:
    head = (
        f"POST /invocations HTTP/1.1\r\nhost: model\r\ncontent-length: {len(ask.body)}\r\n"
        f"x-usina-seconds: {seconds + _GRACE_SECONDS}\r\n"
    )
    for name, value in (
        ("content-type", ask.content_type),
        ("accept", ask.accept),
        ("x-amzn-sagemaker-custom-attributes", ask.attributes),
        ("x-amzn-sagemaker-inference-id", ask.inference_id),
    ):
        if value:
            head += f"{name}: {value.translate(_TEXT)}\r\n"
    return head.encode("latin-1", "replace") + b"\r\n" + ask.body
