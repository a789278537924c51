"""The official openai client, with nothing but the kit's environment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import openai
import pytest

from tests.journeys.running import EMBEDDING_MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai.types.chat import ChatCompletionMessageParam

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Say hello to the world."}]


@pytest.fixture
def client(kit: dict[str, str]) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(max_retries=0, timeout=120) as made:
        yield made


def test_models_are_listed(client: openai.OpenAI, model: str) -> None:
    assert {model, EMBEDDING_MODEL} <= {item.id for item in client.models.list()}


def test_a_chat_answers_with_usage(client: openai.OpenAI, model: str) -> None:
    answer = client.chat.completions.create(model=model, messages=HELLO, max_tokens=16, temperature=0)
    assert answer.model == model
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason in {"stop", "length"}
    assert answer.usage is not None
    assert 0 < answer.usage.completion_tokens <= 16


def test_a_stream_brings_the_same_text_in_chunks(client: openai.OpenAI, model: str) -> None:
    whole = client.chat.completions.create(model=model, messages=HELLO, max_tokens=16, temperature=0)
    chunks = list(
        client.chat.completions.create(
            model=model,
            messages=HELLO,
            max_tokens=16,
            temperature=0,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage or chunks[-1].usage is not None


async def test_the_asynchronous_client_streams_as_well(kit: dict[str, str], model: str) -> None:
    async with openai.AsyncOpenAI(max_retries=0, timeout=120) as client:
        stream = await client.chat.completions.create(model=model, messages=HELLO, max_tokens=8, stream=True)
        pieces = [chunk async for chunk in stream]
    assert any(chunk.choices and chunk.choices[0].delta.content for chunk in pieces)
    assert pieces[-1].choices[0].finish_reason in {"stop", "length"}


def test_an_answer_fits_the_schema_that_was_asked_for(client: openai.OpenAI, model: str) -> None:
    schema = {
        "type": "object",
        "properties": {"mood": {"enum": ["good", "bad"]}},
        "required": ["mood"],
        "additionalProperties": False,
    }
    answer = client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": "I love this day. My mood?"}],
        max_tokens=32,
        response_format={"type": "json_schema", "json_schema": {"name": "mood", "schema": schema, "strict": True}},
    )
    assert json.loads(answer.choices[0].message.content or "")["mood"] in {"good", "bad"}


def test_a_response_is_created_and_streamed(client: openai.OpenAI, model: str) -> None:
    answer = client.responses.create(model=model, input="Say hello.", max_output_tokens=16)
    assert answer.output_text
    kinds = [
        event.type for event in client.responses.create(model=model, input="Hi", max_output_tokens=16, stream=True)
    ]
    assert kinds[0] == "response.created"
    assert kinds[-1] in {"response.completed", "response.incomplete"}


def test_embeddings_come_as_floats_and_as_base64(client: openai.OpenAI) -> None:
    floats = client.embeddings.create(model=EMBEDDING_MODEL, input=["one", "two"], encoding_format="float")
    packed = client.embeddings.create(model=EMBEDDING_MODEL, input=["one", "two"])
    assert [len(item.embedding) for item in floats.data] == [384, 384]
    assert packed.data[0].embedding == pytest.approx(floats.data[0].embedding, abs=1e-3)


def test_a_wrong_key_and_an_unknown_model_are_refused(client: openai.OpenAI, model: str) -> None:
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="wrong").models.list()
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="nobody.knows-this", messages=HELLO)
