"""An invocation as the document that Bedrock writes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usina.core.invocations import LARGE_BYTES, Invocation
from usina.engine.invocations.entries import assembled, parts_of
from usina.services.bedrock_runtime.converse import stream_events

REQUEST = b'{\n "messages": [{"role": "user", "content": [{"text": "Hi"}]}],\n "requestMetadata": {"team": "a"}}'


def invocation(**changes: Any) -> Invocation:
    given = {
        "account": "111122223333",
        "arn": "arn:aws:iam::111122223333:user/ada",
        "request_id": "r-1",
        "operation": "Converse",
        "model_id": "a.model",
        "at": 1_800_000_000.0,
        "request": REQUEST,
        "answer": b'{"stopReason": "end_turn"}',
        "input_tokens": 3,
        "output_tokens": 2,
    }
    return Invocation(**{**given, **changes})


def document(**changes: Any) -> dict[str, Any]:
    line = parts_of(invocation(**changes), {}, "us-east-1").line({})
    assert b"\n" not in line
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_whole_answer_is_written_as_bedrock_writes_it() -> None:
    assert document() == {
        "timestamp": "2027-01-15T08:00:00Z",
        "accountId": "111122223333",
        "identity": {"arn": "arn:aws:iam::111122223333:user/ada"},
        "region": "us-east-1",
        "requestId": "r-1",
        "operation": "Converse",
        "modelId": "a.model",
        "input": {
            "inputContentType": "application/json",
            "inputTokenCount": 3,
            "inputBodyJson": json.loads(REQUEST),
        },
        "output": {
            "outputContentType": "application/json",
            "outputTokenCount": 2,
            "outputBodyJson": {"stopReason": "end_turn"},
        },
        "requestMetadata": {"team": "a"},
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
    }


def test_a_stream_of_converse_is_written_as_the_answer_it_came_to() -> None:
    steps = [
        ("text", 0, "Let me "),
        ("text", 0, "look."),
        ("stop", 0, None),
        ("tool", 1, ("tooluse_1", "weather")),
        ("input", 1, '{"city":'),
        ("input", 1, '"Bonn"}'),
        ("stop", 1, None),
    ]
    events = [
        {"messageStart": {"role": "assistant"}},
        *stream_events(steps),
        {"messageStop": {"stopReason": "tool_use"}},
        {"metadata": {"usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}, "metrics": {"latencyMs": 7}}},
    ]
    found = document(operation="ConverseStream", answer=tuple(events))["output"]["outputBodyJson"]
    assert found == {
        "output": {
            "message": {
                "role": "assistant",
                "content": [
                    {"text": "Let me look."},
                    {"toolUse": {"toolUseId": "tooluse_1", "name": "weather", "input": {"city": "Bonn"}}},
                ],
            }
        },
        "stopReason": "tool_use",
        "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
        "metrics": {"latencyMs": 7},
    }


@given(st.lists(st.text(), max_size=20))
def test_the_text_of_a_stream_is_its_pieces_in_order(pieces: list[str]) -> None:
    events = [
        {"contentBlockDelta": {"delta": {"text": piece}, "contentBlockIndex": number % 3}}
        for number, piece in enumerate(pieces)
    ]
    blocks = assembled(events)["output"]["message"]["content"]
    assert [block["text"] for block in blocks] == ["".join(pieces[start::3]) for start in range(3) if pieces[start::3]]


def test_other_streams_are_written_as_their_chunks() -> None:
    chunks = ({"chunk": {"bytes": b'{"a": 1}'}}, {"chunk": {"bytes": b'{"b": 2}'}})
    found = document(operation="InvokeModelWithResponseStream", answer=chunks)
    assert found["output"]["outputBodyJson"] == [{"a": 1}, {"b": 2}]
    found = document(operation="CreateChatCompletion", answer=({"c": 3}, b'{"d": 4}'))
    assert found["output"]["outputBodyJson"] == [{"c": 3}, {"d": 4}]


def test_what_failed_has_its_code_and_no_answer() -> None:
    found = document(answer=b"", error_code="ThrottlingException", request=b"\xff not json")
    assert found["errorCode"] == "ThrottlingException"
    assert not {"inputBodyJson", "outputBodyJson"} & {*found["input"], *found["output"]}


@pytest.mark.parametrize(("embedding", "flag"), [(False, "text"), (True, "embedding")])
def test_contents_that_are_not_wanted_are_left_out(*, embedding: bool, flag: str) -> None:
    parts = parts_of(invocation(embedding=embedding), {f"{flag}DataDeliveryEnabled": False}, "us-east-1")
    line = json.loads(parts.line({}))
    assert (line["input"]["inputTokenCount"], parts.large()) == (3, {})
    assert not {"inputBodyJson", "outputBodyJson"} & {*line["input"], *line["output"]}


def test_a_large_body_is_an_object_of_its_own() -> None:
    large = json.dumps({"text": "x" * LARGE_BYTES}).encode()
    parts = parts_of(invocation(request=large), {}, "us-east-1")
    assert [*parts.large()] == ["input"]
    assert "inputBodyJson" not in json.loads(parts.line({}))["input"]
    line = json.loads(parts.line({"input": "s3://b/k"}))
    assert line["input"]["inputBodyS3Path"] == "s3://b/k"
    assert line["output"]["outputBodyJson"] == {"stopReason": "end_turn"}
