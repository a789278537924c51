from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest
from pydantic import BaseModel

from usina.core.errors import EngineError, ThrottledError
from usina.testing.catalogue import CHAT
from usina.testing.engines import chat_answer, chat_chunk, chat_chunks, tool_call, usage, usage_chunk

if TYPE_CHECKING:
    from usina.testing.engines import ScriptedEngines

WEATHER: Any = {
    "type": "function",
    "name": "weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    "strict": True,
}


class Place(BaseModel):
    city: str


async def test_a_text_is_answered(client: openai.AsyncOpenAI, engines: ScriptedEngines, front: Any) -> None:
    engines.play(chat_answer("Good day.", used=usage(9, 3, cached_tokens=4)))
    response = await client.responses.create(
        model="gpt-4o-mini", input="hello", instructions="Be kind.", max_output_tokens=50, temperature=0.2
    )
    assert response.output_text == "Good day."
    assert (response.status, response.model, response.object) == ("completed", CHAT.id, "response")
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.output_tokens, response.usage.total_tokens) == (9, 3, 12)
    assert response.usage.input_tokens_details.cached_tokens == 4
    assert response.instructions == "Be kind."
    assert response.to_dict()["store"] is False
    assert engines.bodies == [
        {
            "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "hello"}],
            "max_tokens": 50,
            "temperature": 0.2,
        }
    ]
    assert (front.meters[0].input_tokens, front.meters[0].stop_reason) == (9, "stop")


def test_the_synchronous_client_is_answered(sync_client: openai.OpenAI) -> None:
    assert sync_client.responses.create(model=CHAT.id, input="hello").output_text == "You said: hello"


async def test_an_answer_cut_short_is_incomplete(client: openai.AsyncOpenAI, engines: ScriptedEngines) -> None:
    engines.play(chat_answer("Go", finish_reason="length"))
    response = await client.responses.create(model=CHAT.id, input="hello", max_output_tokens=1)
    assert response.status == "incomplete"
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "max_output_tokens"


