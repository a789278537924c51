from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usina.core.errors import ValidationError
from usina.federation.personal import PatternRedactor
from usina.federation.personal.recognisers import find_all

MAIL = "ada@example.com"


def redact(body: Any) -> Any:
    return PatternRedactor().redact(body).body


def test_equal_values_get_one_name_and_others_another() -> None:
    done = PatternRedactor().redact(
        {"messages": [{"role": "user", "content": f"{MAIL} bob@example.com ADA@example.com"}]}
    )
    assert done.body["messages"][0]["content"] == "[EMAIL_1] [EMAIL_2] [EMAIL_1]"
    assert done.found == {"EMAIL": 3}


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"role": "system", "content": MAIL}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": MAIL}]}]},
        {"messages": [{"role": "user", "name": MAIL, "content": "x"}]},
        {"messages": [{"role": "tool", "tool_call_id": MAIL, "content": MAIL}]},
        {"messages": [{"role": "assistant", "tool_calls": [{"function": {"arguments": f'{{"{MAIL}": 1}}'}}]}]},
        {"tools": [{"function": {"description": MAIL, "parameters": {"properties": {"x": {"enum": [MAIL]}}}}}]},
        {"response_format": {"json_schema": {"schema": {"const": MAIL}}}},
        {"stop": [MAIL]},
        {"prompt": MAIL},
        {"input": ["x", MAIL]},
        {"unheard_of": {"deep": [[{"x": MAIL}]]}},
    ],
    ids=range(11),
)
def test_every_member_is_looked_through(body: Any) -> None:
    assert MAIL not in json.dumps(redact(body))


def test_arguments_of_a_tool_call_stay_json() -> None:
    arguments = json.dumps({"to": MAIL, "card": 4111111111111111, "amount": 12.5, "urgent": True})
    body = redact({"messages": [{"role": "assistant", "tool_calls": [{"function": {"arguments": arguments}}]}]})
    told = json.loads(body["messages"][0]["tool_calls"][0]["function"]["arguments"])
    assert told == {"to": "[EMAIL_1]", "card": "[CARD_1]", "amount": 12.5, "urgent": True}
    broken = redact({"messages": [{"role": "assistant", "tool_calls": [{"function": {"arguments": f"{{{MAIL}"}}]}]})
    assert MAIL not in str(broken)


def test_words_of_the_protocol_and_what_is_no_text_stay() -> None:
    body = {"messages": [{"role": "user", "content": "x"}], "max_tokens": 5, "temperature": 0.5, "stream": True}
    assert redact(body) == body
    assert redact({"type": [MAIL]}) == {"type": ["[EMAIL_1]"]}


@pytest.mark.parametrize("body", [{"prompt": [1, 2]}, {"input": [[1, 2]]}], ids=["prompt", "input"])
def test_numbers_of_tokens_cannot_be_looked_through(body: Any) -> None:
    with pytest.raises(ValidationError, match="needs text"):
        redact(body)


def test_a_request_that_is_nested_too_deeply_is_refused() -> None:
    body: Any = MAIL
    for _ in range(200):
        body = [body]
    with pytest.raises(ValidationError, match="nested too deeply"):
        redact({"messages": body})


@given(st.lists(st.sampled_from([MAIL, "4111 1111 1111 1111", "+49 30 1234567", "words", "10.0.0.1"]), max_size=8))
def test_what_is_redacted_once_holds_nothing_more_to_find(pieces: list[str]) -> None:
    body = redact({"prompt": ", ".join(pieces)})
    assert not find_all(body["prompt"])
    assert redact(body) == body


def test_the_body_that_was_given_is_not_changed() -> None:
    body = {"messages": [{"role": "user", "content": MAIL}]}
    redact(body)
    assert body["messages"][0]["content"] == MAIL
