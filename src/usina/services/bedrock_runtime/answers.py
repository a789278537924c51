"""Engines' answers as content blocks, whole or in chunks: what Converse and all InvokeModel families are made from.

The engines speak OpenAI's format, one choice. A reader turns chunks into steps, each `(kind, block index, value)`:

    (TEXT, i, piece)            (REASONING, i, piece)
    (TOOL, i, (id, name))       a tool call begins     (INPUT, i, piece of its JSON arguments)
    (STOP, i, None)             the block is complete

A whole answer is read as one large chunk, so both ways give the same blocks.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from usina.core.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Meter
    from usina.core.ports import Json, ModelCard, Ports

TEXT = "text"
REASONING = "reasoning"
TOOL = "tool"
INPUT = "input"
STOP = "stop"
Step = tuple[str, int, Any]

_TOOL_ID_BYTES = 16  # Bedrock's own ids: `tooluse_` and 22 characters of base64url
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Ending:
    """How an answer ended. `stop_reason` in Converse's words."""

    stop_reason: str
    stop_sequence: str | None
    input_tokens: int
    output_tokens: int
    cached_tokens: int


class ChunkReader:
    """From chunks to steps; keeps the meter. One for each answer."""

    __slots__ = (
        "_clock",
        "_context_tokens",
        "_dice",
        "_finish_reason",
        "_input",
        "_kind",
        "_malformed",
        "_max_tokens",
        "_meter",
        "_stop_reason",
        "_tool",
        "_tools",
        "_usage",
        "index",
    )

    def __init__(self, ports: Ports, meter: Meter, card: ModelCard, max_tokens: int | None) -> None:
        self._clock = ports.clock
        self._dice = ports.dice
        self._meter = meter
        self._context_tokens = card.context_tokens
        self._max_tokens = max_tokens
        self.index = 0  # of the open block, or of the next one
        self._kind = ""  # TEXT, REASONING, TOOL; "" where no block is open
        self._tool = -1  # the engine's index of the open tool call
        self._tools = 0  # tool calls so far
        self._input: list[str] = []  # pieces of the open tool call's arguments
        self._malformed = False
        self._finish_reason: str | None = None
        self._stop_reason: object = None
        self._usage: Json = {}

    def read(self, batch: Sequence[Json]) -> list[Step]:
        """Steps of what one read of the engine brought."""
        steps: list[Step] = []
        for chunk in batch:
            choices = chunk.get("choices")
            if choices:
                choice = choices[0]
                delta = choice.get("delta")
                text = choice.get("text") if delta is None else delta.get("content")
                if delta is not None and len(delta) > 1:
                    self._rare(delta, steps)
                if text:
                    if self._kind != TEXT:
                        self._begin(TEXT, steps)
                    steps.append((TEXT, self.index, text))
                if delta and delta.get("tool_calls"):
                    self._tool_calls(delta["tool_calls"], steps)
                finish_reason = choice.get("finish_reason")
                if finish_reason:
                    self._finish_reason = finish_reason
                    self._stop_reason = choice.get("stop_reason")
                    self._end(steps)
            usage = chunk.get("usage")
            if usage:
                self._usage = usage
        if steps and self._meter.first_token_at is None:
            self._meter.first_token_at = self._clock.monotonic()
        return steps

    def ending(self) -> Ending:
        """How it ended, once every chunk was read; the meter has the numbers from here on.

        Raises:
            EngineError: the engine never said that it was done.
        """
        if self._finish_reason is None:
            raise EngineError("The model ended its answer without a stop reason.")
        usage = self._usage
        details = usage.get("prompt_tokens_details") or {}
        ending = Ending(
            self._converse_stop_reason(),
            self._stop_reason if isinstance(self._stop_reason, str) else None,
            usage.get("prompt_tokens") or 0,
            usage.get("completion_tokens") or 0,
            details.get("cached_tokens") or 0,
        )
        meter = self._meter
        meter.input_tokens = ending.input_tokens
        meter.output_tokens = ending.output_tokens
        meter.cached_tokens = ending.cached_tokens
        meter.stop_reason = ending.stop_reason
        return ending

    def _rare(self, delta: Json, steps: list[Step]) -> None:
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if reasoning:
            if self._kind != REASONING:
                self._begin(REASONING, steps)
            steps.append((REASONING, self.index, reasoning))

    def _tool_calls(self, calls: Sequence[Json], steps: list[Step]) -> None:
        for position, call in enumerate(calls):
            number = call.get("index", position)
            function = call.get("function") or {}
            if self._kind != TOOL or number != self._tool:
                if number < self._tools:
                    raise EngineError("The model mixed up its tool calls.")
                self._begin(TOOL, steps)
                self._tool = number
                self._tools = number + 1
                self._input = []
                steps.append((TOOL, self.index, (self._tool_id(), function.get("name") or "")))
            arguments = function.get("arguments")
            if arguments:
                self._input.append(arguments)
                steps.append((INPUT, self.index, arguments))

    def _tool_id(self) -> str:
        token = base64.urlsafe_b64encode(self._dice.token(_TOOL_ID_BYTES))
        return "tooluse_" + token.rstrip(b"=").decode()

    def _begin(self, kind: str, steps: list[Step]) -> None:
        self._end(steps)
        self._kind = kind

    def _end(self, steps: list[Step]) -> None:
        if not self._kind:
            return
        if self._kind == TOOL:
            if not self._input:  # a call without arguments is a call with none, in JSON
                steps.append((INPUT, self.index, "{}"))
            elif tool_input("".join(self._input)) is None:
                self._malformed = True
        steps.append((STOP, self.index, None))
        self._kind = ""
        self.index += 1

    def _converse_stop_reason(self) -> str:
        finish_reason = self._finish_reason
        if finish_reason == "length":
            return self._length_reason()
        if finish_reason == "content_filter":
            return "content_filtered"
        if self._malformed:
            return "malformed_tool_use"
        if self._tools:
            return "tool_use"
        return "stop_sequence" if isinstance(self._stop_reason, str) else "end_turn"

    def _length_reason(self) -> str:
        """Which bound cut the answer: the caller's, or the window of the model."""
        given = self._usage.get("completion_tokens") or 0
        if self._max_tokens is not None and given >= self._max_tokens:
            return "max_tokens"
        full = (self._usage.get("prompt_tokens") or 0) + given >= self._context_tokens > 0
        return "model_context_window_exceeded" if full else "max_tokens"


def whole(answer: Json) -> list[Json]:
    """A whole answer as the batch of one chunk.

    Raises:
        EngineError: it has no choice.
    """
    choices = answer.get("choices")
    if not choices:
        raise EngineError("The model gave no answer.")
    choice = choices[0]
    message = choice.get("message")
    if message is None:  # a completion
        return [answer]
    return [{"choices": [{**choice, "delta": message}], "usage": answer.get("usage")}]


def tool_input(arguments: str) -> Json | None:
    """A tool call's arguments, where they are a JSON object."""
    try:
        value = _decode(arguments)
    except msgspec.DecodeError:
        return None
    return value if isinstance(value, dict) else None
