"""Runs inside, before the program: becomes the program's own user for good, takes its environment, becomes it.

Called as a file by the standard library alone: `enter.py START`, a JSON document of `user` (null: stay who we are),
`argv`, `environment`, `workdir`, `processes` (null: no bound) and `relays` (port and Unix socket). The environment is
a stranger's, so it comes in a file, after the rights are gone: in our own environment it could change what runs here.
After a change from root to another user no capability is left, and the sandbox forbids to gain new ones.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

_CHUNK_BYTES = 65_536
_WAITING = 64  # connections that may wait to be taken


def main(start: str) -> None:
    """Drop the user and become the program."""
    with open(start, encoding="utf-8") as file:  # noqa: PTH123 - no pathlib here: 10 ms
        orders = json.load(file)
    user = orders["user"]
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    if orders["processes"] is not None:
        import resource

        hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
        most = orders["processes"] if hard == resource.RLIM_INFINITY else min(orders["processes"], hard)
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    if orders["relays"]:
        start_relays(orders["relays"])
    argv = orders["argv"]
    try:
        os.chdir(orders["workdir"])
        os.execvpe(argv[0], argv, orders["environment"])  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"{argv[0]} cannot be started: {error.strerror}\n")
        sys.exit(127)


def start_relays(relays: list[tuple[int, str]]) -> None:
    """Listen, and leave the rest to a process that is not the program's child: it may wait for all of its own."""
    import socket

    listeners = [(socket.create_server(("127.0.0.1", port), backlog=_WAITING), path) for port, path in relays]
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        for listener, _ in listeners:
            listener.close()
        return
    if os.fork():
        os._exit(0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    serve(listeners)


def serve(listeners: list[tuple[socket.socket, str]]) -> None:
    """Relay until the sandbox is taken down."""
    import socket
    import threading

    def accept(listener: socket.socket, path: str) -> None:
        while True:
            inner, _ = listener.accept()
            outer = socket.socket(socket.AF_UNIX)
            try:
                outer.connect(path)
            except OSError:  # the factory is being started again: the client's next try may succeed
                inner.close()
                outer.close()
                continue
            for source, sink in ((inner, outer), (outer, inner)):
                threading.Thread(target=pump, args=(source, sink), daemon=True).start()

    for listener, path in listeners[1:]:
        threading.Thread(target=accept, args=(listener, path), daemon=True).start()
    accept(*listeners[0])


def pump(source: socket.socket, sink: socket.socket) -> None:
    """One direction of a connection, to its end."""
    import socket

    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK_BYTES):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main(sys.argv[1])
