"""Bounds of numbers as GBNF: all whole numbers between two, digit by digit."""

from __future__ import annotations

import math
from typing import Any

from usina.core.errors import ValidationError

_MOST = 10**15 - 1  # where a bound is missing: 15 digits, which a double holds exactly
_FRACTION = '("." [0-9]{1,15})?'
_KEYS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


def integer_rule(schema: dict[str, Any], where: str) -> str:
    """Body of the rule for an integer; empty where it has no bounds."""
    if not any(key in schema for key in _KEYS):
        return ""
    if schema.get("multipleOf", 1) != 1:
        raise ValidationError(f"The JSON schema at {where} has 'multipleOf', which cannot be kept while decoding.")
    low, high = _limits(schema, where)
    least = math.floor(low) + 1 if _exclusive(schema, "Minimum", low) else math.ceil(low)
    most = math.ceil(high) - 1 if _exclusive(schema, "Maximum", high) else math.floor(high)
    if least > most:
        raise ValidationError(f"The JSON schema at {where} has bounds that no integer can keep.")
    return " | ".join(_signed(least, most))


def number_rule(schema: dict[str, Any], where: str) -> str:
    """Body of the rule for a number: whole parts between the bounds, with a fraction where it cannot pass one."""
    if not any(key in schema for key in _KEYS):
        return ""
    if "multipleOf" in schema:
        raise ValidationError(f"The JSON schema at {where} has 'multipleOf', which cannot be kept while decoding.")
    low, high = _limits(schema, where)
    least = math.floor(low) + 1 if _exclusive(schema, "Minimum", low) else math.ceil(low)
    most = math.ceil(high) - 1 if _exclusive(schema, "Maximum", high) else math.floor(high)
    options = []
    if least <= most:
        options += _signed(least, most)
    upper = math.floor(high) - 1  # n.xxx stays below the bound for every n up to this
    if max(math.ceil(low), 0) <= upper:  # ceil(low).xxx is above an exclusive bound unless the fraction is zero
        exclusive = _exclusive(schema, "Minimum", low)
        tail = ' "." [0-9]{0,14} [1-9]' if exclusive else f" {_FRACTION}"
        options.append(f"({' | '.join(_between(max(math.ceil(low), 0), upper))}){tail}")
    lower = -math.ceil(low) - 1
    if max(math.ceil(-high), 0) <= lower:
        options.append(f'"-" ({" | ".join(_between(max(math.ceil(-high), 0), lower))}) "." [0-9]{{0,14}} [1-9]')
    if not options:
        raise ValidationError(f"The JSON schema at {where} has bounds without a whole number between them.")
    return " | ".join(options)


def _limits(schema: dict[str, Any], where: str) -> tuple[float, float]:
    lows = [schema[key] for key in ("minimum", "exclusiveMinimum") if key in schema]
    highs = [schema[key] for key in ("maximum", "exclusiveMaximum") if key in schema]
    for value in lows + highs:
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float))
            or not math.isfinite(value)
            or abs(value) > _MOST
        ):
            raise ValidationError(f"The JSON schema at {where} has a bound that is not a number of at most 15 digits.")
    return max(lows, default=-_MOST), min(highs, default=_MOST)


def _exclusive(schema: dict[str, Any], which: str, bound: float) -> bool:
    return bool(schema.get(f"exclusive{which}") == bound)


def _signed(least: int, most: int) -> list[str]:
    options = []
    if least < 0:
        options.append(f'"-" ({" | ".join(_between(max(-most, 1), -least))})')
    if most >= 0:
        options.append(f"({' | '.join(_between(max(least, 0), most))})")
    return options


def _between(least: int, most: int) -> list[str]:
    """Alternatives for the digits of all whole numbers from `least` to `most`, both at least 0, no leading zeros."""
    options = []
    digits = len(str(least))
    while digits <= len(str(most)):
        low = max(least, 10 ** (digits - 1) if digits > 1 else 0)
        high = min(most, 10**digits - 1)
        options.append(_same_length(str(low), str(high)))
        digits += 1
    return options


def _same_length(low: str, high: str) -> str:
    """Digits of all numbers between two of the same length."""
    if not low:
        return '""'
    if set(low) == {"0"} and set(high) == {"9"}:
        return f"[0-9]{{{len(low)}}}"
    if low[0] == high[0]:
        rest = _same_length(low[1:], high[1:])
        return f'"{low[0]}"' if rest == '""' else f'"{low[0]}" {_grouped(rest)}'
    if len(low) == 1:
        return f"[{low}-{high}]"
    width = len(low) - 1
    options = [f'"{low[0]}" {_grouped(_same_length(low[1:], "9" * width))}']
    if int(high[0]) - int(low[0]) > 1:
        options.append(f"[{int(low[0]) + 1}-{int(high[0]) - 1}] [0-9]{{{width}}}")
    options.append(f'"{high[0]}" {_grouped(_same_length("0" * width, high[1:]))}')
    return " | ".join(options)


def _grouped(body: str) -> str:
    return f"({body})" if " | " in body else body
