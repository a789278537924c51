"""From a Converse request to the engines' chat body."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from usina.core.errors import ValidationError
from usina.core.ports import Resolution
from usina.services.bedrock_runtime.converse_request import chat_body, prompt_body
from usina.testing.catalogue import CHAT

FOUND = Resolution(CHAT, CHAT.id)
TOOLS = {"tools": [{"toolSpec": {"name": "add", "inputSchema": {"json": {"type": "object"}}}}]}
CALL = {"toolUse": {"toolUseId": "t1", "name": "add", "input": {"a": 1}}}
RESULT = {"toolResult": {"toolUseId": "t1", "content": [{"text": "2"}]}}


def user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": [{"text": block} if isinstance(block, str) else block for block in blocks]}


def assistant(*blocks: Any) -> dict[str, Any]:
    return {**user(*blocks), "role": "assistant"}


def body_of(*messages: Any, **more: Any) -> dict[str, Any]:
    return chat_body({"modelId": CHAT.id, "messages": list(messages), **more}, FOUND)


def refusal(*messages: Any, **more: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        body_of(*messages, **more)
    return caught.value.message


def test_plain_turns_go_through_in_order() -> None:
    body = body_of(user("Hi"), assistant("Hello"), user("How", "are you?"), system=[{"text": "Be"}, {"text": "kind"}])
    assert body == {
        "messages": [
            {"role": "system", "content": "Be\nkind"},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello"},
            {"role": "user", "content": "How\nare you?"},
        ]
    }


def test_inference_settings_have_the_engines_names() -> None:
    config = {"maxTokens": 5, "temperature": 0.0, "topP": 0.5, "stopSequences": ["END"]}
    body = body_of(user("Hi"), inferenceConfig=config)
    del body["messages"]
    assert body == {"max_tokens": 5, "temperature": 0.0, "top_p": 0.5, "stop": ["END"]}


def test_more_tokens_than_the_model_has_are_refused() -> None:
    assert "exceeds the model limit of 8192" in refusal(user("Hi"), inferenceConfig={"maxTokens": 8_193})


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([], "must start with a user message"),
        ([assistant("Hi")], "must start with a user message"),
        ([{"role": "system", "content": [{"text": "Be"}]}, assistant("Hi")], "must start with a user message"),
        ([user("a"), user("b")], "must alternate between user and assistant roles"),
        ([user("a"), assistant("b"), assistant("c")], "must alternate between user and assistant roles"),
        ([user("a"), assistant("b")], "requires the last turn in the conversation to be a user message"),
        ([{"role": "user", "content": []}], "The content field in the Message object at messages.0 is empty"),
        ([user(" \n")], "The text field in the ContentBlock object at messages.0.content.0 is blank"),
        ([user("a", "")], "The text field in the ContentBlock object at messages.0.content.1 is blank"),
        ([user({"cachePoint": {"type": "default"}})], "messages.0.content.0 is blank"),
        ([user("a"), assistant("", ""), user("b")], "messages.1.content.0 is blank"),
    ],
)
def test_turns_follow_converses_rules(messages: list[Any], words: str) -> None:
    assert words in refusal(*messages)


def test_other_turns_are_text_too() -> None:
    image = {"image": {"format": "png", "source": {"bytes": b"x"}}}
    assert "the image content block at messages.1.content.1" in refusal(user("a"), assistant("b", image), user("c"))
    system = {"role": "system", "content": [{"text": "Be"}, image]}
    assert "the image content block at messages.1.content.1" in refusal(user("a"), system)


def test_structured_output_needs_a_schema_and_a_model_that_keeps_it() -> None:
    wanted: Any = {"textFormat": {"type": "json_schema", "structure": {}}}
    assert "structure.jsonSchema field is missing" in refusal(user("a"), outputConfig=wanted)
    assert "response_format" not in body_of(user("a"), outputConfig={})
    plain = Resolution(replace(CHAT, structured_output=False), CHAT.id)
    with pytest.raises(ValidationError, match=r"outputConfig\.textFormat"):
        chat_body({"messages": [user("a")], "outputConfig": wanted}, plain)


def test_a_system_turn_may_stand_between_the_others() -> None:
    body = body_of(user("a"), assistant("b"), {"role": "system", "content": [{"text": "now in verse"}]}, user("c"))
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "system", "user"]


@pytest.mark.parametrize(
    "block",
    [
        {"image": {"format": "png", "source": {"bytes": b"x"}}},
        {"document": {"format": "pdf", "name": "n", "source": {"bytes": b"x"}}},
        {"video": {"format": "mp4", "source": {"bytes": b"x"}}},
        {"audio": {"format": "mp3", "source": {"bytes": b"x"}}},
        {"guardContent": {"text": {"text": "x"}}},
        {"searchResult": {"source": "s", "title": "t", "content": [{"text": "x"}]}},
    ],
)
def test_what_models_here_do_not_read_is_refused_by_name(block: dict[str, Any]) -> None:
    kind = next(iter(block))
    assert f"doesn't support the {kind} content block at messages.0.content.1" in refusal(user("look", block))


def test_guarded_system_content_is_refused() -> None:
    assert "guardContent" in refusal(user("a"), system=[{"guardContent": {"text": {"text": "x"}}}])


def test_cache_points_are_accepted_everywhere() -> None:
    point = {"cachePoint": {"type": "default"}}
    config = {"tools": [*TOOLS["tools"], point]}
    body = body_of(user("a", point), assistant("b", point), user("c"), system=[{"text": "s"}, point], toolConfig=config)
    assert [message["content"] for message in body["messages"]] == ["s", "a", "b", "c"]
    assert len(body["tools"]) == 1


def test_a_system_prompt_of_a_cache_point_alone_is_none() -> None:
    assert body_of(user("a"), system=[{"cachePoint": {"type": "default"}}])["messages"][0]["role"] == "user"


def test_a_tool_call_and_its_result_go_both_ways() -> None:
    body = body_of(user("1+1?"), assistant("Adding.", CALL), user(RESULT, "so?"), toolConfig=TOOLS)
    assert body["messages"][1:] == [
        {
            "role": "assistant",
            "content": "Adding.",
            "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}],
        },
        {"role": "tool", "tool_call_id": "t1", "content": "2"},
        {"role": "user", "content": "so?"},
    ]


def test_a_call_without_words_is_a_turn_too() -> None:
    body = body_of(user("1+1?"), assistant(CALL), user(RESULT), toolConfig=TOOLS)
    assert body["messages"][1]["content"] == ""
    assert len(body["messages"]) == 3


def test_tool_blocks_need_a_tool_configuration() -> None:
    words = "The toolConfig field must be defined when using toolUse and toolResult content blocks."
    assert refusal(user("a"), assistant(CALL), user(RESULT)) == words
    assert refusal(user(RESULT)) == words


def test_every_call_needs_its_result() -> None:
    assert "Expected toolResult blocks at messages.2.content for the following Ids: t1" in refusal(
        user("a"), assistant(CALL), user("never mind"), toolConfig=TOOLS
    )
    assert "messages.2.content exceeds the number of toolUse blocks of previous turn" in refusal(
        user("a"), assistant("b"), user(RESULT), toolConfig=TOOLS
    )
    assert "exceeds the number of toolUse blocks" in refusal(
        user("a"), assistant(CALL), user(RESULT, RESULT), toolConfig=TOOLS
    )


def test_reasoning_that_comes_back_is_left_out() -> None:
    thought = {"reasoningContent": {"reasoningText": {"text": "hm"}}}
    body = body_of(user("a"), assistant(thought, "b"), user("c"))
    assert body["messages"][1] == {"role": "assistant", "content": "b"}


def test_structured_output_becomes_a_json_schema() -> None:
    definition = {"schema": '{"type":"object"}', "name": "person", "description": "who"}
    wanted = {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": definition}}}
    schema = body_of(user("a"), outputConfig=wanted)["response_format"]
    assert schema == {
        "type": "json_schema",
        "json_schema": {"name": "person", "description": "who", "schema": {"type": "object"}, "strict": True},
    }


@pytest.mark.parametrize("text", ["{", "[]", '{"type": "nothing"}', '{"$ref": "http://example.com/s.json"}'])
def test_a_schema_that_is_none_is_refused(text: str) -> None:
    wanted = {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"schema": text}}}}
    assert "outputConfig.textFormat.structure.jsonSchema.schema" in refusal(user("a"), outputConfig=wanted)


@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("guardrailConfig", {"guardrailIdentifier": "g", "guardrailVersion": "1"}, "no guardrails"),
        ("promptVariables", {"x": {"text": "y"}}, "keeps no prompts"),
        ("performanceConfig", {"latency": "optimized"}, "performance configuration is not supported"),
        ("serviceTier", {"type": "flex"}, "service tier flex is not supported"),
        ("outputConfig", {"effort": "high"}, "outputConfig.effort"),
    ],
)
def test_what_the_site_does_not_serve_is_refused(member: str, value: Any, words: str) -> None:
    assert words in refusal(user("a"), **{member: value})


def test_standard_latency_and_the_default_tier_are_what_everybody_gets() -> None:
    body_of(user("a"), performanceConfig={"latency": "standard"}, serviceTier={"type": "default"})


def test_known_model_fields_reach_the_engine() -> None:
    assert body_of(user("a"), additionalModelRequestFields={"top_k": 3})["top_k"] == 3


def test_the_prompt_alone_takes_no_settings() -> None:
    body = prompt_body({"messages": [user("a")], "inferenceConfig": {"maxTokens": 1}}, FOUND)
    assert body == {"messages": [{"role": "user", "content": "a"}]}
