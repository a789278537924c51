from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from usina.wire import scalars
from usina.wire.faults import TypeFaultError

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (scalars.integer("integer"), 5.0, 5),
        (scalars.integer("long"), -(2**63), -(2**63)),
        (scalars.integer("bigInteger"), 2**200, 2**200),
        (scalars.floating, 3, 3.0),
        (scalars.floating, "-Infinity", -math.inf),
        (scalars.blob, "aGk=", b"hi"),
        (scalars.blob, b"raw", b"raw"),
        (scalars.text_boolean, " TRUE ", True),
        (scalars.text_integer("short"), "-32768", -32768),
        (scalars.text_floating, ".5e1", 5.0),
        (scalars.text_floating, "Infinity", math.inf),
    ],
)
def test_a_value_of_its_type_is_taken(read: Callable[[Any], Any], value: Any, expected: Any) -> None:
    assert read(value) == expected


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (scalars.string, 7),
        (scalars.boolean, 1),
        (scalars.boolean, "true"),
        (scalars.integer("integer"), True),
        (scalars.integer("integer"), 2**31),
        (scalars.integer("byte"), -129),
        (scalars.integer("long"), 5.5),
        (scalars.integer("long"), "5"),
        (scalars.floating, 10**400),
        (scalars.floating, "1.5"),
        (scalars.floating, True),
        (scalars.blob, "not base64!"),
        (scalars.blob, "ü"),
        (scalars.blob, 7),
        (scalars.text_boolean, "yes"),
        (scalars.text_integer("integer"), "1_0"),
        (scalars.text_integer("integer"), "٣"),
        (scalars.text_integer("bigInteger"), "9" * 5_000),
        (scalars.text_floating, "1_0.0"),
        (scalars.text_floating, "infinity"),
        (scalars.text_floating, ""),
    ],
)
def test_a_value_of_another_type_is_a_fault(read: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(TypeFaultError):
        read(value)


def test_numbers_that_json_has_not_are_written_as_words() -> None:
    assert [scalars.written_float(value) for value in (1, math.nan, math.inf, -math.inf)] == [
        1.0,
        "NaN",
        "Infinity",
        "-Infinity",
    ]
    assert [scalars.written_text(value) for value in (True, False, 1.5, 7, "x")] == ["true", "false", "1.5", "7", "x"]
