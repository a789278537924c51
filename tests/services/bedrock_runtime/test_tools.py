"""Tools in the engines' form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from usina.core.errors import ValidationError
from usina.services.bedrock_runtime.tools import configure, match_results, result_text
from usina.testing.catalogue import CHAT

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def tool(name: str = "weather", schema: Any = SCHEMA, **more: Any) -> dict[str, Any]:
    return {"toolSpec": {"name": name, "inputSchema": {"json": schema}, **more}}


def configured(config: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    configure(config, body, CHAT)
    return body


def test_a_tool_is_a_function_of_its_schema() -> None:
    body = configured({"tools": [tool(description="Tells it.")]})
    function = {"name": "weather", "description": "Tells it.", "parameters": SCHEMA}
    assert body == {"tools": [{"type": "function", "function": function}]}


@pytest.mark.parametrize(
    ("choice", "engine"),
    [
        ({"auto": {}}, "auto"),
        ({"any": {}}, "required"),
        ({"tool": {"name": "weather"}}, {"type": "function", "function": {"name": "weather"}}),
    ],
)
def test_each_choice_has_the_engines_word(choice: dict[str, Any], engine: Any) -> None:
    assert configured({"tools": [tool()], "toolChoice": choice})["tool_choice"] == engine


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"tools": [tool()], "toolChoice": {"tool": {"name": "other"}}}, "The tool other at toolConfig.toolChoice"),
        ({"tools": [tool(), tool()]}, "toolConfig.tools.1.toolSpec.name is not unique"),
        ({"tools": [{"systemTool": {"name": "nova_grounding"}}]}, "the systemTool tool at toolConfig.tools.0"),
        ({"tools": [{"cachePoint": {"type": "default"}}]}, "defines no tool"),
        ({"tools": [tool(schema=[])]}, "toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of"),
        ({"tools": [tool(schema={"type": "array"})]}, "inputSchema.json.type must be one of"),
        ({"tools": [tool(schema={"type": "object", "required": 3})]}, "is not a valid JSON schema: $.required"),
    ],
)
def test_a_configuration_that_contradicts_itself_is_refused(config: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        configured(config)
    assert words in caught.value.message


def test_a_model_without_tools_says_so() -> None:
    with pytest.raises(ValidationError, match=r"^This model doesn't support tool use\.$"):
        configure({"tools": [tool()]}, {}, replace(CHAT, tools=False))


def test_results_are_text_in_lines_and_json_as_json() -> None:
    result = {"toolUseId": "t", "content": [{"text": "sunny"}, {"json": {"degrees": 21}}]}
    assert result_text(result, "here") == 'sunny\n{"degrees":21}'


def test_a_failed_result_says_so() -> None:
    assert result_text({"content": [{"text": "no such city"}], "status": "error"}, "x") == "Error: no such city"


def test_a_picture_as_a_result_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"the image block at here\.content\.0"):
        result_text({"content": [{"image": {}}]}, "here")


def test_results_in_any_order_match_their_calls() -> None:
    match_results(["b", "a"], ["a", "b"], "messages.2")
