"""Anthropic's Messages bodies (`anthropic_version: bedrock-2023-05-31`).

The form is Converse's in other words, so a body is put into Converse's words and follows its rules. Form:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec

from usina.services.bedrock_runtime.answers import INPUT, REASONING, STOP, TEXT, TOOL, tool_input
from usina.services.bedrock_runtime.converse_request import chat_body
from usina.services.bedrock_runtime.families.family import Ask, ChatFamily, Frame, Reply, convert, decode, malformed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.ports import Json, Resolution
    from usina.services.bedrock_runtime.answers import Ending, Step

_STOP_REASONS: Final[Mapping[str, str]] = {
    "content_filtered": "refusal",
    "malformed_tool_use": "end_turn",
}
ToolName = Annotated[str, msgspec.Meta(pattern=r"^[a-zA-Z0-9_-]{1,128}$")]
ToolUseId = Annotated[str, msgspec.Meta(pattern=r"^[a-zA-Z0-9_.:-]{1,64}$")]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Turn(msgspec.Struct, forbid_unknown_fields=True):
    role: Literal["user", "assistant", "system"]
    content: str | list[dict[str, Any]]


class _Text(msgspec.Struct):
    text: str


class _ToolUse(msgspec.Struct):
    id: ToolUseId
    name: ToolName
    input: dict[str, Any]


class _ToolResult(msgspec.Struct):
    tool_use_id: ToolUseId
    content: str | list[dict[str, Any]] | None = None
    is_error: bool = False


class _Tool(msgspec.Struct):
    name: ToolName
    input_schema: dict[str, Any] | None = None
    description: str = ""
    type: str | None = None


class _ToolChoice(msgspec.Struct):
    type: Literal["auto", "any", "tool", "none"]
    name: str = ""


class _OutputFormat(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["json_schema"]
    schema: dict[str, Any]


class _OutputConfig(msgspec.Struct, forbid_unknown_fields=True):
    format: _OutputFormat | None = None
    effort: str | None = None


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    anthropic_version: str
    max_tokens: Annotated[int, msgspec.Meta(ge=1)]
    messages: list[_Turn]
    anthropic_beta: Any = None
    system: str | list[dict[str, Any]] | None = None
    temperature: Share | None = None
    top_p: Share | None = None
    top_k: Annotated[int, msgspec.Meta(ge=0)] | None = None
    stop_sequences: list[str] | None = None
    tools: list[_Tool] | None = None
    tool_choice: _ToolChoice | None = None
    thinking: dict[str, Any] | None = None
    metadata: Any = None
    output_config: _OutputConfig | None = None
    stream: bool | None = None


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(_Body)


def _parse(body: bytes, found: Resolution) -> Ask:
    asked = decode(_decoder, body)
    arguments: Json = {"messages": _turns(asked.messages), "inferenceConfig": _inference(asked)}
    if asked.system:
        arguments["system"] = _blocks(asked.system, "#/system")
    if asked.tools and (asked.tool_choice is None or asked.tool_choice.type != "none"):
        arguments["toolConfig"] = _tools(asked)
    extra: Json = {}
    if asked.top_k is not None:
        extra["top_k"] = asked.top_k
    if asked.thinking is not None:
        extra["thinking"] = asked.thinking
    if extra:
        arguments["additionalModelRequestFields"] = extra
    if asked.output_config is not None:
        arguments["outputConfig"] = _output(asked.output_config)
    return Ask("chat", chat_body(arguments, found), _asks_for_cache(body))


def _asks_for_cache(body: bytes) -> bool:
    """Whether any block is marked for the cache; in text the word is a guess that changes two numbers."""
    return b'"cache_control"' in body


def _output(wanted: _OutputConfig) -> Json:
    config: Json = {"effort": wanted.effort}
    if wanted.format is not None:
        schema = _encode(wanted.format.schema).decode()
        config["textFormat"] = {"type": "json_schema", "structure": {"jsonSchema": {"schema": schema}}}
    return config


def _inference(asked: _Body) -> Json:
    config: Json = {"maxTokens": asked.max_tokens}
    if asked.temperature is not None:
        config["temperature"] = asked.temperature
    if asked.top_p is not None:
        config["topP"] = asked.top_p
    if asked.stop_sequences:
        config["stopSequences"] = asked.stop_sequences
    return config


def _turns(turns: Sequence[_Turn]) -> list[Json]:
    """Turns in Converse's words; neighbours of one role are one turn, as Anthropic has it."""
    joined: list[Json] = []
    for number, turn in enumerate(turns):
        content = _blocks(turn.content, f"#/messages/{number}/content")
        if joined and joined[-1]["role"] == turn.role:
            joined[-1]["content"] += content
        else:
            joined.append({"role": turn.role, "content": content})
    return joined


def _blocks(content: str | Sequence[Json], place: str) -> list[Json]:
    if isinstance(content, str):
        return [{"text": content}]
    return [_block(block, f"{place}/{number}") for number, block in enumerate(content)]


