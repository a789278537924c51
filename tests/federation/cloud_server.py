"""An endpoint outside, as bytes over TLS: it keeps each request, and answers what a test tells it, whole or cut."""

from __future__ import annotations

import asyncio
import json
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from usina.core.clock import SystemClock
from usina.door.tls import ensure_tls
from usina.wire import eventstream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

ANSWER = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Hello from afar"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 7, "outputTokens": 5, "totalTokens": 12},
    "metrics": {"latencyMs": 1},
}
EVENTS: list[tuple[str, Mapping[str, Any]]] = [
    ("messageStart", {"role": "assistant"}),
    ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hello "}}),
    ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "from afar"}}),
    ("contentBlockStop", {"contentBlockIndex": 0}),
    ("messageStop", {"stopReason": "end_turn"}),
    ("metadata", {"usage": ANSWER["usage"], "metrics": {"latencyMs": 1}}),
]


@dataclass(frozen=True)
class Seen:
    """One request as it came."""

    line: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class CloudServer:
    """`answers` are told in turn; the last one again and again. An answer of None closes without a word."""

    port: int = 0
    authority_pem: str = ""
    answers: list[bytes | None] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            line, *lines = head.decode("latin-1").strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.raw += head + body
            self.seen.append(Seen(line, headers, body))
            told = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if told is not None:
                writer.write(told)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def http(body: Any = None, status: int = 200, headers: Mapping[str, str] | None = None, cut: int = 0) -> bytes:
    """A whole answer; `cut`: so many bytes of its end do not come."""
    payload = body if isinstance(body, bytes) else json.dumps(body if body is not None else {}).encode()
    lines = [f"HTTP/1.1 {status} Told", f"content-length: {len(payload)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    whole = ("\r\n".join(lines) + "\r\n\r\n").encode() + payload
    return whole[: len(whole) - cut] if cut else whole


def failure(status: int, code: str, message: str = "no", headers: Mapping[str, str] | None = None) -> bytes:
    """An error in AWS's form."""
    return http({"message": message}, status, {"x-amzn-errortype": code, **(headers or {})})


def frames(events: list[tuple[str, Mapping[str, Any]]]) -> bytes:
    """Events of a stream; one whose name ends in Exception breaks it."""
    made = b""
    for name, told in events:
        broken = name.endswith("Exception")
        head = {":message-type": "exception" if broken else "event", ":content-type": "application/json"}
        head[":exception-type" if broken else ":event-type"] = name
        made += eventstream.encode(head, json.dumps(told).encode())
    return made


def stream(events: list[tuple[str, Mapping[str, Any]]], cut: int = 0) -> bytes:
    """A whole stream as one HTTP answer."""
    return http(frames(events), headers={"content-type": eventstream.CONTENT_TYPE}, cut=cut)


def sse(*events: Any, marker: bool = True) -> bytes:
    """Server-sent events as OpenAI sends them."""
    lines = [f"data: {json.dumps(event)}\n\n" for event in events] + (["data: [DONE]\n\n"] if marker else [])
    return http("".join(lines).encode(), headers={"content-type": "text/event-stream"})


@asynccontextmanager
async def cloud_server(folder: Path, *answers: bytes | None) -> AsyncIterator[CloudServer]:
    """A server that runs while it is entered, with a certificate of an authority of its own."""
    tls = ensure_tls(folder, ["localhost", "127.0.0.1"], SystemClock())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate, tls.key)
    server = CloudServer(authority_pem=tls.authority.read_text(), answers=list(answers))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.serve(reader, writer)  # which a test may put another in the place of

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