async def test_a_function_is_called_and_its_output_goes_back_in(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    call = tool_call("weather", '{"city":"Lima"}')
    engines.play(chat_answer(None, finish_reason="tool_calls", tool_calls=[call]), chat_answer("Sunny."))
    items: Any = [{"role": "user", "content": "weather in Lima?"}]
    first = await client.responses.create(
        model=CHAT.id, input=items, tools=[WEATHER], tool_choice={"type": "function", "name": "weather"}
    )
    made = first.output[0]
    assert made.type == "function_call"
    assert (made.name, made.arguments, made.call_id) == ("weather", '{"city":"Lima"}', "call_1")
    items += [made, {"type": "function_call_output", "call_id": made.call_id, "output": "sun"}]
    second = await client.responses.create(model=CHAT.id, input=items, tools=[WEATHER])
    assert second.output_text == "Sunny."
    assert engines.bodies[0]["tool_choice"] == {"type": "function", "function": {"name": "weather"}}
    assert engines.bodies[0]["tools"][0]["function"]["parameters"] == WEATHER["parameters"]
    assert engines.bodies[1]["messages"] == [
        {"role": "user", "content": "weather in Lima?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sun"},
    ]


async def test_an_earlier_answer_can_be_sent_back_as_it_came(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    first = await client.responses.create(model=CHAT.id, input="hello")
    items: Any = [{"role": "user", "content": "hello"}, *first.output, {"role": "developer", "content": "go on"}]
    await client.responses.create(model=CHAT.id, input=items)
    assert engines.bodies[1]["messages"] == [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "You said: hello"},
        {"role": "system", "content": "go on"},
    ]


async def test_a_schema_is_kept_and_parsed(client: openai.AsyncOpenAI, engines: ScriptedEngines) -> None:
    engines.play(chat_answer('{"city":"Lima"}'))
    response = await client.responses.parse(model=CHAT.id, input="where?", text_format=Place)
    assert response.output_parsed == Place(city="Lima")
    assert engines.bodies[0]["response_format"]["json_schema"]["schema"]["required"] == ["city"]


async def test_logprobs_come_where_they_are_asked_for(client: openai.AsyncOpenAI, engines: ScriptedEngines) -> None:
    answer = chat_answer("a")
    answer["choices"][0]["logprobs"] = {"content": [{"token": "a", "logprob": -0.5, "bytes": [97], "top_logprobs": []}]}
    engines.play(answer)
    response = await client.responses.create(model=CHAT.id, input="x", include=["message.output_text.logprobs"])
    assert engines.bodies[0]["logprobs"] is True
    message = response.output[0]
    assert message.type == "message"
    part = message.content[0]
    assert part.type == "output_text"
    assert part.logprobs is not None
    assert part.logprobs[0].logprob == -0.5


async def test_a_stream_opens_fills_and_closes_its_message(
    client: openai.AsyncOpenAI, engines: ScriptedEngines, front: Any
) -> None:
    engines.play(chat_chunks(["Good", " day."], usage=usage(5, 2)))
    stream = await client.responses.create(model="gpt-4o-mini", input="hello", stream=True)
    events = [event async for event in stream]
    assert [event.type for event in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in events] == list(range(10))
    last = events[-1]
    assert last.type == "response.completed"
    assert (last.response.output_text, last.response.model) == ("Good day.", CHAT.id)
    assert last.response.usage is not None
    assert last.response.usage.total_tokens == 7
    meter = front.meters[0]
    assert (meter.input_tokens, meter.output_tokens, meter.stop_reason) == (5, 2, "stop")


async def test_the_clients_own_accumulator_agrees_with_the_stream(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    start = {"index": 0, "id": "call_9", "type": "function", "function": {"name": "weather", "arguments": ""}}
    second = {"index": 1, "id": "call_10", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    engines.play(
        [
            [chat_chunk({"role": "assistant", "content": "I look."}), chat_chunk({"tool_calls": [start]})],
            [chat_chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"city":'}}]})],
            [chat_chunk({"tool_calls": [{"index": 0, "function": {"arguments": '"Lima"}'}}]})],
            [chat_chunk({"tool_calls": [second]}), chat_chunk({}, "tool_calls"), usage_chunk(usage(5, 2))],
        ]
    )
    async with client.responses.stream(model=CHAT.id, input="weather?", tools=[WEATHER]) as stream:
        final = await stream.get_final_response()
    assert final.output_text == "I look."
    calls = [(item.call_id, item.arguments) for item in final.output if item.type == "function_call"]
    assert calls == [("call_9", '{"city":"Lima"}'), ("call_10", "{}")]
    assert [item.status for item in final.output] == ["completed"] * 3  # type: ignore[union-attr]  # these kinds have one


async def test_an_empty_answer_is_a_message_without_text(client: openai.AsyncOpenAI, engines: ScriptedEngines) -> None:
    engines.play([[chat_chunk({"role": "assistant"}), chat_chunk({}, "length"), usage_chunk(usage(5, 0))]])
    async with client.responses.stream(model=CHAT.id, input="x") as stream:
        events = [event async for event in stream]
    last = events[-1]
    assert last.type == "response.incomplete"
    assert last.response.output_text == ""
    assert len(last.response.output) == 1


async def test_a_stream_that_breaks_says_so_and_raises(client: openai.AsyncOpenAI, engines: ScriptedEngines) -> None:
    engines.play([[chat_chunk({"content": "Go"})], EngineError("The engine stopped.")])
    stream = await client.responses.create(model=CHAT.id, input="x", stream=True)
    seen: list[str] = []

    async def read() -> None:
        async for event in stream:
            seen.append(event.type)  # noqa: PERF401 - what came before the break counts

    with pytest.raises(openai.APIError, match="The engine stopped"):
        await read()
    assert seen[-1] == "response.failed"


async def test_a_full_queue_is_429_before_the_stream_begins(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    engines.play(ThrottledError("full"))
    with pytest.raises(openai.RateLimitError):
        await client.responses.create(model=CHAT.id, input="x", stream=True)


async def test_a_client_that_stops_reading_frees_the_engine(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    stream = await client.responses.create(model=CHAT.id, input="x", stream=True)
    await anext(aiter(stream))
    await stream.close()
    assert engines.closed_early == 1


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"background": True}, "background"),
        ({"prompt": {"id": "p"}}, "prompt"),
        ({"truncation": "auto"}, "truncation"),
        ({"include": ["file_search_call.results"]}, "include[0]"),
        ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"tools": [{"type": "function"}]}, "tools[0].name"),
        ({"tools": [WEATHER, WEATHER]}, "tools"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tools": [WEATHER], "tool_choice": {"type": "function", "name": "z"}}, "tool_choice.name"),
        ({"text": {"format": {"type": "json_schema", "name": "x"}}}, "text.format.schema"),
        ({"input": []}, "input"),
        ({"input": [{"role": "system", "content": "x"}]}, "input"),
        ({"input": [{"content": "x"}]}, "input[0].role"),
        ({"input": [{"role": "user"}]}, "input[0].content"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "input[0].type"),
        ({"input": [{"type": "web_search_call", "id": "x"}]}, "input[0].type"),
        ({"input": [{"type": "function_call", "call_id": "c"}]}, "input[0].name"),
        ({"input": [{"type": "function_call_output", "call_id": "c"}]}, "input[0].output"),
        ({"input": [{"type": "function_call_output", "output": "x"}]}, "input[0].call_id"),
        ({"input": [{"type": "function_call", "name": "f", "arguments": "{}"}]}, "input[0].call_id"),
        ({"tool_choice": {"type": "function", "name": "z"}}, "tool_choice.name"),
        ({"text": {"format": {"type": "json_schema", "schema": {}}}}, "text.format.name"),
        ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]}, "input[0].content[0]"),
        ({"input": [{"role": "user", "content": [{"type": "input_text"}]}]}, "input[0].content[0].text"),
        ({"metadata": {"a": 1}}, "metadata[...]"),
        ({"stream_options": {"include_obfuscation": False}}, "stream_options"),
    ],
)
async def test_what_is_not_served_is_refused_by_name(
    client: openai.AsyncOpenAI, fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.responses.create(**{"model": CHAT.id, "input": "x", **fields})
    assert caught.value.param == param


async def test_what_a_model_thought_aloud_is_an_item_of_its_own(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    whole = chat_answer("Four.")
    whole["choices"][0]["message"]["reasoning_content"] = "Two and two."
    pieces = [{"reasoning_content": "Two and"}, {"reasoning_content": " two."}, {"content": "Four."}]
    chunks = [*map(chat_chunk, pieces), chat_chunk({}, "stop"), usage_chunk(usage(5, 2))]
    engines.play(whole, [chunks])
    answer = await client.responses.create(model=CHAT.id, input="x")
    async with client.responses.stream(model=CHAT.id, input="x") as stream:
        streamed = await stream.get_final_response()
    for response in (answer, streamed):
        assert [item.type for item in response.output] == ["reasoning", "message"]
        thought = response.output[0]
        assert thought.type == "reasoning"
        assert [part.text for part in thought.content or ()] == ["Two and two."]
        assert response.output_text == "Four."


async def test_one_call_at_a_time_where_that_was_asked(client: openai.AsyncOpenAI, engines: ScriptedEngines) -> None:
    calls = [tool_call("weather", "{}", "call_1"), tool_call("weather", "{}", "call_2")]
    pieces = [chat_chunk({"tool_calls": [{"index": index, **call}]}) for index, call in enumerate(calls)]
    engines.play(
        chat_answer(None, finish_reason="tool_calls", tool_calls=calls),
        [[*pieces, chat_chunk({}, "tool_calls"), usage_chunk(usage(1, 1))]],
    )
    asked: Any = {"model": CHAT.id, "input": "x", "tools": [WEATHER], "parallel_tool_calls": False}
    assert len((await client.responses.create(**asked)).output) == 1
    async with client.responses.stream(**asked) as stream:
        assert len((await stream.get_final_response()).output) == 1


async def test_a_json_object_and_alternatives_are_asked_of_the_engine(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    await client.responses.create(
        model=CHAT.id,
        input="x",
        text={"format": {"type": "json_object"}},
        top_logprobs=2,
        tools=[WEATHER],
        tool_choice="auto",
    )
    body = engines.bodies[0]
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert (body["logprobs"], body["top_logprobs"], body["tool_choice"]) == (True, 2, "auto")


async def test_parts_of_messages_and_outputs_are_joined(client: openai.AsyncOpenAI, engines: ScriptedEngines) -> None:
    parts = [{"type": "input_text", "text": "one"}, {"type": "input_text", "text": "two"}]
    call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
    items: Any = [
        {"role": "user", "content": parts},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
        call,
        {"type": "reasoning", "id": "r", "summary": []},
        {"type": "function_call_output", "call_id": "c", "output": parts},
    ]
    await client.responses.create(model=CHAT.id, input=items)
    user, assistant, tool = engines.bodies[0]["messages"]
    assert user == {"role": "user", "content": "one\ntwo"}
    assert (assistant["content"], assistant["tool_calls"][0]["id"]) == ("no", "c")
    assert tool == {"role": "tool", "tool_call_id": "c", "content": "one\ntwo"}
