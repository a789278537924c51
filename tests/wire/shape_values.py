"""Values by shape: parameters and results that keep every trait of their model, from a seed and a size.

One seed makes one value, so that a failing example is named by two small numbers, and generating them is cheap enough
for a thousand operations. The size says how much of what is optional is there.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from re import _constants as codes  # type: ignore[attr-defined]  # the parse tree of `re` has no public door
from re import _parser as parser  # type: ignore[attr-defined]  # as above
from typing import TYPE_CHECKING, Any

from usina.wire import scalars
from usina.wire.constraints import LENIENT_ENUMS, bounds
from usina.wire.patterns import compile_pattern, matches

if TYPE_CHECKING:
    import random

    from usina.wire.models import Shape

_DEEPEST = 5
_TRIES = 30
_PLAIN = string.ascii_letters + string.digits + "-_."
_TEXT = _PLAIN + " äß€漢🙂\"'&<>/\\%+=,;:@\t\n"
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BITS = {"integer": 31, "long": 63, "short": 15, "byte": 7}


@dataclass(slots=True)
class Making:
    """How values are made: from which chance, how large, and what the protocol cannot carry."""

    chance: random.Random
    size: int  # 0: only what must be there
    no_empties: bool = False  # the query protocol has no way to say an empty list, map or structure
    xml: bool = False  # XML cannot hold most control characters
    unmade: set[str] = field(default_factory=set)  # patterns no value was found for


class UnmakeableError(Exception):
    """No value was found that keeps a pattern; an optional member is left out, a required one skips the operation."""


def value_of(shape: Shape, making: Making, depth: int = 0) -> Any:
    """A value of a shape."""
    if shape.document:
        return _document(making, 2)
    kind = shape.type
    if kind == "structure":
        return _structure(shape, making, depth)
    if kind == "list":
        return [value_of(shape.element, making, depth + 1) for _ in range(_count(shape, making, depth))]
    if kind == "map":
        return {
            value_of(shape.key, making, depth + 1): value_of(shape.value, making, depth + 1)
            for _ in range(_count(shape, making, depth))
        }
    return _scalar(shape, making)


def _structure(shape: Shape, making: Making, depth: int) -> dict[str, Any]:
    members = [(name, member) for name, member in shape.members() if not member.trait("exception")]
    if shape.trait("union") or shape.trait("eventstream"):
        name, member = making.chance.choice(_shallow(members) if depth >= _DEEPEST else members)
        return {name: value_of(member, making, depth + 1)}
    if making.no_empties and not members:
        raise UnmakeableError(shape.name)
    out: dict[str, Any] = {}
    for name, member in members:
        location = member.trait("location")
        wanted = name in shape.required or location in {"uri", "statusCode"} or bool(member.trait("eventpayload"))
        if not wanted and (depth >= _DEEPEST or making.chance.random() * 4 >= making.size):
            continue
        try:
            out[name] = _located(member, making, depth) if location is not None else value_of(member, making, depth + 1)
        except UnmakeableError:
            if wanted:
                raise
    if not out and making.no_empties and members:
        name, member = (_shallow(members) or members)[0]
        out[name] = value_of(member, making, depth + 1)
    return out


def _shallow(members: list[tuple[str, Shape]]) -> list[tuple[str, Shape]]:
    """Members that end soon; all where none does."""
    flat = [pair for pair in members if pair[1].type not in {"structure", "list", "map"}]
    return flat or [pair for pair in members if pair[1].type == "structure" and not pair[1].required] or members


def _count(shape: Shape, making: Making, depth: int) -> int:
    least, most = bounds(shape)
    low = int(least or 0)
    if making.no_empties or shape.trait("flattened"):
        low = max(low, 1)
    if depth >= _DEEPEST:
        return low
    high = min(int(most) if most is not None else low + 3, max(low, 1) + making.size)
    return making.chance.randint(low, max(low, high))


def _located(shape: Shape, making: Making, depth: int) -> Any:
    """A value that can stand in a URI, a query or a header."""
    location = shape.trait("location")
    if location == "statusCode":
        return making.chance.choice((200, 201, 202, 204))
    if shape.trait("hostLabel"):
        return making.chance.choice(("route-1", "a1b2"))
    if shape.trait("jsonvalue"):
        return {"a": [1, 2.5, "ü"]}
    if shape.type == "list":
        return [_located_scalar(shape.element, making) for _ in range(making.chance.randint(1, 3))]
    if shape.type == "map":
        name = f"x{making.chance.randint(0, 9)}-{making.chance.choice('abc')}"
        if shape.value.type == "list":
            return {name: [_located_scalar(shape.value.element, making)]}
        return {name: _located_scalar(shape.value, making)}
    return _located_scalar(shape, making, within_uri=location != "header")


def _located_scalar(shape: Shape, making: Making, *, within_uri: bool = False) -> Any:
    if shape.type not in scalars.STRINGS or within_uri:
        for _ in range(_TRIES):
            value = _scalar(shape, making, whole_seconds=True)
            if value != "" and not (isinstance(value, str) and "\n" in value):
                return value
        raise UnmakeableError(shape.name)
    for _ in range(_TRIES):
        text = _scalar(shape, making, alphabet=_PLAIN)
        if text and text.isascii() and text.isprintable() and text == text.strip() and not set(text) & set(',"\\'):
            return text
    raise UnmakeableError(shape.name)


def _scalar(shape: Shape, making: Making, alphabet: str = _TEXT, *, whole_seconds: bool = False) -> Any:
    kind, chance = shape.type, making.chance
    least, most = bounds(shape)
    if kind in scalars.STRINGS:
        return _text(shape, making, alphabet)
    if kind == "boolean":
        return chance.random() < 0.5
    if kind == "timestamp":
        form = shape.trait("timestampFormat")
        microsecond = 0 if whole_seconds or form == "rfc822" else chance.choice((0, 0, 125_000))
        return datetime.fromtimestamp(chance.randint(0, 4_000_000_000), UTC).replace(microsecond=microsecond)
    if kind == "blob":
        low = int(least or (1 if making.no_empties else 0))
        return chance.randbytes(chance.randint(low, min(int(most or low + 20), low + 20)))
    if kind in scalars.FLOATS:
        low_number = least if least is not None else min(-1_000.0, most or 0.0)
        high_number = most if most is not None else max(1_000.0, low_number)
        return round(chance.uniform(low_number, high_number), 3) if high_number - low_number > 1 else low_number
    edge = 2 ** _BITS.get(kind, 63) - 1
    low, high = int(least if least is not None else -edge - 1), int(most if most is not None else edge)
    return chance.choice((low, high, chance.randint(low, high)))


def _text(shape: Shape, making: Making, alphabet: str) -> str:
    chance = making.chance
    allowed = shape.trait("enum")
    if allowed and shape.model.name not in LENIENT_ENUMS:
        return str(chance.choice(allowed))
    least, most = bounds(shape)
    low = max(int(least or 0), 1 if making.no_empties else 0)
    high = max(low, min(int(most) if most is not None else low + 20, low + 20))
    pattern = shape.trait("pattern")
    expression = compile_pattern(pattern) if pattern is not None else None
    if expression is None:
        return "".join(chance.choices(alphabet, k=chance.randint(low, high)))
    longest = int(most) if most is not None else 10_000
    for number in range(_TRIES):
        made = _matching(expression.pattern, chance, number + low)
        if making.xml and _NOT_IN_XML.search(made) is not None:
            continue
        if low <= len(made) <= longest and matches(expression, made):
            return made
    making.unmade.add(expression.pattern)
    raise UnmakeableError(shape.name)


def _document(making: Making, depth: int) -> Any:
    chance = making.chance
    kind = chance.randint(0, 6 if depth else 3)
    if kind >= 5:
        return {f"k{number}": _document(making, depth - 1) for number in range(chance.randint(0, 3))}
    if kind == 4:
        return [_document(making, depth - 1) for _ in range(chance.randint(0, 3))]
    return (chance.randint(-9, 9), "text ü", True, 1.5)[kind]


# --- strings that match an expression ------------------------------------------------------------------------------


def _matching(pattern: str, chance: random.Random, more: int) -> str:
    """A text that matches, mostly: look-arounds are not followed, the caller checks."""
    return _sequence(_tree(pattern), chance, more)


@cache
def _tree(pattern: str) -> Any:
    return parser.parse(pattern)


def _sequence(tree: Any, chance: random.Random, more: int) -> str:
    return "".join(_step(operation, argument, chance, more) for operation, argument in tree)


def _step(operation: Any, argument: Any, chance: random.Random, more: int) -> str:
    if operation is codes.LITERAL:
        return chr(argument)
    if operation is codes.NOT_LITERAL:
        return next(each for each in "aB1- " if ord(each) != argument)
    if operation is codes.ANY:
        return chance.choice(_PLAIN)
    if operation is codes.IN:
        return _one_of(argument, chance)
    if operation is codes.BRANCH:
        return _sequence(chance.choice(argument[1]), chance, more)
    if operation is codes.SUBPATTERN:
        return _sequence(argument[3], chance, more)
    if operation in {codes.MAX_REPEAT, codes.MIN_REPEAT}:
        low, high, inner = argument
        times = chance.randint(low, min(high, low + min(more, 40)))
        return "".join(_sequence(inner, chance, more) for _ in range(times))
    if operation is codes.CATEGORY:
        return _of_category(argument, chance)
    return ""  # anchors and look-arounds


def _one_of(items: Any, chance: random.Random) -> str:
    if items[0][0] is codes.NEGATE:
        expression = [item for item in items if item[0] is not codes.NEGATE]
        for _ in range(_TRIES):
            candidate = chance.choice(_PLAIN + " /:")
            if not any(_holds(item, candidate) for item in expression):
                return candidate
        return "a"
    operation, argument = chance.choice(items)
    if operation is codes.LITERAL:
        return chr(argument)
    if operation is codes.RANGE:
        point = chance.randint(argument[0], min(argument[1], argument[0] + 300))
        return "a" if 0xD800 <= point <= 0xDFFF else chr(point)
    return _of_category(argument, chance)


def _holds(item: Any, candidate: str) -> bool:
    operation, argument = item
    if operation is codes.LITERAL:
        return bool(argument == ord(candidate))
    if operation is codes.RANGE:
        return bool(argument[0] <= ord(candidate) <= argument[1])
    return re.fullmatch(_CATEGORIES[argument], candidate) is not None


_CATEGORIES = {
    codes.CATEGORY_DIGIT: r"\d",
    codes.CATEGORY_NOT_DIGIT: r"\D",
    codes.CATEGORY_WORD: r"\w",
    codes.CATEGORY_NOT_WORD: r"\W",
    codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_SPACE: r"\S",
}


def _of_category(category: Any, chance: random.Random) -> str:
    samples = {
        codes.CATEGORY_DIGIT: string.digits,
        codes.CATEGORY_NOT_DIGIT: string.ascii_letters,
        codes.CATEGORY_WORD: _PLAIN[:-2],
        codes.CATEGORY_NOT_WORD: "-+ .",
        codes.CATEGORY_SPACE: " ",
        codes.CATEGORY_NOT_SPACE: string.ascii_letters,
    }
    return chance.choice(samples[category].replace("-", "") or " ") if category in samples else "a"
