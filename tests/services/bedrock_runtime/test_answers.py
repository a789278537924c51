"""Engines' answers as content blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from usina.core.errors import EngineError
from usina.core.operation import Meter
from usina.services.bedrock_runtime.answers import INPUT, REASONING, STOP, TEXT, TOOL, ChunkReader, tool_input, whole
from usina.testing.catalogue import CHAT
from usina.testing.clock import VirtualClock
from usina.testing.engines import chat_answer, chat_chunk, tool_call, usage, usage_chunk
from usina.testing.world import world


def reader(max_tokens: int | None = None, context_tokens: int = 1_000) -> ChunkReader:
    return ChunkReader(world(), Meter(), replace(CHAT, context_tokens=context_tokens), max_tokens)


def piece(index: int, *, name: str | None = None, arguments: str | None = None) -> dict[str, Any]:
    return chat_chunk({"tool_calls": [{"index": index, "function": {"name": name, "arguments": arguments}}]})


def test_text_is_one_block_that_ends_with_the_answer() -> None:
    steps = reader().read([chat_chunk({"content": "Hel"}), chat_chunk({"content": "lo"}), chat_chunk({}, "stop")])
    assert steps == [(TEXT, 0, "Hel"), (TEXT, 0, "lo"), (STOP, 0, None)]


def test_an_announcement_of_the_role_is_no_step() -> None:
    assert reader().read([chat_chunk({"role": "assistant", "content": ""})]) == []


def test_reasoning_then_text_then_tools_are_blocks_of_their_own() -> None:
    steps = reader().read(
        [
            chat_chunk({"content": None, "reasoning_content": "hm"}),
            chat_chunk({"content": "ok"}),
            piece(0, name="f", arguments='{"a":'),
            piece(0, arguments="1}"),
            piece(1, name="g", arguments="{}"),
            chat_chunk({}, "tool_calls"),
        ]
    )
    kinds = [(kind, index) for kind, index, _ in steps]
    assert kinds == [
        (REASONING, 0),
        (STOP, 0),
        (TEXT, 1),
        (STOP, 1),
        (TOOL, 2),
        (INPUT, 2),
        (INPUT, 2),
        (STOP, 2),
        (TOOL, 3),
        (INPUT, 3),
        (STOP, 3),
    ]


def test_a_tool_call_gets_an_id_of_bedrocks_form() -> None:
    steps = reader().read([piece(0, name="f", arguments="{}")])
    tool_id, name = steps[0][2]
    assert name == "f"
    assert tool_id.startswith("tooluse_")
    assert len(tool_id) == len("tooluse_") + 22


def test_a_tool_call_without_arguments_is_given_an_empty_object() -> None:
    steps = reader().read([piece(0, name="f"), chat_chunk({}, "tool_calls")])
    assert [step[0] for step in steps] == [TOOL, INPUT, STOP]
    assert steps[1][2] == "{}"


def test_tool_calls_that_are_mixed_up_are_the_engines_failure() -> None:
    with pytest.raises(EngineError, match="mixed up"):
        reader().read([piece(0, name="f"), piece(1, name="g"), piece(0, arguments="{}")])


def test_a_completion_is_text_too() -> None:
    chunk = {"choices": [{"index": 0, "text": "Paris", "finish_reason": "stop", "stop_reason": None}]}
    assert reader().read([chunk]) == [(TEXT, 0, "Paris"), (STOP, 0, None)]


def ended(finish_reason: str, *, stop_reason: Any = None, used: dict[str, Any] | None = None, **how: Any) -> Any:
    made = reader(**how)
    made.read([chat_chunk({"content": "x"}), chat_chunk({}, finish_reason, stop_reason)])
    made.read([usage_chunk(used or usage(3, 1))])
    return made.ending()


def test_every_way_to_end_has_its_word() -> None:
    assert ended("stop").stop_reason == "end_turn"
    assert ended("stop", stop_reason="###").stop_reason == "stop_sequence"
    assert ended("stop", stop_reason="###").stop_sequence == "###"
    assert ended("stop", stop_reason=2).stop_reason == "end_turn"  # a token of the model's own, as vLLM tells it
    assert ended("content_filter").stop_reason == "content_filtered"
    assert ended("length", max_tokens=1).stop_reason == "max_tokens"
    assert ended("length").stop_reason == "max_tokens"
    assert ended("length", used=usage(90, 10), context_tokens=100).stop_reason == "model_context_window_exceeded"
    full = ended("length", used=usage(90, 10), context_tokens=100, max_tokens=50)
    assert full.stop_reason == "model_context_window_exceeded"


def test_a_tool_call_ends_in_tool_use_whatever_the_engine_calls_it() -> None:
    for word in ("tool_calls", "stop"):
        made = reader()
        made.read([piece(0, name="f", arguments="{}"), chat_chunk({}, word)])
        assert made.ending().stop_reason == "tool_use"


@pytest.mark.parametrize("arguments", ['{"a": ', "[1]", "nonsense"])
def test_arguments_that_are_no_object_are_told_as_malformed(arguments: str) -> None:
    made = reader()
    made.read([piece(0, name="f", arguments=arguments), chat_chunk({}, "tool_calls")])
    assert made.ending().stop_reason == "malformed_tool_use"
    assert tool_input(arguments) is None


def test_an_answer_that_never_ended_is_the_engines_failure() -> None:
    made = reader()
    made.read([chat_chunk({"content": "x"})])
    with pytest.raises(EngineError, match="without a stop reason"):
        made.ending()


def test_the_meter_has_the_numbers_and_the_first_tokens_time() -> None:
    clock, meter = VirtualClock(), Meter()
    made = ChunkReader(world(clock=clock), meter, CHAT, None)
    made.read([chat_chunk({"role": "assistant"})])
    assert meter.first_token_at is None
    clock.advance(2.0)
    made.read([chat_chunk({"content": "x"})])
    clock.advance(2.0)
    made.read([chat_chunk({"content": "y"}, "stop"), usage_chunk(usage(7, 2, 5))])
    made.ending()
    assert meter == Meter("", 7, 2, 5, 2.0, "end_turn")


def test_a_whole_answer_reads_as_its_stream_does() -> None:
    calls = [tool_call("f", '{"a":1}'), tool_call("g", "{}", "call_2")]
    answer = chat_answer("so", tool_calls=calls, finish_reason="tool_calls")
    streamed = [
        chat_chunk({"content": "so"}),
        piece(0, name="f", arguments='{"a":1}'),
        piece(1, name="g", arguments="{}"),
        chat_chunk({}, "tool_calls"),
    ]
    assert reader().read(whole(answer)) == reader().read(streamed)


def test_an_answer_without_a_choice_is_the_engines_failure() -> None:
    with pytest.raises(EngineError, match="no answer"):
        whole({"choices": []})
