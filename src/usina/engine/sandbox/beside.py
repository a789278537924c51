"""Runs beside a program, outside its sandbox and within its network: the program's only ways in and out.

Started by the keeper, which writes one line of orders to standard input and reads one line back: `ready`, or why not.
The end of standard input is the end of this process. Being outside it needs nothing of the program's file system, and
the program can neither see, stop nor imitate it. Where it is root it stops being so once everything is open.

Orders: `process` (0: stay in the network of the machine), `relays` (port inside, path of a Unix socket of the machine),
`servers` (path of a Unix socket that is made, port inside).
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import resource
import socket
import sys
from typing import TYPE_CHECKING, Any

from usina.engine.sandbox.switchboard import Switchboard

if TYPE_CHECKING:
    from usina.engine.sandbox.switchboard import Dial

_WAITING = 4_096  # connections that may wait to be taken: a Unix socket's clients do not wait for room in the queue
_DESCRIPTORS = 2_048
LOOPBACK = "127.0.0.1"
_NOBODY = 65_534
_NEW_USER, _NEW_NETWORK = 0x1000_0000, 0x4000_0000  # CLONE_NEWUSER, CLONE_NEWNET
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


def drop_rights() -> None:
    """From root to nobody, for good: what is open stays open."""
    os.setgroups([])
    os.setresgid(_NOBODY, _NOBODY, _NOBODY)
    os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def dial_path(path: str) -> Dial:
    """Connects to a Unix socket whose folder is opened now: whoever we are later, and however long its path is."""
    folder, name = os.path.split(path)
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    return lambda end: end.connect_ex(f"/proc/self/fd/{descriptor}/{name}")


def dial_port(port: int) -> Dial:
    """Connects to a port of the loopback address."""
    return lambda end: end.connect_ex((LOOPBACK, port))


def listen_at(path: str) -> socket.socket:
    """A Unix socket for the factory's user alone, in the place of what an earlier run left."""
    folder, name = os.path.split(path)
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    if os.path.lexists(path):
        os.unlink(path)  # noqa: PTH108 - no pathlib here: 10 ms
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"/proc/self/fd/{descriptor}/{name}")
    os.close(descriptor)
    os.chmod(path, 0o600)  # noqa: PTH101
    listener.listen(_WAITING)
    return listener


def open_ways(orders: dict[str, Any]) -> Switchboard:
    """All that is ordered, open.

    Raises: OSError.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    descriptors = max(soft, min(_DESCRIPTORS, hard)) if hard != resource.RLIM_INFINITY else _DESCRIPTORS
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, hard))
    board = Switchboard(descriptors)
    if orders["process"]:
        join_network(orders["process"])
    for port, path in orders["relays"]:
        board.listen(socket.create_server((LOOPBACK, port), backlog=_WAITING), socket.AF_UNIX, dial_path(path))
    for path, port in orders["servers"]:
        board.listen(listen_at(path), socket.AF_INET, dial_port(port))
    return board


def main() -> None:
    """Until standard input ends."""
    os.umask(0o077)
    orders = json.loads(sys.stdin.buffer.readline())
    root = os.geteuid() == 0  # and not only within the program's user namespace
    try:
        board = open_ways(orders)
        if root:
            drop_rights()
    except OSError as error:
        sys.stdout.write(f"{error.strerror or error}\n")
        sys.exit(1)
    board.watch(sys.stdin.fileno(), lambda: os._exit(0))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        board.turn(None)
