"""OpenAI's chat completions as an InvokeModel body (`openai.gpt-oss-...` and the models that copied the form).

The engines speak this format, so the body goes through once it is checked. Form:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-openai.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec

from usina.core.errors import ValidationError
from usina.services.bedrock_runtime import models, schemas
from usina.services.bedrock_runtime.families.family import Ask, ChatFamily, Frame, Reply, convert, decode, malformed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.ports import Json, Resolution
    from usina.services.bedrock_runtime.answers import Ending, Step

Penalty = Annotated[float, msgspec.Meta(ge=-2, le=2)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class _Function(msgspec.Struct):
    name: str
    arguments: str


class _Call(msgspec.Struct):
    id: str
    function: _Function


class _Part(msgspec.Struct):
    type: str
    text: str = ""


class _Turn(msgspec.Struct):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[_Part] | None = None
    tool_calls: list[_Call] | None = None
    tool_call_id: str | None = None


class _ToolFunction(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
    description: str | None = None
    parameters: dict[str, Any] | None = None


class _Tool(msgspec.Struct):
    type: Literal["function"]
    function: _ToolFunction


class _JsonSchema(msgspec.Struct):
    schema: dict[str, Any]
    name: str = "answer"


class _Format(msgspec.Struct):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: _JsonSchema | None = None


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    messages: Annotated[list[_Turn], msgspec.Meta(min_length=1)]
    model: str | None = None
    max_tokens: Count | None = None
    max_completion_tokens: Count | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    top_k: Annotated[int, msgspec.Meta(ge=0)] | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    n: Literal[1] | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    logit_bias: dict[str, float] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, msgspec.Meta(ge=0, le=20)] | None = None
    tools: list[_Tool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    response_format: _Format | None = None
    stream: bool | None = None
    stream_options: Any = None
    user: str | None = None


_typed = msgspec.json.Decoder(_Body)
_PASSED: Final = (
    "temperature",
    "top_p",
    "top_k",
    "stop",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
)


def _parse(body: bytes, found: Resolution) -> Ask:
    asked = decode(_typed, body)
    chat: Json = {"messages": [_turn(turn, number) for number, turn in enumerate(asked.messages)]}
    for name in _PASSED:
        value = getattr(asked, name)
        if value is not None:
            chat[name] = value
    limit = models.output_limit(asked.max_completion_tokens or asked.max_tokens, found)
    if limit is not None:
        chat["max_tokens"] = limit
    if asked.tools:
        if not found.card.tools:
            raise ValidationError("This model doesn't support tool use.")
        for number, tool in enumerate(asked.tools):
            schemas.check(tool.function.parameters or {}, f"tools.{number}.function.parameters")
        chat["tools"] = [_tool(tool.function) for tool in asked.tools]
        if asked.tool_choice is not None:
            chat["tool_choice"] = _choice(asked)
    if asked.response_format is not None and asked.response_format.type != "text":
        chat["response_format"] = _format(asked.response_format, found)
    return Ask("chat", chat)


def _turn(turn: _Turn, number: int) -> Json:
    content = turn.content
    if isinstance(content, list):
        for place, part in enumerate(content):
            if part.type != "text":
                raise ValidationError(
                    f"This model doesn't support the {part.type} content at messages.{number}.content.{place}: "
                    "models of this site read text only. Remove it and try again."
                )
        content = "\n".join(part.text for part in content)
    message: Json = {"role": "system" if turn.role == "developer" else turn.role, "content": content or ""}
    if turn.tool_calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": msgspec.to_builtins(call.function)}
            for call in turn.tool_calls
        ]
    if turn.role == "tool":
        if not turn.tool_call_id:
            raise malformed(f"#/messages/{number}: required key [tool_call_id] not found")
        message["tool_call_id"] = turn.tool_call_id
    return message


def _choice(asked: _Body) -> str | Json:
    """`any` is Mistral's word for `required`."""
    choice = asked.tool_choice
    if isinstance(choice, str):
        if choice not in {"auto", "none", "required", "any"}:
            raise malformed("#/tool_choice: expected one of auto, none, required")
        return "required" if choice == "any" else choice
    named = convert(choice, _Tool, "#/tool_choice").function.name
    if named not in {tool.function.name for tool in asked.tools or ()}:
        raise malformed("#/tool_choice: names a function that is not one of tools")
    return {"type": "function", "function": {"name": named}}


def _tool(function: _ToolFunction) -> Json:
    made: Json = {"name": function.name, "parameters": function.parameters or {"type": "object", "properties": {}}}
    if function.description:
        made["description"] = function.description
    return {"type": "function", "function": made}


def _format(wanted: _Format, found: Resolution) -> Json:
    if not found.card.structured_output:
        raise ValidationError("This model doesn't support the response_format field. Remove it and try again.")
    if wanted.type == "json_object":
        schema: Json = {"name": "answer", "schema": {"type": "object"}, "strict": True}
        return {"type": "json_schema", "json_schema": schema}
    if wanted.json_schema is None:
        raise malformed("#/response_format: required key [json_schema] not found")
    schemas.check(wanted.json_schema.schema, "response_format.json_schema.schema")
    schema = {"name": wanted.json_schema.name, "schema": wanted.json_schema.schema, "strict": True}
    return {"type": "json_schema", "json_schema": schema}


def _head(frame: Frame, kind: str) -> Json:
    """Ours: the engine's own id, path of its model and timings are its own business."""
    return {"id": f"chatcmpl-{frame.request_id}", "object": kind, "created": frame.created, "model": frame.model}


def _answer(_ask: Ask, reply: Reply) -> Json:
    answer = reply.answer
    return {
        **_head(reply.frame, "chat.completion"),
        "choices": answer["choices"],
        "usage": answer.get("usage"),
    }


class _Chunks:
    """The engine's choices under our own head; its usage comes with the last chunk."""

    def __init__(self, _ask: Ask, frame: Frame) -> None:
        self._head = _head(frame, "chat.completion.chunk")
        self._usage: Json | None = None

    def begin(self) -> list[Json]:
        return []

    def feed(self, batch: Sequence[Json], _steps: Sequence[Step]) -> list[Json]:
        chunks: list[Json] = []
        for chunk in batch:
            choices = chunk.get("choices")
            if choices:
                chunks.append({**self._head, "choices": choices})
            self._usage = chunk.get("usage") or self._usage
        return chunks

    def end(self, _ending: Ending) -> list[Json]:
        return [{**self._head, "choices": [], "usage": self._usage}]


FAMILY: Final = ChatFamily("openai", _parse, _answer, _Chunks)
