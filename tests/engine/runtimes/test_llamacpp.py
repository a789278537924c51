"""Against the real engine and the real models, which are small. Nothing here asks what a model knows."""

from __future__ import annotations

import asyncio
import json
import math
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.engine.real_models import CHAT, EMBEDDING, real_factory
from tests.engine.waiting import until
from usina.core.clock import SystemClock
from usina.core.errors import EngineError, ValidationError
from usina.core.ports import ModelCard
from usina.engine.runtimes import Launch
from usina.engine.runtimes.llamacpp import LlamaCpp
from usina.engine.settings import EngineSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from usina.engine.factory import EngineFactory

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def factory(home: Path) -> AsyncIterator[EngineFactory]:
    async with real_factory(home, CHAT, EMBEDDING) as made:
        yield made


def card(factory: EngineFactory, model_id: str = CHAT) -> ModelCard:
    return next(card for card in factory.catalogue.cards() if card.id == model_id)


def asking(text: str, **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], "temperature": 0, "max_tokens": 16, **more}


async def test_a_chat_answers_with_usage_and_our_name_for_the_model(factory: EngineFactory) -> None:
    answer = await factory.engines.call(card(factory), "chat", asking("Say hello."))
    assert answer["model"] == CHAT
    assert answer["choices"][0]["message"]["content"]
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["prompt_tokens"] == await factory.engines.count(card(factory), asking("Say hello."))
    assert "timings" not in answer
    again = await factory.engines.call(card(factory), "chat", asking("Say hello."))
    assert again["usage"]["prompt_tokens_details"]["cached_tokens"] > 0


async def test_a_stream_gives_the_same_text_as_a_call(factory: EngineFactory) -> None:
    body = asking("Count from one to five.")
    whole = await factory.engines.call(card(factory), "chat", body)
    chunks = [chunk async for batch in factory.engines.stream(card(factory), "chat", body) for chunk in batch]
    text = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks if chunk["choices"])
    assert text == whole["choices"][0]["message"]["content"]
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["completion_tokens"] == whole["usage"]["completion_tokens"]


@pytest.mark.parametrize("task", ["chat", "completion"])
async def test_the_stop_sequence_that_ended_the_text_is_told(factory: EngineFactory, task: Any) -> None:
    body = asking("Count: one, two, three", stop=["\n", ",", "e"]) | {"prompt": "one, two, three, four, five, six"}
    answer = await factory.engines.call(card(factory), task, body)
    [choice] = answer["choices"]
    assert choice["finish_reason"] == "stop"
    assert choice["stop_reason"] in {"\n", ",", "e"}
    chunks = [chunk async for batch in factory.engines.stream(card(factory), task, body) for chunk in batch]
    assert chunks[-2]["choices"][0]["stop_reason"] == choice["stop_reason"]
    assert chunks[-1]["usage"]["prompt_tokens"] == answer["usage"]["prompt_tokens"]
    limited = await factory.engines.call(card(factory), task, body | {"stop": ["never"], "max_tokens": 2})
    assert (limited["choices"][0]["finish_reason"], limited["choices"][0]["stop_reason"]) == ("length", None)


@pytest.mark.parametrize("stop", [None, ["never"]])
async def test_probabilities_come_where_they_are_asked_for(factory: EngineFactory, stop: Any) -> None:
    body = asking("Hi", logprobs=True, top_logprobs=3, max_tokens=2, stop=stop)
    answer = await factory.engines.call(card(factory), "chat", body)
    tokens = answer["choices"][0]["logprobs"]["content"]
    assert len(tokens) == 2
    assert all(token["logprob"] <= 0 and len(token["top_logprobs"]) == 3 for token in tokens)


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "get_weather"}}])
async def test_a_tool_call_fits_its_schema(factory: EngineFactory, choice: Any) -> None:
    body = asking("What is the weather in Oslo?", tools=[WEATHER], tool_choice=choice, max_tokens=64, stop=["Oslo"])
    [found] = (await factory.engines.call(card(factory), "chat", body))["choices"]
    assert found["finish_reason"] == "tool_calls"
    [call] = found["message"]["tool_calls"]
    assert isinstance(json.loads(call["function"]["arguments"])["city"], str)
    parts = [
        part
        async for batch in factory.engines.stream(card(factory), "chat", body)
        for chunk in batch
        if chunk["choices"]
        for part in chunk["choices"][0]["delta"].get("tool_calls", ())
    ]
    assert "".join(part["function"]["arguments"] for part in parts) == call["function"]["arguments"]


