"""Amazon Nova's bodies: Converse's form, with names of its own in `inferenceConfig` and `usage`.

Form: https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec

from usina.services.bedrock_runtime.converse import content_blocks, has_cache_point, stream_events
from usina.services.bedrock_runtime.converse_request import chat_body
from usina.services.bedrock_runtime.families.family import Ask, ChatFamily, Frame, Reply, decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.ports import Json, Resolution
    from usina.services.bedrock_runtime.answers import Ending, Step

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=1)]
ToolName = Annotated[str, msgspec.Meta(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]


class _ResultPart(msgspec.Struct):
    text: str | msgspec.UnsetType = msgspec.UNSET


class _ToolUse(msgspec.Struct, rename="camel"):
    tool_use_id: str
    name: ToolName
    input: dict[str, Any]


class _ToolResult(msgspec.Struct, rename="camel"):
    tool_use_id: str
    content: list[_ResultPart]
    status: Literal["success", "error"] = "success"


class _Block(msgspec.Struct, rename="camel"):
    text: str | msgspec.UnsetType = msgspec.UNSET
    tool_use: _ToolUse | msgspec.UnsetType = msgspec.UNSET
    tool_result: _ToolResult | msgspec.UnsetType = msgspec.UNSET


class _Turn(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    role: Literal["user", "assistant"]
    content: list[_Block]


class _Schema(msgspec.Struct):
    json: dict[str, Any]


class _ToolSpec(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    name: ToolName
    input_schema: _Schema
    description: str = ""


class _Tool(msgspec.Struct, rename="camel"):
    tool_spec: _ToolSpec | msgspec.UnsetType = msgspec.UNSET


class _Named(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    name: str


class _ToolChoice(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    auto: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    any: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    tool: _Named | msgspec.UnsetType = msgspec.UNSET


class _ToolConfig(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    tools: list[_Tool]
    tool_choice: _ToolChoice | msgspec.UnsetType = msgspec.UNSET


class _Inference(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    max_tokens: Count | None = None
    max_new_tokens: Count | None = msgspec.field(default=None, name="max_new_tokens")
    temperature: Share | None = None
    top_p: Share | None = None
    top_p_snake: Share | None = msgspec.field(default=None, name="top_p")
    top_k: Annotated[int, msgspec.Meta(ge=0)] | None = None
    top_k_snake: Annotated[int, msgspec.Meta(ge=0)] | None = msgspec.field(default=None, name="top_k")
    stop_sequences: list[str] | None = None


class _Body(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    messages: list[_Turn]
    schema_version: str = "messages-v1"
    system: list[_Block] | None = None
    inference_config: _Inference | None = None
    tool_config: _ToolConfig | None = None


_typed = msgspec.json.Decoder(_Body)
_plain = msgspec.json.Decoder()


def _parse(body: bytes, found: Resolution) -> Ask:
    typed = decode(_typed, body)  # says what is wrong; what follows works on the plain form, blocks of any kind in it
    plain: Json = decode(_plain, body)
    arguments: Json = {name: plain[name] for name in ("messages", "system", "toolConfig") if plain.get(name)}
    config = typed.inference_config
    if config is not None:
        values = {
            "maxTokens": config.max_tokens or config.max_new_tokens,
            "temperature": config.temperature,
            "topP": config.top_p if config.top_p is not None else config.top_p_snake,
            "stopSequences": config.stop_sequences,
        }
        arguments["inferenceConfig"] = {name: value for name, value in values.items() if value is not None}
        top_k = config.top_k if config.top_k is not None else config.top_k_snake
        if top_k is not None:
            arguments["additionalModelRequestFields"] = {"top_k": top_k}
    return Ask("chat", chat_body(arguments, found), has_cache_point(arguments))


def _usage(ask: Ask, ending: Ending) -> Json:
    cached = ending.cached_tokens if ask.notes else 0
    return {
        "inputTokens": ending.input_tokens - cached,
        "outputTokens": ending.output_tokens,
        "totalTokens": ending.input_tokens + ending.output_tokens,
        "cacheReadInputTokenCount": cached,
        "cacheWriteInputTokenCount": 0,
    }


def _answer(ask: Ask, reply: Reply) -> Json:
    return {
        "output": {"message": {"content": content_blocks(reply.steps), "role": "assistant"}},
        "stopReason": reply.ending.stop_reason,
        "usage": _usage(ask, reply.ending),
    }


class _Events:
    """Converse's events, as chunks."""

    def __init__(self, ask: Ask, _frame: Frame) -> None:
        self._ask = ask

    def begin(self) -> list[Json]:
        return [{"messageStart": {"role": "assistant"}}]

    def feed(self, _batch: Sequence[Json], steps: Sequence[Step]) -> list[Json]:
        return stream_events(steps)

    def end(self, ending: Ending) -> list[Json]:
        metadata = {"usage": _usage(self._ask, ending), "metrics": {}, "trace": {}}
        return [{"messageStop": {"stopReason": ending.stop_reason}}, {"metadata": metadata}]


FAMILY: Final = ChatFamily("nova", _parse, _answer, _Events)
