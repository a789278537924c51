"""The part of regular expressions that JSON schemas use, as GBNF inside a JSON string.

What matches the whole pattern also contains it, so anchors at both ends need nothing of their own. Classes never match
a quote, a backslash or a control character: what the grammar accepts is a subset. Look-around, back references, lazy
quantifiers and word boundaries are refused.
"""

from __future__ import annotations

from usina.core.errors import ValidationError

_MOST_BYTES = 1_000
_MOST_DEPTH = 20
_MOST_REPEATS = 1_000
_OPEN_REPEATS = 128  # of `*` and `+`: a model that has lost its way must come to an end
_CLASSES = {"d": "0-9", "w": "a-zA-Z0-9_", "s": " "}
_NEVER = r'"\\\x00-\x1F'  # characters that a JSON string writes with an escape
_ESCAPABLE = frozenset(".^$*+?()[]{}|/-_@#&%=:;,!~<> '")


def pattern_rule(pattern: object, where: str) -> str:
    """GBNF for what the pattern matches. Raises: ValidationError for what cannot be kept."""
    if not isinstance(pattern, str) or len(pattern) > _MOST_BYTES:
        raise _refused(where)
    body = pattern.removeprefix("^")
    if body.endswith("$") and not body.endswith("\\$"):
        body = body[:-1]
    reader = _Reader(body, where)
    made = reader.alternatives(0)
    if not reader.done:
        raise _refused(where)
    return f"({made})"


class _Reader:
    def __init__(self, text: str, where: str) -> None:
        self._text = text
        self._at = 0
        self._where = where

    @property
    def done(self) -> bool:
        return self._at >= len(self._text)

    def _peek(self) -> str:
        return self._text[self._at] if not self.done else ""

    def _take(self) -> str:
        if self.done:
            raise _refused(self._where)
        self._at += 1
        return self._text[self._at - 1]

    def alternatives(self, depth: int) -> str:
        if depth > _MOST_DEPTH:
            raise _refused(self._where)
        options = [self._sequence(depth)]
        while self._peek() == "|":
            self._take()
            options.append(self._sequence(depth))
        return " | ".join(options)

    def _sequence(self, depth: int) -> str:
        parts = []
        while not self.done and self._peek() not in "|)":
            parts.append(self._atom(depth) + self._quantifier())
        return " ".join(parts) or '""'

    def _atom(self, depth: int) -> str:
        character = self._take()
        if character == "(":
            if self._peek() == "?":
                self._take()
                if self._take() != ":":
                    raise _refused(self._where)
            made = self.alternatives(depth + 1)
            if self._take() != ")":
                raise _refused(self._where)
            return f"({made})"
        if character == "[":
            return self._class()
        if character == ".":
            return f"[^{_NEVER}]"
        if character == "\\":
            escaped = self._take()
            if escaped in _CLASSES:
                return f"[{_CLASSES[escaped]}]"
            if escaped in _ESCAPABLE:
                return _literal(escaped)
            raise _refused(self._where)
        if character in "^$*+?{}])" or character in '"\n\r\t' or ord(character) < 0x20:  # noqa: PLR2004 - control characters
            raise _refused(self._where)
        return _literal(character)

    def _class(self) -> str:
        negated = self._peek() == "^"
        if negated:
            self._take()
        inner = ""
        while self._peek() != "]" or not inner:
            character = self._take()
            if character == "\\":
                escaped = self._take()
                if escaped in _CLASSES:
                    inner += _CLASSES[escaped]
                elif escaped in _ESCAPABLE:
                    inner += _in_class(escaped)
                else:
                    raise _refused(self._where)
            elif character in '"[' or ord(character) < 0x20:  # noqa: PLR2004 - control characters
                raise _refused(self._where)
            elif character == "-" and inner and self._peek() not in {"]", ""}:
                high = self._take()
                if high == "\\" or high in '"[':
                    raise _refused(self._where)
                inner += "-" + high
            else:
                inner += _in_class(character)
        self._take()
        return f"[^{inner}{_NEVER}]" if negated else f"[{inner}]"

    def _quantifier(self) -> str:
        if self._peek() not in {"*", "+", "?", "{"}:
            return ""
        made = self._take()
        if made == "{":
            inner = ""
            while self._peek() != "}":
                inner += self._take()
            self._take()
            low, comma, high = inner.partition(",")
            if not low.isdecimal() or (high and not high.isdecimal()):
                raise _refused(self._where)
            if int(low) > _MOST_REPEATS or (high and not int(low) <= int(high) <= _MOST_REPEATS):
                raise _refused(self._where)
            made = f"{{{int(low)}{comma}{int(high) if high else ''}}}"
        made = {"*": f"{{0,{_OPEN_REPEATS}}}", "+": f"{{1,{_OPEN_REPEATS}}}"}.get(made, made)
        if self._peek() in {"?", "+", "*", "{"}:
            raise _refused(self._where)  # lazy, possessive, doubled
        return made


def _literal(character: str) -> str:
    return f'"{character}"'


def _in_class(character: str) -> str:
    return "\\" + character if character in "]-^" else character


def _refused(where: str) -> ValidationError:
    return ValidationError(f"The JSON schema at {where} has a pattern that cannot be kept while decoding.")
