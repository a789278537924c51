"""The door: judges a destination, writes down what is about to leave, connects, and writes down what was carried.

Records of the ledger, all with `connection` (its name, unique in the site):

    egress          about to connect: purpose, host, port, under, record
    egress-denied   asked for, and not allowed; nothing was sent, no name was looked up
    egress-so-far   every minute while it carries something: sent, received (bytes so far)
    egress-end      sent, received (bytes in all), seconds, failed (why nobody was reached)

A connection without an end is one of a factory that was killed: what it carried after the last count is not known.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from usina.core.egress import EgressRefusedError, Purpose
from usina.core.errors import ApiError
from usina.sovereignty.egress.counts import Count, Watch

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine

    from usina.core.clock import Clock, Dice
    from usina.sovereignty.egress.destinations import Destinations

    T = TypeVar("T", bound=asyncio.BaseProtocol)

_LOG = logging.getLogger("usina.egress")
_TELL_SECONDS: Final = 60.0
_NOTE_SECONDS: Final = 30.0  # a thread waits that long for the ledger
_NAME_BYTES: Final = 9


class Notes(Protocol):
    """The ledger, as far as the door needs it."""

    async def note(self, kind: str, body: dict[str, Any]) -> int:
        """Write down what happens; durable when it returns. Raises: UnavailableError."""
        ...


@dataclass(slots=True)
class _Open:
    """A connection that was let out."""

    name: str
    watch: Watch
    since: float  # epoch seconds
    told: Count


class EgressDoor:
    """The `Egress` port."""

    def __init__(self, destinations: Destinations, notes: Notes, clock: Clock, dice: Dice) -> None:
        self._destinations = destinations
        self._notes = notes
        self._clock = clock
        self._dice = dice
        self._open: dict[str, _Open] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()

    async def dial(
        self,
        purpose: Purpose,
        host: str,
        port: int,
        make: Callable[[], T],
        *,
        tls: ssl.SSLContext | None = None,
        under: str = "",
        record: str = "",
    ) -> T:
        """A connection that speaks to that protocol; see the port."""
        name = await self._announce(purpose, host, port, under, record)
        made = make()
        used: socket.socket | None = None
        try:
            used = await self._reached(host, port)
            opened = self._hold(name, used)
        except BaseException as error:
            if used is not None:
                used.close()
            self._spawn(self._told_end(name, Count(0, 0), 0.0, type(error).__name__))
            raise
        watched = _Watched(made, lambda: self._ended(opened))
        try:
            await self._loop.create_connection(
                lambda: watched, sock=used, ssl=tls, server_hostname=None if tls is None else host
            )
        except BaseException:  # no handshake: the loop closes the socket, which is its own by now
            self._ended(opened)
            raise
        return made

    async def connect(
        self,
        purpose: Purpose,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None = None,
        under: str = "",
        record: str = "",
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The same as streams; see the port."""
        reader = asyncio.StreamReader(loop=self._loop)
        made: list[asyncio.BaseTransport] = []

        class Streams(asyncio.StreamReaderProtocol):
            """Keeps the transport, which the writer needs."""

            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                made.append(transport)
                super().connection_made(transport)

        protocol = await self.dial(
            purpose, host, port, lambda: Streams(reader, loop=self._loop), tls=tls, under=under, record=record
        )
        return reader, asyncio.StreamWriter(made[0], protocol, reader, self._loop)  # type: ignore[arg-type]

    def open_socket(
        self, purpose: Purpose, host: str, port: int, timeout_seconds: float
    ) -> tuple[socket.socket, Callable[[], None]]:
        """A blocking socket for another thread; see the port."""
        name = self._from_thread(self._announce(purpose, host, port, "", ""))
        try:
            used = socket.create_connection((host, port), timeout_seconds)
        except OSError as error:
            self._from_thread(self._told_end(name, Count(0, 0), 0.0, type(error).__name__))
            raise
        try:
            opened = self._hold(name, used)
        except OSError as error:  # no descriptor is left to count by: then it does not leave
            used.close()
            self._from_thread(self._told_end(name, Count(0, 0), 0.0, type(error).__name__))
            raise
        return used, lambda: self._ended(opened)

    # --- what is written down ---

    async def _announce(self, purpose: Purpose, host: str, port: int, under: str, record: str) -> str:
        """Judge and write down. Raises: EgressRefusedError, UnavailableError."""
        name = self._dice.token(_NAME_BYTES).hex()
        body = {"connection": name, "purpose": purpose.value, "host": host, "port": port}
        body |= {key: value for key, value in (("under", under), ("record", record)) if value}
        if not self._destinations.allow(purpose, host, port):
            await self._notes.note("egress-denied", body)
            raise EgressRefusedError(
                f"site.toml does not name {host}:{port} under [egress] {purpose.value}: the operator must add it there"
            )
        await self._notes.note("egress", body)
        return name

    def _hold(self, name: str, used: socket.socket) -> _Open:
        opened = _Open(name, Watch(used), self._clock.now(), Count(0, 0))
        self._open[name] = opened
        return opened

    def _ended(self, opened: _Open) -> None:
        """A connection is over; from any thread, and as often as anybody says so."""
        if self._open.pop(opened.name, None) is None:
            return
        seconds = self._clock.now() - opened.since
        work = self._told_end(opened.name, opened.watch.end(), seconds, "")
        self._loop.call_soon_threadsafe(self._spawn, work)

    async def _told_end(self, name: str, count: Count, seconds: float, failed: str) -> None:
        body = {"connection": name, "sent": count.sent, "received": count.received, "seconds": round(seconds, 3)}
        try:
            await self._notes.note("egress-end", body | ({"failed": failed} if failed else {}))
        except ApiError as error:
            _LOG.error("the end of a connection could not be recorded", extra={"reason": error.message})

    async def tell(self) -> None:
        """Write down, again and again, what open connections carried so far."""
        while True:
            await self._clock.sleep(_TELL_SECONDS)
            await self.tell_now()

    async def tell_now(self) -> None:
        """Write down what open connections carried since it was last said."""
        for opened in list(self._open.values()):
            count = opened.watch.now()
            if count == opened.told:
                continue
            body = {"connection": opened.name, "sent": count.sent, "received": count.received}
            try:
                await self._notes.note("egress-so-far", body)
            except ApiError as error:  # it is said at the next look
                _LOG.error("what a connection carried could not be recorded", extra={"reason": error.message})
            else:
                opened.told = count

    async def close(self) -> None:
        """Write down what those carried that are still open: they are closed with the factory."""
        for opened in list(self._open.values()):
            self._ended(opened)
        settled = self._loop.create_future()
        self._loop.call_soon(settled.set_result, None)
        await settled  # what was said before, by any thread, is spawned by now
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    # --- the ways to it ---

    async def _reached(self, host: str, port: int) -> socket.socket:
        """A connected socket: the first of the addresses that answers. Raises: OSError."""
        found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        trouble: OSError = OSError("the name has no address")
        for family, kind, protocol, _, address in found:
            made = socket.socket(family, kind, protocol)
            made.settimeout(0)
            try:
                await self._loop.sock_connect(made, address)
            except OSError as error:
                made.close()
                trouble = error
                continue
            except BaseException:
                made.close()
                raise
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return made
        raise trouble

    def _from_thread(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_NOTE_SECONDS)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Watched(asyncio.Protocol):
    """Another protocol, and a word to the door when its connection is over."""

    def __init__(self, inner: Any, over: Callable[[], None]) -> None:
        self._inner = inner
        self._over = over
        self.data_received = self._inner.data_received  # type: ignore[method-assign] # one call less a read

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected."""
        self._inner.connection_made(transport)

    def eof_received(self) -> bool | None:
        """The other end sends no more."""
        answer: bool | None = self._inner.eof_received()
        return answer

    def pause_writing(self) -> None:
        """Too much waits to be sent."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """No more."""
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Over."""
        self._over()
        self._inner.connection_lost(exc)
