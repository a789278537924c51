from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest

from usina.core.errors import EngineError, NotReadyError, ThrottledError, ValidationError
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.engines import chat_answer, chat_chunk, chat_chunks, tool_call, usage, usage_chunk

if TYPE_CHECKING:
    from usina.testing.engines import ScriptedEngines

ASK: Any = [{"role": "user", "content": "hello there"}]
WEATHER: Any = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


async def test_an_answer_names_the_model_that_answered_and_what_was_used(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    engines.play(chat_answer("Good day.", used=usage(9, 3, cached_tokens=4)))
    answer = await client.chat.completions.create(model="gpt-4o-mini", messages=ASK)
    assert answer.model == CHAT.id
    assert answer.object == "chat.completion"
    assert answer.id == "chatcmpl-3c6f0d7e-0000-4000-8000-000000000001"
    assert answer.created == 1_800_000_000
    assert answer.choices[0].message.content == "Good day."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.prompt_tokens_details is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (9, 3, 12)
    assert answer.usage.prompt_tokens_details.cached_tokens == 4


async def test_the_meter_learns_model_tokens_and_the_reason_of_the_end(
    client: openai.AsyncOpenAI, engines: ScriptedEngines, front: Any
) -> None:
    engines.play(chat_answer("x", finish_reason="length", used=usage(9, 3, cached_tokens=4)))
    await client.chat.completions.create(model=CHAT.id, messages=ASK)
    meter = front.meters[0]
    assert (meter.model, meter.stop_reason) == (CHAT.id, "length")
    assert (meter.input_tokens, meter.output_tokens, meter.cached_tokens) == (9, 3, 4)
    assert meter.first_token_at is not None


def test_the_synchronous_client_gets_an_answer_and_a_stream(sync_client: openai.OpenAI) -> None:
    answer = sync_client.chat.completions.create(model=CHAT.id, messages=ASK)
    assert answer.choices[0].message.content == "You said: hello there"
    chunks = list(sync_client.chat.completions.create(model=CHAT.id, messages=ASK, stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "You said: hello there"


async def test_a_stream_carries_every_piece_under_one_id_and_no_usage_unasked(
    client: openai.AsyncOpenAI, engines: ScriptedEngines, front: Any
) -> None:
    engines.play(chat_chunks(["Good", " day", "."], usage=usage(5, 3)))
    stream = await client.chat.completions.create(model="gpt-4o-mini", messages=ASK, stream=True)
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Good day."
    assert {chunk.id for chunk in chunks} == {"chatcmpl-3c6f0d7e-0000-4000-8000-000000000001"}
    assert {chunk.model for chunk in chunks} == {CHAT.id}
    assert all(chunk.usage is None for chunk in chunks)
    assert chunks[-1].choices[0].finish_reason == "stop"
    meter = front.meters[0]
    assert (meter.input_tokens, meter.output_tokens, meter.stop_reason, meter.model) == (5, 3, "stop", CHAT.id)


async def test_a_stream_ends_with_usage_where_it_was_asked_for(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    engines.play(chat_chunks(["a", "b"], usage=usage(5, 2, cached_tokens=1)))
    stream = await client.chat.completions.create(
        model=CHAT.id, messages=ASK, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 7
    assert all(chunk.usage is None for chunk in chunks[:-1])


async def test_a_stream_that_breaks_raises_in_the_client(client: openai.AsyncOpenAI, engines: ScriptedEngines) -> None:
    engines.play([[chat_chunk({"content": "Go"})], EngineError("The engine stopped.")])
    stream = await client.chat.completions.create(model=CHAT.id, messages=ASK, stream=True)
    seen: list[str] = []

    async def read() -> None:
        async for chunk in stream:
            seen.append(chunk.choices[0].delta.content or "")  # noqa: PERF401 - what came before the break counts

    with pytest.raises(openai.APIError, match="The engine stopped"):
        await read()
    assert seen == ["Go"]


async def test_a_client_that_stops_reading_frees_the_engine(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    stream = await client.chat.completions.create(model=CHAT.id, messages=ASK, stream=True)
    await anext(aiter(stream))
    await stream.close()
    assert engines.closed_early == 1


async def test_a_stream_that_is_never_read_frees_the_engine(front: Any, engines: ScriptedEngines) -> None:
    body = b'{"model":"%s","stream":true,"messages":[{"role":"user","content":"x"}]}' % CHAT.id.encode()
    reply = await front.answer("POST", "/v1/chat/completions", body)
    await reply.body.aclose()
    assert engines.closed_early == 1


@pytest.mark.parametrize("stream", [False, True])
async def test_a_full_queue_is_429_with_the_time_to_come_back(
    client: openai.AsyncOpenAI, engines: ScriptedEngines, stream: bool
) -> None:
    engines.play(ThrottledError("Too many requests wait for this model.", retry_after_seconds=2.2))
    with pytest.raises(openai.RateLimitError) as caught:
        await client.chat.completions.create(model=CHAT.id, messages=ASK, stream=stream)
    assert caught.value.response.headers["retry-after"] == "3"
    assert caught.value.code == "rate_limit_exceeded"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_model_that_still_starts_is_503_with_a_time_to_come_back(
    client: openai.AsyncOpenAI, engines: ScriptedEngines, stream: bool
) -> None:
    engines.play(NotReadyError("The model is starting."))
    with pytest.raises(openai.InternalServerError) as caught:
        await client.chat.completions.create(model=CHAT.id, messages=ASK, stream=stream)
    assert caught.value.status_code == 503
    assert caught.value.response.headers["retry-after"] == "1"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_prompt_that_is_too_long_is_the_callers_error(
    client: openai.AsyncOpenAI, engines: ScriptedEngines, stream: bool
) -> None:
    engines.play(ValidationError("Input is too long for requested model."))
    with pytest.raises(openai.BadRequestError, match="too long") as caught:
        await client.chat.completions.create(model=CHAT.id, messages=ASK, stream=stream)
    assert caught.value.code == "context_length_exceeded"


async def test_an_empty_stream_is_an_engines_failure(client: openai.AsyncOpenAI, engines: ScriptedEngines) -> None:
    engines.play([])
    with pytest.raises(openai.InternalServerError):
        await client.chat.completions.create(model=CHAT.id, messages=ASK, stream=True)


async def test_tool_calls_come_back_and_their_results_go_in(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    engines.play(
        chat_answer(None, finish_reason="tool_calls", tool_calls=[tool_call("weather", '{"city":"Lima"}')]),
        chat_answer("Sunny."),
    )
    first = await client.chat.completions.create(model=CHAT.id, messages=ASK, tools=[WEATHER], tool_choice="required")
    message = first.choices[0].message
    assert message.tool_calls is not None
    turns: Any = [*ASK, message, {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "sun"}]
    second = await client.chat.completions.create(model=CHAT.id, messages=turns, tools=[WEATHER])
    assert second.choices[0].message.content == "Sunny."
    assert engines.bodies[0]["tool_choice"] == "required"
    assert engines.bodies[1]["messages"][1:] == [
        {"role": "assistant", "content": None, "tool_calls": [tool_call("weather", '{"city":"Lima"}')]},
        {"role": "tool", "content": "sun", "tool_call_id": "call_1"},
    ]


async def test_streamed_tool_calls_pass_through(client: openai.AsyncOpenAI, engines: ScriptedEngines) -> None:
    start = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}}
    rest = {"index": 0, "function": {"arguments": '{"city":"Lima"}'}}
    engines.play(
        [
            [chat_chunk({"role": "assistant", "tool_calls": [start]})],
            [chat_chunk({"tool_calls": [rest]}), chat_chunk({}, "tool_calls"), usage_chunk(usage(4, 9))],
        ]
    )
    async with client.chat.completions.stream(model=CHAT.id, messages=ASK, tools=[WEATHER]) as stream:
        final = await stream.get_final_completion()
    calls = final.choices[0].message.tool_calls
    assert calls is not None
    assert (calls[0].function.name, calls[0].function.arguments) == ("weather", '{"city":"Lima"}')
    assert final.choices[0].finish_reason == "tool_calls"


async def test_an_unknown_model_is_404_and_says_which(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="gpt-9") as caught:
        await client.chat.completions.create(model="gpt-9", messages=ASK)
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")
    assert caught.value.request_id == "3c6f0d7e-0000-4000-8000-000000000001"


async def test_a_model_that_makes_embeddings_does_not_chat(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="makes embeddings"):
        await client.chat.completions.create(model=EMBEDDING.id, messages=ASK)


async def test_one_tool_call_at_a_time_where_that_was_asked(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    calls = [tool_call("weather", "{}", "call_1"), tool_call("weather", "{}", "call_2")]
    pieces = [{"index": index, **call} for index, call in enumerate(calls)]
    engines.play(
        chat_answer(None, finish_reason="tool_calls", tool_calls=calls),
        [
            [chat_chunk({"tool_calls": pieces[:1]}), chat_chunk({"tool_calls": pieces[1:]})],
            [chat_chunk({}, "tool_calls"), usage_chunk(usage(1, 1))],
        ],
    )
    asked: Any = {"model": CHAT.id, "messages": ASK, "tools": [WEATHER], "parallel_tool_calls": False}
    whole = await client.chat.completions.create(**asked)
    assert [call.id for call in whole.choices[0].message.tool_calls or ()] == ["call_1"]
    chunks = [chunk async for chunk in await client.chat.completions.create(**asked, stream=True)]
    assert [call.id for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()] == ["call_1"]
