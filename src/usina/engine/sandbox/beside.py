"""Runs beside a program, outside its sandbox and within its network: the program's only ways in and out.

Started by the keeper, which writes one line of orders to standard input and reads one line back: `ready`, or why not.
The end of standard input is the end of this process. Being outside it needs nothing of the program's file system, and
the program can neither see, stop nor imitate it. Where it is root it stops being so once everything is open.

Everything else that the program tries to reach arrives here too (`attempts.py`), is refused at once and counted.

Orders: `process` (0: stay in the network of the machine), `relays` (port inside, path of a Unix socket of the machine),
`servers` (path of a Unix socket that is made, port inside), `watch` (folder for the count of attempts; null: none).
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import resource
import select
import socket
import struct
import sys
import time
from typing import TYPE_CHECKING, Any, NoReturn

from usina.engine.sandbox.attempts import Watch
from usina.engine.sandbox.switchboard import Switchboard
from usina.engine.sandbox.tunnel import open_tunnel

if TYPE_CHECKING:
    from usina.engine.sandbox.switchboard import Dial

_WAITING = 4_096  # connections that may wait to be taken: a Unix socket's clients do not wait for room in the queue
_DESCRIPTORS = 2_048
_OTHERS = 32  # of them that are no connections
_OUT = 128  # connections by a relay at a time: each takes descriptors of the factory, which has others to serve
_TICK_SECONDS = 0.2  # between two writes of what was attempted, and between two looks while a flood lasts
LOOPBACK = "127.0.0.1"
_NOBODY = 65_534
_NEW_USER, _NEW_NETWORK = 0x1000_0000, 0x4000_0000  # CLONE_NEWUSER, CLONE_NEWNET
_GET_FLAGS, _IS_UP = 0x8913, 1  # SIOCGIFFLAGS, IFF_UP
_LOOPBACK_SECONDS = 30.0
_GET_OWNER = 0xB701  # NS_GET_USERNS: the user namespace whose root rules a namespace


def join_network(process: int) -> None:
    """Be in the network of a process, with rights over it.

    Raises: OSError.
    """
    libc = ctypes.CDLL(None, use_errno=True)

    def enter(descriptor: int, kind: int) -> None:
        if libc.setns(descriptor, kind):
            number = ctypes.get_errno()
            raise OSError(number, f"the program's network could not be joined: {os.strerror(number)}")

    network = os.open(f"/proc/{process}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    if os.geteuid() != 0:
        enter(fcntl.ioctl(network, _GET_OWNER), _NEW_USER)
    enter(network, _NEW_NETWORK)


def await_loopback(seconds: float = _LOOPBACK_SECONDS) -> None:
    """Wait until the network that we are in has its loopback address.

    The sandbox tells its process before that process has set its network up: on a busy machine we are here first.

    Raises: OSError.
    """
    deadline = time.monotonic() + seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        request = struct.pack("16sH22x", b"lo", 0)  # struct ifreq
        while not struct.unpack_from("H", fcntl.ioctl(end, _GET_FLAGS, request), 16)[0] & _IS_UP:
            if time.monotonic() > deadline:
                raise OSError(errno.ENETDOWN, "the sandbox did not set its network up")
            select.select([], [], [], 0.002)


def drop_rights() -> None:
    """From root to nobody, for good: what is open stays open. Nothing can be imported after it: it may be root's."""
    os.setgroups([])
    os.setresgid(_NOBODY, _NOBODY, _NOBODY)
    os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def opened(folder: str) -> str:
    """A folder under a path that stays good, whoever we are later, and is short enough for a socket's."""
    return f"/proc/self/fd/{os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)}"


def dial_path(path: str) -> Dial:
    """Connects to a Unix socket, which may be another one under the same path later."""
    folder, name = os.path.split(path)
    short = f"{opened(folder)}/{name}"
    return lambda end: end.connect_ex(short)


def dial_port(port: int) -> Dial:
    """Connects to a port of the loopback address."""
    return lambda end: end.connect_ex((LOOPBACK, port))


