"""Ranges of hyperparameters: as texts, as the search sees them, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usina.core.errors import ValidationError
from usina.core.tuning.ranges import Range, combination, combinations, read_ranges


def continuous(low: str, high: str, scaling: str = "Auto") -> dict[str, Any]:
    return {"ContinuousParameterRanges": [{"Name": "x", "MinValue": low, "MaxValue": high, "ScalingType": scaling}]}


def only(given_ranges: dict[str, Any]) -> Range:
    (found,) = read_ranges(given_ranges, {})
    return found


@given(st.floats(0, 0.999_999), st.floats(1e-6, 0.999_999))
def test_a_value_of_the_search_comes_back_from_its_text(share: float, high: float) -> None:
    for scaling in ("Linear", "ReverseLogarithmic"):
        each = only(continuous("0", repr(high), scaling))
        inner = each.low + share * (each.high - each.low)
        back = each.value(each.text(inner))
        assert back is not None
        assert isinstance(back, float)
        assert abs(back - inner) <= 1e-6 * max(1.0, abs(inner))


def test_a_reversed_logarithmic_scale_is_fine_near_one() -> None:
    each = only(continuous("0", "0.999", "ReverseLogarithmic"))
    middle = float(each.text((each.low + each.high) / 2))
    assert 0.96 < middle < 0.97


def test_auto_takes_a_logarithmic_scale_where_the_range_is_wide() -> None:
    assert only(continuous("0.00001", "0.1")).log
    assert not only(continuous("0.1", "0.9")).log
    assert not only(continuous("0", "1000")).log
    assert only(continuous("1", "2", "Logarithmic")).log


def test_what_lies_outside_of_a_range_is_no_value_of_it() -> None:
    integers = {"IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "5"}]}
    assert [only(integers).value(text) for text in ("0", "1", "5", "6", "2.5", "", "many")] == [
        None, 1, 5, None, None, None, None,
    ]  # fmt: skip
    categories = {"CategoricalParameterRanges": [{"Name": "c", "Values": ["a", "b", "a"]}]}
    assert (only(categories).values, only(categories).value("c")) == (("a", "b"), None)


def test_the_combinations_of_a_grid_are_counted_and_in_order() -> None:
    ranges = [Range("a", "categorical", values=("1", "2")), Range("b", "categorical", values=("u", "v", "w"))]
    assert combinations(ranges) == 6
    assert [combination(ranges, number)["b"] for number in (1, 2, 6)] == ["u", "v", "w"]
    with pytest.raises(ValidationError, match="categorical ranges only"):
        combinations([*ranges, Range("n", "integer", 1, 2)])


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({}, "At least one"),
        ({"AutoParameters": [{"Name": "x", "ValueHint": "1"}]}, "AutoParameters are not supported"),
        (continuous("1", "1"), "must be less"),
        (continuous("one", "2"), "'one' is no continuous value"),
        (continuous("nan", "2"), "no continuous value"),
        (continuous("0", "inf"), "no continuous value"),
        (continuous("0", "1", "Logarithmic"), "above 0"),
        (continuous("0", "1", "ReverseLogarithmic"), "0 <= value < 1"),
        ({"IntegerParameterRanges": [{"Name": "n", "MinValue": "1.5", "MaxValue": "2"}]}, "no integer value"),
        ({"CategoricalParameterRanges": [{"Name": "x", "Values": ["a"]}], **continuous("0", "1")}, "more than one"),
        ({"CategoricalParameterRanges": [{"Name": "fixed", "Values": ["a"]}]}, "both static and tuned"),
    ],
)
def test_a_range_that_cannot_be_searched_is_refused(ranges: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        read_ranges(ranges, {"fixed": "1"})
