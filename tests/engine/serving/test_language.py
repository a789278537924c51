"""A language model of the catalogue behind an endpoint: OpenAI's chat form, and the text-generation server's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from usina.core.endpoints import Ask, Streamed
from usina.core.errors import EngineError, ValidationError
from usina.engine.serving.backend import BackendError
from usina.engine.serving.language import LanguageModel, model_named
from usina.testing.catalogue import CHAT, FakeCatalogue
from usina.testing.engines import ScriptedEngines
from usina.testing.records import MemoryRecords
from usina.testing.world import ACCOUNT


def model(engines: ScriptedEngines, name: str = CHAT.id) -> LanguageModel:
    catalogue = FakeCatalogue((CHAT,), None, MemoryRecords())
    return LanguageModel({"Environment": {"HF_MODEL_ID": name}}, ACCOUNT, engines, catalogue)


async def asked(made: LanguageModel, body: Any) -> tuple[int, Any]:
    answer = await made.invoke(Ask(body if isinstance(body, bytes) else json.dumps(body).encode()), 1.0, 1_000)
    return answer.status, json.loads(answer.body)


async def test_a_chat_goes_to_the_engine_and_its_answer_comes_as_it_is() -> None:
    engines = ScriptedEngines()
    made = model(engines)
    parts = [{"type": "text", "text": "hel"}, {"type": "text", "text": "lo"}]
    body = {"messages": [{"role": "user", "content": parts}], "max_completion_tokens": 5, "unknown": 1}
    status, answer = await asked(made, body)
    assert (status, answer["choices"][0]["message"]["content"]) == (200, "You said: hello")
    assert engines.bodies == [{"messages": [{"role": "user", "content": "hello"}], "max_tokens": 5}]
    assert made.load == 0


async def test_a_text_is_continued_with_the_servers_own_parameters() -> None:
    engines = ScriptedEngines()
    made = model(engines)
    given = {"max_new_tokens": 7, "do_sample": False, "top_p": 0.5, "return_full_text": True, "seed": None}
    status, answer = await asked(made, {"inputs": "once", "parameters": given})
    assert (status, list(answer[0])) == (200, ["generated_text"])
    assert engines.bodies == [{"prompt": "once", "max_tokens": 7, "top_p": 0.5, "temperature": 0.0}]
    await asked(made, {"inputs": "once"})
    assert engines.bodies[1] == {"prompt": "once", "max_tokens": 100}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"no json", "JSON object"),
        (b"[1]", "JSON object"),
        ({}, "either messages"),
        ({"inputs": ["a"]}, "either messages"),
        ({"inputs": "a", "parameters": [1]}, "parameters"),
        ({"messages": []}, "not empty"),
        ({"messages": ["hi"]}, "object"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "text only"),
    ],
)
async def test_what_cannot_be_asked_is_told_as_that_server_tells_it(body: Any, said: str) -> None:
    status, answer = await asked(model(ScriptedEngines()), body)
    assert (status, answer["error_type"]) == (422, "validation")
    assert said in answer["error"]


async def test_the_engines_refusals_are_the_models_and_its_failures_rise() -> None:
    engines = ScriptedEngines().play(ValidationError("too long"), EngineError("it crashed"))
    made = model(engines)
    assert await asked(made, {"inputs": "a"}) == (422, {"error": "too long", "error_type": "validation"})
    with pytest.raises(EngineError, match="it crashed"):
        await asked(made, {"inputs": "a"})
    with pytest.raises(BackendError, match=r"nobody\.knows"):
        await model(engines, "nobody.knows").start()
    await made.start()


async def streamed(made: LanguageModel, body: Any) -> list[str]:
    found = await made.stream(Ask(json.dumps(body).encode()), 1.0)
    assert isinstance(found, Streamed)
    assert found.content_type == "text/event-stream"
    assert made.load == 1
    text = b"".join([piece async for piece in found.pieces]).decode()
    assert made.load == 0
    return [event.removeprefix("data:").strip() for event in text.split("\n\n") if event]


async def test_streams_are_server_sent_events_of_either_form() -> None:
    made = model(ScriptedEngines())
    events = await streamed(made, {"messages": [{"role": "user", "content": "a b"}]})
    assert events[-1] == "[DONE]"
    texts = [choice["delta"].get("content") or "" for event in events[:-1] for choice in json.loads(event)["choices"]]
    assert "".join(texts) == "You said: a b"
    events = await streamed(made, {"inputs": "a b"})
    pieces = [json.loads(event) for event in events]
    assert pieces[-1]["generated_text"] == "".join(piece["token"]["text"] for piece in pieces[:-1])
    assert all(piece["generated_text"] is None for piece in pieces[:-1])


async def test_a_stream_that_nobody_reads_on_is_let_go() -> None:
    engines = ScriptedEngines()
    made = model(engines)
    found = await made.stream(Ask(b'{"messages": [{"role": "user", "content": "a b c"}]}'), 1.0)
    assert isinstance(found, Streamed)
    await anext(found.pieces)
    await found.pieces.aclose()  # type: ignore[attr-defined] # as whoever reads it does
    assert (made.load, engines.closed_early) == (0, 1)
    refused = await made.stream(Ask(b"{}"), 1.0)
    assert not isinstance(refused, Streamed)
    assert refused.status == 422


def test_a_container_names_its_model_in_either_variable() -> None:
    assert model_named({"Environment": {"HF_MODEL_ID": "b", "USINA_MODEL_ID": "a"}}) == "a"
    assert model_named({"Environment": {"HF_MODEL_ID": "b"}}) == "b"
    assert model_named({}) == ""
