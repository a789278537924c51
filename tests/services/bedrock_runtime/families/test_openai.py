"""OpenAI's chat completions as an InvokeModel body."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.services.bedrock_runtime.families.asking import (
    METRICS,
    OPENAI,
    REQUEST_ID,
    TOOLS,
    answered,
    asked,
    streamed,
)
from usina.core.errors import ValidationError
from usina.core.ports import Resolution
from usina.services.bedrock_runtime.families.openai import FAMILY
from usina.testing.catalogue import CHAT
from usina.testing.engines import usage


async def test_openai_asks_and_answers() -> None:
    turns = [
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "add", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c", "content": "2"},
    ]
    schema = {"name": "n", "schema": {"type": "object"}}
    choice = {"type": "function", "function": {"name": "add"}}
    more = {"max_completion_tokens": 9, "stop": "END", "seed": 1, "tools": TOOLS, "tool_choice": choice}
    wanted = {"type": "json_schema", "json_schema": schema}
    _, body = await asked({"messages": turns, "model": "ignored", **more, "response_format": wanted})
    function = {"name": "add", "arguments": "{}"}
    assert body == {
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "a\nb"},
            {"role": "assistant", "content": "", "tool_calls": [{"id": "c", "type": "function", "function": function}]},
            {"role": "tool", "tool_call_id": "c", "content": "2"},
        ],
        "max_tokens": 9,
        "stop": "END",
        "seed": 1,
        "tools": TOOLS,
        "tool_choice": choice,
        "response_format": {"type": "json_schema", "json_schema": {**schema, "strict": True}},
    }
    made = await answered(OPENAI)
    assert (made["id"], made["object"], made["model"]) == (f"chatcmpl-{REQUEST_ID}", "chat.completion", CHAT.id)
    assert made["choices"][0]["message"]["content"] == "Hello!"
    assert made["usage"] == usage(4, 2)


async def test_openai_asks_for_any_object_by_a_schema() -> None:
    _, body = await asked({**OPENAI, "response_format": {"type": "json_object"}})
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert "response_format" not in (await asked({**OPENAI, "response_format": {"type": "text"}}))[1]


def test_openai_is_told_what_the_model_cannot_do() -> None:
    plain = Resolution(replace(CHAT, tools=False, structured_output=False), CHAT.id)
    for more, words in (
        ({"tools": TOOLS}, "tool use"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
    ):
        with pytest.raises(ValidationError, match=words):
            FAMILY.parse(json.dumps({**OPENAI, **more}).encode(), plain)


async def test_openai_streams_chunks_with_usage_last() -> None:
    chunks = await streamed(OPENAI)
    assert {chunk["model"] for chunk in chunks} == {CHAT.id}
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    pieces = [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks[:-1]]
    assert "".join(pieces) == "Hello!"
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == usage(4, 2)
    assert chunks[-1]["amazon-bedrock-invocationMetrics"] == METRICS


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"messages": []}, "#/messages"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            "the image_url content",
        ),
        ({"messages": [{"role": "tool", "content": "x"}]}, "#/messages/0: required key [tool_call_id] not found"),
        ({**OPENAI, "n": 2}, "#/n"),
        ({**OPENAI, "reasoning_effort": "high"}, "extraneous key [reasoning_effort]"),
        ({**OPENAI, "tools": TOOLS, "tool_choice": "maybe"}, "#/tool_choice"),
        (
            {**OPENAI, "tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "other"}}},
            "#/tool_choice: names a function that is not one of tools",
        ),
        ({**OPENAI, "response_format": {"type": "json_schema"}}, "required key [json_schema] not found"),
        ({**OPENAI, "max_tokens": 99_999}, "exceeds the model limit"),
    ],
)
async def test_a_body_that_breaks_its_form_is_refused(body: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        await asked(body)
    assert words in caught.value.message
