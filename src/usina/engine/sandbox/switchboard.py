"""Carries bytes between sockets, many connections in one thread, each direction as slow as its slower side.

By the standard library alone and without asyncio: it runs in a process of its own beside each program, and such a
process has to be small and quick to start. What is read is written at once, so that an answer that comes piece by
piece arrives piece by piece. A side that ends its sending has it ended on the other side, and may still receive.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Dial = Callable[[socket.socket], int]  # begins to connect; gives an error number, as `connect_ex`

_CHUNK_BYTES = 65_536
_BUSY = (errno.EAGAIN, errno.EINPROGRESS)


@dataclass(eq=False, slots=True)
class Flow:
    """One direction of a connection."""

    source: socket.socket
    sink: socket.socket
    pending: memoryview = field(default_factory=lambda: memoryview(b""))  # read and not yet written
    ended: bool = False  # nothing more will be read

    @property
    def done(self) -> bool:
        """Whether all of it was written."""
        return self.ended and not self.pending

    def read(self) -> None:
        """Take what is there and hand on what is taken."""
        data = self.source.recv(_CHUNK_BYTES)
        self.ended = not data
        self.pending = memoryview(data)
        self.write()

    def write(self) -> None:
        """Hand on what is pending; the end too, once all is written."""
        with contextlib.suppress(BlockingIOError):
            while self.pending:
                self.pending = self.pending[self.sink.send(self.pending) :]
        if self.done:
            self.sink.shutdown(socket.SHUT_WR)


@dataclass(eq=False, slots=True)
class Entry:
    """Where connections come in."""

    listener: socket.socket
    family: int  # of the sockets that are made for them
    dial: Dial
    most: int  # at a time; more wait in the listener's queue
    open: int = 0


@dataclass(eq=False, slots=True)
class Connection:
    """A connection that was taken, `near`, and the one that was made for it, `far`."""

    near: socket.socket
    far: socket.socket
    entry: Entry
    out: Flow
    back: Flow
    connected: bool = False
    over: bool = False

    @classmethod
    def of(cls, near: socket.socket, far: socket.socket, entry: Entry) -> Connection:
        """Both of one connection."""
        return cls(near, far, entry, Flow(near, far), Flow(far, near))

    def wanted(self, one: socket.socket) -> int:
        """What to wait for on one of the two."""
        if not self.connected:
            return selectors.EVENT_WRITE if one is self.far else 0
        sends, receives = (self.out, self.back) if one is self.near else (self.back, self.out)
        reads = selectors.EVENT_READ if not sends.ended and not sends.pending else 0
        return reads | (selectors.EVENT_WRITE if receives.pending else 0)

    def advance(self, one: socket.socket, mask: int) -> None:
        """Do what one of the two is ready for.

        Raises: OSError where the connection is lost.
        """
        if not self.connected:
            if error := self.far.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(error, "not connected")
            self.connected = True
            return
        sends, receives = (self.out, self.back) if one is self.near else (self.back, self.out)
        with contextlib.suppress(BlockingIOError):
            if mask & selectors.EVENT_READ:
                sends.read()
        if mask & selectors.EVENT_WRITE:
            receives.write()
        self.over = self.out.done and self.back.done


class Switchboard:
    """Listeners, and the connections that came in by them."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self._later: deque[Connection] = deque()  # where the other end has no room yet

    def watch(self, source: int, ready: Callable[[], None]) -> None:
        """Call `ready` when there is something to read."""
        self.selector.register(source, selectors.EVENT_READ, lambda _: ready())

    def listen(self, listener: socket.socket, family: int, dial: Dial, most: int) -> None:
        """Take what comes in by a listener, so many at a time, each to a socket of that family that `dial` connects."""
        listener.setblocking(False)  # noqa: FBT003 - the socket's own signature
        self._heed(Entry(listener, family, dial, most))

    def _heed(self, entry: Entry) -> None:
        self.watch(entry.listener.fileno(), lambda: self._take(entry))

    def _take(self, entry: Entry) -> None:
        with contextlib.suppress(OSError):  # gone again, or no descriptor is free
            near, _ = entry.listener.accept()
            self._open(near, socket.socket(entry.family, socket.SOCK_STREAM), entry)

    def turn(self, seconds: float | None) -> None:
        """Wait for something to do, at most so long, and do it."""
        for _ in range(len(self._later)):
            self._begin(self._later.popleft())
        for key, mask in self.selector.select(0.01 if self._later else seconds):
            key.data(mask)

    def _open(self, near: socket.socket, far: socket.socket, entry: Entry) -> None:
        for each in (near, far):
            each.setblocking(False)  # noqa: FBT003 - the socket's own signature
            if each.family == socket.AF_INET:
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        entry.open += 1
        if entry.open == entry.most:
            self.selector.unregister(entry.listener)
        self._begin(Connection.of(near, far, entry))

    def _begin(self, connection: Connection) -> None:
        error = connection.entry.dial(connection.far)
        if error == errno.EAGAIN and connection.far.family == socket.AF_UNIX:
            self._later.append(connection)  # its listener's queue is full: to be tried again
        elif error and error not in _BUSY:
            self._close(connection)
        else:
            self._wait(connection)

    def _wait(self, connection: Connection) -> None:
        """Register for what is wanted now. A socket of which nothing is wanted is not watched: it may be hung up."""
        for one in (connection.near, connection.far):
            wanted = connection.wanted(one)
            known = self.selector.get_map().get(one.fileno())
            if known is not None and known.events != wanted:
                self.selector.unregister(one)
            if wanted and (known is None or known.events != wanted):
                self.selector.register(one, wanted, self._on(connection, one))

    def _on(self, connection: Connection, one: socket.socket) -> Callable[[int], None]:
        def ready(mask: int) -> None:
            if one.fileno() < 0:  # closed by what its other side did in this same turn
                return
            try:
                connection.advance(one, mask)
            except OSError:
                connection.over = True
            if connection.over:
                self._close(connection)
            else:
                self._wait(connection)

        return ready

    def _close(self, connection: Connection) -> None:
        for one in (connection.near, connection.far):
            with contextlib.suppress(KeyError):
                self.selector.unregister(one)
            one.close()
        entry = connection.entry
        if entry.open == entry.most:
            self._heed(entry)
        entry.open -= 1
