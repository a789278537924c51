"""Cohere Embed's bodies."""

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
COHERE = "cohere.embed-english-v3"
BODY = {"texts": ["a", "b"], "input_type": "search_document"}
REQUEST_ID = "00000000-0000-4000-8000-000000000000"


async def invoked(**more: Any) -> Any:
    engines = ScriptedEngines().play(embedding_answer([[1.0, -1.0], [0.5, 0.5]], 5))
    body = {name: value for name, value in {**BODY, **more}.items() if value is not None}
    call = call_of({"modelId": COHERE, "body": json.dumps(body).encode()})
    ports = world(engines=engines, cards=[CARD], aliases={COHERE: CARD.id})
    return json.loads((await invoke_model(call, ports))["body"])


async def test_floats_come_as_a_list_of_vectors() -> None:
    assert await invoked() == {
        "id": REQUEST_ID,
        "texts": ["a", "b"],
        "embeddings": [[1.0, -1.0], [0.5, 0.5]],
        "response_type": "embeddings_floats",
    }


async def test_types_that_are_asked_for_come_by_type() -> None:
    assert await invoked(embedding_types=["float", "binary", "ubinary"], output_dimension=2) == {
        "id": REQUEST_ID,
        "texts": ["a", "b"],
        "embeddings": {
            "float": [[1.0, -1.0], [0.5, 0.5]],
            "binary": [[0], [64]],
            "ubinary": [[128], [192]],
        },
        "response_type": "embeddings_by_type",
    }


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"input_type": None}, "required key [input_type] not found"),
        ({"input_type": "poetry"}, "#/input_type"),
        ({"texts": None}, "required key [texts] not found"),
        ({"texts": []}, "#/texts"),
        ({"texts": ["a"] * 97}, "#/texts"),
        ({"texts": ["a", ""]}, "#/texts: an empty text"),
        ({"images": ["data:..."]}, "doesn't support images"),
        ({"input_type": "image"}, "doesn't support images"),
        ({"embedding_types": ["int8"]}, "int8 is not supported"),
        ({"output_dimension": 1_536}, "#/output_dimension: 1536 is not a length"),
        ({"truncate": "MIDDLE"}, "#/truncate"),
    ],
)
async def test_what_the_model_cannot_do_is_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        await invoked(**more)
    assert words in caught.value.message
