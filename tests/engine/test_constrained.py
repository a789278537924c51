from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from tests.engine.gbnf import Gbnf
from usina.core.errors import ValidationError
from usina.engine.calls import CallReader
from usina.engine.constrained import constrain

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
            "additionalProperties": False,
        },
    },
}
NOTHING = {"type": "function", "function": {"name": "now"}}
TOOLS: list[Any] = [WEATHER, ADD, NOTHING]


def body(**more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 5, **more}


def made(given: dict[str, Any]) -> dict[str, Any]:
    constraint = constrain(given)
    assert constraint is not None
    return constraint.body


def derived(grammar: str, count: int = 60) -> list[str]:
    import random

    chance = random.Random(3)
    return [Gbnf(grammar).derive(chance.randrange) for _ in range(count)]


def calls_in(text: str) -> list[tuple[str, Any]]:
    reader = CallReader()
    found: list[list[str]] = []
    for delta in reader.feed(text):
        for part in delta.get("tool_calls", ()):
            if "id" in part:
                found.append([part["function"]["name"], ""])
            found[part["index"]][1] += part["function"]["arguments"]
    return [(name, json.loads(arguments)) for name, arguments in found]


def test_a_request_without_tools_or_format_is_left_alone() -> None:
    assert constrain(body()) is None
    assert constrain(body(tools=[], response_format=None)) is None


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "add"}}])
def test_a_call_that_must_be_made_is_one_of_the_allowed_and_fits_its_schema(choice: Any) -> None:
    sent = made(body(tools=TOOLS, tool_choice=choice, stop=["}"], temperature=0))
    assert not sent.keys() & {"tools", "tool_choice", "stop"}
    assert sent["temperature"] == 0
    names = set()
    for text in derived(sent["grammar"]):
        [(name, arguments)] = calls_in(text)
        names.add(name)
        tool = next(tool for tool in TOOLS if tool["function"]["name"] == name)
        Draft202012Validator(tool["function"].get("parameters", {"maxProperties": 0})).validate(arguments)
    assert names == ({"add"} if isinstance(choice, dict) else {"get_weather", "add", "now"})


def test_auto_allows_a_call_and_plain_text() -> None:
    texts = derived(made(body(tools=TOOLS))["grammar"])
    with_calls = [text for text in texts if calls_in(text)]
    assert 0 < len(with_calls) < len(texts)


def test_none_offers_no_tools() -> None:
    sent = made(body(tools=TOOLS, tool_choice="none"))
    assert sent["messages"] == body()["messages"]
    assert "grammar" not in sent


def test_parallel_calls_come_only_where_they_are_asked_for() -> None:
    one = derived(made(body(tools=TOOLS, tool_choice="required"))["grammar"])
    more = derived(made(body(tools=TOOLS, tool_choice="required", parallel_tool_calls=True))["grammar"])
    assert {len(calls_in(text)) for text in one} == {1}
    assert max(len(calls_in(text)) for text in more) > 1


def test_the_model_is_told_of_the_tools_beside_what_the_system_says() -> None:
    sent = made({**body(tools=[WEATHER]), "messages": [{"role": "system", "content": "Be kind."}, *body()["messages"]]})
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert sent["messages"][0]["content"].startswith("Be kind.\n\n")
    assert '"name":"get_weather"' in sent["messages"][0]["content"]


def test_calls_and_their_results_become_plain_turns() -> None:
    messages = [
        {"role": "user", "content": "Weather in Paris?"},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}},
            {"id": "2", "type": "function", "function": {"name": "now", "arguments": ""}},
        ]},
        {"role": "tool", "tool_call_id": "1", "content": [{"type": "text", "text": "18 degrees"}]},
        {"role": "tool", "tool_call_id": "2", "content": "noon"},
        {"role": "user", "content": "So?"},
    ]  # fmt: skip
    sent = made({"messages": messages})
    assert sent["messages"] == [
        {"role": "user", "content": "Weather in Paris?"},
        {
            "role": "assistant",
            "content": '{"name": "get_weather", "arguments": {"city": "Paris"}}\n{"name": "now", "arguments": {}}',
        },
        {"role": "user", "content": "Result of get_weather: 18 degrees\nResult of now: noon\nSo?"},
    ]  # fmt: skip


def test_structured_output_is_the_grammar_of_its_schema() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    for text in derived(made(body(response_format=form))["grammar"], 20):
        Draft202012Validator(schema).validate(json.loads(text))
    for text in derived(made(body(response_format={"type": "json_object"}))["grammar"], 20):
        assert isinstance(json.loads(text), dict)


def test_tools_beside_structured_output_give_a_call_or_the_output() -> None:
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"enum": ["yes", "no"]}}}
    texts = set(derived(made(body(tools=[NOTHING], response_format=form))["grammar"]))
    assert texts == {'"yes"', '"no"', '<tool_call>{"name": "now", "arguments": {}}'}


