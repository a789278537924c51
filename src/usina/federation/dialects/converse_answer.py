"""Answers of Converse and events of ConverseStream in OpenAI's form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from usina.core.errors import ApiError, EngineError
from usina.federation.refusals import refusal
from usina.wire import eventstream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.ports import Json

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_FINISH: Final = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
}
# Exceptions of a stream, and the status that they have outside of one.
_STATUS: Final = {
    "throttlingException": 429,
    "validationException": 400,
    "serviceUnavailableException": 503,
    "modelTimeoutException": 408,
}


def chat_answer(model: str, answer: Any, stops: Sequence[str]) -> Json:
    """A whole answer as a chat completion."""
    texts: list[str] = []
    reasons: list[str] = []
    calls: list[Json] = []
    for block in answer["output"]["message"]["content"]:
        if "text" in block:
            texts.append(block["text"])
        elif "toolUse" in block:
            use = block["toolUse"]
            function = {"name": use["name"], "arguments": _encode(use["input"]).decode()}
            calls.append({"id": use["toolUseId"], "type": "function", "function": function})
        elif "reasoningContent" in block:
            reasons.append((block["reasoningContent"].get("reasoningText") or {}).get("text", ""))
    message: Json = {"role": "assistant", "content": "".join(texts)}
    if calls:
        message["tool_calls"] = calls
    if any(reasons):
        message["reasoning_content"] = "".join(reasons)
    choice = {"index": 0, "message": message, **_ending(answer, stops)}
    return {"object": "chat.completion", "model": model, "choices": [choice], "usage": _usage(answer["usage"])}


def _ending(told: Any, stops: Sequence[str]) -> Json:
    """`finish_reason`, and which stop sequence it was as far as that is known."""
    reason = told["stopReason"]
    sequence: Any = None
    if reason == "stop_sequence":
        sequence = (told.get("additionalModelResponseFields") or {}).get("stop_sequence")
        if not isinstance(sequence, str):
            sequence = stops[0] if stops else ""
    return {"finish_reason": _FINISH.get(reason, "stop"), "stop_reason": sequence}


def _usage(told: Any) -> Json:
    cached = int(told.get("cacheReadInputTokens") or 0)
    prompt = int(told["inputTokens"]) + cached + int(told.get("cacheWriteInputTokens") or 0)
    given = int(told["outputTokens"])
    return {
        "prompt_tokens": prompt,
        "completion_tokens": given,
        "total_tokens": prompt + given,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


class ConverseReader:
    """The `Reader` of ConverseStream."""

    def __init__(self, model: str, stops: Sequence[str]) -> None:
        self._model = model
        self._stops = stops
        self._frames = eventstream.Decoder()
        self._tools: dict[int, int] = {}  # index of a content block -> index of the tool call
        self._stopped = False
        self._used: Json | None = None

    def feed(self, data: bytes) -> list[Json]:
        """Chunks that are complete now."""
        chunks = []
        try:
            for message in self._frames.feed(data):
                chunk = self._chunk(message.headers, _decode(message.payload))
                if chunk is not None:
                    chunks.append(chunk)
        except (ApiError, EngineError):
            raise
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
            raise EngineError("The cloud's endpoint sent an event that makes no sense.") from error
        return chunks

    def finish(self) -> list[Json]:
        """The usage. Raises: EngineError where the end of the stream did not come."""
        if not self._stopped or self._used is None:
            raise EngineError("The cloud's endpoint ended its stream before its answer was complete.")
        return [self._made([], usage=self._used)]

    def _chunk(self, headers: Any, told: Any) -> Json | None:
        if headers.get(":message-type") != "event":
            name = str(headers.get(":exception-type") or headers.get(":error-code") or "")
            raise refusal(_STATUS.get(name, 500), name, str(told.get("message") or ""))
        name = headers[":event-type"]
        if name == "contentBlockDelta":
            return self._delta(told["contentBlockIndex"], told["delta"])
        if name == "contentBlockStart" and "toolUse" in told["start"]:
            use = told["start"]["toolUse"]
            number = self._tools[told["contentBlockIndex"]] = len(self._tools)
            function = {"name": use["name"], "arguments": ""}
            call = {"index": number, "id": use["toolUseId"], "type": "function", "function": function}
            return self._of({"tool_calls": [call]})
        if name == "messageStart":
            return self._of({"role": "assistant"})
        if name == "messageStop":
            self._stopped = True
            return self._made([{"index": 0, "delta": {}, **_ending(told, self._stops)}])
        if name == "metadata":
            self._used = _usage(told["usage"])
        return None

    def _delta(self, index: int, delta: Any) -> Json | None:
        if "text" in delta:
            return self._of({"content": delta["text"]})
        if "toolUse" in delta:
            piece = {"index": self._tools[index], "function": {"arguments": delta["toolUse"]["input"]}}
            return self._of({"tool_calls": [piece]})
        text = (delta.get("reasoningContent") or {}).get("text")
        return self._of({"reasoning_content": text}) if text else None

    def _of(self, delta: Json) -> Json:
        return self._made([{"index": 0, "delta": delta, "finish_reason": None}])

    def _made(self, choices: list[Json], **more: Any) -> Json:
        return {"id": "chatcmpl-cloud", "object": "chat.completion.chunk", "model": self._model,
                "choices": choices, **more}  # fmt: skip
