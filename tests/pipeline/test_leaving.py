from __future__ import annotations

from typing import Any

import pytest

from usina.pipeline.leaving import UNLABELLED, stated_labels


@pytest.mark.parametrize(
    ("arguments", "labels"),
    [
        ({"requestMetadata": {"usina:labels": "public"}}, ("public",)),
        ({"requestMetadata": {"usina:labels": "public, eu public"}}, ("eu", "public")),
        ({"requestMetadata": '{"usina:labels": "internal"}'}, ("internal",)),
        ({"metadata": {"usina:labels": "internal"}}, ("internal",)),
    ],
    ids=["converse", "several", "invoke model", "openai"],
)
def test_the_labels_that_a_request_states_are_read(arguments: dict[str, Any], labels: tuple[str, ...]) -> None:
    assert stated_labels(arguments) == labels


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"requestMetadata": None},
        {"requestMetadata": "no json"},
        {"requestMetadata": {"other": "public"}},
        {"metadata": {"usina:labels": ""}},
        {"metadata": {"usina:labels": ["public"]}},
        {"metadata": {"usina:labels": "Public!"}},
        {"metadata": {"usina:labels": " ".join(f"label-{number}" for number in range(17))}},
        {"requestMetadata": {"usina:labels": "Top Secret"}, "metadata": {"usina:labels": "public"}},
    ],
    ids=range(9),
)
def test_what_states_none_that_can_be_read_is_unlabelled(arguments: dict[str, Any]) -> None:
    assert stated_labels(arguments) == (UNLABELLED,)
