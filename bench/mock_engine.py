"""An engine that costs almost nothing: the OpenAI chat API with one fixed answer, so that gateways can be told apart.

`python -m bench.mock_engine --port P`. A whole answer of `--tokens` tokens, or that many stream chunks, each written by
itself; `--delay-ms` paces the chunks. It reads requests just well enough for the gateways here: a length, never chunks.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from typing import Any, cast

import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_STREAM = re.compile(rb'"stream"\s*:\s*true')
_USAGE = re.compile(rb'"include_usage"\s*:\s*true')
MODEL = "bench"


def _http(body: bytes, kind: str = "application/json", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def _chunked(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _event(document: dict[str, Any]) -> bytes:
    return _chunked(b"data: " + json.dumps(document, separators=(",", ":")).encode() + b"\n\n")


class Answers:
    """Everything the engine ever says, as bytes made once."""

    def __init__(self, tokens: int) -> None:
        words = [f" word{index:02d}" for index in range(tokens)]
        usage = {"prompt_tokens": 32, "completion_tokens": tokens, "total_tokens": 32 + tokens}
        base = {"id": "chatcmpl-bench", "created": 1_700_000_000, "model": MODEL}
        whole = {
            **base,
            "object": "chat.completion",
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": "".join(words)}, "finish_reason": "stop"}
            ],
            "usage": usage,
        }
        chunk = {**base, "object": "chat.completion.chunk"}

        def delta(content: dict[str, str], finish: str | None = None) -> bytes:
            return _event({**chunk, "choices": [{"index": 0, "delta": content, "finish_reason": finish}]})

        self.whole = _http(json.dumps(whole, separators=(",", ":")).encode())
        self.head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        self.chunks = [delta({"role": "assistant", "content": words[0]})] + [delta({"content": w}) for w in words[1:]]
        self.finish = delta({}, "stop")
        self.usage = _event({**chunk, "choices": [], "usage": usage})
        self.done = _chunked(b"data: [DONE]\n\n") + b"0\r\n\r\n"
        self.models = _http(
            json.dumps({"object": "list", "data": [{"id": MODEL, "object": "model", "max_model_len": 4096}]}).encode()
        )
        self.health = _http(b'{"status":"ok"}')
        self.unknown = _http(b'{"error":{"message":"no such path"}}', status="404 Not Found")


class Engine(asyncio.Protocol):
    """One connection."""

    def __init__(self, answers: Answers, delay_seconds: float) -> None:
        self.answers = answers
        self.delay_seconds = delay_seconds
        self.buffer = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            length = _LENGTH.search(head)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(self.buffer) < size:
                return
            body, self.buffer = self.buffer[end + 4 : size], self.buffer[size:]
            self.answer(head, body)

    def answer(self, head: bytes, body: bytes) -> None:
        path = head.split(b" ", 2)[1]
        if path.endswith(b"/chat/completions"):
            if _STREAM.search(body):
                self.stream(with_usage=bool(_USAGE.search(body)))
            elif self.delay_seconds:
                asyncio.get_running_loop().call_later(self.delay_seconds, self.transport.write, self.answers.whole)
            else:
                self.transport.write(self.answers.whole)
        elif path.endswith(b"/models"):
            self.transport.write(self.answers.models)
        else:
            self.transport.write(self.answers.health if path == b"/health" else self.answers.unknown)

    def stream(self, *, with_usage: bool) -> None:
        parts = [self.answers.head, *self.answers.chunks, self.answers.finish]
        parts += [self.answers.usage] if with_usage else []
        parts.append(self.answers.done)
        if not self.delay_seconds:
            for part in parts:
                self.transport.write(part)
            return
        loop = asyncio.get_running_loop()
        for index, part in enumerate(parts):
            loop.call_later(self.delay_seconds * index, self.transport.write, part)


async def serve(port: int, tokens: int, delay_seconds: float) -> None:
    """Answer until killed."""
    answers = Answers(tokens)
    server = await asyncio.get_running_loop().create_server(
        lambda: Engine(answers, delay_seconds), "127.0.0.1", port, backlog=1024
    )
    await server.serve_forever()


def main() -> None:
    """Command line."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--tokens", type=int, default=64)
    arguments.add_argument("--delay-ms", type=float, default=0.0)
    given = arguments.parse_args()
    uvloop.run(serve(given.port, given.tokens, given.delay_ms / 1000))


if __name__ == "__main__":
    main()
