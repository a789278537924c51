"""Converse and ConverseStream over scripted engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.core.errors import EngineError, ThrottledError, ValidationError
from usina.services.bedrock_runtime.converse import converse, converse_stream
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.clock import VirtualClock
from usina.testing.engines import (
    ScriptedEngines,
    chat_answer,
    chat_chunk,
    chat_chunks,
    tool_call,
    usage,
    usage_chunk,
)
from usina.testing.world import call_of, world

if TYPE_CHECKING:
    from usina.core.operation import Call

CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"
TOOLS = {"tools": [{"toolSpec": {"name": "add", "inputSchema": {"json": {"type": "object"}}}}]}


def request_of(**more: Any) -> Call[Any]:
    return call_of({"modelId": CHAT.id, "messages": [{"role": "user", "content": [{"text": "Hi there"}]}], **more})


async def answered(answer: Any, **more: Any) -> Any:
    return await converse(request_of(**more), world(engines=ScriptedEngines().play(answer)))


async def streamed(batches: Any, **more: Any) -> list[list[Any]]:
    result = await converse_stream(request_of(**more), world(engines=ScriptedEngines().play(batches)))
    return [list(batch) async for batch in result["stream"]]


def message_of(batches: list[list[Any]]) -> tuple[list[dict[str, Any]], str, dict[str, Any]]:
    """The content, stop reason and usage that a client makes of a stream."""
    blocks: dict[int, dict[str, Any]] = {}
    stop_reason, used = "", {}
    for event in [event for batch in batches for event in batch]:
        ((name, value),) = event.items()
        if name == "contentBlockStart":
            blocks[value["contentBlockIndex"]] = {"toolUse": {**value["start"]["toolUse"], "input": ""}}
        elif name == "contentBlockDelta":
            delta = value["delta"]
            if "text" in delta:
                block = blocks.setdefault(value["contentBlockIndex"], {"text": ""})
                block["text"] += delta["text"]
            else:
                blocks[value["contentBlockIndex"]]["toolUse"]["input"] += delta["toolUse"]["input"]
        elif name == "messageStop":
            stop_reason = value["stopReason"]
        elif name == "metadata":
            used = value["usage"]
    return [blocks[index] for index in sorted(blocks)], stop_reason, used


async def test_an_answer_has_converses_form() -> None:
    clock = VirtualClock()
    call = request_of()
    result = await converse(call, world(clock=clock))
    assert result == {
        "output": {"message": {"role": "assistant", "content": [{"text": "You said: Hi there"}]}},
        "stopReason": "end_turn",
        "usage": {
            "inputTokens": 2,
            "outputTokens": 4,
            "totalTokens": 6,
            "cacheReadInputTokens": 0,
            "cacheWriteInputTokens": 0,
        },
        "metrics": {"latencyMs": 0},
    }
    assert (call.meter.model, call.meter.input_tokens, call.meter.output_tokens) == (CHAT.id, 2, 4)


async def test_tool_calls_become_tool_use_blocks() -> None:
    calls = [tool_call("add", '{"a":1}'), tool_call("add", "", "call_2")]
    result = await answered(chat_answer("Adding.", tool_calls=calls, finish_reason="tool_calls"), toolConfig=TOOLS)
    text, first, second = result["output"]["message"]["content"]
    assert text == {"text": "Adding."}
    assert first["toolUse"]["input"] == {"a": 1}
    assert second["toolUse"]["input"] == {}
    assert first["toolUse"]["toolUseId"] != second["toolUse"]["toolUseId"]
    assert result["stopReason"] == "tool_use"


async def test_a_malformed_tool_call_is_told_and_not_handed_on() -> None:
    answer = chat_answer(None, tool_calls=[tool_call("add", "{")], finish_reason="tool_calls")
    result = await answered(answer, toolConfig=TOOLS)
    assert result["stopReason"] == "malformed_tool_use"
    assert result["output"]["message"]["content"] == []


async def test_reasoning_is_a_block_of_its_own() -> None:
    answer = chat_answer("Four.")
    answer["choices"][0]["message"]["reasoning_content"] = "two and two"
    result = await answered(answer)
    thought, text = result["output"]["message"]["content"]
    assert thought == {"reasoningContent": {"reasoningText": {"text": "two and two"}}}
    assert text == {"text": "Four."}


async def test_an_alias_answers_with_the_name_of_the_model_behind_it() -> None:
    ports = world(aliases={CLAUDE: CHAT.id})
    named = {"promptRouter": {"invokedModelId": f"arn:aws:bedrock:us-east-1::foundation-model/{CHAT.id}"}}
    assert (await converse(request_of(modelId=CLAUDE), ports))["trace"] == named
    result = await converse_stream(request_of(modelId=CLAUDE), ports)
    events: list[Any] = [event async for batch in result["stream"] for event in batch]
    assert events[-1]["metadata"]["trace"] == named


async def test_cached_tokens_are_told_to_those_who_set_a_cache_point() -> None:
    answer = chat_answer("ok", used=usage(10, 1, 8))
    plain = (await answered(answer))["usage"]
    assert (plain["inputTokens"], plain["cacheReadInputTokens"]) == (10, 0)
    point = {"cachePoint": {"type": "default"}}
    for more in (
        {"system": [{"text": "s"}, point]},
        {"messages": [{"role": "user", "content": [{"text": "Hi"}, point]}]},
        {"toolConfig": {"tools": [*TOOLS["tools"], point]}},
    ):
        used = (await answered(answer, **more))["usage"]
        assert (used["inputTokens"], used["cacheReadInputTokens"], used["totalTokens"]) == (2, 8, 11)


async def test_response_fields_are_looked_up_in_the_answer() -> None:
    paths = ["/stop_sequence", "/choices/0/finish_reason", "/nowhere"]
    result = await answered(
        chat_answer("x", stop_reason="END"),
        additionalModelResponseFieldPaths=paths,
        inferenceConfig={"stopSequences": ["END"]},
    )
    assert result["additionalModelResponseFields"] == {
        "stop_sequence": "END",
        "choices": {"0": {"finish_reason": "stop"}},
    }
    assert result["stopReason"] == "stop_sequence"


async def test_an_engines_own_name_of_its_model_stays_inside() -> None:
    result = await answered(chat_answer("x"), additionalModelResponseFieldPaths=["/model", "/id"])
    assert result["additionalModelResponseFields"] == {"model": CHAT.id}


async def test_latency_and_tier_are_told_where_they_were_asked_for() -> None:
    result = await answered(
        chat_answer("x"), performanceConfig={"latency": "standard"}, serviceTier={"type": "default"}
    )
    assert result["performanceConfig"] == {"latency": "standard"}
    assert result["serviceTier"] == {"type": "default"}


@pytest.mark.parametrize("handler", [converse, converse_stream])
async def test_an_embedding_model_and_an_unknown_one_are_refused(handler: Any) -> None:
    with pytest.raises(ValidationError, match="doesn't support the model"):
        await handler(request_of(modelId=EMBEDDING.id), world())
    with pytest.raises(ValidationError, match="model identifier is invalid"):
        await handler(request_of(modelId="nobody.knows"), world())


async def test_a_stream_has_converses_events_a_batch_for_each_read() -> None:
    batches = await streamed(
        [
            [chat_chunk({"role": "assistant", "content": ""}), chat_chunk({"content": "He"})],
            [chat_chunk({"content": "l"}), chat_chunk({"content": "lo"})],
            [chat_chunk({}, "stop"), usage_chunk(usage(3, 2))],
        ]
    )
    assert batches == [
        [
            {"messageStart": {"role": "assistant"}},
            {"contentBlockDelta": {"delta": {"text": "He"}, "contentBlockIndex": 0}},
        ],
        [
            {"contentBlockDelta": {"delta": {"text": "l"}, "contentBlockIndex": 0}},
            {"contentBlockDelta": {"delta": {"text": "lo"}, "contentBlockIndex": 0}},
        ],
        [{"contentBlockStop": {"contentBlockIndex": 0}}],
        [
            {"messageStop": {"stopReason": "end_turn"}},
            {
                "metadata": {
                    "usage": {
                        "inputTokens": 3,
                        "outputTokens": 2,
                        "totalTokens": 5,
                        "cacheReadInputTokens": 0,
                        "cacheWriteInputTokens": 0,
                    },
                    "metrics": {"latencyMs": 0},
                }
            },
        ],
    ]


async def test_a_tool_call_streams_its_start_its_input_and_its_end() -> None:
    calls = [{"index": 0, "id": "c", "function": {"name": "add", "arguments": ""}}]
    more = [{"index": 0, "function": {"arguments": '{"a":'}}], [{"index": 0, "function": {"arguments": "1}"}}]
    batches = await streamed(
        [
            [chat_chunk({"tool_calls": calls})],
            *[[chat_chunk({"tool_calls": piece})] for piece in more],
            [chat_chunk({}, "tool_calls"), usage_chunk(usage(3, 2))],
        ],
        toolConfig=TOOLS,
    )
    start = batches[0][1]["contentBlockStart"]
    assert start["contentBlockIndex"] == 0
    assert start["start"]["toolUse"]["name"] == "add"
    assert batches[1] == [{"contentBlockDelta": {"delta": {"toolUse": {"input": '{"a":'}}, "contentBlockIndex": 0}}]
    assert batches[3] == [{"contentBlockStop": {"contentBlockIndex": 0}}]
    assert batches[4][0] == {"messageStop": {"stopReason": "tool_use"}}


async def test_reasoning_streams_as_reasoning() -> None:
    batches = await streamed(
        [[chat_chunk({"content": None, "reasoning_content": "hm"})], [chat_chunk({}, "stop"), usage_chunk(usage(1, 1))]]
    )
    delta = batches[0][1]["contentBlockDelta"]["delta"]
    assert delta == {"reasoningContent": {"text": "hm"}}


async def test_response_fields_of_a_stream_come_with_its_stop() -> None:
    batches = await streamed(
        chat_chunks(["a"], stop_reason="END", usage=usage(1, 1)), additionalModelResponseFieldPaths=["/stop_sequence"]
    )
    stop = batches[-1][0]["messageStop"]
    assert stop == {"stopReason": "stop_sequence", "additionalModelResponseFields": {"stop_sequence": "END"}}


async def test_what_fails_before_the_first_token_is_no_stream() -> None:
    engines = ScriptedEngines().play(ThrottledError("busy", retry_after_seconds=1.0), [])
    with pytest.raises(ThrottledError):
        await converse_stream(request_of(), world(engines=engines))
    with pytest.raises(EngineError, match="before it began"):
        await converse_stream(request_of(), world(engines=engines))


async def test_an_engine_that_breaks_in_mid_stream_breaks_the_stream() -> None:
    engines = ScriptedEngines().play([[chat_chunk({"content": "a"})], EngineError("crashed")])
    result = await converse_stream(request_of(), world(engines=engines))
    first = await anext(result["stream"])
    with pytest.raises(EngineError, match="crashed"):
        await anext(result["stream"])
    assert first[-1] == {"contentBlockDelta": {"delta": {"text": "a"}, "contentBlockIndex": 0}}


async def test_a_stream_without_its_end_is_broken() -> None:
    result = await converse_stream(
        request_of(), world(engines=ScriptedEngines().play([[chat_chunk({"content": "a"})]]))
    )
    with pytest.raises(EngineError, match="without a stop reason"):
        [batch async for batch in result["stream"]]


async def test_a_reader_that_goes_away_frees_the_engine() -> None:
    engines = ScriptedEngines()
    result = await converse_stream(request_of(), world(engines=engines))
    stream: Any = result["stream"]
    await anext(stream)
    await stream.aclose()
    assert engines.closed_early == 1


PIECES = st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(text=PIECES, tools=st.lists(PIECES, max_size=2), cuts=st.data())
async def test_every_chunking_of_an_answer_gives_the_same_message(
    text: list[str], tools: list[list[str]], cuts: st.DataObject
) -> None:
    chunks = [chat_chunk({"content": piece}) for piece in text]
    for number, arguments in enumerate(tools):
        head = {"index": number, "function": {"name": "add", "arguments": ""}}
        chunks.append(chat_chunk({"tool_calls": [head]}))
        chunks += [
            chat_chunk({"tool_calls": [{"index": number, "function": {"arguments": piece}}]}) for piece in arguments
        ]
    chunks += [chat_chunk({}, "tool_calls" if tools else "stop"), usage_chunk(usage(5, 6))]
    batches, rest = [], chunks
    while rest:
        size = cuts.draw(st.integers(1, len(rest)))
        batches.append(rest[:size])
        rest = rest[size:]
    content, stop_reason, used = message_of(await streamed(batches))
    whole = chat_answer(
        "".join(text),
        tool_calls=[tool_call("add", "".join(arguments)) for arguments in tools],
        finish_reason="tool_calls" if tools else "stop",
        used=usage(5, 6),
    )
    expected = await answered(whole)
    assert content[0] == expected["output"]["message"]["content"][0]
    assert [block["toolUse"]["input"] for block in content[1:]] == ["".join(arguments) for arguments in tools]
    assert (stop_reason, used) == (expected["stopReason"], expected["usage"])
