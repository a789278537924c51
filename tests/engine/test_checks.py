from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.core.errors import ValidationError
from usina.engine.checks import check

MESSAGES = [{"role": "user", "content": "Hi"}]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from([
    "messages", "prompt", "input", "max_tokens", "temperature", "top_p", "top_k", "seed", "stop", "logprobs",
    "top_logprobs", "frequency_penalty", "presence_penalty", "logit_bias",
])  # fmt: skip


def test_what_clients_send_passes() -> None:
    check("chat", {
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
            {"role": "assistant", "content": None, "tool_calls": [{}]},
            {"role": "tool", "content": "x"},
        ],
        "max_tokens": 5, "temperature": 0, "top_p": 1.0, "top_k": -1, "seed": 2**40, "stop": ["a", "\n"],
        "logprobs": True, "top_logprobs": 5, "frequency_penalty": -0.5, "presence_penalty": None,
        "logit_bias": {"50": -100}, "unknown": object(),
    })  # fmt: skip
    check("completion", {"prompt": [1, 2, 3], "logprobs": 3, "stop": "x"})
    for given_input in ("text", ["a", "b"], [1, 2], [[1], [2, 3]]):
        check("embedding", {"input": given_input})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_tokens", 0), ("max_tokens", True), ("max_tokens", 1.5), ("max_tokens", 2**40), ("temperature", -1),
        ("temperature", float("nan")), ("temperature", "hot"), ("top_p", 1.1), ("top_k", 0.5), ("seed", 2**70),
        ("stop", 3), ("stop", [""]), ("stop", ["x"] * 100), ("stop", ["x" * 2_000]), ("logprobs", 21),
        ("top_logprobs", -1),
        ("frequency_penalty", 3), ("presence_penalty", []), ("logit_bias", {"a": 1}), ("logit_bias", {"1": 101}),
        ("logit_bias", [[1, 2]]), ("messages", []), ("messages", None), ("messages", "hi"), ("messages", [1]),
        ("messages", [{"role": "robot", "content": "x"}]), ("messages", [{"role": "user"}]),
        ("messages", [{"role": [], "content": "x"}]),
        ("messages", [{"role": "user", "content": [{"type": "image_url"}]}]),
        ("messages", [{"role": "user", "content": [1]}]),
    ],
)  # fmt: skip
def test_what_an_engine_would_stumble_over_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=name.removesuffix("s")):
        check("chat", {"messages": MESSAGES, name: value})


@pytest.mark.parametrize(
    ("task", "body"),
    [
        ("completion", {}), ("completion", {"prompt": ["a"]}), ("completion", {"prompt": []}), ("embedding", {}),
        ("embedding", {"input": []}), ("embedding", {"input": [[]]}), ("embedding", {"input": ["a"] * 3_000}),
        ("embedding", {"input": [None]}),
    ],
)  # fmt: skip
def test_what_has_nothing_to_work_on_is_refused(task: Any, body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(task, body)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(NAMES, ANYTHING, max_size=4), st.sampled_from(["chat", "completion", "embedding"]))
def test_anything_at_all_passes_or_is_refused(body: dict[str, Any], task: Any) -> None:
    with suppress(ValidationError):
        check(task, body)
