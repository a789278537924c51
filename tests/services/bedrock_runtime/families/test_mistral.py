"""Mistral AI's bodies: prompts and chat messages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.bedrock_runtime.families.asking import (
    LAST,
    METRICS,
    MISTRAL_CHAT,
    OPENAI,
    REQUEST_ID,
    TOOLS,
    answered,
    asked,
    streamed,
)
from usina.core.errors import ValidationError
from usina.testing.catalogue import CHAT
from usina.testing.engines import chat_answer, chat_chunk, tool_call, usage, usage_chunk

MISTRAL = {"prompt": "Hi", "max_tokens": 9}


async def test_mistral_asks_and_answers_a_prompt() -> None:
    task, body = await asked({"prompt": "<s>[INST] Hi [/INST]", "max_tokens": 9, "stop": ["END"], "top_k": 3})
    assert task == "chat"
    assert body == {
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 9,
        "stop": ["END"],
        "top_k": 3,
    }
    assert await answered(MISTRAL) == {"outputs": [{"text": "Hello!", "stop_reason": "stop"}]}
    assert await streamed(MISTRAL) == [
        {"outputs": [{"text": "Hel", "stop_reason": None}]},
        {"outputs": [{"text": "lo!", "stop_reason": None}]},
        {"outputs": [{"text": "", "stop_reason": "stop"}], **LAST},
    ]


async def test_mistral_asks_and_answers_messages() -> None:
    _, body = await asked({**OPENAI, "tools": TOOLS, "tool_choice": "any"}, MISTRAL_CHAT)
    assert body["tool_choice"] == "required"
    answer = chat_answer("", tool_calls=[tool_call("add", '{"a":1}')], finish_reason="tool_calls", used=usage(4, 2))
    made = await answered({**OPENAI, "tools": TOOLS}, answer, MISTRAL_CHAT)
    (choice,) = made.pop("choices")
    (tool,) = choice["message"]["tool_calls"]
    assert tool["function"] == {"name": "add", "arguments": '{"a":1}'}
    assert choice["stop_reason"] == "tool_calls"
    assert made == {
        "id": REQUEST_ID,
        "object": "chat.completion",
        "created": 1_800_000_000,
        "model": CHAT.id,
        "usage": {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6},
    }


async def test_mistral_streams_choices_and_whole_tool_calls() -> None:
    call_head = {"index": 0, "function": {"name": "add", "arguments": '{"a":'}}
    chunks = await streamed(
        {**OPENAI, "tools": TOOLS},
        [
            [chat_chunk({"content": "Ok"})],
            [chat_chunk({"tool_calls": [call_head]})],
            [chat_chunk({"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]})],
            [chat_chunk({}, "tool_calls"), usage_chunk(usage(4, 2))],
        ],
        MISTRAL_CHAT,
    )
    messages = [chunk["choices"][0]["message"] for chunk in chunks]
    assert messages[0] == {"role": "assistant", "content": "Ok", "tool_calls": None}
    assert messages[1]["tool_calls"][0]["function"] == {"name": "add", "arguments": '{"a":1}'}
    assert chunks[-1]["choices"][0]["stop_reason"] == "tool_calls"
    assert chunks[-1]["amazon-bedrock-invocationMetrics"] == METRICS
    assert len(chunks) == 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({**MISTRAL, "max_tokens": 0}, "#/max_tokens"),
        ({**MISTRAL, "temperature": "hot"}, "#/temperature: expected float"),
    ],
)
async def test_a_body_that_breaks_its_form_is_refused(body: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        await asked(body)
    assert words in caught.value.message
