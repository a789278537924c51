"""Mistral AI's bodies: a prompt with outputs, or chat messages with choices.

Forms: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-mistral-text-completion.html and
.../model-parameters-mistral-chat-completion.html. Chat messages are OpenAI's, with `any` for the tool choice
`required`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec

from usina.services.bedrock_runtime import models
from usina.services.bedrock_runtime.answers import INPUT, STOP, TEXT, TOOL
from usina.services.bedrock_runtime.families import openai
from usina.services.bedrock_runtime.families.family import Ask, ChatFamily, Frame, Reply, decode
from usina.services.bedrock_runtime.families.prompts import ask_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.ports import Json, Resolution
    from usina.services.bedrock_runtime.answers import Ending, Step

_DEFAULT_MAX_TOKENS = 512  # as documented
_REASONS: Final[Mapping[str, str]] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
}
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    prompt: str
    max_tokens: Annotated[int, msgspec.Meta(ge=1)] = _DEFAULT_MAX_TOKENS
    stop: list[str] | None = None
    temperature: Share | None = None
    top_p: Share | None = None
    top_k: Annotated[int, msgspec.Meta(ge=0)] | None = None


class _Peek(msgspec.Struct):
    messages: msgspec.Raw = msgspec.Raw()


_peek = msgspec.json.Decoder(_Peek)
_decoder = msgspec.json.Decoder(_Body)


def _parse(body: bytes, found: Resolution) -> Ask:
    if bytes(decode(_peek, body).messages):
        return openai.FAMILY.parse(body, found)
    asked = decode(_decoder, body)
    options = {
        "max_tokens": models.output_limit(asked.max_tokens, found),
        "temperature": asked.temperature,
        "top_p": asked.top_p,
        "top_k": asked.top_k,
        "stop": asked.stop or None,
    }
    return Ask(*ask_of(asked.prompt, options), notes="prompt")


def _reason(ending: Ending) -> str:
    return _REASONS.get(ending.stop_reason, "stop")


def _text(steps: Sequence[Step]) -> str:
    return "".join(value for kind, _, value in steps if kind == TEXT)


def _answer(ask: Ask, reply: Reply) -> Json:
    reason = _reason(reply.ending)
    if ask.notes == "prompt":
        return {"outputs": [{"text": _text(reply.steps), "stop_reason": reason}]}
    message: Json = {"role": "assistant", "content": _text(reply.steps), "tool_calls": _calls(reply.steps) or None}
    return {
        "id": reply.frame.request_id,
        "object": "chat.completion",
        "created": reply.frame.created,
        "model": reply.frame.model,
        "choices": [{"index": 0, "message": message, "stop_reason": reason}],
        "usage": _usage(reply.ending),
    }


def _calls(steps: Sequence[Step]) -> list[Json]:
    calls: list[Json] = []
    for kind, _, value in steps:
        if kind == TOOL:
            calls.append({"id": value[0], "type": "function", "function": {"name": value[1], "arguments": ""}})
        elif kind == INPUT:
            calls[-1]["function"]["arguments"] += value
    return calls


def _usage(ending: Ending) -> Json:
    return {
        "prompt_tokens": ending.input_tokens,
        "completion_tokens": ending.output_tokens,
        "total_tokens": ending.input_tokens + ending.output_tokens,
    }


class _Chunks:
    """Outputs or choices, in pieces. A tool call comes whole, as Mistral's do."""

    def __init__(self, ask: Ask, frame: Frame) -> None:
        self._prompt = ask.notes == "prompt"
        self._frame = frame
        self._call: list[Step] = []

    def begin(self) -> list[Json]:
        return []

    def feed(self, _batch: Sequence[Json], steps: Sequence[Step]) -> list[Json]:
        chunks: list[Json] = []
        for step in steps:
            kind, _, value = step
            if kind == TEXT:
                chunks.append(self._output(value, None) if self._prompt else self._choice({"content": value}, None))
            elif kind in {TOOL, INPUT}:
                self._call.append(step)
            elif kind == STOP and self._call:
                chunks.append(self._choice({"content": "", "tool_calls": _calls(self._call)}, None))
                self._call = []
        return chunks

    def end(self, ending: Ending) -> list[Json]:
        reason = _reason(ending)
        if self._prompt:
            return [self._output("", reason)]
        return [{**self._choice({"content": ""}, reason), "usage": _usage(ending)}]

    @staticmethod
    def _output(text: str, reason: str | None) -> Json:
        return {"outputs": [{"text": text, "stop_reason": reason}]}

    def _choice(self, message: Mapping[str, Any], reason: str | None) -> Json:
        whole = {"role": "assistant", "content": "", "tool_calls": None, **message}
        return {
            "id": self._frame.request_id,
            "object": "chat.completion.chunk",
            "created": self._frame.created,
            "model": self._frame.model,
            "choices": [{"index": 0, "message": whole, "stop_reason": reason}],
        }


FAMILY: Final = ChatFamily("mistral", _parse, _answer, _Chunks)