def test_the_schema_dialect_asks_for_the_same_by_a_schema() -> None:
    constraint = constrain(body(tools=[ADD]), "schema")
    assert constraint is not None
    schema = constraint.body["response_format"]["json_schema"]["schema"]
    judge = Draft202012Validator(schema)
    judge.validate({"name": "add", "arguments": {"a": 1, "b": 2}})
    judge.validate({"answer": "text"})
    assert not judge.is_valid({"name": "add", "arguments": {"a": "1", "b": 2}})
    assert "grammar" not in constraint.body
    answer = constraint.answer(whole('{"answer": "line\\nbreak"}'))
    assert answer["choices"][0]["message"]["content"] == "line\nbreak"


def test_references_inside_a_tools_schema_still_lead_to_their_place() -> None:
    parameters = {
        "type": "object",
        "properties": {"where": {"$ref": "#/$defs/place"}, "why": {"const": {"$ref": "#/nothing"}}},
        "required": ["where"],
        "$defs": {"place": {"type": "object", "properties": {"near": {"$ref": "#/$defs/place"}}}},
    }
    tool = {"type": "function", "function": {"name": "go", "parameters": parameters}}
    for text in derived(made(body(tools=[tool], tool_choice="required"))["grammar"], 20):
        Draft202012Validator(parameters).validate(calls_in(text)[0][1])
    constraint = constrain(body(tools=[ADD, tool]), "schema")
    assert constraint is not None
    judge = Draft202012Validator(constraint.body["response_format"]["json_schema"]["schema"])
    judge.validate({"name": "go", "arguments": {"where": {"near": {"near": {}}}}})
    assert not judge.is_valid({"name": "go", "arguments": {"where": {"near": 1}}})


@pytest.mark.parametrize(
    "wrong",
    [
        {"tools": TOOLS, "tool_choice": "sometimes"},
        {"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "unknown"}}},
        {"tools": [{"type": "web_search"}]},
        {"tools": [{"type": "function", "function": {"name": "a b"}}]},
        {"tools": [WEATHER, WEATHER]},
        {"tools": [WEATHER] * 200},
        {"tools": [{"type": "function", "function": {"name": "x", "parameters": {"type": "string"}}}]},
        {"tools": [{"type": "function", "function": {"name": "x", "parameters": {"type": "object", "not": {}}}}]},
        {"tool_choice": "required", "response_format": {"type": "json_object"}},
        {"response_format": {"type": "xml"}},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}},
        {"response_format": "json"},
        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}], "tools": TOOLS},
        {"messages": [{"role": "assistant", "tool_calls": [{}]}]},
        {"messages": "hello"},
    ],
)
def test_what_cannot_be_honoured_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        constrain(body() | wrong)


def whole(text: str, finish: str = "stop") -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish, "stop_reason": None}]}


def test_a_call_in_an_answer_becomes_a_tool_call() -> None:
    constraint = constrain(body(tools=TOOLS))
    assert constraint is not None
    choice = constraint.answer(whole('<tool_call>{"name": "add", "arguments": {"a": 1, "b": 2}}'))["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    [call] = choice["message"]["tool_calls"]
    assert call["function"] == {"name": "add", "arguments": '{"a": 1, "b": 2}'}
    assert call["id"].startswith("call_")
    assert constraint.answer(whole("Hello"))["choices"][0] == whole("Hello")["choices"][0]
    assert (
        constraint.answer(whole('{"name": "add", "arguments": {"a"', "length"))["choices"][0]["finish_reason"]
        == "length"
    )


async def test_a_call_in_a_stream_becomes_deltas() -> None:
    constraint = constrain(body(tools=TOOLS))
    assert constraint is not None
    text = '{"name": "add", "arguments": {"a": 1, "b": 2}}'

    async def engine() -> AsyncGenerator[Sequence[Any], None]:
        yield [
            {"id": "1", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]}
        ]
        for at in range(0, len(text), 7):
            delta = {"content": text[at : at + 7]}
            yield [{"id": "1", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}]
        yield [
            {"id": "1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "stop_reason": None}]},
            {"id": "1", "choices": [], "usage": {}},
        ]

    batches = [batch async for batch in constraint.stream(engine())]
    assert all(batches)
    chunks = [chunk for batch in batches for chunk in batch]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert deltas[0] == {"role": "assistant", "content": None}
    parts = [part for delta in deltas for part in delta.get("tool_calls", ())]
    assert parts[0]["function"] == {"name": "add", "arguments": ""}
    assert "".join(part["function"]["arguments"] for part in parts) == '{"a": 1, "b": 2}'
    assert chunks[-2]["choices"][0]["finish_reason"] == "tool_calls"
    assert chunks[-1] == {"id": "1", "choices": [], "usage": {}}
