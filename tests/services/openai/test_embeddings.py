from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest

from usina.core.errors import ValidationError
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.engines import embedding_answer

if TYPE_CHECKING:
    from usina.testing.engines import ScriptedEngines


async def test_numbers_and_base64_say_the_same(client: openai.AsyncOpenAI, engines: ScriptedEngines) -> None:
    engines.play(embedding_answer([[0.5, -0.25]], 3), embedding_answer([[0.5, -0.25]], 3))
    numbers = await client.embeddings.create(model=EMBEDDING.id, input="a text", encoding_format="float")
    packed = await client.embeddings.create(model=EMBEDDING.id, input="a text")  # the client asks for base64 itself
    assert numbers.data[0].embedding == packed.data[0].embedding == [0.5, -0.25]
    assert numbers.model == EMBEDDING.id
    assert (numbers.usage.prompt_tokens, numbers.usage.total_tokens) == (3, 3)


async def test_base64_that_is_asked_for_by_name_stays_text(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    engines.play(embedding_answer([[1.0]], 1))
    answer = await client.embeddings.create(model=EMBEDDING.id, input="a", encoding_format="base64")
    assert answer.data[0].embedding == "AACAPw=="  # type: ignore[comparison-overlap]  # the client's type knows lists


async def test_vectors_come_in_the_order_of_the_texts(client: openai.AsyncOpenAI, engines: ScriptedEngines) -> None:
    answer = embedding_answer([[1.0], [2.0]], 2)
    answer["data"].reverse()
    engines.play(answer)
    given = await client.embeddings.create(model=EMBEDDING.id, input=["a", "b"])
    assert [(entry.index, entry.embedding) for entry in given.data] == [(0, [1.0]), (1, [2.0])]
    assert engines.bodies == [{"input": ["a", "b"]}]


async def test_the_meter_counts_what_was_read(client: openai.AsyncOpenAI, front: Any) -> None:
    await client.embeddings.create(model=EMBEDDING.id, input=["a b", "c"], dimensions=384)
    assert (front.meters[0].model, front.meters[0].input_tokens) == (EMBEDDING.id, 3)


async def test_an_answer_that_lost_a_vector_is_the_engines_failure(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    engines.play(embedding_answer([[1.0]], 1))
    with pytest.raises(openai.InternalServerError):
        await client.embeddings.create(model=EMBEDDING.id, input=["a", "b"])


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": ["a", ""]}, "input[1]"),
        ({"input": [1, 2]}, "input"),
        ({"input": [[1, 2], [3]]}, "input"),
        ({"input": ["a", 3]}, "input[1]"),
        ({"input": "a", "dimensions": 256}, "dimensions"),
        ({"input": "a", "encoding_format": "hex"}, "encoding_format"),
        ({"input": "a", "extra_body": {"truncate": "END"}}, "truncate"),
        ({"input": "a", "model": CHAT.id}, "model"),
    ],
)
async def test_a_wrong_request_is_refused_by_the_name_of_the_parameter(
    client: openai.AsyncOpenAI, fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.embeddings.create(**{"model": EMBEDDING.id, **fields})
    assert caught.value.param == param


async def test_a_text_that_is_too_long_gets_the_code_that_clients_look_for(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    engines.play(ValidationError("Input is too long for requested model."))
    with pytest.raises(openai.BadRequestError) as caught:
        await client.embeddings.create(model=EMBEDDING.id, input="a")
    assert (caught.value.code, caught.value.param) == ("context_length_exceeded", "input")
