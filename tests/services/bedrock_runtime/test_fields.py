"""Fields beside Converse's own, in and out."""

from __future__ import annotations

from typing import Any

import pytest

from usina.core.errors import ValidationError
from usina.services.bedrock_runtime.fields import add, check_paths, pick


def added(extra: Any) -> dict[str, Any]:
    body: dict[str, Any] = {}
    add(extra, body)
    return body


def test_known_fields_of_all_families_have_the_engines_names() -> None:
    assert added({"top_k": 3}) == added({"k": 3}) == added({"inferenceConfig": {"topK": 3}}) == {"top_k": 3}
    assert added({"seed": 7, "presence_penalty": 0.5, "logit_bias": {"5": -1}}) == {
        "seed": 7,
        "presence_penalty": 0.5,
        "logit_bias": {"5": -1},
    }


def test_opened_features_and_disabled_thinking_change_nothing() -> None:
    assert added({"anthropic_beta": ["x"], "thinking": {"type": "disabled"}}) == {}


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"no_such": 1}, "extraneous key [no_such] is not permitted"),
        ({"inferenceConfig": {"no_such": 1}}, "extraneous key [no_such]"),
        ({"inferenceConfig": 3}, "extraneous key [inferenceConfig]"),
        ({"top_k": -1}, "top_k must be an integer"),
        ({"top_k": True}, "top_k must be an integer"),
        ({"seed": "x"}, "seed must be an integer"),
        ({"frequency_penalty": 3}, "must be a number from -2 to 2"),
        ({"logit_bias": {"1": "x"}}, "must be an object of numbers"),
        ({"logprobs": 1}, "must be true or false"),
        ({"top_logprobs": 21}, "from 0 to 20"),
        ({"thinking": {"type": "enabled", "budget_tokens": 1_024}}, "thinking"),
        ([], "must be a JSON object"),
    ],
)
def test_unknown_fields_and_wrong_values_are_refused(extra: Any, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        added(extra)
    assert words in caught.value.message


def test_pointers_pick_what_is_there() -> None:
    document = {"stop_sequence": "END", "choices": [{"logprobs": {"a/b": 1, "m~n": 2}}]}
    paths = ["/stop_sequence", "/choices/0/logprobs/a~1b", "/choices/0/logprobs/m~0n", "/choices/7", "/nothing/here"]
    assert pick(document, paths) == {"stop_sequence": "END", "choices": {"0": {"logprobs": {"a/b": 1, "m~n": 2}}}}


def test_pointers_that_overlap_do_not_break_each_other() -> None:
    assert pick({"a": {"b": 1}, "c": 2}, ["/a", "/a/b"]) == {"a": {"b": 1}}


def test_a_path_that_is_no_pointer_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"additionalModelResponseFieldPaths\.1"):
        check_paths(["/ok", "stop_sequence"])
