from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.gbnf import Gbnf
from usina.core.errors import ValidationError
from usina.engine.patterns import pattern_rule

PATTERNS = [
    "^[A-Z]{2}-\\d{3}$", "^(foo|ba[rz])+$", "abc", "^\\w+@\\w+\\.(com|org)$", "^[^aeiou]{3,5}$", "^a?b*c+$", "^.{2,4}$",
    "^(?:x|yy)\\s\\d$", "^[a-f0-9_.-]{1,8}$", "^\\+\\d{1,3}( \\d{2}){2}$", "^$", "^[]a]$", "^[\\d-]+$",
    "^\\$\\d+\\.\\d{2}$", "a|b|",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_the_rule_derives_matches_the_pattern(pattern: str) -> None:
    grammar = Gbnf(f"root ::= {pattern_rule(pattern, 'x')}")
    chance = random.Random(5)
    for _ in range(100):
        text = grammar.derive(chance.randrange)
        assert re.search(pattern, text), text
        assert not set('"\\\n') & set(text)


@pytest.mark.parametrize(
    "pattern",
    [
        "(?=a)", "(?!a)", "(?<=a)b", "(?P<n>a)", "a*?", "a++", "a**", "(a)\\1", "\\bword\\b", "\\p{L}", "\\Aa",
        "(", ")", "a)", "[", "[]",
        "a{", "a{x}", "a{3,2}", "a{5000}", "*a", "^^a", "a$b", '"', "\n", "a\\", "[a-\\d]", "[\\W]",
        "x" * 2_000, 5, None,
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused(pattern: object) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        pattern_rule(pattern, "x")


def test_nesting_is_bounded() -> None:
    with pytest.raises(ValidationError):
        pattern_rule("(" * 50 + "a" + ")" * 50, "x")


@settings(max_examples=200, deadline=None)
@given(st.text("ab01[](){}|*+?.^$\\-,dw", max_size=12))
def test_any_text_is_refused_or_derives_what_matches_it(pattern: str) -> None:
    try:
        rule = pattern_rule(pattern, "x")
    except ValidationError:
        return
    grammar = Gbnf(f"root ::= {rule}")
    chance = random.Random(1)
    for _ in range(5):
        assert re.search(pattern, grammar.derive(chance.randrange))
