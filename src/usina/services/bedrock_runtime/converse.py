"""Converse and ConverseStream: one conversation, whatever the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.operation import Access, operation
from usina.services.bedrock_runtime import fields, models
from usina.services.bedrock_runtime.answers import INPUT, REASONING, STOP, TEXT, TOOL, ChunkReader, tool_input, whole
from usina.services.bedrock_runtime.converse_request import chat_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from usina.core.operation import Call, EventBatches
    from usina.core.ports import Json, Ports, Resolution
    from usina.services.bedrock_runtime.answers import Ending, Step
    from usina.shapes.bedrock_runtime_types import ConverseRequest, ConverseResponse, ConverseStreamResponse

_MILLISECONDS = 1_000


@operation("bedrock-runtime", "Converse", access=Access.USE, touches=models.touches)
async def converse(call: Call[ConverseRequest], ports: Ports) -> ConverseResponse:
    """One whole answer."""
    started = ports.clock.monotonic()
    arguments = call.arguments
    found = models.resolve_chat(call, ports)
    body = chat_body(arguments, found)
    paths = arguments.get("additionalModelResponseFieldPaths") or ()
    fields.check_paths(paths)
    answer = await ports.engines.call(found.card, "chat", body)
    reader = ChunkReader(ports, call.meter, found.card, body.get("max_tokens"))
    content = content_blocks(reader.read(whole(answer)))
    ending = reader.ending()
    result: Any = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": ending.stop_reason,
        "usage": usage(ending, arguments),
        "metrics": {"latencyMs": _elapsed(ports, started)},
    }
    if paths:
        result["additionalModelResponseFields"] = fields.pick(_document(answer, found, ending), paths)
    _add_context(result, arguments, models.trace(found, ports.site.region))
    return result  # type: ignore[no-any-return] # built member by member in the shape of ConverseResponse


@operation("bedrock-runtime", "ConverseStream", access=Access.USE, touches=models.touches)
async def converse_stream(call: Call[ConverseRequest], ports: Ports) -> ConverseStreamResponse:
    """The answer as it comes."""
    started = ports.clock.monotonic()
    found = models.resolve_chat(call, ports)
    body = chat_body(call.arguments, found)
    fields.check_paths(call.arguments.get("additionalModelResponseFieldPaths") or ())
    chunks = ports.engines.stream(found.card, "chat", body)
    first = await models.first_of(chunks)
    events: Any = _events(call, ports, found, body=body, started=started, first=first, chunks=chunks)
    return {"stream": events}


async def _events(
    call: Call[Any],
    ports: Ports,
    found: Resolution,
    *,
    body: Json,
    started: float,
    first: Sequence[Json],
    chunks: AsyncIterator[Sequence[Json]],
) -> EventBatches:
    reader = ChunkReader(ports, call.meter, found.card, body.get("max_tokens"))
    paths = call.arguments.get("additionalModelResponseFieldPaths") or ()
    last: Json = {}
    try:
        yield [{"messageStart": {"role": "assistant"}}, *stream_events(reader.read(first))]
        async for batch in chunks:
            if paths:
                last = _last(batch, last)
            events = stream_events(reader.read(batch))
            if events:
                yield events
    finally:
        await models.close(chunks)
    ending = reader.ending()
    stop: Json = {"stopReason": ending.stop_reason}
    if paths:
        stop["additionalModelResponseFields"] = fields.pick(_document(last, found, ending), paths)
    metadata: Json = {"usage": usage(ending, call.arguments), "metrics": {"latencyMs": _elapsed(ports, started)}}
    _add_context(metadata, call.arguments, models.trace(found, ports.site.region))
    yield [{"messageStop": stop}, {"metadata": metadata}]


def content_blocks(steps: Sequence[Step]) -> list[Json]:
    """Converse's content of a whole answer. A tool call whose arguments are no JSON object is left out: the stop reason
    says so.
    """
    blocks: list[Json] = []
    pieces: list[str] = []
    tool: tuple[str, str] = ("", "")
    kind = TEXT
    for step, _, value in steps:
        if step == STOP:
            text = "".join(pieces)
            if kind == TOOL:
                arguments = tool_input(text)
                if arguments is not None:
                    blocks.append({"toolUse": {"toolUseId": tool[0], "name": tool[1], "input": arguments}})
            elif kind == REASONING:
                blocks.append({"reasoningContent": {"reasoningText": {"text": text}}})
            else:
                blocks.append({"text": text})
            pieces = []
        elif step == TOOL:
            tool, kind = value, TOOL
        else:
            if step != INPUT:
                kind = step
            pieces.append(value)
    return blocks


def stream_events(steps: Sequence[Step]) -> list[Json]:
    """Converse's events of some steps. As on Bedrock only a tool call announces its block."""
    events: list[Json] = []
    for kind, index, value in steps:
        if kind == TEXT:
            events.append({"contentBlockDelta": {"delta": {"text": value}, "contentBlockIndex": index}})
        elif kind == INPUT:
            events.append({"contentBlockDelta": {"delta": {"toolUse": {"input": value}}, "contentBlockIndex": index}})
        elif kind == STOP:
            events.append({"contentBlockStop": {"contentBlockIndex": index}})
        elif kind == TOOL:
            start = {"toolUse": {"toolUseId": value[0], "name": value[1]}}
            events.append({"contentBlockStart": {"start": start, "contentBlockIndex": index}})
        else:
            delta = {"reasoningContent": {"text": value}}
            events.append({"contentBlockDelta": {"delta": delta, "contentBlockIndex": index}})
    return events


def usage(ending: Ending, arguments: Mapping[str, Any]) -> Json:
    """Converse's `usage`.

    The engines cache every prefix; as on Bedrock it is told, and left out of `inputTokens`, where the caller set a
    `cachePoint`. Writing to the cache is never counted.
    """
    cached = ending.cached_tokens if ending.cached_tokens and has_cache_point(arguments) else 0
    return {
        "inputTokens": ending.input_tokens - cached,
        "outputTokens": ending.output_tokens,
        "totalTokens": ending.input_tokens + ending.output_tokens,
        "cacheReadInputTokens": cached,
        "cacheWriteInputTokens": 0,
    }


def has_cache_point(arguments: Mapping[str, Any]) -> bool:
    """Whether the caller set a cache point anywhere in a request of Converse's form."""
    config = arguments.get("toolConfig") or {}
    blocks = [*(arguments.get("system") or ()), *(config.get("tools") or ())]
    for turn in arguments.get("messages") or ():
        blocks += turn["content"]
    return any("cachePoint" in block for block in blocks)


def _elapsed(ports: Ports, started: float) -> int:
    return round((ports.clock.monotonic() - started) * _MILLISECONDS)


def _last(batch: Sequence[Json], last: Json) -> Json:
    """The chunk that says how it ended, whose fields the caller may ask for."""
    for chunk in batch:
        choices = chunk.get("choices")
        if choices and choices[0].get("finish_reason"):
            return chunk
    return last


def _document(answer: Mapping[str, Any], found: Resolution, ending: Ending) -> Json:
    """What response field paths are looked up in: the engine's choices and usage, and what Anthropic's models say."""
    return {
        "model": found.card.id,
        "choices": answer.get("choices"),
        "usage": answer.get("usage"),
        "stop_reason": ending.stop_reason,
        "stop_sequence": ending.stop_sequence,
    }


def _add_context(result: Json, arguments: Mapping[str, Any], trace: Json | None) -> None:
    if trace is not None:
        result["trace"] = trace
    for name in ("performanceConfig", "serviceTier"):
        if arguments.get(name):
            result[name] = arguments[name]
