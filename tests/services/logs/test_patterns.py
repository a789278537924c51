"""Filter patterns of events."""

from __future__ import annotations

import contextlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usina.core.errors import CallerError
from usina.services.logs.patterns import compile_pattern

LOSS = json.dumps(
    {
        "loss": 0.5,
        "step": 3,
        "name": "train/epoch 1",
        "done": False,
        "none": None,
        "deep": {"list": [1, {"x": "y"}], "a.b": 2},
        "many": [1, 5, 9],
    }
)


def fits(pattern: str, message: str) -> bool:
    test = compile_pattern(pattern)
    return test is None or test(message)


@pytest.mark.parametrize("pattern", ["", "  ", '""'])
def test_a_pattern_that_asks_nothing_fits_everything(pattern: str) -> None:
    assert fits(pattern, "anything")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("ERROR", True),
        ("error", False),
        ("ERROR memory", True),
        ("memory ERROR", True),
        ("ERROR disk", False),
        ('"out of memory"', True),
        ('"of out"', False),
        ("ERROR -retry", True),
        ("ERROR -memory", False),
        ('ERROR -"out of"', False),
        ("-retry", True),
        ("?WARN ?ERROR", True),
        ("?WARN ?INFO", False),
        ('?"out of" ?WARN', True),
        ("?WARN ERROR", True),  # terms with ? count for nothing beside others
        (r'"say \"hi\""', True),
    ],
)
def test_terms_are_looked_for_in_the_message(pattern: str, expected: bool) -> None:
    assert fits(pattern, 'ERROR: out of memory, say "hi"') is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("$.loss = 0.5", True),
        ("$.loss = 5e-1", True),
        ("$.loss != 0.5", False),
        ("$.loss < 1", True),
        ("$.loss >= 0.51", False),
        ("$.step > 2 && $.loss <= 0.5", True),
        ("$.step > 9 || $.loss < 1", True),
        ("$.step > 9 || $.loss < 1 && $.step = 9", False),
        ("($.step > 9 || $.loss < 1) && $.step = 3", True),
        ('$.name = "train/epoch 1"', True),
        ('$.name = "train*"', True),
        ('$.name = "*epoch*"', True),
        ('$.name = "train*train*"', False),
        ("$.name = train*", True),
        ('$.name != "test*"', True),
        ("$.done IS FALSE", True),
        ("$.done IS TRUE", False),
        ("$.none IS NULL", True),
        ("$.gone NOT EXISTS", True),
        ("$.loss NOT EXISTS", False),
        ("$.gone = 1", False),
        ("$.gone != 1", False),
        ("$.deep.list[0] = 1", True),
        ('$.deep.list[1].x = "y"', True),
        ("$.deep['a.b'] = 2", True),
        ("$.many[*] = 5", True),
        ("$.many[*] > 9", False),
        ("$.done = 0", False),
    ],
)
def test_properties_of_json_events_are_compared(pattern: str, expected: bool) -> None:
    assert fits(f"{{ {pattern} }}", LOSS) is expected


@pytest.mark.parametrize("message", ["", "plain", "{broken", "[1, 2", '{"a": 1} tail', "{" * 5_000, '["a"]', "1"])
def test_a_message_that_is_no_document_does_not_fit(message: str) -> None:
    assert not fits("{ $.a = 1 }", message)


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.a }",
        "{ $.a = 1",
        "{ a = 1 }",
        "{ $.a = }",
        "{ $.a = 1 && }",
        "{ ($.a = 1 }",
        "{ $.a < x }",
        "{ $.a IS 1 }",
        "{ $.a NOT 1 }",
        "{ $.a = 1 $.b = 2 }",
        "{ " + "(" * 500 + "$.a = 1" + ")" * 500 + " }",
        "{}",
        '"open',
        "%regex%",
        "[a, b]",
    ],
)
def test_a_wrong_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(CallerError) as caught:
        compile_pattern(pattern)
    assert caught.value.code == "InvalidParameterException"


@given(st.text("ab*", max_size=8), st.text("ab", max_size=10))
def test_stars_mean_anything(pattern: str, text: str) -> None:
    exact = re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None
    assert fits(f'{{ $.x = "{pattern}" }}', json.dumps({"x": text})) is exact


@given(st.text(max_size=60))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    try:
        test = compile_pattern(text)
    except CallerError:
        return
    assert test is None or isinstance(test("a message"), bool)


@given(st.lists(st.sampled_from(["{", "$.a", "=", "1", "&&", "||", "(", ")", '"x"', "!=", "IS", "NULL", "NOT", "}"])))
def test_any_json_pattern_is_compiled_or_refused(pieces: list[str]) -> None:
    with contextlib.suppress(CallerError):
        compile_pattern("{ " + " ".join(pieces) + " }")
