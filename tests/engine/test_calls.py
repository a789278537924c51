from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.engine.calls import CallReader

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def read(text: str, size: int) -> tuple[str, list[dict[str, Any]]]:
    """Content and calls, the text coming in pieces of that size."""
    reader = CallReader()
    deltas = []
    for at in range(0, len(text), size):
        deltas += reader.feed(text[at : at + size])
    deltas += reader.finish()
    content = "".join(delta["content"] for delta in deltas if "content" in delta)
    calls: list[dict[str, Any]] = []
    for delta in deltas:
        for part in delta.get("tool_calls", ()):
            if "id" in part:
                assert part["index"] == len(calls)
                calls.append({"name": part["function"]["name"], "arguments": ""})
            calls[part["index"]]["arguments"] += part["function"]["arguments"]
    return content, calls


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.dictionaries(st.text(), JSON, max_size=3), min_size=1, max_size=3), st.integers(1, 40), st.booleans()
)
def test_calls_are_read_however_their_text_is_cut(arguments: list[dict[str, Any]], size: int, marked: bool) -> None:
    texts = [f'{{"name": "tool_{n}", "arguments": {json.dumps(one)}}}' for n, one in enumerate(arguments)]
    content, calls = read(("<tool_call>" if marked else "") + "\n".join(texts), size)
    assert content == ""
    assert [call["name"] for call in calls] == [f"tool_{n}" for n in range(len(arguments))]
    assert [json.loads(call["arguments"]) for call in calls] == arguments


@settings(max_examples=100, deadline=None)
@given(st.text(), st.integers(1, 10))
def test_an_answer_inside_an_object_is_read_as_text(text: str, size: int) -> None:
    content, calls = read(json.dumps({"answer": text}), size)
    assert (content, calls) == (text, [])


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize(
    "text", ["Hello {world}", "<b>bold</b>", "{not json", '{"name": "x"}', "<tool_", '{"names": []}', "12 + 30 = 42"]
)
def test_plain_text_stays_text(text: str, size: int) -> None:
    assert read(text, size) == (text, [])


def test_arguments_that_were_cut_off_come_as_far_as_they_go() -> None:
    content, calls = read('{"name": "x", "arguments": {"city": "Par', 5)
    assert content == ""
    assert calls == [{"name": "x", "arguments": '{"city": "Par'}]


def test_a_beginning_that_never_ends_is_text() -> None:
    text = '{"name": "' + "x" * 10_000
    assert read(text, 50) == (text, [])