def listen_at(path: str) -> socket.socket:
    """A Unix socket for the factory's user alone, in the place of what an earlier run left."""
    folder, name = os.path.split(path)
    if os.path.lexists(path):
        os.unlink(path)  # noqa: PTH108 - no pathlib here: 10 ms
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{opened(folder)}/{name}")
    os.chmod(path, 0o600)  # noqa: PTH101
    listener.listen(_WAITING)
    return listener


def room_for_servers(relays: int, servers: int) -> int:
    """How many connections each server may have at a time, of two descriptors each."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    descriptors = max(soft, min(_DESCRIPTORS, hard)) if hard != resource.RLIM_INFINITY else _DESCRIPTORS
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, hard))
    return max(1, (descriptors - _OTHERS - 2 * relays * _OUT) // 2 // max(1, servers))


class Beside:
    """The ways that are ordered, and the watch on all others."""

    def __init__(self, orders: dict[str, Any]) -> None:
        """Open all of it.

        Raises: OSError.
        """
        room = room_for_servers(len(orders["relays"]), len(orders["servers"]))
        self.board = Switchboard()
        self.watch: Watch | None = None
        self.is_flooded = False
        root = os.geteuid() == 0  # and not only within the program's user namespace
        if orders["watch"]:
            os.makedirs(orders["watch"], exist_ok=True)  # noqa: PTH103 - no pathlib here: 10 ms
        if orders["process"]:
            join_network(orders["process"])
            await_loopback()
        if orders["watch"]:
            self.watch = Watch(open_tunnel(), opened(orders["watch"]))
            self.heed()
        for port, path in orders["relays"]:
            listener = socket.create_server((LOOPBACK, port), backlog=_WAITING)
            self.board.listen(listener, socket.AF_UNIX, dial_path(path), _OUT)
        for path, port in orders["servers"]:
            self.board.listen(listen_at(path), socket.AF_INET, dial_port(port), room)
        if root:
            if orders["watch"]:
                os.chown(orders["watch"], _NOBODY, _NOBODY)
            drop_rights()

    def heed(self) -> None:
        """Look at the tunnel, again."""
        assert self.watch is not None  # noqa: S101 - made before
        self.is_flooded = False
        self.board.watch(self.watch.tunnel, self.look)

    def look(self) -> None:
        """Something came by the tunnel."""
        assert self.watch is not None  # noqa: S101 - made before
        if not self.watch.read():
            self.is_flooded = True
            self.board.selector.unregister(self.watch.tunnel)

    def end(self) -> NoReturn:
        """The program is gone: what is left to count, and out."""
        if self.watch is not None:
            self.watch.read()
            self.watch.write()
        os._exit(0)

    def run(self) -> NoReturn:
        """Until standard input ends."""
        self.board.watch(sys.stdin.fileno(), self.end)
        written = 0.0
        while True:
            waiting = self.watch is not None and (self.watch.changed or self.is_flooded)
            self.board.turn(_TICK_SECONDS if waiting else None)
            now = time.monotonic()
            if self.watch is None or now - written < _TICK_SECONDS:
                continue
            if self.is_flooded:
                self.heed()
            if self.watch.changed:
                self.watch.write()
            written = now


def main() -> None:
    """Do what standard input orders, and say whether it could be done; returns where it could not."""
    os.umask(0o077)
    orders = json.loads(sys.stdin.buffer.readline())
    try:
        beside = Beside(orders)
    except OSError as error:
        sys.stdout.write(f"{error.strerror or error}\n")
        return
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    beside.run()


def probe() -> None:
    """Try, in a network of our own, whether attempts can be recorded on this machine; says why not."""
    kinds = _NEW_NETWORK | (_NEW_USER if os.geteuid() != 0 else 0)
    if ctypes.CDLL(None, use_errno=True).unshare(kinds):
        sys.stdout.write(f"a network of its own: {os.strerror(ctypes.get_errno())}\n")
        return
    try:
        open_tunnel()
    except OSError as error:
        sys.stdout.write(f"{error.filename or 'a network device'}: {error.strerror}\n")