def _block(block: Json, place: str) -> Json:
    kind = block.get("type")
    if kind == "text":
        return {"text": convert(block, _Text, place).text}
    if kind == "tool_use":
        use = convert(block, _ToolUse, place)
        return {"toolUse": {"toolUseId": use.id, "name": use.name, "input": use.input}}
    if kind == "tool_result":
        result = convert(block, _ToolResult, place)
        content = _blocks(result.content or "", f"{place}/content")
        status = "error" if result.is_error else "success"
        return {"toolResult": {"toolUseId": result.tool_use_id, "content": content, "status": status}}
    if kind in {"thinking", "redacted_thinking"}:
        return {"reasoningContent": {}}
    if not isinstance(kind, str):
        raise malformed(f"{place}: required key [type] not found")
    return {kind: block}


def _tools(asked: _Body) -> Json:
    tools: list[Json] = []
    for number, tool in enumerate(asked.tools or ()):
        if tool.input_schema is None or tool.type not in {None, "custom"}:
            raise malformed(f"#/tools/{number}: a tool of type {tool.type} is not one this model can use")
        spec: Json = {"name": tool.name, "inputSchema": {"json": tool.input_schema}}
        if tool.description:
            spec["description"] = tool.description
        tools.append({"toolSpec": spec})
    config: Json = {"tools": tools}
    choice = asked.tool_choice
    if choice is not None:
        config["toolChoice"] = {choice.type: {"name": choice.name} if choice.type == "tool" else {}}
    return config


def _answer(ask: Ask, reply: Reply) -> Json:
    ending = reply.ending
    return {
        **_message(reply.frame),
        "content": _content(reply.steps),
        "stop_reason": _stop_reason(ending),
        "stop_sequence": ending.stop_sequence,
        "usage": _usage(ask, ending),
    }


def _message(frame: Frame) -> Json:
    return {
        "id": f"msg_bdrk_{frame.request_id.replace('-', '')[:24]}",
        "type": "message",
        "role": "assistant",
        "model": frame.model,
    }


def _content(steps: Sequence[Step]) -> list[Json]:
    blocks: list[Json] = []
    pieces: list[str] = []
    block: Json = {}
    for kind, _, value in steps:
        if kind == STOP:
            text = "".join(pieces)
            if block["type"] == "tool_use":
                block["input"] = tool_input(text)
            else:
                block[block["type"]] = text
            if block.get("input", block) is not None:  # arguments that are no object are no call
                blocks.append(block)
            pieces, block = [], {}
        elif kind == TOOL:
            block = _opening(kind, value)
        else:
            block = block or _opening(kind, value)
            pieces.append(value)
    return blocks


def _opening(kind: str, value: Any) -> Json:
    if kind == TOOL:
        return {"type": "tool_use", "id": value[0], "name": value[1], "input": {}}
    if kind == REASONING:
        return {"type": "thinking", "thinking": "", "signature": ""}
    return {"type": "text", "text": ""}


def _stop_reason(ending: Ending) -> str:
    return _STOP_REASONS.get(ending.stop_reason, ending.stop_reason)


def _usage(ask: Ask, ending: Ending) -> Json:
    cached = ending.cached_tokens if ask.notes else 0
    return {
        "input_tokens": ending.input_tokens - cached,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": cached,
        "output_tokens": ending.output_tokens,
    }


class _Events:
    """Anthropic's stream events. The prompt's tokens are known at the end only, so `message_delta` tells them."""

    def __init__(self, ask: Ask, frame: Frame) -> None:
        self._ask = ask
        self._frame = frame
        self._open = -1

    def begin(self) -> list[Json]:
        message = {
            **_message(self._frame),
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 0, "output_tokens": 0},
        }
        return [{"type": "message_start", "message": message}]

    def feed(self, _batch: Sequence[Json], steps: Sequence[Step]) -> list[Json]:
        events: list[Json] = []
        for kind, index, value in steps:
            if kind == STOP:
                events.append({"type": "content_block_stop", "index": index})
                continue
            if self._open != index:
                self._open = index
                events.append({"type": "content_block_start", "index": index, "content_block": _opening(kind, value)})
            if kind == TEXT:
                delta = {"type": "text_delta", "text": value}
            elif kind == INPUT:
                delta = {"type": "input_json_delta", "partial_json": value}
            elif kind == REASONING:
                delta = {"type": "thinking_delta", "thinking": value}
            else:
                continue
            events.append({"type": "content_block_delta", "index": index, "delta": delta})
        return events

    def end(self, ending: Ending) -> list[Json]:
        delta = {"stop_reason": _stop_reason(ending), "stop_sequence": ending.stop_sequence}
        return [{"type": "message_delta", "delta": delta, "usage": _usage(self._ask, ending)}, {"type": "message_stop"}]


FAMILY: Final = ChatFamily("anthropic", _parse, _answer, _Events)
