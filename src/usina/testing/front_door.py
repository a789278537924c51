"""A front door over TLS that answers what a test tells it: for clients, which need an address, a CA and a kit.

It checks no signature and keeps every request, so that a test can see what a client sent.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from usina.client.kit import KitCredentials, KitFacts, write_kit
from usina.core.clock import SystemClock
from usina.door.tls import ensure_tls
from usina.wire import eventstream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

REQUEST_ID = "11111111-2222-4333-8444-555555555555"
ACCOUNT = "111122223333"


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came."""

    name: str  # the X-Amz-Target, or METHOD PATH
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Told:
    """One answer. `body` is JSON, or bytes as they are."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def failure(code: str, message: str, status: int = 400) -> Told:
    """An error in AWS's JSON form."""
    return Told({"__type": code, "message": message}, status, {"x-amzn-errortype": code})


def event_stream(events: Iterable[tuple[str, Mapping[str, Any]]], headers: Mapping[str, str] | None = None) -> Told:
    """An event stream; an event whose name ends in Exception is one that breaks it."""
    frames = []
    for name, body in events:
        broken = name.endswith("Exception")
        head = {":message-type": "exception" if broken else "event", ":content-type": "application/json"}
        head[":exception-type" if broken else ":event-type"] = name
        frames.append(eventstream.encode(head, json.dumps(body).encode()))
    return Told(b"".join(frames), 200, {"content-type": eventstream.CONTENT_TYPE, **(headers or {})})


class ScriptedDoor:
    """Serves while it is entered; `kit` is the folder of its client kit.

    `answers` maps a request's name to what is told, one after the other; the last one is told again and again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.answers: dict[str, list[Told]] = defaultdict(list)
        self.seen: list[Seen] = []
        self.kit = folder / "client"

    def tell(self, name: str, *told: Told | Mapping[str, Any]) -> None:
        """Answer requests of that name with these, in order."""
        self.answers[name] = [item if isinstance(item, Told) else Told(item) for item in told]

    def sent(self, name: str) -> list[Any]:
        """Decoded bodies of the requests of that name."""
        return [seen.json() for seen in self.seen if seen.name == name]

    def answer(self, seen: Seen) -> Told:
        """What a request gets."""
        self.seen.append(seen)
        told = self.answers[seen.name]
        if not told:
            return failure("UnknownOperationException", f"no answer for {seen.name}", 501)
        return told.pop(0) if len(told) > 1 else told[0]

    def __enter__(self) -> Self:
        tls = ensure_tls(self._folder / "keys", ["localhost", "127.0.0.1", "::1"], SystemClock())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.certificate, tls.key)
        self._server = _QuietServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        facts = KitFacts("127.0.0.1", 0, self._server.server_port, "us-east-1", ACCOUNT, tls.authority.read_text())
        write_kit(self.kit, facts, KitCredentials("AKIAEXAMPLE", "example-secret", "example-api-key"))
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _QuietServer(ThreadingHTTPServer):
    """A client that hangs up, or does not trust us, is what some tests want: nothing to print."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


def _handler(door: ScriptedDoor) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Reads one request, tells one answer, closes."""

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            name = headers.get("x-amz-target") or f"{self.command} {self.path}"
            told = door.answer(Seen(name, headers, body))
            payload = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
            self.send_response(told.status)
            known = {"content-type": "application/x-amz-json-1.1", "x-amzn-requestid": REQUEST_ID, **told.headers}
            for header, value in {**known, "content-length": str(len(payload)), "connection": "close"}.items():
                self.send_header(header, value)
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = _serve  # noqa: N815 - names that http.server looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
