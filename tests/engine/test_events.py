from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.core.errors import EngineError
from usina.engine.events import EventReader

EVENTS = st.lists(st.dictionaries(st.text(), st.text(), max_size=3), max_size=5)


@settings(max_examples=100, deadline=None)
@given(EVENTS, st.sampled_from(["\n", "\r\n"]), st.lists(st.integers(1, 20), min_size=1), st.booleans())
def test_events_are_read_however_the_bytes_are_cut(events: list[Any], end: str, sizes: list[int], marker: bool) -> None:
    text = "".join(f"data: {json.dumps(event)}{end}{end}" for event in events) + (
        f"data: [DONE]{end}{end}" if marker else ""
    )
    content = text.encode()
    reader, seen = EventReader(), []
    at = step = 0
    while at < len(content):
        size = sizes[step % len(sizes)]
        seen += reader.feed(content[at : at + size])
        at, step = at + size, step + 1
    assert seen == events
    assert reader.ended == marker


def test_comments_and_other_fields_are_left_out_and_lines_are_joined() -> None:
    reader = EventReader()
    assert reader.feed(b': ping\n\nevent: x\nid: 3\ndata: {"a":\ndata: 1}\n\nretry: 5\n\n') == [{"a": 1}]


def test_an_error_field_is_an_event_of_its_own() -> None:
    assert EventReader().feed(b'error: {"message": "x"}\n\n') == [{"error": {"message": "x"}}]


def test_what_is_not_json_is_a_failure() -> None:
    with pytest.raises(EngineError):
        EventReader().feed(b"data: {{{\n\n")
