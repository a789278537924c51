"""Anthropic's Messages bodies and stream events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from usina.core.errors import ValidationError
from usina.services.bedrock_runtime.invoke_model import invoke_model, invoke_model_with_response_stream
from usina.testing.catalogue import CHAT
from usina.testing.engines import ScriptedEngines, chat_answer, chat_chunk, tool_call, usage, usage_chunk
from usina.testing.world import call_of, world

BODY = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
TOOL = {"name": "add", "description": "Adds.", "input_schema": {"type": "object"}}
USED = {
    "input_tokens": 4,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "output_tokens": 2,
}
MESSAGE = {
    "id": "msg_bdrk_000000000000400080000000",
    "type": "message",
    "role": "assistant",
    "model": CHAT.id,
}


def call(body: dict[str, Any]) -> Any:
    return call_of({"modelId": CHAT.id, "body": json.dumps(body).encode()})


async def asked(body: dict[str, Any]) -> dict[str, Any]:
    engines = ScriptedEngines()
    await invoke_model(call(body), world(engines=engines))
    return engines.bodies[0]


async def answered(answer: Any, **more: Any) -> Any:
    result = await invoke_model(call({**BODY, **more}), world(engines=ScriptedEngines().play(answer)))
    return json.loads(result["body"])


async def streamed(batches: Any, **more: Any) -> list[Any]:
    ports = world(engines=ScriptedEngines().play(batches))
    result = await invoke_model_with_response_stream(call({**BODY, **more}), ports)
    stream: Any = result["body"]
    return [json.loads(event["chunk"]["bytes"]) async for batch in stream for event in batch]


async def test_a_body_becomes_a_chat() -> None:
    more = {
        "system": [{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}],
        "temperature": 0.5,
        "top_p": 1,
        "top_k": 5,
        "stop_sequences": ["END"],
        "anthropic_beta": ["x"],
        "metadata": {"user_id": "u"},
    }
    assert await asked({**BODY, **more}) == {
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}],
        "max_tokens": 9,
        "temperature": 0.5,
        "top_p": 1.0,
        "top_k": 5,
        "stop": ["END"],
    }


async def test_neighbours_of_one_role_are_one_turn() -> None:
    turns = [{"role": "user", "content": "a"}, {"role": "user", "content": [{"type": "text", "text": "b"}]}]
    assert (await asked({**BODY, "messages": turns}))["messages"] == [{"role": "user", "content": "a\nb"}]


async def test_tools_calls_and_results_go_both_ways() -> None:
    turns = [
        {"role": "user", "content": "1+1?"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "s"},
                {"type": "tool_use", "id": "t1", "name": "add", "input": {"a": 1}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "t1",
                    "content": [{"type": "text", "text": "no"}],
                    "is_error": True,
                }
            ],
        },
    ]
    choice = {"type": "tool", "name": "add"}
    body = await asked({**BODY, "messages": turns, "tools": [TOOL], "tool_choice": choice})
    function = {"name": "add", "arguments": '{"a":1}'}
    assert body["messages"][1]["tool_calls"] == [{"id": "t1", "type": "function", "function": function}]
    assert body["messages"][2] == {"role": "tool", "tool_call_id": "t1", "content": "Error: no"}
    assert body["tool_choice"] == {"type": "function", "function": {"name": "add"}}
    assert body["tools"][0]["function"]["parameters"] == {"type": "object"}


async def test_tool_choice_none_takes_the_tools_away() -> None:
    assert "tools" not in await asked({**BODY, "tools": [TOOL], "tool_choice": {"type": "none"}})


async def test_an_answer_has_anthropics_form() -> None:
    answer = chat_answer("Ok.", tool_calls=[tool_call("add", '{"a":1}')], finish_reason="tool_calls", used=usage(4, 2))
    made = await answered(answer, tools=[TOOL])
    tool = made["content"].pop()
    assert tool.pop("id").startswith("tooluse_")
    assert tool == {"type": "tool_use", "name": "add", "input": {"a": 1}}
    assert made == {
        **MESSAGE,
        "content": [{"type": "text", "text": "Ok."}],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": USED,
    }


async def test_a_stop_sequence_is_named() -> None:
    made = await answered(chat_answer("Ok.", stop_reason="END"), stop_sequences=["END"])
    assert (made["stop_reason"], made["stop_sequence"]) == ("stop_sequence", "END")


async def test_cached_tokens_are_told_to_those_who_marked_a_block_for_the_cache() -> None:
    marked = [{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}]
    answer = chat_answer("Ok.", used=usage(9, 1, 6))
    used = (await answered(answer, system=marked))["usage"]
    assert (used["input_tokens"], used["cache_read_input_tokens"]) == (3, 6)
    assert (await answered(answer))["usage"]["input_tokens"] == 9


async def test_structured_output_becomes_a_json_schema() -> None:
    body = await asked({**BODY, "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}})
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}


async def test_a_malformed_tool_call_is_not_handed_on() -> None:
    made = await answered(
        chat_answer(None, tool_calls=[tool_call("add", "{")], finish_reason="tool_calls"), tools=[TOOL]
    )
    assert (made["content"], made["stop_reason"]) == ([], "end_turn")


async def test_a_stream_has_anthropics_events() -> None:
    call_head = {"index": 0, "function": {"name": "add", "arguments": '{"a":'}}
    events = await streamed(
        [
            [chat_chunk({"role": "assistant", "content": ""}), chat_chunk({"content": "O"})],
            [chat_chunk({"content": "k"})],
            [chat_chunk({"tool_calls": [call_head]})],
            [chat_chunk({"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]})],
            [chat_chunk({}, "tool_calls"), usage_chunk(usage(4, 2))],
        ],
        tools=[TOOL],
    )
    tool_id = events[5]["content_block"].pop("id")
    assert tool_id.startswith("tooluse_")
    metrics = {"inputTokenCount": 4, "outputTokenCount": 2, "invocationLatency": 0, "firstByteLatency": 0}
    assert events == [
        {
            "type": "message_start",
            "message": {
                **MESSAGE,
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": {"input_tokens": 0, "output_tokens": 0},
            },
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "O"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "k"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "name": "add", "input": {}}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"a":'}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "1}"}},
        {"type": "content_block_stop", "index": 1},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "tool_use", "stop_sequence": None},
            "usage": USED,
        },
        {"type": "message_stop", "amazon-bedrock-invocationMetrics": metrics},
    ]


async def test_reasoning_streams_as_thinking() -> None:
    events = await streamed(
        [[chat_chunk({"content": None, "reasoning_content": "hm"}), chat_chunk({}, "stop")], [usage_chunk(usage(1, 1))]]
    )
    assert events[1]["content_block"] == {"type": "thinking", "thinking": "", "signature": ""}
    assert events[2]["delta"] == {"type": "thinking_delta", "thinking": "hm"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"max_tokens": None}, "#/max_tokens: expected int, got null"),
        ({"messages": "Hi"}, "#/messages: expected array, got str"),
        ({"messages": []}, "must start with a user message"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "#/messages/0/role"),
        ({"messages": [{"role": "user", "content": [{"text": "x"}]}]}, "#/messages/0/content/0: required key [type]"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "content/0: required key [text] not found"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": 3}]}]}, "content/0/text: expected str"),
        ({"messages": [{"role": "user", "content": [{"type": "image", "source": {}}]}]}, "the image content block"),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}, "the last turn"),
        (
            {"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": 3}]}]},
            "#/messages/0/content/0/content",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "tool_use", "id": "t", "name": "n", "input": 3}]}]},
            "#/messages/0/content/0/input",
        ),
        ({"temperature": 1.5}, "#/temperature"),
        ({"thinking": {"type": "enabled", "budget_tokens": 2_000}}, "thinking"),
        ({"tools": [{"type": "bash_20250124", "name": "bash"}]}, "#/tools/0: a tool of type bash_20250124"),
        ({"tools": [{**TOOL, "input_schema": {"type": "array"}}]}, "inputSchema.json.type must be one of"),
        ({"output_config": {"effort": "high"}}, "outputConfig.effort"),
        ({"mcp_servers": []}, "extraneous key [mcp_servers]"),
        ({"max_tokens": 10_000}, "exceeds the model limit"),
    ],
)
async def test_a_body_that_breaks_the_form_is_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        await invoke_model(call({**BODY, **more}), world())
    assert words in caught.value.message
