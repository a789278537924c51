"""Amazon Nova's bodies."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.bedrock_runtime.families.asking import (
    LAST,
    answered,
    asked,
    streamed,
)
from usina.core.errors import ValidationError
from usina.testing.engines import chat_answer, tool_call

NOVA = {"schemaVersion": "messages-v1", "messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
NOVA_TOOLS = {"tools": [{"toolSpec": {"name": "add", "inputSchema": {"json": {"type": "object"}}}}]}


async def test_nova_asks_and_answers() -> None:
    config = {"max_new_tokens": 9, "temperature": 0.5, "top_p": 0.9, "topK": 3, "stopSequences": ["END"]}
    _, body = await asked({**NOVA, "system": [{"text": "Be kind."}], "inferenceConfig": config})
    assert body == {
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}],
        "max_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 3,
        "stop": ["END"],
    }
    used = {
        "inputTokens": 4,
        "outputTokens": 2,
        "totalTokens": 6,
        "cacheReadInputTokenCount": 0,
        "cacheWriteInputTokenCount": 0,
    }
    assert await answered(NOVA) == {
        "output": {"message": {"role": "assistant", "content": [{"text": "Hello!"}]}},
        "stopReason": "end_turn",
        "usage": used,
    }
    assert await streamed(NOVA) == [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"delta": {"text": "Hel"}, "contentBlockIndex": 0}},
        {"contentBlockDelta": {"delta": {"text": "lo!"}, "contentBlockIndex": 0}},
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "end_turn"}},
        {"metadata": {"usage": used, "metrics": {}, "trace": {}}, **LAST},
    ]


async def test_nova_uses_tools() -> None:
    _, body = await asked({**NOVA, "toolConfig": {**NOVA_TOOLS, "toolChoice": {"any": {}}}})
    assert body["tool_choice"] == "required"
    answer = chat_answer(None, tool_calls=[tool_call("add", "{}")], finish_reason="tool_calls")
    made = await answered({**NOVA, "toolConfig": NOVA_TOOLS}, answer)
    assert made["output"]["message"]["content"][0]["toolUse"]["name"] == "add"
    assert made["stopReason"] == "tool_use"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({**NOVA, "messages": [{"role": "user", "content": "Hi"}]}, "#/messages/0/content: expected array, got str"),
        ({**NOVA, "messages": []}, "must start with a user message"),
        ({**NOVA, "messages": [{"role": "user", "content": [{"video": {}}]}]}, "the video content block"),
        ({**NOVA, "inferenceConfig": {"maxTokens": "5"}}, "#/inferenceConfig/maxTokens: expected int"),
        ({**NOVA, "toolConfig": {"tools": []}}, "defines no tool"),
        (
            {
                **NOVA,
                "messages": [
                    {"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": [{"text": 3}]}}]}
                ],
            },
            "toolResult/content/0/text: expected str",
        ),
    ],
)
async def test_a_body_that_breaks_its_form_is_refused(body: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        await asked(body)
    assert words in caught.value.message
