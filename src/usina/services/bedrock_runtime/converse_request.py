"""From a Converse request to a chat body of the engines.

The words of refusals are Bedrock's own where it has them. What is accepted and does nothing here: `cachePoint` (the
engines cache every prefix by themselves) and the reasoning that a client sends back (models read their own answers
without it). What no model of this site can do is refused by name, never dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from usina.core.errors import ValidationError
from usina.services.bedrock_runtime import fields, models, schemas, tools

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.ports import Json, Resolution

_encode = msgspec.json.Encoder().encode

_START: Final = (
    "A conversation must start with a user message. Try again with a conversation that starts with a user message."
)
_ALTERNATE: Final = (
    "A conversation must alternate between user and assistant roles. "
    "Make sure the conversation alternates between user and assistant roles and try again."
)
_END: Final = (
    "The model that you are using requires the last turn in the conversation to be a user message. "
    "Add a user message to the conversation and try again."
)
_REFUSED: Final[Mapping[str, str]] = {
    "guardrailConfig": "this site serves no guardrails",
    "promptVariables": "this site keeps no prompts",
}


def chat_body(arguments: Mapping[str, Any], found: Resolution) -> Json:
    """The engine's body of a Converse or ConverseStream request.

    Raises:
        ValidationError: the conversation breaks a rule of Converse, or asks what the model or the site cannot do.
    """
    body = prompt_body(arguments, found)
    for name, reason in _REFUSED.items():
        if arguments.get(name):
            raise ValidationError(f"This model doesn't support the {name} field: {reason}. Remove it and try again.")
    config = arguments.get("inferenceConfig")
    if config:
        _inference(config, body, found)
    extra = arguments.get("additionalModelRequestFields")
    if extra:
        fields.add(extra, body)
    output = arguments.get("outputConfig")
    if output:
        _output(output, body, found)
    _latency(arguments)
    return body


def prompt_body(arguments: Mapping[str, Any], found: Resolution) -> Json:
    """Only what makes the prompt: system, messages and tools. CountTokens needs no more.

    Raises:
        ValidationError: the conversation breaks a rule of Converse.
    """
    messages: list[Json] = []
    system = arguments.get("system")
    if system:
        text = _system(system)
        if text:
            messages.append({"role": "system", "content": text})
    body: Json = {"messages": messages}
    config = arguments.get("toolConfig")
    if config:
        tools.configure(config, body, found.card)
    _turns(arguments.get("messages") or (), messages, has_tools=config is not None)
    return body


def _system(blocks: Sequence[Json]) -> str:
    texts: list[str] = []
    for position, block in enumerate(blocks):
        if "text" in block:
            texts.append(block["text"])
        elif "cachePoint" not in block:
            raise _unsupported(block, f"system.{position}")
    return "\n".join(texts)


def _turns(turns: Sequence[Json], messages: list[Json], *, has_tools: bool) -> None:
    """Append the turns; the roles must alternate, from a user's turn to a user's turn."""
    role = ""
    called: list[str] = []  # ids of the tool calls of the last assistant turn
    for number, turn in enumerate(turns):
        content = turn["content"]
        where = f"messages.{number}"
        if not content:
            raise ValidationError(
                f"The content field in the Message object at {where} is empty. "
                "Add a ContentBlock object to the content field and try again."
            )
        if turn["role"] == "system":
            messages.append({"role": "system", "content": _only_text(content, where)})
            continue
        if turn["role"] == role:
            raise ValidationError(_ALTERNATE)
        if not role and turn["role"] == "assistant":
            raise ValidationError(_START)
        role = turn["role"]
        if len(content) == 1 and not called and "text" in content[0]:  # nearly every turn there is
            text = content[0]["text"]
            if not text.strip():
                raise _blank(where, 0)
            messages.append({"role": role, "content": text})
        elif role == "user":
            _user(content, where, messages, called, has_tools=has_tools)
            called = []
        else:
            called = _assistant(content, where, messages, has_tools=has_tools)
    if role != "user":
        raise ValidationError(_END if role else _START)


def _user(content: Sequence[Json], where: str, messages: list[Json], called: list[str], *, has_tools: bool) -> None:
    """A user's turn: the results of tools first, as the engines want them, then what was said."""
    texts: list[str] = []
    results: list[str] = []
    for position, block in enumerate(content):
        if "text" in block:
            if not block["text"].strip():
                raise _blank(where, position)
            texts.append(block["text"])
        elif "toolResult" in block:
            result = block["toolResult"]
            results.append(result["toolUseId"])
            messages.append(
                {
                    "role": "tool",
                    "tool_call_id": result["toolUseId"],
                    "content": tools.result_text(result, f"{where}.content.{position}.toolResult"),
                }
            )
        elif "cachePoint" not in block:
            raise _unsupported(block, f"{where}.content.{position}")
    if results and not has_tools:
        raise _no_tool_config()
    tools.match_results(results, called, where)
    if texts:
        messages.append({"role": "user", "content": "\n".join(texts)})
    elif not results:
        raise _blank(where, 0)


