"""A chat in OpenAI's form as a request of Converse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.ports import Json

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
# Members that Converse has no word for, and values of them that ask for nothing.
_UNKNOWN: Final = (
    "top_k", "seed", "logprobs", "top_logprobs", "frequency_penalty", "presence_penalty", "logit_bias",
)  # fmt: skip
_NOTHING: Final[tuple[Any, ...]] = (None, False, 0, {}, [])
STOP_PATH: Final = "/stop_sequence"  # where models say which stop sequence ended their answer


def converse_body(body: Json) -> Json:
    """The body of Converse. Raises: ValidationError naming what it cannot say."""
    for name in _UNKNOWN:
        if body.get(name) not in _NOTHING:
            raise ValidationError(f"{name} cannot be asked of a model of Amazon Bedrock. Remove it and try again.")
    system, messages = _conversation(body["messages"])
    made: Json = {"messages": messages}
    if system:
        made["system"] = [{"text": text} for text in system]
    config = {
        theirs: body[ours]
        for ours, theirs in (("max_tokens", "maxTokens"), ("temperature", "temperature"), ("top_p", "topP"))
        if body.get(ours) is not None
    }
    stop = body.get("stop")
    if stop:
        config["stopSequences"] = [stop] if isinstance(stop, str) else list(stop)
        made["additionalModelResponseFieldPaths"] = [STOP_PATH]
    if config:
        made["inferenceConfig"] = config
    if body.get("tools"):
        made |= _tools(body)
    made |= _format(body.get("response_format"))
    return made


def _conversation(turns: Sequence[Json]) -> tuple[list[str], list[Json]]:
    """System texts, and turns in which user and assistant alternate; results of tools are the user's."""
    system: list[str] = []
    messages: list[Json] = []
    for turn in turns:
        role, text = turn["role"], _text(turn.get("content"))
        if role in {"system", "developer"}:
            if text:
                system.append(text)
            continue
        content: list[Json] = []
        if role == "tool":
            result = {"toolUseId": turn.get("tool_call_id") or "", "content": [{"text": text}]}
            role, content = "user", [{"toolResult": result}]
        else:
            if text:
                content.append({"text": text})
            content += [_call(call) for call in turn.get("tool_calls") or ()]
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] += content
        elif content:
            messages.append({"role": role, "content": content})
    return system, messages


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content)
    return content or ""


def _call(call: Json) -> Json:
    function = call.get("function") or {}
    try:
        given = _decode(function.get("arguments") or "{}")
    except (msgspec.DecodeError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise ValidationError("The arguments of a tool call in messages are not a JSON object.")
    return {"toolUse": {"toolUseId": call.get("id") or "", "name": function.get("name") or "", "input": given}}


def _tools(body: Json) -> Json:
    choice = body.get("tool_choice")
    if choice == "none":
        raise ValidationError("tool_choice none cannot be said to a model of Amazon Bedrock: leave the tools out.")
    specs = []
    for tool in body["tools"]:
        function = tool["function"]
        spec: Json = {
            "name": function["name"],
            "inputSchema": {"json": function.get("parameters") or {"type": "object", "properties": {}}},
        }
        if function.get("description"):
            spec["description"] = function["description"]
        specs.append({"toolSpec": spec})
    config: Json = {"tools": specs}
    if choice == "required":
        config["toolChoice"] = {"any": {}}
    elif isinstance(choice, dict):
        config["toolChoice"] = {"tool": {"name": choice["function"]["name"]}}
    return {"toolConfig": config}


def _format(wanted: Any) -> Json:
    kind = (wanted or {}).get("type", "text")
    if kind == "text":
        return {}
    if kind != "json_schema":
        raise ValidationError(f"response_format {kind} cannot be asked of a model of Amazon Bedrock: use json_schema.")
    told = wanted["json_schema"]
    definition = {"schema": _encode(told.get("schema") or {}).decode(), "name": told.get("name") or "answer"}
    if told.get("description"):
        definition["description"] = told["description"]
    return {"outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": definition}}}}
