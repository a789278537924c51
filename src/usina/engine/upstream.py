"""A lean HTTP/1.1 client for the token path: one engine, a pool of kept connections, JSON in, JSON or SSE out.

Every token passes here, so its cost is counted in microseconds: an `asyncio.Protocol` with httptools and msgspec, one
write per request, one wake-up per read. General clients cost several times as much. It follows no redirect, takes no
proxy from the environment and knows no cookies; it speaks to the one address it was given.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from usina.core.egress import Purpose
from usina.core.errors import EngineError, EngineTimeoutError, ValidationError
from usina.engine.connection import Connection, ConnectionLostError, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from usina.core.egress import Egress
    from usina.core.limits import Limits
    from usina.core.ports import Json

_CONNECT_SECONDS = 5.0
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an engine listens: a unix socket, or host and port. `prefix` goes before every path."""

    socket: str = ""
    host: str = ""
    port: int = 0
    prefix: str = ""
    bearer: str = field(default="", repr=False)


class RefusedError(Exception):
    """The engine answered with another status than 200. Its body is the engine's: never shown as it is."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.body = body


class Upstream:
    """One engine's connections."""

    def __init__(self, endpoint: Endpoint, limits: Limits, egress: Egress | None = None) -> None:
        """`egress`: for an engine that is elsewhere; one on a Unix socket needs no way out."""
        self._endpoint = endpoint
        self._egress = egress
        self._limits = limits
        self._idle: deque[Connection] = deque()
        self._closed = False
        host = "engine" if endpoint.socket else f"{endpoint.host}:{endpoint.port}"
        bearer = f"authorization: Bearer {endpoint.bearer}\r\n" if endpoint.bearer else ""
        self._headers = (
            f" HTTP/1.1\r\nhost: {host}\r\n{bearer}accept-encoding: identity\r\n"
            "content-type: application/json\r\ncontent-length: "
        ).encode("latin-1")
        self._posts: dict[str, bytes] = {}

    def _request(self, path: str, body: Json) -> bytes:
        head = self._posts.get(path)
        if head is None:
            head = self._posts[path] = f"POST {self._endpoint.prefix}{path}".encode("latin-1") + self._headers
        try:
            payload = _encode(body)
        except UnicodeEncodeError as error:
            raise ValidationError("A text holds half a character (a lone surrogate).") from error
        return b"%b%d\r\n\r\n%b" % (head, len(payload), payload)

    async def call(self, path: str, body: Json) -> Any:
        """POST, and the whole JSON answer.

        Raises: RefusedError, EngineError (connection lost, not JSON, too large), EngineTimeoutError.
        """
        return _json(await self._exchange(self._request(path, body)))

    async def get(self, path: str) -> Any:
        """GET, and the whole JSON answer. Raises: as `call`."""
        head = f"GET {self._endpoint.prefix}{path}".encode("latin-1")
        return _json(await self._exchange(b"%b%b0\r\n\r\n" % (head, self._headers)))

    async def stream(self, path: str, body: Json, *, marker: bool = True) -> AsyncGenerator[Sequence[Any], None]:
        """POST, and the events of the answer, in batches of what one read brought.

        Ends only after `[DONE]`, unless the engine is known to send none (`marker` False). Closing it before then
        closes the connection, by which the engine learns of it.
        Raises: as `call`; EngineError also where the stream ends without `[DONE]`.
        """
        request = self._request(path, body)
        connection, batch = await self._first_batch(request, marker=marker)
        complete = False
        try:
            while batch:
                yield batch
                batch = await connection.events()
            complete = True
        except ConnectionLostError as error:
            raise _lost() from error
        finally:
            self._put_back(connection, complete=complete)

    async def _first_batch(self, request: bytes, *, marker: bool) -> tuple[Connection, Sequence[Any]]:
        for kept in (True, False):
            connection = await self._connection(kept=kept)
            reused = connection.used
            try:
                connection.send(request, streaming=True, marker=marker)
                refusal = await connection.head()
                if refusal is None:
                    return connection, await connection.events()
            except ConnectionLostError as error:
                connection.abort()
                if reused and kept and error.nothing_came:
                    continue  # the engine closed it while it was idle
                raise _lost() from error
            except BaseException:
                connection.abort()
                raise
            self._put_back(connection, complete=True)
            raise RefusedError(refusal.status, refusal.body)
        raise _lost()

    async def _exchange(self, request: bytes) -> Reply:
        for kept in (True, False):
            connection = await self._connection(kept=kept)
            reused = connection.used
            try:
                connection.send(request, streaming=False, marker=False)
                reply = await connection.reply()
            except ConnectionLostError as error:
                connection.abort()
                if reused and kept and error.nothing_came:
                    continue
                raise _lost() from error
            except BaseException:
                connection.abort()
                raise
            self._put_back(connection, complete=True)
            return reply
        raise _lost()

    async def _connection(self, *, kept: bool) -> Connection:
        while kept and self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
        loop = asyncio.get_running_loop()
        where = self._endpoint
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                if where.socket:
                    _, made = await loop.create_unix_connection(lambda: Connection(loop, self._limits), where.socket)
                elif self._egress is None:
                    raise EngineError("an engine that is elsewhere has no way to it")
                else:
                    made = await self._egress.dial(
                        Purpose.ENGINE, where.host, where.port, lambda: Connection(loop, self._limits)
                    )
        except TimeoutError as error:
            raise EngineTimeoutError("the engine did not accept the connection in time") from error
        except OSError as error:
            raise EngineError("the engine does not accept connections") from error
        return made

    def _put_back(self, connection: Connection, *, complete: bool) -> None:
        if complete and connection.idle and not self._closed:
            self._idle.append(connection)
        else:
            connection.abort()

    def close(self) -> None:
        """Close the idle connections; those in use close when their answer is complete."""
        self._closed = True
        while self._idle:
            self._idle.pop().abort()


def _json(reply: Reply) -> Any:
    if reply.status != 200:  # noqa: PLR2004 - HTTP
        raise RefusedError(reply.status, reply.body)
    try:
        return _decode(reply.body)
    except msgspec.DecodeError as error:
        raise EngineError("the engine's answer is not JSON") from error


def _lost() -> EngineError:
    return EngineError("the engine closed the connection before its answer was complete")
