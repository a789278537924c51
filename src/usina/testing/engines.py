"""Engines that play what a test wrote, and record what they were asked.

Without a script they answer by themselves, deterministically: chat echoes the last message, an embedding is made from
the text's bytes. A token is a word here, so that counts can be checked by hand.
"""

from __future__ import annotations

import copy
import hashlib
import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from usina.core.ports import Json, ModelCard, Task


@dataclass(frozen=True, slots=True)
class Asked:
    """One request an engine saw. `kind` is call, stream or count."""

    kind: str
    model: str
    task: str
    body: Json


@dataclass(slots=True)
class ScriptedEngines:
    """The `Engines` port, in process.

    `play` queues what comes next, one item a request: an answer (dict) for `call`, a list of batches for `stream` (an
    exception among the batches is raised at that place), a number for `count`, or an exception to be raised at once.
    """

    asked: list[Asked] = field(default_factory=list)
    closed_early: int = 0  # streams whose reader went away before their end
    _script: deque[Any] = field(default_factory=deque)

    def play(self, *items: Json | Sequence[Sequence[Json] | Exception] | Exception | int) -> ScriptedEngines:
        """Queue answers; returns itself."""
        self._script.extend(items)
        return self

    @property
    def bodies(self) -> list[Json]:
        """Bodies of all requests, oldest first."""
        return [asked.body for asked in self.asked]

    async def call(self, card: ModelCard, task: Task, body: Json) -> Json:
        """One whole answer."""
        self.asked.append(Asked("call", card.id, task, copy.deepcopy(body)))
        item = self._script.popleft() if self._script else None
        if isinstance(item, Exception):
            raise item
        if item is None:
            return _own_answer(card, task, body)
        assert isinstance(item, dict), "a stream was scripted where a whole answer was asked"  # noqa: S101 - test code
        return item

    async def stream(self, card: ModelCard, task: Task, body: Json) -> AsyncIterator[Sequence[Json]]:
        """Batches as scripted."""
        self.asked.append(Asked("stream", card.id, task, copy.deepcopy(body)))
        item = self._script.popleft() if self._script else None
        if isinstance(item, Exception):
            raise item
        batches = chat_chunks(_words(_own_text(body)), usage=_own_usage(body)) if item is None else item
        done = False
        try:
            for batch in batches:
                if isinstance(batch, Exception):
                    done = True
                    raise batch
                yield batch
            done = True
        finally:
            if not done:
                self.closed_early += 1

    async def count(self, card: ModelCard, body: Json) -> int:
        """Words of the prompt."""
        self.asked.append(Asked("count", card.id, "chat" if "messages" in body else "completion", copy.deepcopy(body)))
        item = self._script.popleft() if self._script else None
        if isinstance(item, Exception):
            raise item
        return item if isinstance(item, int) else _prompt_tokens(body)


def usage(input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> Json:
    """An OpenAI usage object."""
    return {
        "prompt_tokens": input_tokens,
        "completion_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens,
        "prompt_tokens_details": {"cached_tokens": cached_tokens},
    }


def tool_call(name: str, arguments: str, call_id: str = "call_1") -> Json:
    """A tool call as an OpenAI message carries it; `arguments` is JSON text."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def chat_answer(
    text: str | None,
    *,
    finish_reason: str = "stop",
    stop_reason: str | None = None,
    tool_calls: Sequence[Json] = (),
    used: Json | None = None,
) -> Json:
    """A whole chat completion."""
    message: Json = {"role": "assistant", "content": text}
    if tool_calls:
        message["tool_calls"] = list(tool_calls)
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_800_000_000,
        "model": "engine's own name",
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": finish_reason,
                "stop_reason": stop_reason,
                "logprobs": None,
            }
        ],
        "usage": used or usage(3, len((text or "").split())),
    }


def chat_chunk(delta: Json, finish_reason: str | None = None, stop_reason: str | None = None, index: int = 0) -> Json:
    """One chunk of a chat stream."""
    choice: Json = {"index": index, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
    if finish_reason is not None:
        choice["stop_reason"] = stop_reason
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_800_000_000,
        "model": "engine's own name",
        "choices": [choice],
    }


def usage_chunk(used: Json) -> Json:
    """The chunk that ends a stream: no choices, the usage."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_800_000_000,
        "model": "engine's own name",
        "choices": [],
        "usage": used,
    }


def chat_chunks(
    pieces: Iterable[str],
    *,
    finish_reason: str = "stop",
    stop_reason: str | None = None,
    usage: Json,
) -> list[Sequence[Json]]:
    """A text stream: the role, each piece as a batch of its own, the end, the usage."""
    batches: list[Sequence[Json]] = [[chat_chunk({"role": "assistant", "content": ""})]]
    batches += [[chat_chunk({"content": piece})] for piece in pieces]
    batches.append([chat_chunk({}, finish_reason, stop_reason), usage_chunk(usage)])
    return batches


def embedding_answer(vectors: Sequence[Sequence[float]], input_tokens: int) -> Json:
    """An embeddings answer."""
    return {
        "object": "list",
        "model": "engine's own name",
        "data": [
            {"object": "embedding", "index": index, "embedding": list(vector)} for index, vector in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": input_tokens, "total_tokens": input_tokens},
    }


def _own_answer(card: ModelCard, task: Task, body: Json) -> Json:
    if task == "embedding":
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        vectors = [_vector(str(text), card.embedding_dimensions or 8) for text in texts]
        return embedding_answer(vectors, sum(len(str(text).split()) for text in texts))
    text = _own_text(body)
    if task == "completion":
        return {
            "id": "cmpl-1",
            "object": "text_completion",
            "created": 1_800_000_000,
            "model": "engine's own name",
            "choices": [{"index": 0, "text": text, "finish_reason": "stop", "stop_reason": None, "logprobs": None}],
            "usage": _own_usage(body),
        }
    return chat_answer(text, used=_own_usage(body))


def _own_text(body: Json) -> str:
    if "messages" in body:
        return f"You said: {body['messages'][-1].get('content') or ''}"
    return f"You said: {body.get('prompt', '')}"


def _own_usage(body: Json) -> Json:
    return usage(_prompt_tokens(body), len(_own_text(body).split()))


def _prompt_tokens(body: Json) -> int:
    if "messages" in body:
        return sum(len(str(message.get("content") or "").split()) for message in body["messages"])
    return len(str(body.get("prompt", "")).split())


def _words(text: str) -> list[str]:
    words = text.split(" ")
    return [word if index == 0 else f" {word}" for index, word in enumerate(words)]


def _vector(text: str, dimensions: int) -> list[float]:
    stream = hashlib.shake_256(text.encode()).digest(2 * dimensions)
    raw = [int.from_bytes(stream[2 * i : 2 * i + 2], "big") / 65_535 - 0.5 for i in range(dimensions)]
    length = math.sqrt(sum(value * value for value in raw)) or 1.0
    return [value / length for value in raw]
