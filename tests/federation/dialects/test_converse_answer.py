from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.federation.cloud_server import EVENTS, frames
from usina.core.errors import ApiError, EngineError, ThrottledError, ValidationError
from usina.federation.dialects.converse_answer import ConverseReader, chat_answer

USAGE = {"inputTokens": 3, "outputTokens": 4, "totalTokens": 12, "cacheReadInputTokens": 5}


def answer(*content: Any, stop: str = "end_turn", **more: Any) -> Any:
    told = {"output": {"message": {"content": list(content)}}, "stopReason": stop, "usage": USAGE, **more}
    return chat_answer("cloud.far", told, ["a", "b"])


def test_texts_calls_and_reasons_come_into_our_form() -> None:
    use = {"toolUse": {"toolUseId": "t", "name": "f", "input": {"x": 1}}}
    reason = {"reasoningContent": {"reasoningText": {"text": "because"}}}
    message = answer({"text": "a"}, reason, {"text": "b"}, use, stop="tool_use")["choices"][0]["message"]
    assert message["content"] == "ab"
    assert message["reasoning_content"] == "because"
    assert message["tool_calls"] == [{"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}]


def test_cached_tokens_are_part_of_the_prompt() -> None:
    usage = answer({"text": "a"})["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (8, 4, 12)
    assert usage["prompt_tokens_details"] == {"cached_tokens": 5}


@pytest.mark.parametrize(
    ("stop", "finish"),
    [
        ("end_turn", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("guardrail_intervened", "content_filter"),
        ("something_new", "stop"),
    ],
)
def test_why_it_ended_comes_into_our_form(stop: str, finish: str) -> None:
    choice = answer({"text": "a"}, stop=stop)["choices"][0]
    assert (choice["finish_reason"], choice["stop_reason"]) == (finish, None)


def test_which_stop_sequence_it_was_is_told_as_far_as_it_is_known() -> None:
    known = answer({"text": "x"}, stop="stop_sequence", additionalModelResponseFields={"stop_sequence": "b"})
    assert known["choices"][0]["stop_reason"] == "b"
    assert answer({"text": "x"}, stop="stop_sequence")["choices"][0]["stop_reason"] == "a"


@given(st.lists(st.integers(0, len(frames(EVENTS))), max_size=8))
def test_a_stream_reads_the_same_however_it_is_cut_into_pieces(cuts: list[int]) -> None:
    data, reader, chunks = frames(EVENTS), ConverseReader("cloud.far", []), []
    places = [0, *sorted(cuts), len(data)]
    for start, end in pairwise(places):
        chunks += reader.feed(data[start:end])
    chunks += reader.finish()
    whole = ConverseReader("cloud.far", [])
    assert chunks == whole.feed(data) + whole.finish()
    assert chunks[-1]["usage"]["total_tokens"] == 12


def test_tool_calls_in_a_stream_are_counted_from_the_first() -> None:
    events: list[tuple[str, Any]] = [
        ("messageStart", {"role": "assistant"}),
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "hm"}}}),
        ("contentBlockStart", {"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "t1", "name": "f"}}}),
        ("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"toolUse": {"input": '{"x":'}}}),
        ("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"toolUse": {"input": "1}"}}}),
        ("contentBlockStop", {"contentBlockIndex": 1}),
        ("contentBlockStart", {"contentBlockIndex": 2, "start": {"toolUse": {"toolUseId": "t2", "name": "g"}}}),
        ("messageStop", {"stopReason": "tool_use"}),
        ("metadata", {"usage": USAGE}),
    ]
    deltas = [each["choices"][0]["delta"] for each in ConverseReader("m", []).feed(frames(events))]
    calls = [call for delta in deltas for call in delta.get("tool_calls", ())]
    assert [call["index"] for call in calls] == [0, 0, 0, 1]
    assert "".join(call["function"]["arguments"] for call in calls[:3]) == '{"x":1}'
    assert {"reasoning_content": "hm"} in deltas


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("throttlingException", ThrottledError),
        ("validationException", ValidationError),
        ("internalServerException", EngineError),
        ("unheardOfException", EngineError),
    ],
)
def test_an_exception_in_a_stream_is_told_in_our_words(name: str, error: type[ApiError]) -> None:
    with pytest.raises(error):
        ConverseReader("m", []).feed(frames([*EVENTS[:2], (name, {"message": "no"})]))


def test_a_frame_with_a_wrong_checksum_is_an_error() -> None:
    data = bytearray(frames(EVENTS))
    data[40] ^= 1
    with pytest.raises(ApiError):
        ConverseReader("m", []).feed(bytes(data))
