"""The front door: HTTP in, `Received` to the pipeline, `Reply` out. Nothing here knows who asks or what they ask.

Limits are enforced before anything is allocated: sizes by the declared length first and by what really comes second,
slow clients by deadlines. A client that goes away ends its request, so that the engine's slot is free again.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from usina import wire
from usina.core.errors import ApiError, CallerError, InternalError, Kind, TooLargeError, UnavailableError
from usina.core.ids import new_request_id
from usina.core.operation import BodyStream, Received
from usina.door.incoming import Incoming, checked, too_slow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from usina.core.clock import Clock
    from usina.core.limits import Limits
    from usina.door.plain import PlainPages
    from usina.pipeline.run import Pipeline
    from usina.wire import Reply

    Scope = dict[str, Any]
    Receive = Callable[[], Awaitable[dict[str, Any]]]
    Send = Callable[[dict[str, Any]], Awaitable[None]]

_LOG = logging.getLogger("usina.door")
# A short request ends before anybody could hang up: only those that last are watched for it.
_WATCH_AFTER_SECONDS = 0.1
# A body that a client asks leave for, and that costs less to read than a new connection.
_SKIPPED_WHEN_EXPECTED = 65_536


class Door:
    """The ASGI application of both listeners."""

    def __init__(self, pipeline: Pipeline, pages: PlainPages, limits: Limits, clock: Clock) -> None:
        self._pipeline = pipeline
        self._pages = pages
        self._limits = limits
        self._clock = clock
        self.running = 0
        self.draining = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        page = self._pages.page(scope, ready=not self.draining)
        if page is not None:
            await _write_whole(send, *page)
            return
        self.running += 1
        self._idle.clear()
        try:
            await self._serve(scope, receive, send)
        finally:
            self.running -= 1
            if not self.running:
                self._idle.set()

    async def drain(self) -> None:
        """Refuse what is new, wait for what runs, at most `drain_seconds`."""
        self.draining = True
        try:
            await asyncio.wait_for(self._idle.wait(), self._limits.drain_seconds)
        except TimeoutError:
            _LOG.warning("stopped waiting for running requests", extra={"running": self.running})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = _head(scope, new_request_id(), self._clock.now())
        watch = _Watch(receive)
        try:
            await _write(send, await self._answer(head, receive, watch), whole=head.method != "HEAD")
        except asyncio.CancelledError:
            if not watch.client_is_gone:
                raise
            _LOG.info("client went away", extra={"request_id": head.request_id})
        finally:
            watch.stop()

    async def _answer(self, head: Received, receive: Receive, watch: _Watch) -> Reply:
        try:
            try:
                self._check_head(head)
                # Only PUT has operations that take a body as it comes: no other request is routed twice.
                if head.method == "PUT" and wire.streams_in(wire.route(head)):
                    return await self._answer_stream(head, receive, watch)
                _check_length(head, self._limits.body_bytes)
                body = await self._read_body(head, receive)
            except ApiError as error:
                return wire.serialise_error(wire.route(head), error, head.request_id)
            watch.start()
            return await self._pipeline.answer(replace(head, body=body) if body else head)
        except Exception:  # noqa: BLE001 - the one place of the factory
            # The one place where any exception becomes an answer. Its inside goes to the log, not to the caller.
            _LOG.exception("a bug answered a request", extra={"request_id": head.request_id})
            bug = InternalError("The server met an internal error. Quote the request id to the site's operator.")
            return wire.serialise_error(wire.route(head), bug, head.request_id)

    def _check_head(self, head: Received) -> None:
        limits = self._limits
        if self.draining or self.running > limits.concurrent_requests:
            raise UnavailableError("This front door takes no more requests now. Try again.", retry_after_seconds=1)
        if len(head.raw_path) + len(head.raw_query) > limits.uri_bytes:
            raise TooLargeError(f"The request URI is longer than {limits.uri_bytes} bytes.")
        if len(head.headers) > limits.header_count:
            raise TooLargeError(f"The request has more than {limits.header_count} headers.")
        if sum([len(name) + len(value) for name, value in head.headers]) > limits.header_bytes:
            raise TooLargeError(f"The request headers are larger than {limits.header_bytes} bytes.")

    async def _answer_stream(self, head: Received, receive: Receive, watch: _Watch) -> Reply:
        """A request whose body is not read here but handed on as it comes."""
        size_bytes = _check_length(head, self._limits.object_bytes)
        body = Incoming(receive, self._limits, size_bytes, watch.start)
        received = replace(head, stream=BodyStream(body.pieces(), size_bytes))
        reply = await self._pipeline.answer(received)
        if not body.ended and (head.header("expect") is None or (size_bytes or 0) <= _SKIPPED_WHEN_EXPECTED):
            # A client that writes without having been asked to reads its answer when it has written.
            await body.skip()
        if not body.ended:
            reply.headers.append(("connection", "close"))  # what still comes is no next request (HTTP/2 drops it)
        return reply

    async def _read_body(self, head: Received, receive: Receive) -> bytes:
        limits = self._limits
        try:
            async with asyncio.timeout(limits.body_idle_seconds):
                message = await receive()
            # A body of its declared length is whole: to wait for the server to say so costs as much as reading it.
            if not message.get("more_body") or str(len(message.get("body", b""))) == head.header("content-length"):
                return checked(message, limits.body_bytes)
            async with asyncio.timeout(limits.body_read_seconds):
                return await self._read_rest(message, receive)
        except TimeoutError:
            raise too_slow() from None

    async def _read_rest(self, message: dict[str, Any], receive: Receive) -> bytes:
        limits = self._limits
        pieces, size_bytes = [checked(message, limits.body_bytes)], len(message.get("body", b""))
        while message.get("more_body"):
            async with asyncio.timeout(limits.body_idle_seconds):
                message = await receive()
            pieces.append(checked(message, limits.body_bytes))
            size_bytes += len(pieces[-1])
            if size_bytes > limits.body_bytes:
                raise TooLargeError(f"The request body is larger than {limits.body_bytes} bytes.")
        return b"".join(pieces)


def _check_length(head: Received, most_bytes: int) -> int | None:
    """The length that a request states of its body, None where it states none. Raises: CallerError, TooLargeError."""
    declared = head.header("content-length")
    if declared is None:
        return None
    if not (declared.isascii() and declared.isdigit()):
        raise CallerError("Content-Length is not a number.", kind=Kind.MALFORMED)
    if len(declared) > len(str(most_bytes)) or int(declared) > most_bytes:
        raise TooLargeError(f"The request body is larger than {most_bytes} bytes.")
    return int(declared)


class _Watch:
    """Cancels the request's task when its client hangs up; costs nothing for requests that end at once."""

    __slots__ = ("_receive", "_task", "_timer", "_watcher", "client_is_gone")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._task: asyncio.Task[Any] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._watcher: asyncio.Task[None] | None = None
        self.client_is_gone = False

    def start(self) -> None:
        """Watch the current task's client from a little later on."""
        loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._timer = loop.call_later(_WATCH_AFTER_SECONDS, self._begin, loop)

    def stop(self) -> None:
        """The request ended."""
        if self._timer is not None:
            self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._watcher = loop.create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if self._task is not None:
            self.client_is_gone = True
            self._task.cancel()


def _head(scope: Scope, request_id: str, now: float) -> Received:
    client = scope.get("client")
    return Received(
        scope["method"],
        scope["raw_path"].decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]),
        b"",
        scope["scheme"] == "https",
        client[0] if client else "",
        request_id,
        now,
    )


async def _write(send: Send, reply: Reply, *, whole: bool) -> None:
    """`whole` False: the answer to HEAD, which states the length of a body and sends none (HTTP/2 breaks on one)."""
    headers = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in reply.headers]
    body = reply.body
    if not whole and isinstance(body, bytes):
        if not any(name.lower() == b"content-length" for name, _ in headers):
            headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    if isinstance(body, bytes):
        await _write_whole(send, reply.status, headers, body)
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    try:
        async for piece in body:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    finally:
        # Also when the task is cancelled: the ledger record closes and the engine's slot is freed now, not some day.
        close = getattr(body, "aclose", None)
        if close is not None:
            await close()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _write_whole(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
