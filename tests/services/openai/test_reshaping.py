from __future__ import annotations

from typing import Any

from usina.services.openai.reshaping import no_alternatives, one_call_only, reshape_for


def test_the_usual_request_needs_no_reshaping() -> None:
    assert reshape_for(one_call=False, alternatives=False) is None


def test_only_what_was_asked_is_done() -> None:
    assert reshape_for(one_call=True, alternatives=False) is one_call_only
    assert reshape_for(one_call=False, alternatives=True) is no_alternatives


def test_both_are_done_where_both_were_asked() -> None:
    choices = [
        {
            "message": {"tool_calls": [{"id": "1"}, {"id": "2"}]},
            "logprobs": {"content": [{"token": "a", "logprob": -1, "top_logprobs": [{"token": "b", "logprob": -2}]}]},
        }
    ]
    reshape = reshape_for(one_call=True, alternatives=True)
    assert reshape is not None
    reshape(choices)
    assert choices == [
        {
            "message": {"tool_calls": [{"id": "1"}]},
            "logprobs": {"content": [{"token": "a", "logprob": -1, "top_logprobs": []}]},
        }
    ]


def test_choices_without_calls_or_logprobs_stay_as_they_are() -> None:
    choices: list[dict[str, Any]] = [{"delta": {"content": "a"}, "logprobs": None}, {"message": {"tool_calls": None}}]
    one_call_only(choices)
    no_alternatives(choices)
    assert choices == [{"delta": {"content": "a"}, "logprobs": None}, {"message": {"tool_calls": None}}]
