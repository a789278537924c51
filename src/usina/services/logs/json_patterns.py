"""Patterns over the properties of JSON events: `{ $.a.b[0] = "x*" && ($.n > 1 || $.c NOT EXISTS) }`."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from usina.services.logs.naming import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<sign>&&|\|\||!=|<=|>=|[=<>()])
    |(?P<path>\$(?:\.[\w\-]+|\[(?:\d+|\*|'[^']*')\])*(?:\.\*)?)
    |"(?P<quoted>(?:[^"\\]|\\.)*)"
    |(?P<word>[^\s()&|=<>!"]+))""",
    re.VERBOSE,
)
_STEP: Final = re.compile(r"\.([\w\-]+)|\[(\d+)\]|\[(\*)\]|\.(\*)|\['([^']*)'\]")
_ESCAPED: Final = re.compile(r"\\(.)")
_ORDER: Final = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
_DEEPEST: Final = 20  # parentheses
_WHAT: Final = 'Invalid JSON filter pattern: expected { $.property = value }, joined by && and ||, not near "'


class _Token(NamedTuple):
    kind: str  # sign, path, quoted, word
    text: str


def compile_json(text: str) -> Callable[[str], bool]:
    """A test of messages; one that is no JSON document does not match.

    Raises:
        CallerError: the pattern is wrong.
    """
    if not text.endswith("}"):
        raise invalid("Invalid JSON filter pattern: it must end with }.")
    parser = _Parser([*_tokens(text[1:-1])])
    test = parser.whole()
    decode = msgspec.json.decode

    def matches(message: str) -> bool:
        if not message.lstrip().startswith(("{", "[")):
            return False
        try:
            return test(decode(message))
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            return False

    return matches


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    text = text.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            raise invalid(f'{_WHAT}{text[position : position + 20]}".')
        position = found.end()
        yield _Token(found.lastgroup, found[found.lastgroup])


class _Parser:
    """Reads tokens from left to right; && binds closer than ||."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Callable[[Any], bool]:
        test = self._either()
        if self._at < len(self._tokens):
            raise self._wrong()
        return test

    def _wrong(self) -> Exception:
        rest = self._tokens[self._at].text if self._at < len(self._tokens) else "}"
        return invalid(f'{_WHAT}{rest}".')

    def _next(self, *texts: str) -> _Token | None:
        """The next token, if it is one of these (any where none is named)."""
        if self._at >= len(self._tokens):
            return None
        token = self._tokens[self._at]
        if texts and (token.kind == "quoted" or token.text.upper() not in texts):
            return None
        self._at += 1
        return token

    def _either(self) -> Callable[[Any], bool]:
        tests = [self._both()]
        while self._next("||"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda document: any(test(document) for test in tests)

    def _both(self) -> Callable[[Any], bool]:
        tests = [self._single()]
        while self._next("&&"):
            tests.append(self._single())
        return tests[0] if len(tests) == 1 else lambda document: all(test(document) for test in tests)

    def _single(self) -> Callable[[Any], bool]:
        if self._next("("):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise self._wrong()
            test = self._either()
            self._depth -= 1
            if not self._next(")"):
                raise self._wrong()
            return test
        path = self._next()
        if path is None or path.kind != "path":
            self._at -= path is not None
            raise self._wrong()
        steps = _steps(path.text)
        if self._next("IS"):
            return self._named(steps)
        if self._next("NOT"):
            if not self._next("EXISTS"):
                raise self._wrong()
            return lambda document: not any(True for _ in _values(document, steps))
        sign, value = self._next("=", "!=", "<", ">", "<=", ">="), self._next()
        if sign is None or value is None or value.kind not in {"quoted", "word"}:
            raise self._wrong()
        return _comparison(steps, sign.text, value)

    def _named(self, steps: Sequence[str | int]) -> Callable[[Any], bool]:
        word = self._next("NULL", "TRUE", "FALSE")
        if word is None:
            raise self._wrong()
        wanted = {"NULL": None, "TRUE": True, "FALSE": False}[word.text.upper()]
        return lambda document: any(value is wanted for value in _values(document, steps))


def _steps(path: str) -> list[str | int]:
    """Keys and indices of a path; -1 stands for all of an array, "*" for all of either."""
    steps: list[str | int] = []
    for name, index, every, anything, quoted in _STEP.findall(path):
        steps.append(int(index) if index else -1 if every else anything or name or quoted)
    return steps


def _values(document: Any, steps: Sequence[str | int]) -> Iterator[Any]:
    """What lies at a path."""
    if not steps:
        yield document
        return
    step, rest = steps[0], steps[1:]
    if isinstance(document, list) and isinstance(step, int):
        for item in document if step < 0 else document[step : step + 1]:
            yield from _values(item, rest)
    elif isinstance(document, dict) and step == "*":
        for item in document.values():
            yield from _values(item, rest)
    elif isinstance(document, dict) and step in document:
        yield from _values(document[step], rest)


def _comparison(steps: Sequence[str | int], sign: str, value: _Token) -> Callable[[Any], bool]:
    number = _number(value.text) if value.kind == "word" else None
    if sign in _ORDER:
        if number is None:
            raise invalid(f"Invalid JSON filter pattern: {sign} compares numbers.")
        compare, limit = _ORDER[sign], number
        return lambda document: any(_is_number(each) and compare(each, limit) for each in _values(document, steps))
    text = _ESCAPED.sub(r"\1", value.text) if value.kind == "quoted" else value.text
    pieces = text.split("*")

    def equal(each: Any) -> bool:
        if number is not None and _is_number(each):
            return bool(each == number)
        return isinstance(each, str) and _fits(each, pieces)

    if sign == "=":
        return lambda document: any(equal(each) for each in _values(document, steps))
    return lambda document: any(not equal(each) for each in _values(document, steps))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _fits(text: str, pieces: Sequence[str]) -> bool:
    """Whether a text is these pieces with anything between them; one search for each piece."""
    if len(pieces) == 1:
        return text == pieces[0]
    first, *middle, last = pieces
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    position, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return True
