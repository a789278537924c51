"""Amazon Titan Text's bodies."""

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
from usina.testing.engines import chat_answer

TITAN = {"inputText": "Hi"}


async def test_titan_asks_and_answers() -> None:
    config = {"temperature": 0.5, "topP": 0.9, "maxTokenCount": 9, "stopSequences": ["User:"]}
    task, body = await asked({**TITAN, "textGenerationConfig": config})
    assert task == "chat"
    assert body == {
        "messages": [{"role": "user", "content": "Hi"}],
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 9,
        "stop": ["User:"],
    }
    assert await answered(TITAN) == {
        "inputTextTokenCount": 4,
        "results": [{"tokenCount": 2, "outputText": "Hello!", "completionReason": "FINISH"}],
    }


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ({"finish_reason": "length"}, "LENGTH"),
        ({"stop_reason": "User:"}, "STOP_CRITERIA_MET"),
        ({"finish_reason": "content_filter"}, "CONTENT_FILTERED"),
    ],
)
async def test_titan_has_a_word_for_every_end(ending: dict[str, Any], reason: str) -> None:
    made = await answered(TITAN, chat_answer("Hello!", **ending))
    assert made["results"][0]["completionReason"] == reason


async def test_titan_streams_its_text() -> None:
    def chunk(text: str, total: int | None = None, reason: str | None = None, prompt: int | None = None) -> Any:
        return {
            "outputText": text,
            "index": 0,
            "totalOutputTextTokenCount": total,
            "completionReason": reason,
            "inputTextTokenCount": prompt,
        }

    assert await streamed(TITAN) == [chunk("Hel"), chunk("lo!"), {**chunk("", 2, "FINISH", 4), **LAST}]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({**TITAN, "textGenerationConfig": {"maxTokens": 5}}, "#/textGenerationConfig: extraneous key [maxTokens]"),
        ({"inputText": " "}, "#/inputText"),
    ],
)
async def test_a_body_that_breaks_its_form_is_refused(body: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        await asked(body)
    assert words in caught.value.message
