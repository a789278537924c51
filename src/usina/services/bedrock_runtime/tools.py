"""Tools: Converse's configuration, calls and results in the engines' form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from usina.core.errors import ValidationError
from usina.services.bedrock_runtime import schemas

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.ports import Json, ModelCard

_encode = msgspec.json.Encoder().encode


def configure(config: Mapping[str, Any], body: Json, card: ModelCard) -> None:
    """Put `toolConfig` into the engine's body: `tools`, and `tool_choice` where one is made.

    Raises:
        ValidationError: the model uses no tools, or the configuration contradicts itself.
    """
    if not card.tools:
        raise ValidationError("This model doesn't support tool use.")
    functions: dict[str, Json] = {}
    for position, tool in enumerate(config["tools"]):
        where = f"toolConfig.tools.{position}"
        spec = tool.get("toolSpec")
        if spec is not None:
            name = spec["name"]
            if name in functions:
                raise ValidationError(f"The tool name {name} at {where}.toolSpec.name is not unique.")
            functions[name] = _function(spec, where)
        elif "cachePoint" not in tool:
            kind = next(iter(tool), "empty")
            raise ValidationError(f"This model doesn't support the {kind} tool at {where}. Remove it and try again.")
    if not functions:
        raise ValidationError("The toolConfig.tools field defines no tool. Add a toolSpec and try again.")
    body["tools"] = [{"type": "function", "function": function} for function in functions.values()]
    choice = config.get("toolChoice")
    if choice:
        body["tool_choice"] = _choice(choice, functions)


def _function(spec: Mapping[str, Any], where: str) -> Json:
    schema = spec["inputSchema"].get("json")
    path = f"{where}.toolSpec.inputSchema.json"
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise ValidationError(f"The value at {path}.type must be one of the following: object.")
    schemas.check(schema, path)
    function: Json = {"name": spec["name"], "parameters": schema}
    if spec.get("description"):
        function["description"] = spec["description"]
    return function


def _choice(choice: Mapping[str, Any], functions: Mapping[str, Json]) -> Any:
    if "any" in choice:
        return "required"
    if "tool" in choice:
        name = choice["tool"]["name"]
        if name not in functions:
            raise ValidationError(f"The tool {name} at toolConfig.toolChoice.tool.name is not one of toolConfig.tools.")
        return {"type": "function", "function": {"name": name}}
    return "auto"


def result_text(result: Mapping[str, Any], where: str) -> str:
    """What a tool gave, as text: JSON as JSON, several parts on lines of their own.

    The engines' format knows no failed result, so the text says it.

    Raises:
        ValidationError: a part that is neither text nor JSON.
    """
    parts: list[str] = []
    for position, part in enumerate(result["content"]):
        if "text" in part:
            parts.append(part["text"])
        elif "json" in part:
            parts.append(_encode(part["json"]).decode())
        else:
            kind = next(iter(part), "empty")
            raise ValidationError(
                f"This model doesn't support the {kind} block at {where}.content.{position}: "
                "models of this site read text and JSON. Remove it and try again."
            )
    text = "\n".join(parts)
    return f"Error: {text}" if result.get("status") == "error" else text


def match_results(results: Sequence[str], called: Sequence[str], where: str) -> None:
    """Every call of the turn before has its one result, and nothing else has.

    Raises:
        ValidationError: a result is missing, doubled or answers no call.
    """
    if not results and not called:
        return
    missing = [call for call in called if call not in results]
    if missing:
        raise ValidationError(
            f"Expected toolResult blocks at {where}.content for the following Ids: {', '.join(missing)}"
        )
    if len(results) > len(called):
        raise ValidationError(
            f"The number of toolResult blocks at {where}.content exceeds the number of toolUse blocks of previous turn."
        )
