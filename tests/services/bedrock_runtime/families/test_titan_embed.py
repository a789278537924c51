"""Titan Text Embeddings' bodies."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from usina.core.errors import ValidationError
from usina.services.bedrock_runtime.invoke_model import invoke_model
from usina.testing.catalogue import EMBEDDING
from usina.testing.engines import ScriptedEngines, embedding_answer
from usina.testing.world import call_of, world

CARD = replace(EMBEDDING, embedding_dimensions=2)


async def invoked(body: dict[str, Any]) -> Any:
    engines = ScriptedEngines().play(embedding_answer([[3.0, -4.0]], 5))
    call = call_of({"modelId": CARD.id, "body": json.dumps(body).encode()})
    result = await invoke_model(call, world(engines=engines, cards=[CARD]))
    assert engines.bodies == [{"input": ["Hi"]}]
    assert call.meter.input_tokens == 5
    return json.loads(result["body"])


async def test_a_vector_is_normalised_unless_the_caller_says_no() -> None:
    assert await invoked({"inputText": "Hi"}) == {
        "embedding": [0.6, -0.8],
        "embeddingsByType": {"float": [0.6, -0.8]},
        "inputTextTokenCount": 5,
    }
    assert (await invoked({"inputText": "Hi", "normalize": False}))["embedding"] == [3.0, -4.0]


async def test_a_binary_vector_is_its_signs() -> None:
    made = await invoked({"inputText": "Hi", "dimensions": 2, "embeddingTypes": ["binary"]})
    assert made == {"embeddingsByType": {"binary": [1, 0]}, "inputTextTokenCount": 5}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"inputText": ""}, "#/inputText: expected minLength: 1"),
        ({"inputText": "Hi", "dimensions": 1_024}, "#/dimensions: 1024 is not a length of this model, which gives 2"),
        ({"inputText": "Hi", "embeddingTypes": []}, "#/embeddingTypes"),
        ({"inputText": "Hi", "embeddingTypes": ["int8"]}, "#/embeddingTypes/0"),
        ({"inputText": "Hi", "other": 1}, "extraneous key [other]"),
    ],
)
async def test_what_the_model_cannot_give_is_refused(body: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        await invoked(body)
    assert words in caught.value.message
