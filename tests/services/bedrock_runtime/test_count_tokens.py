"""CountTokens."""

from __future__ import annotations

import json
from typing import Any

import pytest

from usina.core.errors import ValidationError
from usina.services.bedrock_runtime.count_tokens import count_tokens
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.engines import ScriptedEngines
from usina.testing.world import call_of, world

TURNS = [{"role": "user", "content": [{"text": "one two three"}]}]


async def test_a_conversation_is_counted_by_the_engine_that_would_answer_it() -> None:
    engines = ScriptedEngines().play(17)
    call = call_of({"modelId": CHAT.id, "input": {"converse": {"messages": TURNS, "system": [{"text": "s"}]}}})
    assert await count_tokens(call, world(engines=engines)) == {"inputTokens": 17}
    assert engines.asked[0].kind == "count"
    assert [message["role"] for message in engines.bodies[0]["messages"]] == ["system", "user"]
    assert call.meter.input_tokens == 17


async def test_a_body_is_counted_by_its_family() -> None:
    body = json.dumps({"anthropic_version": "v", "max_tokens": 5, "messages": [{"role": "user", "content": "a b"}]})
    call = call_of({"modelId": CHAT.id, "input": {"invokeModel": {"body": body.encode()}}})
    assert await count_tokens(call, world()) == {"inputTokens": 2}


@pytest.mark.parametrize(
    ("model", "asked", "words"),
    [
        (EMBEDDING.id, {"converse": {"messages": TURNS}}, "doesn't support counting tokens"),
        ("nobody.knows", {"converse": {"messages": TURNS}}, "model identifier is invalid"),
        (CHAT.id, {}, "must have one of invokeModel and converse"),
        (CHAT.id, {"converse": {"messages": []}}, "must start with a user message"),
        (CHAT.id, {"invokeModel": {"body": b"{"}}, "Malformed input request"),
    ],
)
async def test_what_cannot_be_counted_is_refused(model: str, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        await count_tokens(call_of({"modelId": model, "input": asked}), world())
    assert words in caught.value.message
