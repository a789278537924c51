"""Derives random texts from a GBNF grammar, to hold our grammars against a judge of JSON schemas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN = re.compile(
    r"""\s*(?:(?P<literal>"(?:[^"\\]|\\.)*")|(?P<class>\[\^?(?:[^\]\\]|\\.)*\])|(?P<name>[a-z][a-z0-9]*)"""
    r"""|(?P<repeat>\{\d+,?\d*\}|[?*+])|(?P<mark>[()|.]))"""
)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_ALPHABET = "ab zAZ019_-.@/%é☃😀\t,:{}"
_PLAIN = {"n": "\n", "r": "\r", "t": "\t"}
Node = tuple[str, Any]


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _PLAIN.get(m[2], m[2]), text)


class Gbnf:
    """A grammar, read."""

    def __init__(self, text: str) -> None:
        self._rules = {}
        for line in text.strip().split("\n"):
            name, _, body = line.partition(" ::= ")
            tokens = self._tokens(body)
            self._rules[name] = self._alternatives(tokens)
            assert not tokens, f"left over in {line!r}: {tokens}"

    @staticmethod
    def _tokens(body: str) -> list[tuple[str, str]]:
        tokens, at = [], 0
        while at < len(body.rstrip()):
            match = _TOKEN.match(body, at)
            assert match, f"not GBNF: {body[at:]!r}"
            tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            at = match.end()
        return tokens

    def _alternatives(self, tokens: list[tuple[str, str]]) -> Node:
        options = [self._sequence(tokens)]
        while tokens and tokens[0] == ("mark", "|"):
            tokens.pop(0)
            options.append(self._sequence(tokens))
        return ("any", options)

    def _sequence(self, tokens: list[tuple[str, str]]) -> Node:
        items: list[Node] = []
        while tokens and tokens[0] not in {("mark", "|"), ("mark", ")")}:
            kind, text = tokens.pop(0)
            if kind == "repeat":
                items[-1] = ("repeat", (items[-1], text))
            elif (kind, text) == ("mark", "("):
                items.append(self._alternatives(tokens))
                assert tokens.pop(0) == ("mark", ")")
            else:
                items.append((kind, text))
        return ("all", items)

    def derive(self, choose: Callable[[int], int]) -> str:
        """A text; `choose(n)` gives a number below n."""
        return self._derive(("name", "root"), choose, 0)

    def _derive(self, node: Node, choose: Callable[[int], int], depth: int) -> str:
        kind, what = node
        if kind == "any":
            # deep down the last alternative: base rules have their simplest there, and recursion must end
            chosen = what[-1] if depth > 60 else what[choose(len(what))]
            return self._derive(chosen, choose, depth + 1)
        if kind == "all":
            return "".join(self._derive(item, choose, depth + 1) for item in what)
        if kind == "name":
            return self._derive(self._rules[what], choose, depth + 1)
        if kind == "literal":
            return _unescape(what[1:-1])
        if kind == "repeat":
            least, most = self._bounds(what[1])
            count = least if depth > 40 else least + choose(min(most - least, 3) + 1)
            return "".join(self._derive(what[0], choose, depth + 1) for _ in range(count))
        return self._character(what, choose)

    @staticmethod
    def _bounds(text: str) -> tuple[int, int]:
        if text in {"?", "*", "+"}:
            return {"?": (0, 1), "*": (0, 4), "+": (1, 4)}[text]
        low, comma, high = text[1:-1].partition(",")
        return int(low), int(high) if high else (int(low) + 3 if comma else int(low))

    @staticmethod
    def _character(what: str, choose: Callable[[int], int]) -> str:
        if what == ".":
            return _ALPHABET[choose(len(_ALPHABET))]
        negated = what.startswith("[^")
        inner = what[2:-1] if negated else what[1:-1]
        allowed = re.compile(f"[{'^' if negated else ''}{inner}]")
        fitting = [c for c in _ALPHABET + "".join(map(chr, range(32, 127))) if allowed.fullmatch(c)]
        return fitting[choose(len(fitting))]
