"""InvokeModel and its stream: what is the same for all families."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.errors import EngineError, ThrottledError, ValidationError
from usina.services.bedrock_runtime.invoke_model import invoke_model, invoke_model_with_response_stream
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.clock import VirtualClock
from usina.testing.engines import ScriptedEngines, chat_chunk, chat_chunks, embedding_answer, usage
from usina.testing.world import call_of, world

if TYPE_CHECKING:
    from usina.core.operation import Call

LLAMA = {"prompt": "Hi", "max_gen_len": 5}


def request_of(body: Any = None, model: str = CHAT.id, **headers: Any) -> Call[Any]:
    raw = body if isinstance(body, bytes) else json.dumps(LLAMA if body is None else body).encode()
    return call_of({"modelId": model, "body": raw, **headers})


async def refusal(call: Call[Any]) -> str:
    messages = set()
    for handler in (invoke_model, invoke_model_with_response_stream):
        with pytest.raises(ValidationError) as caught:
            await handler(call, world())
        messages.add(caught.value.message)
    (message,) = messages
    return str(message)


async def test_an_answer_is_json_and_the_meter_knows_it() -> None:
    call = request_of()
    result = await invoke_model(call, world())
    assert result["contentType"] == "application/json"
    assert json.loads(result["body"])["generation"] == "You said: Hi"
    assert (call.meter.model, call.meter.output_tokens, call.meter.stop_reason) == (CHAT.id, 3, "end_turn")


async def test_the_last_chunk_has_the_metrics() -> None:
    clock = VirtualClock()
    batches = chat_chunks(["a"], usage=usage(4, 1))
    result = await invoke_model_with_response_stream(
        request_of(), world(clock=clock, engines=ScriptedEngines().play(batches))
    )
    events: list[Any] = []
    async for batch in result["body"]:
        events += batch
        clock.advance(0.25)
    last = json.loads(events[-1]["chunk"]["bytes"])
    assert last["amazon-bedrock-invocationMetrics"] == {
        "inputTokenCount": 4,
        "outputTokenCount": 1,
        "invocationLatency": 250,
        "firstByteLatency": 0,
    }


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "Malformed input request, please reformat"),
        (b"{", "Malformed input request, please reformat"),
        (b"[]", "Malformed input request: #: expected object, got array"),
        (b"null", "Malformed input request"),
        (b"\xff\xfe", "Malformed input request"),
        (b"[" * 5_000, "Malformed input request"),
        (b'{"hello": 1}', "none of the keys [anthropic_version, messages, prompt"),
        ({"prompt": 3, "max_gen_len": 1}, "#/prompt: expected str, got int"),
        ({"prompt": "Hi", "max_gen_len": 0}, "#/max_gen_len: expected int >= 1"),
        ({"prompt": "Hi", "max_gen_len": 1, "other": 1}, "#: extraneous key [other] is not permitted"),
        ({"max_gen_len": 1}, "#: required key [prompt] not found"),
        ({"prompt": "Hi", "max_gen_len": 1, "images": ["x"]}, "doesn't support the images field"),
    ],
)
async def test_a_malformed_body_is_refused_with_its_member(body: Any, words: str) -> None:
    assert words in await refusal(request_of(body))


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"contentType": "text/plain"}, "Content Type is invalid"),
        ({"accept": "image/png"}, "Accept Type is invalid"),
        ({"guardrailIdentifier": "g", "guardrailVersion": "1"}, "no guardrails"),
        ({"trace": "ENABLED"}, "doesn't support the trace field"),
        ({"performanceConfigLatency": "optimized"}, "performance configuration is not supported"),
        ({"serviceTier": "priority"}, "service tier priority"),
        ({"requestMetadata": "no json"}, "requestMetadata must be a JSON object of strings"),
        ({"requestMetadata": '{"a": 1}'}, "requestMetadata must be a JSON object of strings"),
        ({"requestMetadata": json.dumps({str(n): "x" for n in range(17)})}, "at most 16"),
    ],
)
async def test_headers_that_ask_for_something_else_are_refused(headers: dict[str, str], words: str) -> None:
    assert words in await refusal(request_of(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"contentType": "application/json; charset=utf-8", "accept": "*/*"},
        {"accept": "text/html, application/json"},
        {"trace": "DISABLED", "guardrailIdentifier": ""},
        {"requestMetadata": '{"project": "x"}'},
    ],
)
async def test_ordinary_headers_are_accepted(headers: dict[str, str]) -> None:
    await invoke_model(request_of(**headers), world())


async def test_tier_and_latency_are_told_where_they_were_asked_for() -> None:
    result = await invoke_model(request_of(serviceTier="default", performanceConfigLatency="standard"), world())
    assert (result["serviceTier"], result["performanceConfigLatency"]) == ("default", "standard")


async def test_an_unknown_model_is_refused_before_its_body_is_read() -> None:
    assert await refusal(request_of(b"{", "nobody.knows")) == "The provided model identifier is invalid."


async def test_a_body_of_the_other_task_is_refused() -> None:
    with pytest.raises(ValidationError, match="is for embedding"):
        await invoke_model(request_of(model=EMBEDDING.id), world())
    with pytest.raises(ValidationError, match="is for chat"):
        await invoke_model(request_of({"texts": ["a"], "input_type": "clustering"}), world())


async def test_embeddings_do_not_stream() -> None:
    with pytest.raises(ValidationError, match="unsupported for streaming"):
        await invoke_model_with_response_stream(request_of({"inputText": "a"}, EMBEDDING.id), world())


async def test_what_fails_before_the_first_token_is_no_stream() -> None:
    engines = ScriptedEngines().play(ThrottledError("busy"), [])
    with pytest.raises(ThrottledError):
        await invoke_model_with_response_stream(request_of(), world(engines=engines))
    with pytest.raises(EngineError, match="before it began"):
        await invoke_model_with_response_stream(request_of(), world(engines=engines))


async def test_an_engine_that_breaks_in_mid_stream_breaks_the_stream() -> None:
    engines = ScriptedEngines().play([[chat_chunk({"content": "a"})], EngineError("crashed")])
    result = await invoke_model_with_response_stream(request_of(), world(engines=engines))
    await anext(result["body"])
    with pytest.raises(EngineError, match="crashed"):
        await anext(result["body"])


async def test_a_reader_that_goes_away_frees_the_engine() -> None:
    engines = ScriptedEngines()
    result = await invoke_model_with_response_stream(request_of(), world(engines=engines))
    stream: Any = result["body"]
    await anext(stream)
    await stream.aclose()
    assert engines.closed_early == 1


async def test_texts_that_are_too_long_are_cut_where_the_caller_allowed_it() -> None:
    too_long = ValidationError("longer than the context")
    for truncate, left in (("END", "abcdef"), ("START", "cdefgh")):
        engines = ScriptedEngines().play(too_long, embedding_answer([[1.0]], 3))
        body = {"texts": ["abcdefgh"], "input_type": "search_document", "truncate": truncate}
        result = await invoke_model(request_of(body, EMBEDDING.id), world(engines=engines))
        assert json.loads(result["body"])["texts"] == ["abcdefgh"]
        assert engines.bodies[-1] == {"input": [left]}


async def test_texts_that_are_too_long_are_refused_where_nothing_was_allowed() -> None:
    engines = ScriptedEngines().play(ValidationError("longer than the context"))
    body = {"texts": ["abcdefgh"], "input_type": "search_document"}
    with pytest.raises(ValidationError, match="longer than the context"):
        await invoke_model(request_of(body, EMBEDDING.id), world(engines=engines))
