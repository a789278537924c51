"""Selecting from records by the part of JSONPath that batch transform takes."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usina.core.errors import ValidationError
from usina.core.json_paths import JsonPath, PathError

RECORD = {"id": 7, "features": [1, 2, 3], "deep": {"a": {"b": "c"}}, "a b": True}


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("$", RECORD),
        ("$.id", 7),
        ("$['id']", 7),
        ('$["a b"]', True),
        ("$.deep.a.b", "c"),
        ("$.deep['a'].b", "c"),
        ("$.deep.['a']", {"b": "c"}),
        ("$['id','features']", {"id": 7, "features": [1, 2, 3]}),
        ("$.features[0]", 1),
        ("$.features[-1]", 3),
        ("$.features[0,2]", [1, 3]),
        ("$.features[1:]", [2, 3]),
        ("$.features[0, 2:]", [1, 3]),
        ("$.features[:]", [1, 2, 3]),
        ("$.features[*]", [1, 2, 3]),
        ("$.deep.*", [{"b": "c"}]),
    ],
)
def test_a_path_selects_what_it_names(path: str, selected: Any) -> None:
    assert JsonPath.parse(path).of(RECORD) == selected


@given(st.lists(st.integers(), max_size=8), st.integers(-10, 10))
def test_an_index_and_an_open_slice_select_as_python_does(items: list[int], index: int) -> None:
    assert JsonPath.parse(f"$[{index}:]").of(items) == items[index:]
    path = JsonPath.parse(f"$[{index}]")
    if -len(items) <= index < len(items):
        assert path.of(items) == items[index]
    else:
        with pytest.raises(PathError, match="no item"):
            path.of(items)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "id",
        "$.",
        "$[",
        "$[1:3]",
        "$[:2]",
        "$..id",
        "$[?(@.x)]",
        "$[1:].a",
        "$['a','b'].c",
        "$[a]",
        "$.a b",
        "$" * 64,
    ],
)
def test_a_path_of_another_form_is_refused_with_the_forms_that_are_taken(path: str) -> None:
    with pytest.raises(ValidationError, match=r"\$\.name"):
        JsonPath.parse(path)


@pytest.mark.parametrize(
    ("path", "value"), [("$.x", {}), ("$.x", []), ("$[0]", {}), ("$.*", 1), ("$['a','b']", {"a": 1})]
)
def test_what_is_not_there_is_named(path: str, value: Any) -> None:
    with pytest.raises(PathError, match=r"there (is|are) no"):
        JsonPath.parse(path).of(value)


@given(st.text(max_size=63))
def test_no_text_makes_parsing_fail_in_another_way(text: str) -> None:
    with contextlib.suppress(ValidationError):
        JsonPath.parse(f"${text}")
