from __future__ import annotations

import pytest

from tests.wire import oracle
from usina.wire import models
from usina.wire.patterns import compile_pattern, matches, mended

ALL_PATTERNS = sorted(
    {
        shape["pattern"]
        for service in (*oracle.SERVICES, "usina", "openai")
        for shape in models.load(service).shapes.values()
        if "pattern" in shape
    }
)
# Not checked, since nothing can say what they mean: a quantity of ends of line.
UNTRANSLATED = {r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,128}", r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,256}"}
HOSTILE = (
    "a",
    "a-",
    "-",
    "A1",
    "/a",
    "a.",
    "arn:aws:bedrock:us-east-1:123456789012:",
    "s3://aa/aa/",
    "a a",
    " a",
    "a:",
)


def test_every_pattern_of_every_model_is_understood_but_the_listed_ones() -> None:
    assert {pattern for pattern in ALL_PATTERNS if compile_pattern(pattern) is None} == UNTRANSLATED


@pytest.mark.parametrize("part", HOSTILE)
def test_no_pattern_hangs_on_a_hostile_text(part: str) -> None:
    for pattern in ALL_PATTERNS:
        expression = compile_pattern(pattern)
        for length in (63, 2_000) if expression is not None else ():
            for ending in ("", "!", "\x00"):
                assert expression is not None
                matches(expression, (part * length)[:length] + ending)


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "Größe 漢字 1²_@", "tab\tno"),
        (r"[^\p{C}]*", "seen ü", "a\x00b"),
        (r"^\P{C}*$", "seen", "\u200b"),
        (r"[\p{Alnum}_-]+", "a_1-", "ü"),
        (r"[\w-_]*", "a-_b", "a b"),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "a\t🙂", "\x01"),
        (r"[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*", "a-b--c.d", "-a"),
        (r"arn:/d{12}:x", "arn:123456789012:x", "arn:/dddddddddddd:x"),
        (r"ab|cd", "cd", "abx"),
    ],
)
def test_a_java_pattern_matches_whole_values_as_java_does(pattern: str, good: str, bad: str) -> None:
    expression = compile_pattern(pattern)
    assert expression is not None
    assert matches(expression, good)
    assert not matches(expression, bad)


def test_a_pattern_that_python_lacks_is_not_compiled() -> None:
    assert compile_pattern(r"\p{NoSuchScript}") is None
    assert compile_pattern("(") is None


def test_a_name_longer_than_any_is_refused_without_a_look_and_a_text_is_not() -> None:
    name, text = compile_pattern("v[0-9]+(-[a-z]+)*"), compile_pattern(r"[\s\S]*")
    assert name is not None
    assert text is not None
    assert not matches(name, "v" + "1" * 10_000)
    assert matches(text, "x" * 100_000)


def test_mending_leaves_other_patterns_as_they_are() -> None:
    assert mended(r"[a-z]+/\d+") == r"[a-z]+/\d+"