async def test_with_auto_the_model_may_answer_in_text_after_a_result(factory: EngineFactory) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'}}
    messages = [
        {"role": "user", "content": "Weather in Oslo?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "18 degrees"},
    ]
    body = {"messages": messages, "tools": [WEATHER], "max_tokens": 24, "temperature": 0}
    [choice] = (await factory.engines.call(card(factory), "chat", body))["choices"]
    assert choice["message"]["content"] or choice["message"]["tool_calls"]


async def test_structured_output_fits_its_schema_at_any_temperature(factory: EngineFactory) -> None:
    schema = {
        "type": "object",
        "properties": {
            "mood": {"enum": ["good", "bad"]},
            "score": {"type": "integer", "minimum": 1, "maximum": 10},
            "code": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{2}$"},
        },
        "required": ["mood", "score", "code"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    body = asking("How is it?", response_format=form, temperature=1.5, max_tokens=60, seed=3)
    answer = json.loads((await factory.engines.call(card(factory), "chat", body))["choices"][0]["message"]["content"])
    assert answer["mood"] in {"good", "bad"}
    assert 1 <= answer["score"] <= 10
    assert len(answer["code"]) == 4


async def test_a_prompt_that_is_too_long_is_the_callers_to_fix(factory: EngineFactory) -> None:
    with pytest.raises(ValidationError, match=r"too long.* 1024"):
        await factory.engines.call(card(factory), "chat", asking("word " * 2_000))
    with pytest.raises(ValidationError, match="too long"):
        async for _ in factory.engines.stream(card(factory), "chat", asking("word " * 2_000)):
            pass
    with pytest.raises(ValidationError, match="too long"):
        await factory.engines.call(card(factory, EMBEDDING), "embedding", {"input": "word " * 2_000})


async def test_embeddings_are_unit_vectors_and_near_where_meanings_are_near(factory: EngineFactory) -> None:
    texts = ["A cat sleeps on the sofa.", "A kitten naps on the couch.", "Interest rates rose in March."]
    answer = await factory.engines.call(card(factory, EMBEDDING), "embedding", {"input": texts})
    vectors = [entry["embedding"] for entry in answer["data"]]
    assert [len(vector) for vector in vectors] == [384] * 3
    assert all(math.isclose(sum(x * x for x in vector), 1.0, abs_tol=1e-3) for vector in vectors)

    def nearness(one: int, other: int) -> float:
        return float(sum(a * b for a, b in zip(vectors[one], vectors[other], strict=True)))

    assert nearness(0, 1) > 0.5
    assert nearness(0, 2) < 0.3
    assert answer["usage"]["prompt_tokens"] > 0


async def test_the_default_model_is_not_near_a_tie_at_its_first_token(factory: EngineFactory) -> None:
    """The cause of the gibberish: a turn that the template injected pressed the first tokens together."""
    body = asking("What is the capital of France?", logprobs=True, top_logprobs=2, max_tokens=1)
    answer = await factory.engines.call(card(factory), "chat", body)
    assert answer["usage"]["prompt_tokens"] == 16  # no turn but the user's and the beginning of the assistant's
    first, second = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    assert first["logprob"] - second["logprob"] > 1.0


async def test_a_killed_engine_ends_its_streams_and_comes_back(factory: EngineFactory) -> None:
    replica = factory.replica(card(factory))
    assert replica is not None
    stream = factory.engines.stream(card(factory), "chat", asking("Tell a story.", max_tokens=500))
    await anext(stream)
    assert replica.pid is not None
    os.kill(replica.pid, signal.SIGKILL)
    with pytest.raises(EngineError):
        async for _ in stream:
            pass
    await until(lambda: replica.restarts == 1 and replica.state == "READY", 30)
    await factory.engines.call(card(factory), "chat", asking("Hi", max_tokens=1))


async def test_a_reader_that_goes_away_frees_the_slot_at_once(factory: EngineFactory) -> None:
    streams = [factory.engines.stream(card(factory), "chat", asking("Tell a story.", max_tokens=900)) for _ in range(2)]
    for stream in streams:
        await anext(stream)
    for stream in streams:
        await stream.aclose()
    answer = factory.engines.call(card(factory), "chat", asking("Hi", max_tokens=1))
    await asyncio.wait_for(answer, 5)  # 900 tokens would take longer


async def test_a_call_that_is_given_up_frees_the_slot_too(factory: EngineFactory) -> None:
    calls = [
        asyncio.ensure_future(factory.engines.call(card(factory), "chat", asking("Tell a story.", max_tokens=900)))
        for _ in range(2)
    ]
    await until(lambda: factory.models.engines()[0].running == 2)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    answer = factory.engines.call(card(factory), "chat", asking("Hi", max_tokens=1))
    await asyncio.wait_for(answer, 5)


async def test_only_known_members_reach_the_engine(tmp_path: Path) -> None:
    runtime = LlamaCpp(EngineSettings(), SystemClock())
    some = ModelCard(id="a.b", name="b", provider="a", task="chat", runtime="llamacpp", context_tokens=10)
    sent = runtime.translate(some, "chat", asking("Hi", id_slot=3, lora=[], grammar_file="/etc/passwd")).body
    assert not sent.keys() & {"id_slot", "lora", "grammar_file"}
    assert runtime.can_run(some) == "it has no GGUF file"
    launch = Launch(tmp_path / "s.sock", tmp_path / "log", 1, 2)
    command = runtime.command(ModelCard(**{**_fields(some), "options": {"path": "/m/x.gguf"}}), launch)
    assert command.environment == {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}


def _fields(some: ModelCard) -> dict[str, Any]:
    return {name: getattr(some, name) for name in ("id", "name", "provider", "task", "runtime", "context_tokens")}
