"""Single values of every protocol: from JSON and CBOR values, and from text (query, XML, headers, URIs)."""

from __future__ import annotations

import base64
import binascii
import math
import re
from typing import TYPE_CHECKING, Any

from usina.wire.faults import TypeFaultError

if TYPE_CHECKING:
    from collections.abc import Callable

_BITS = {"integer": 31, "long": 63, "short": 15, "byte": 7}
_LONGEST_INTEGER = 4_000  # digits; below Python's own limit for int()
_NOT_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
INTEGERS = frozenset({"integer", "long", "short", "byte", "bigInteger"})
FLOATS = frozenset({"float", "double", "bigDecimal"})
STRINGS = frozenset({"string", "character"})


def string(value: Any) -> str:
    """A string as it is."""
    if type(value) is str:
        return value
    raise TypeFaultError("a string")


def boolean(value: Any) -> bool:
    """A boolean as it is."""
    if value is True or value is False:
        return bool(value)
    raise TypeFaultError("a boolean")


def integer(type_name: str) -> Callable[[Any], int]:
    """Integers of a width; a float that is whole is taken, since some languages know no other number."""
    most = 2 ** _BITS[type_name] - 1 if type_name in _BITS else None

    def read(value: Any) -> int:
        if type(value) is not int:
            if type(value) is not float or not value.is_integer():
                raise TypeFaultError(f"a number of type {type_name}")
            value = int(value)
        if most is not None and not -most - 1 <= value <= most:
            raise TypeFaultError(f"a number of type {type_name}")
        number: int = value
        return number

    return read


def floating(value: Any) -> float:
    """A number, or one of the three that JSON has no number for."""
    kind = type(value)
    if kind is float:
        return float(value)
    if kind is int:
        try:
            return float(value)
        except OverflowError:
            raise TypeFaultError("a number") from None
    if kind is str and value in _NOT_NUMBERS:
        return _NOT_NUMBERS[value]
    raise TypeFaultError("a number")


def blob(value: Any) -> bytes:
    """Base64 text as bytes (CBOR brings bytes as they are)."""
    if type(value) is bytes:
        return value
    if type(value) is str:
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            pass
    raise TypeFaultError("base64")


def text_boolean(text: Any) -> bool:
    """`true` or `false` in any case."""
    word = str(text).strip().lower()
    if word in {"true", "false"}:
        return word == "true"
    raise TypeFaultError("a boolean")


def text_integer(type_name: str) -> Callable[[Any], int]:
    """Decimal digits as an integer of a width."""
    of_width = integer(type_name)

    def read(text: Any) -> int:
        digits = str(text).strip()
        if len(digits) > _LONGEST_INTEGER or _INTEGER.fullmatch(digits) is None:
            raise TypeFaultError(f"a number of type {type_name}")
        return of_width(int(digits))

    return read


def text_floating(text: Any) -> float:
    """A decimal number, or NaN, Infinity, -Infinity."""
    word = str(text).strip()
    if word in _NOT_NUMBERS:
        return _NOT_NUMBERS[word]
    if _DECIMAL.fullmatch(word) is None:
        raise TypeFaultError("a number")
    return float(word)


def written_float(value: Any) -> float | str:
    """A float for JSON: the three that JSON cannot write become strings."""
    number = float(value)
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else ("Infinity" if number > 0 else "-Infinity")


def written_text(value: Any) -> str:
    """A scalar as text."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, float):
        return str(written_float(value))
    return str(value)
