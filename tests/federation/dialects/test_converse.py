from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from usina.core.cloud import CloudSource
from usina.core.errors import ValidationError
from usina.core.ports import Resolution
from usina.federation.dialects.bedrock import Bedrock
from usina.federation.dialects.converse import converse_body
from usina.services.bedrock_runtime.converse_request import chat_body
from usina.testing.catalogue import CHAT

MODEL = ServiceModel(Loader().load_service_model("bedrock-runtime", "service-2"), "bedrock-runtime")
SOURCE = CloudSource("cloud.far", "bedrock", "https://far.internal", "far:v1")
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FUNCTION = {"name": "weather", "description": "The weather", "parameters": WEATHER}
TOOLS = [{"type": "function", "function": FUNCTION}]


def valid(body: Any) -> Any:
    """A body that AWS's own model of Converse finds nothing wrong with."""
    shape = MODEL.operation_model("Converse").input_shape
    report = ParamValidator().validate({**body, "modelId": "m"}, shape)
    assert not report.has_errors(), report.generate_report()
    return body


def ask(*messages: dict[str, Any], **more: Any) -> Any:
    return valid(converse_body({"messages": list(messages), **more}))


def test_a_conversation_keeps_its_words_and_alternates() -> None:
    body = ask(
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One."},
        {"role": "user", "content": [{"type": "text", "text": "Two."}, {"type": "text", "text": "Three."}]},
        {"role": "assistant", "content": "Four."},
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": "Five."},
    )
    assert body["system"] == [{"text": "Be brief."}, {"text": "Be kind."}]
    assert body["messages"] == [
        {"role": "user", "content": [{"text": "One."}, {"text": "Two.\nThree."}]},
        {"role": "assistant", "content": [{"text": "Four."}]},
        {"role": "user", "content": [{"text": "Five."}]},
    ]


def test_what_bounds_and_steers_the_answer_is_said() -> None:
    body = ask({"role": "user", "content": "x"}, max_tokens=9, temperature=0.0, top_p=0.5, stop=["a", "b"], seed=None)
    assert body["inferenceConfig"] == {"maxTokens": 9, "temperature": 0.0, "topP": 0.5, "stopSequences": ["a", "b"]}
    assert body["additionalModelResponseFieldPaths"] == ["/stop_sequence"]
    assert ask({"role": "user", "content": "x"}, stop="a")["inferenceConfig"] == {"stopSequences": ["a"]}
    assert "inferenceConfig" not in ask({"role": "user", "content": "x"})


def test_tools_their_calls_and_their_results_are_said() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Rom"}'}}
    body = ask(
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "Sun"},
        {"role": "user", "content": "And now?"},
        tools=TOOLS,
        tool_choice="required",
    )
    assert body["messages"][1]["content"] == [
        {"toolUse": {"toolUseId": "c1", "name": "weather", "input": {"city": "Rom"}}}
    ]
    assert body["messages"][2]["content"] == [
        {"toolResult": {"toolUseId": "c1", "content": [{"text": "Sun"}]}},
        {"text": "And now?"},
    ]
    assert body["toolConfig"]["toolChoice"] == {"any": {}}
    spec = body["toolConfig"]["tools"][0]["toolSpec"]
    assert spec == {"name": "weather", "description": "The weather", "inputSchema": {"json": WEATHER}}


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("auto", None),
        (None, None),
        ({"type": "function", "function": {"name": "weather"}}, {"tool": {"name": "weather"}}),
    ],
    ids=["auto", "none given", "named"],
)
def test_the_choice_of_a_tool_is_said(choice: Any, said: Any) -> None:
    body = ask({"role": "user", "content": "?"}, tools=TOOLS, tool_choice=choice)
    assert body["toolConfig"].get("toolChoice") == said


def test_a_schema_for_the_answer_is_said() -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "w", "schema": WEATHER, "strict": True}}
    body = ask({"role": "user", "content": "?"}, response_format=wanted)
    told = body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    assert (told["name"], json.loads(told["schema"])) == ("w", WEATHER)


@pytest.mark.parametrize(
    "more",
    [
        {"seed": 3},
        {"top_k": 5},
        {"logprobs": True},
        {"frequency_penalty": 0.5},
        {"logit_bias": {"1": 2}},
        {"response_format": {"type": "json_object"}},
        {"tools": TOOLS, "tool_choice": "none"},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_cannot_be_said_is_refused_and_never_dropped(more: Any) -> None:
    with pytest.raises(ValidationError, match="Amazon Bedrock"):
        converse_body({"messages": [{"role": "user", "content": "x"}], **more})


@pytest.mark.parametrize("arguments", ["{", "[]", "3", "[" * 100_000], ids=["cut", "list", "number", "deep"])
def test_arguments_of_a_call_that_are_no_object_are_refused(arguments: str) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}
    with pytest.raises(ValidationError, match="not a JSON object"):
        converse_body({"messages": [{"role": "assistant", "tool_calls": [call]}]})


def test_a_request_of_converse_comes_through_our_own_form_unchanged() -> None:
    asked: Any = {
        "modelId": "m",
        "system": [{"text": "Be brief."}],
        "messages": [
            {"role": "user", "content": [{"text": "Weather?"}]},
            {
                "role": "assistant",
                "content": [{"toolUse": {"toolUseId": "t1", "name": "weather", "input": {"city": "Rom"}}}],
            },
            {"role": "user", "content": [{"toolResult": {"toolUseId": "t1", "content": [{"text": "Sun"}]}}]},
        ],
        "toolConfig": {"tools": [{"toolSpec": {"name": "weather", "inputSchema": {"json": WEATHER}}}]},
        "inferenceConfig": {"maxTokens": 30, "temperature": 0.5, "topP": 0.9},
    }
    told = valid(converse_body(chat_body(asked, Resolution(CHAT, "m"))))
    assert {**told, "modelId": "m"} == asked


@pytest.mark.parametrize(
    ("upstream", "path"),
    [
        ("anthropic.m-v1:0", "/model/anthropic.m-v1%3A0/converse"),
        ("arn:aws:bedrock:r:1:x/y", "/model/arn%3Aaws%3Abedrock%3Ar%3A1%3Ax%2Fy/converse"),
    ],
)
def test_the_name_of_the_model_is_one_segment_of_the_path(upstream: str, path: str) -> None:
    source = CloudSource("cloud.far", "bedrock", "https://far.internal", upstream)
    body = {"messages": [{"role": "user", "content": "x"}]}
    assert Bedrock().words("cloud.far", source, "chat", body, stream=False).path == path


def test_a_completion_of_a_prompt_and_half_a_character_are_refused() -> None:
    with pytest.raises(ValidationError, match="not completions"):
        Bedrock().words("cloud.far", SOURCE, "completion", {"prompt": "x"}, stream=False)
    half = {"messages": [{"role": "user", "content": "\ud800"}]}
    with pytest.raises(ValidationError, match="half a character"):
        Bedrock().words("cloud.far", SOURCE, "chat", half, stream=False)
