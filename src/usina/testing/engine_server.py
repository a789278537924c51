"""An OpenAI-compatible engine without a model.

`python -m usina.testing.engine_server '{"socket": PATH}'`, or `{"port": NUMBER}`. It answers at once, always the same,
so that what stands before it can be measured and broken. Words in the last message steer it: `crash` ends the process
in the midst of a stream, `hang` gives nothing, `slow` never ends, `cut` ends a stream without its end, `error` puts an
error into it, `refuse` answers 400, `fail` 500, `long` gives 64 chunks, `garbage` no JSON. `{"loading": N}` makes the
first N requests answer 503, `{"adapters": [FILE, ...]}` lets an answer begin with the content of the adapter's file
that a request chose; a file that says `crash` ends the process at its start. `GET /active` tells how many answers are
being given.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MODEL = "fake-model"
_SLOW_SECONDS = 0.02
_VECTOR = [0.5, 0.5, 0.5, 0.5]
Json = dict[str, Any]
_Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class EngineServer:
    """One engine."""

    def __init__(self, loading: int = 0, adapters: Sequence[str] = ()) -> None:
        self.active = 0
        self._adapters = adapters
        self._loading = loading
        self._requests = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept alive."""
        try:
            while (head := await reader.readuntil(b"\r\n\r\n")) is not None:
                method, path, length = _head(head)
                body = json.loads(await reader.readexactly(length) or b"{}")
                await self._answer((reader, writer), method, path, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, ends: _Ends, method: str, path: str, body: Json) -> None:
        _, writer = ends
        self._requests += 1
        if path == "/active":
            _write(writer, 200, {"active": self.active})
        elif self._requests <= self._loading:
            _write(writer, 503, {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}})
        elif method == "GET":
            _write(writer, 200, {"object": "list", "data": [{"id": _MODEL, "owned_by": "fake", "max_model_len": 2048}]})
        elif path.endswith("/embeddings"):
            texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
            data = [{"object": "embedding", "index": i, "embedding": _VECTOR} for i in range(len(texts))]
            words = sum(len(str(text).split()) for text in texts)
            _write(
                writer, 200, {"object": "list", "data": data, "usage": {"prompt_tokens": words, "total_tokens": words}}
            )
        else:
            self.active += 1
            try:
                await self._complete(ends, path, body)
            finally:
                self.active -= 1
        await writer.drain()

    async def _complete(self, ends: _Ends, path: str, body: Json) -> None:
        reader, writer = ends
        chat = path.endswith("/chat/completions")
        asked = str(body["messages"][-1]["content"]) if chat else str(body.get("prompt", ""))
        chosen = [self._adapters[each["id"]] for each in body.get("lora", ()) if each["scale"]]
        asked = " ".join((*chosen, asked))
        if "refuse" in asked:
            _write(writer, 400, {"error": {"message": "temperature must be at least 0", "code": 400}})
        elif "fail" in asked:
            _write(writer, 500, {"error": {"message": "out of memory at /home/secret", "code": 500}})
        elif "hang" in asked:
            await reader.read(1)  # until the other end goes away
        elif body.get("stream"):
            await self._stream(writer, body, asked, chat=chat)
        elif "garbage" in asked:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{{{")
        elif "crash" in asked:
            os._exit(9)
        else:
            _write(writer, 200, _whole(body, asked, chat=chat))

    async def _stream(self, writer: asyncio.StreamWriter, body: Json, asked: str, *, chat: bool) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        if "slow" in asked:
            while not writer.is_closing():
                _event(writer, _piece("word ", chat=chat))
                await writer.drain()
                await asyncio.sleep(_SLOW_SECONDS)  # noqa: TID251 - a real process of its own
            return
        if "garbage" in asked:
            _chunk(writer, b"data: {{{\n\n")
            return
        for text in _pieces(body, asked):
            _event(writer, _piece(text, chat=chat))
        if "crash" in asked:
            await writer.drain()
            os._exit(9)
        if "error" in asked:
            _event(writer, {"error": {"message": "CUDA error", "code": 500}})
        elif "cut" not in asked:
            _event(writer, _piece("", chat=chat, finish="stop"))
            _event(writer, {**_base("chat.completion.chunk"), "choices": [], "usage": _usage(asked, body)})
            _chunk(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")


def _pieces(body: Json, asked: str) -> Iterator[str]:
    if "response_format" in body:
        yield json.dumps(_instance(body["response_format"]["json_schema"]["schema"]))
    elif "long" in asked:
        yield from ["word "] * 64
    else:
        yield from (f"{word} " for word in f"You said: {asked}".split())


def _whole(body: Json, asked: str, *, chat: bool) -> Json:
    text = "".join(_pieces(body, asked))
    choice: Json = {"index": 0, "finish_reason": "stop", "logprobs": None}
    choice |= {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
    return {
        **_base("chat.completion" if chat else "text_completion"),
        "choices": [choice],
        "usage": _usage(asked, body),
    }


def _piece(text: str, *, chat: bool, finish: str | None = None) -> Json:
    choice: Json = {"index": 0, "finish_reason": finish}
    choice |= {"delta": {"content": text} if text else {}} if chat else {"text": text}
    return {**_base("chat.completion.chunk" if chat else "text_completion"), "choices": [choice]}


def _base(kind: str) -> Json:
    return {"id": "chatcmpl-fake", "object": kind, "created": 1_800_000_000, "model": _MODEL}


def _usage(asked: str, body: Json) -> Json:
    prompt, answered = len(asked.split()), sum(len(piece.split()) for piece in _pieces(body, asked))
    return {"prompt_tokens": prompt, "completion_tokens": answered, "total_tokens": prompt + answered}


def _instance(schema: Any) -> Any:
    """Some value that fits a schema of the simple kinds."""
    if not isinstance(schema, dict):
        return {}
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return _instance(schema[key][0])
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        return {name: _instance(inner) for name, inner in schema.get("properties", {}).items()}
    simple: Json = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "array": [], "null": None}
    return simple.get(str(schema.get("type")), {})


def _head(head: bytes) -> tuple[str, str, int]:
    request, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = request.split(" ")
    length = next((line.partition(":")[2] for line in lines if line.lower().startswith("content-length:")), "0")
    return method, path, int(length)


def _write(writer: asyncio.StreamWriter, status: int, body: Json) -> None:
    payload = json.dumps(body).encode()
    writer.write(
        b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
        % (status, len(payload), payload)
    )


def _event(writer: asyncio.StreamWriter, event: Json) -> None:
    _chunk(writer, b"data: %b\n\n" % json.dumps(event).encode())


def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n%b\r\n" % (len(data), data))


def _adapters(settings: Json) -> list[str]:
    contents = [Path(path).read_text("utf-8") for path in settings.get("adapters", ())]
    if "crash" in contents:
        os._exit(9)
    return contents


async def main(settings: Json) -> None:
    """Listen until killed."""
    server = EngineServer(int(settings.get("loading", 0)), _adapters(settings))
    if "socket" in settings:
        listening = await asyncio.start_unix_server(server.serve, settings["socket"])
    else:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", int(settings["port"]))
    async with listening:
        await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
