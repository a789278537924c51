from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.core.errors import ValidationError
from usina.services.openai.chat_request import ChatRequest, read_chat
from usina.services.openai.sampling import wants_usage

HELLO = {"role": "user", "content": "hello"}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}


def body_of(**fields: Any) -> dict[str, Any]:
    return read_chat({"model": "m", "messages": [HELLO], **fields})[1]


def refusal_of(**fields: Any) -> tuple[str, Any, str | None]:
    with pytest.raises(ValidationError) as caught:
        read_chat({"model": "m", "messages": [HELLO], **fields})
    return caught.value.message, caught.value.members.get("param"), caught.value.code


def test_the_engine_gets_what_bears_on_the_answer_and_nothing_else() -> None:
    body = body_of(
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        seed=7,
        n=2,
        stop="END",
        max_tokens=5,
        frequency_penalty=0.1,
        presence_penalty=-0.1,
        logit_bias={"50256": -100},
        logprobs=True,
        top_logprobs=3,
        user="u",
        metadata={"a": "b"},
        store=True,
        service_tier="auto",
        reasoning_effort="low",
        prompt_cache_key="k",
        stream=False,
    )
    assert body == {
        "messages": [HELLO],
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "seed": 7,
        "n": 2,
        "stop": ["END"],
        "max_tokens": 5,
        "frequency_penalty": 0.1,
        "presence_penalty": -0.1,
        "logit_bias": {"50256": -100},
        "logprobs": True,
        "top_logprobs": 3,
    }


def test_null_says_nothing() -> None:
    names = [name for name in ChatRequest.__struct_fields__ if name not in {"model", "messages"}]
    assert body_of(**dict.fromkeys(names)) == {"messages": [HELLO]}


def test_the_newer_name_of_the_token_limit_wins() -> None:
    assert body_of(max_completion_tokens=9, max_tokens=5)["max_tokens"] == 9


def test_developers_speak_as_the_system_and_parts_are_joined() -> None:
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    turns = [{"role": "developer", "content": "be brief"}, {"role": "user", "content": parts, "name": "ada"}]
    assert body_of(messages=turns)["messages"] == [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "one\ntwo", "name": "ada"},
    ]


def test_an_answer_can_be_sent_back_as_it_came() -> None:
    answer: dict[str, Any] = {
        "role": "assistant",
        "content": "hi",
        "refusal": None,
        "annotations": [],
        "audio": None,
        "tool_calls": None,
    }
    assert body_of(messages=[HELLO, answer])["messages"][1] == {"role": "assistant", "content": "hi"}


def test_a_json_object_is_asked_for_by_schema() -> None:
    wanted = body_of(response_format={"type": "json_object"})["response_format"]
    assert wanted["json_schema"]["schema"] == {"type": "object"}


def test_a_schema_goes_to_the_engine() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    given_format = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, "strict": True}}
    wanted = body_of(response_format=given_format)["response_format"]
    assert wanted == {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, "strict": True}}


def test_plain_text_needs_no_format() -> None:
    assert "response_format" not in body_of(response_format={"type": "text"})


def test_a_named_function_is_asked_for() -> None:
    choice = {"type": "function", "function": {"name": "weather"}}
    assert body_of(tools=[TOOL], tool_choice=choice)["tool_choice"] == choice


def test_usage_in_a_stream_is_asked_for_by_its_option() -> None:
    asked, _ = read_chat({"model": "m", "messages": [HELLO], "stream": True, "stream_options": {"include_usage": True}})
    assert wants_usage(asked)
    assert not wants_usage(read_chat({"model": "m", "messages": [HELLO], "stream": True})[0])


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
        ({"messages": [{"role": "assistant", "audio": {"id": "a"}}]}, "messages[0].audio"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"top_p": -0.1}, "top_p"),
        ({"n": 0}, "n"),
        ({"n": 1.5}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": True}, "max_completion_tokens"),
        ({"seed": 2**64}, "seed"),
        ({"stop": ""}, "stop"),
        ({"stop": ["a", ""]}, "stop[1]"),
        ({"stop": ["a"] * 17}, "stop"),
        ({"logprobs": 5}, "logprobs"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, "tools[0].type"),
        ({"tools": [{"type": "function", "function": {"name": "no blanks"}}]}, "tools[0].function.name"),
        ({"tools": [TOOL, TOOL]}, "tools"),
        ({"tool_choice": "required"}, "tool_choice"),
        (
            {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "q"}}},
            "tool_choice.function.name",
        ),
        ({"tools": [TOOL], "tool_choice": "sometimes"}, "tool_choice"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"logit_bias": {"1": 101}}, "logit_bias[...]"),
        ({"audio": {"voice": "alloy"}}, "audio"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"web_search_options": {}}, "web_search_options"),
        ({"frequency": 1}, "frequency"),
    ],
)
def test_a_wrong_request_is_refused_by_the_name_of_the_parameter(fields: dict[str, Any], param: str) -> None:
    message, named, _ = refusal_of(**fields)
    assert named == param
    assert f"'{param}'" in message


@pytest.mark.parametrize("fields", [{"modalities": ["text"]}, {"audio": None}, {"functions": []}, {"moderation": None}])
def test_a_field_that_asks_for_nothing_is_no_error(fields: dict[str, Any]) -> None:
    assert body_of(**fields) == {"messages": [HELLO]}


@pytest.mark.parametrize("part", [{"type": "image_url", "image_url": {"url": "data:"}}, {"type": "input_audio"}])
def test_what_the_models_cannot_read_is_refused_with_the_reason(part: dict[str, Any]) -> None:
    message, param, code = refusal_of(messages=[{"role": "user", "content": [part]}])
    assert "read text" in message
    assert (param, code) == ("messages[0].content[0]", "unsupported_content")


def test_no_refusal_repeats_a_value_of_the_request() -> None:
    secret = "a-prompt-that-must-not-travel"
    for fields in (
        {"messages": [{"role": secret, "content": "x"}]},
        {"messages": [{"role": "user", "content": [{"type": secret}]}]},
        {"temperature": secret},
        {"tool_choice": secret},
        {"service_tier": 1, "stop": [1, secret]},
        {"response_format": {"type": secret}},
        {"logit_bias": {secret: 1}},
    ):
        assert secret not in refusal_of(**fields)[0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system", "tool", "x"]), "content": JSON},
    optional={"tool_calls": JSON, "name": JSON, "tool_call_id": JSON},
)


@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries(
        {"model": st.just("m"), "messages": st.lists(MESSAGE, max_size=3) | JSON},
        optional={name: JSON for name in ChatRequest.__struct_fields__ if name not in {"model", "messages"}},
    )
)
def test_any_json_is_read_or_refused_and_never_breaks_the_reader(arguments: dict[str, Any]) -> None:
    try:
        _, body = read_chat(arguments)
    except ValidationError:
        return
    assert all(isinstance(message["content"], str | None) for message in body["messages"])