def _assistant(content: Sequence[Json], where: str, messages: list[Json], *, has_tools: bool) -> list[str]:
    texts: list[str] = []
    calls: list[Json] = []
    for position, block in enumerate(content):
        if "text" in block:
            texts.append(block["text"])
        elif "toolUse" in block:
            use = block["toolUse"]
            arguments = _encode(use["input"]).decode()
            function = {"name": use["name"], "arguments": arguments}
            calls.append({"id": use["toolUseId"], "type": "function", "function": function})
        elif "cachePoint" not in block and "reasoningContent" not in block:
            raise _unsupported(block, f"{where}.content.{position}")
    if calls and not has_tools:
        raise _no_tool_config()
    message: Json = {"role": "assistant", "content": "\n".join(texts)}
    if calls:
        message["tool_calls"] = calls
    elif not message["content"].strip():
        raise _blank(where, 0)
    messages.append(message)
    return [call["id"] for call in calls]


def _only_text(content: Sequence[Json], where: str) -> str:
    for position, block in enumerate(content):
        if "text" not in block and "cachePoint" not in block:
            raise _unsupported(block, f"{where}.content.{position}")
    return "\n".join(block["text"] for block in content if "text" in block)


def _inference(config: Mapping[str, Any], body: Json, found: Resolution) -> None:
    limit = models.output_limit(config.get("maxTokens"), found)
    if limit is not None:
        body["max_tokens"] = limit
    if "temperature" in config:
        body["temperature"] = config["temperature"]
    if "topP" in config:
        body["top_p"] = config["topP"]
    if config.get("stopSequences"):
        body["stop"] = list(config["stopSequences"])


def _output(output: Mapping[str, Any], body: Json, found: Resolution) -> None:
    if output.get("effort"):
        raise ValidationError(
            "This model doesn't support the outputConfig.effort field. Remove outputConfig.effort and try again."
        )
    wanted = output.get("textFormat")
    if not wanted:
        return
    if not found.card.structured_output:
        raise ValidationError(
            "This model doesn't support the outputConfig.textFormat field. "
            "Remove outputConfig.textFormat and try again."
        )
    where = "outputConfig.textFormat.structure.jsonSchema"
    definition = wanted["structure"].get("jsonSchema")
    if definition is None:
        raise ValidationError(f"The {where} field is missing. Add it and try again.")
    schema: Json = {
        "name": definition.get("name") or "answer",
        "schema": schemas.parse(definition["schema"], f"{where}.schema"),
        "strict": True,
    }
    if definition.get("description"):
        schema["description"] = definition["description"]
    body["response_format"] = {"type": "json_schema", "json_schema": schema}


def _latency(arguments: Mapping[str, Any]) -> None:
    performance = arguments.get("performanceConfig")
    if performance and performance.get("latency") == "optimized":
        raise ValidationError(
            "Latency performance configuration is not supported for this model. "
            "Set performanceConfig.latency to standard and try again."
        )
    tier = arguments.get("serviceTier")
    if tier and tier["type"] != "default":
        raise ValidationError(f"The service tier {tier['type']} is not supported for this model. Use default.")


def _no_tool_config() -> ValidationError:
    return ValidationError("The toolConfig field must be defined when using toolUse and toolResult content blocks.")


def _blank(where: str, position: int) -> ValidationError:
    return ValidationError(
        f"The text field in the ContentBlock object at {where}.content.{position} is blank. "
        "Add text to the text field, and try again."
    )


def _unsupported(block: Mapping[str, Any], where: str) -> ValidationError:
    kind = next(iter(block), "empty")
    return ValidationError(
        f"This model doesn't support the {kind} content block at {where}: models of this site read text only. "
        "Remove it and try again."
    )
