r"""Patterns of service models as Python expressions.

Models write patterns in Java's dialect. What differs is translated: Unicode and POSIX classes (`\p{L}`, `\P{C}`,
`\p{Alnum}`) and brackets that Java lets stand inside a class. A pattern that still does not compile is not checked; the
test suite holds the list of these, so that none is added unseen.
"""

from __future__ import annotations

import re
import sys
import unicodedata
import warnings
from functools import cache
from typing import Final

_POSIX: Final = {
    "Alnum": "a-zA-Z0-9",
    "Alpha": "a-zA-Z",
    "ASCII": r"\x00-\x7f",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1f\x7f",
    "Digit": "0-9",
    "Graph": "!-~",
    "Lower": "a-z",
    "Print": " -~",
    "Punct": r"!-/:-@\[-`{-~",
    "Space": r" \t\n\x0b\f\r",
    "Upper": "A-Z",
    "XDigit": "0-9a-fA-F",
}
_UNICODE: Final = {"IsAlphabetic": "L", "IsLetter": "L", "IsDigit": "Nd"}
_SURROGATES: Final = r"\uD800\uDC00-\uDBFF\uDFFF"  # how Java's UTF-16 writes all planes but the first
_SETS: Final = frozenset({r"\w", r"\d", r"\s", r"\W", r"\D", r"\S"})
_MENDED: Final = (
    ("/d{12}", r"\d{12}"),
    ("/d+", r"\d+"),
    (r"(-*[a-zA-Z0-9\+\-\.])*", r"[a-zA-Z0-9\+\-\.]*"),
    (r"[a-zA-Z0-9]{1,63}(-*[a-zA-Z0-9\+\-\.]){0,63}", r"[a-zA-Z0-9][a-zA-Z0-9\+\-\.]*"),
    (r"([-a-z0-9]*[a-z0-9]){0,39}?", r"([-a-z0-9]*[a-z0-9])?"),
)
# Texts longer than this are only held against patterns that cost no more per character the longer the text is.
_LONGEST_NAME: Final = 8_192
_LINEAR: Final = re.compile(
    r"\^?\(?(\[(\\.|[^\]\\])+\]|\.|\\[SswWdD])[*+]\)?\$?|\.\*\(\?:\[[^\]]*\]\.\*\)\*(\.\*)?|\^\(\?!\\s\*\$\)\.\+"
)
_PROPERTY: Final = re.compile(r"\\([pP])(?:\{(\w+)\}|([CLMNPSZ]))")


@cache
def _categories() -> dict[str, list[tuple[int, int]]]:
    """Runs of code points by general category, two letters and one; made when a pattern first asks for it."""
    runs: dict[str, list[tuple[int, int]]] = {}
    start, current = 0, unicodedata.category("\0")
    for point in range(1, sys.maxunicode + 2):
        category = unicodedata.category(chr(point)) if point <= sys.maxunicode else ""
        if category != current:
            for name in (current, current[0]):
                runs.setdefault(name, []).append((start, point - 1))
            start, current = point, category
    return runs


@cache
def _property_text(name: str, *, negated: bool) -> str:
    r"""What `\p{name}` stands for inside a class.

    Raises:
        ValueError: nothing of that name.
    """
    if name in _POSIX and not negated:
        return _POSIX[name]
    runs = _categories().get(_UNICODE.get(name, name.removeprefix("Is")))
    if runs is None:
        raise ValueError(name)
    if negated:
        edges = [-1, *(edge for run in runs for edge in run), sys.maxunicode + 1]
        gaps = [(edges[index] + 1, edges[index + 1] - 1) for index in range(0, len(edges), 2)]
        runs = [gap for gap in gaps if gap[0] <= gap[1]]
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in runs)


def translate(pattern: str) -> str:
    """A Java pattern in Python's dialect, as far as they differ in the models.

    Raises:
        ValueError: it uses something that Python has not.
    """
    pattern = mended(pattern).replace(_SURROGATES, "\\U00010000-\\U0010ffff")
    out: list[str] = []
    position = 0
    in_class = False
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            found = _PROPERTY.match(pattern, position)
            if found is None:
                pair = pattern[position : position + 2]
                out.append(r"\Z" if pair == r"\z" else pair)
                position += 2
                if in_class and pair in _SETS and pattern[position : position + 1] == "-":
                    out.append("\\-")  # Java takes a hyphen after a set as itself
                    position += 1
                continue
            text = _property_text(found.group(2) or found.group(3), negated=found.group(1) == "P")
            out.append(text if in_class else f"[{text}]")
            position = found.end()
            continue
        if character == "[":
            character = "\\[" if in_class else "["
            in_class = True
        elif character == "]" and out[-1:] != ["["]:
            in_class = False
        out.append(character)
        position += 1
    return "".join(out)


def mended(pattern: str) -> str:
    """A pattern without what makes it useless or dangerous, and otherwise matching the same texts.

    Some of Bedrock's write `/d` for digits, which no ARN could keep. Some repeat what may match a hyphen in two ways,
    so that one hostile name of 63 characters would keep a processor busy for years.
    """
    for part, instead in _MENDED:
        pattern = pattern.replace(part, instead)
    return pattern


@cache
def compile_pattern(pattern: str) -> re.Pattern[str] | None:
    """The expression to match a whole value with, or None where Python cannot say it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # "possible nested set": there the dialects differ
        try:
            return re.compile(mended(pattern))
        except (re.error, Warning, OverflowError):
            pass
        try:
            return re.compile(translate(pattern))
        except (re.error, ValueError, Warning, OverflowError):
            return None


def matches(expression: re.Pattern[str], value: str) -> bool:
    """Whether the whole value matches, as AWS reads a pattern. No name or ARN is longer than 8,192 characters."""
    if len(value) > _LONGEST_NAME and _LINEAR.fullmatch(expression.pattern) is None:
        return False
    return expression.fullmatch(value) is not None
