"""HTTP on a Unix socket: `/ping` and `/invocations`, one request at a time in each worker.

As with SageMaker's own toolkits a user's functions are never called twice at once in one process, so they need no
locks; SAGEMAKER_MODEL_SERVER_WORKERS says how many processes there are. Each loads the model by itself, takes
connections only while it is idle, and so a connection that comes while others are busy goes to a free one. The other
end is the factory, which writes whole requests with a length.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .handlers import Handlers, Request, Response, failed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_READ_BYTES = 262_144
_HEAD_BYTES = 65_536
_BODY_BYTES = 1_073_741_824  # more than any front door lets in
_WAITING = 512
_MOST_WORKERS = 256
_UNLOADABLE = 3  # exit status of a worker whose model could not be loaded: it would fail again
_DEATHS = 5  # of each worker; then the factory starts the server anew, ever more slowly
_REASONS = {200: "OK", 404: "Not Found", 415: "Unsupported Media Type", 500: "Internal Server Error"}


def main(path: str, folder: str, script: str, workers: str) -> None:
    """Serve at that socket until terminated: `server.py SOCKET MODEL_DIR SCRIPT WORKERS`."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o666)  # noqa: PTH101, S103 - in a folder that only the factory can reach
    listener.listen(_WAITING)
    listener.settimeout(0)
    count = min(_MOST_WORKERS, int(workers)) if workers.isdigit() and int(workers) > 0 else 1
    sys.exit(supervise(listener, folder, script, count))


def supervise(listener: socket.socket, folder: str, script: str, count: int) -> int:
    """Keep that many workers; gives the exit status once one says that its model cannot be loaded."""
    workers: set[int] = set()

    def stop(_number: int, _frame: object) -> None:
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGTERM)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    deaths = 0
    while True:
        while len(workers) < count:
            child = os.fork()
            if not child:
                for number in (signal.SIGTERM, signal.SIGALRM):
                    signal.signal(number, signal.SIG_DFL)
                os._exit(_guarded(listener, folder, script))
            workers.add(child)
        ended, status = os.wait()
        workers.discard(ended)
        code = os.waitstatus_to_exitcode(status)
        deaths += 1
        why = "took longer for a request than it may" if code == -signal.SIGALRM else f"ended with status {code}"
        print(f"a worker of the model server {why}", file=sys.stderr, flush=True)  # noqa: T201 - its log
        if code == _UNLOADABLE or deaths > _DEATHS * count:
            return _UNLOADABLE


def _guarded(listener: socket.socket, folder: str, script: str) -> int:
    try:
        return work(listener, folder, script)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001 - a child process: nothing above it may run
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def work(listener: socket.socket, folder: str, script: str) -> int:
    """Load the model and serve; gives an exit status where it cannot be loaded."""
    try:
        handlers = Handlers(folder, script)
    except Exception:  # noqa: BLE001 - a user's function may raise anything
        traceback.print_exc()
        return _UNLOADABLE
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                with suppress(BlockingIOError):  # another worker was quicker
                    made, _ = listener.accept()
                    made.settimeout(None)
                    selector.register(made, selectors.EVENT_READ, Connection(made))
            elif not key.data.serve(handlers):
                selector.unregister(key.fileobj)
                key.data.socket.close()


class Connection:
    """One connection of the factory's."""

    def __init__(self, made: socket.socket) -> None:
        self.socket = made
        self._buffer = b""

    def serve(self, handlers: Handlers) -> bool:
        """Answer what was sent; whether the connection goes on."""
        try:
            data = self.socket.recv(_READ_BYTES)
            self._buffer += data
            while data and b"\r\n\r\n" in self._buffer:
                self._one(handlers)
        except (OSError, ValueError):
            return False  # gone, or no HTTP
        return bool(data) and len(self._buffer) <= _HEAD_BYTES

    def _one(self, handlers: Handlers) -> None:
        head, _, rest = self._buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        size = int(headers.get("content-length", 0))
        if not 0 <= size <= _BODY_BYTES:
            raise ValueError
        body = self._body(rest, size)
        method, _, target = first.partition(" ")
        path = target.partition(" ")[0]
        if path == "/ping":
            self._whole(Response(200, "text/plain", b""))
        elif path == "/invocations" and method == "POST":
            self._invoke(handlers, Request(body, headers))
        else:
            self._whole(Response(404, "text/plain", b"only /ping and /invocations are here"))

    def _body(self, rest: bytes, size: int) -> bytes:
        pieces, missing = [rest], size - len(rest)
        while missing > 0:
            piece = self.socket.recv(min(missing, _READ_BYTES))
            if not piece:
                raise OSError
            pieces.append(piece)
            missing -= len(piece)
        whole = b"".join(pieces) if len(pieces) > 1 else rest
        self._buffer = whole[size:]
        return whole[:size]

    def _invoke(self, handlers: Handlers, request: Request) -> None:
        seconds = _seconds(request.headers)
        limit(seconds)
        try:
            response = handlers.answer(request)
        except Exception as error:  # noqa: BLE001 - a user's function may raise anything; the server goes on
            traceback.print_exc()
            response = failed(error)
        if isinstance(response.body, bytes):
            limit(0.0)
            self._whole(response)
            return
        try:
            self._pieces(response, response.body, seconds)
        finally:
            limit(0.0)

    def _whole(self, response: Response) -> None:
        body = response.body
        assert isinstance(body, bytes)  # noqa: S101 - one that streams goes elsewhere
        self.socket.sendall(_head(response, f"content-length: {len(body)}") + body)

    def _pieces(self, response: Response, pieces: Iterator[Any], seconds: float) -> None:
        """A body as it comes. One that breaks off is cut without its end, so that nobody takes it for a whole one."""
        begun = False
        try:
            for piece in pieces:
                limit(seconds)
                data = piece.encode() if isinstance(piece, str) else bytes(piece)
                head = b"" if begun else _head(response, "transfer-encoding: chunked")
                begun = True
                if data:
                    self.socket.sendall(b"%b%x\r\n%b\r\n" % (head, len(data), data))
                elif head:
                    self.socket.sendall(head)
        except OSError:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
            raise
        except Exception as error:
            traceback.print_exc()
            if begun:
                raise OSError from error
            self._whole(failed(error))
            return
        head = b"" if begun else _head(response, "transfer-encoding: chunked")
        self.socket.sendall(head + b"0\r\n\r\n")


def limit(seconds: float) -> None:
    """End this process, by a signal that needs nothing of it, unless it is back within that time; 0: no more.

    A function that never returns would keep a worker for good; its caller has been told already.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _seconds(headers: Mapping[str, str]) -> float:
    try:
        return max(0.0, float(headers.get("x-usina-seconds", 0)))
    except ValueError:
        return 0.0


def _head(response: Response, length: str) -> bytes:
    reason = _REASONS.get(response.status, "Error")
    lines = [f"HTTP/1.1 {response.status} {reason}", f"content-type: {_clean(response.content_type)}", length]
    lines += [f"{_clean(name)}: {_clean(value)}" for name, value in response.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _clean(text: str) -> str:
    """A user's text as one line of a header."""
    return "".join(character for character in text if character.isprintable())
