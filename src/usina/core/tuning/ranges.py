"""Ranges of hyperparameters: what may be tried, on which scale, and how a value is written.

A value is a text to training jobs and a number (or a text) to the search. On a reversed logarithmic scale the search
sees -ln(1 - value), as SageMaker does: values near 1 are told apart as finely as values near 0 on a logarithmic one.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INTEGER: Final = "integer"
CONTINUOUS: Final = "continuous"
CATEGORICAL: Final = "categorical"
_LOGARITHMIC: Final = "Logarithmic"
_REVERSE: Final = "ReverseLogarithmic"
_WIDE: Final = 1_000.0  # Auto takes a logarithmic scale where a range spans three orders of magnitude


@dataclass(frozen=True, slots=True)
class Range:
    """One hyperparameter's. `low` and `high` are as the search sees them, both included."""

    name: str
    kind: str
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    reverse: bool = False
    values: tuple[str, ...] = ()

    def text(self, value: float | str) -> str:
        """A value of the search as a hyperparameter."""
        if self.kind == CATEGORICAL:
            return str(value)
        if self.kind == INTEGER:
            return str(int(value))
        number = float(value)
        return repr(1.0 - math.exp(-number) if self.reverse else number)

    def value(self, text: str) -> float | int | str | None:
        """A hyperparameter as the search sees it; None where it is not in the range."""
        if self.kind == CATEGORICAL:
            return text if text in self.values else None
        try:
            number = float(text)
            if self.kind == INTEGER:
                number = int(text)
            elif self.reverse:
                number = -math.log1p(-number)
        except ValueError:
            return None
        return number if self.low <= number <= self.high else None


def read_ranges(given: Mapping[str, Any], static: Mapping[str, str]) -> list[Range]:
    """The ranges of a request. Raises: ValidationError where one cannot be searched."""
    if given.get("AutoParameters"):
        raise ValidationError("AutoParameters are not supported by this site. Give each range its values.")
    found = [_numbers(each, INTEGER) for each in given.get("IntegerParameterRanges", ())]
    found += [_numbers(each, CONTINUOUS) for each in given.get("ContinuousParameterRanges", ())]
    for each in given.get("CategoricalParameterRanges", ()):
        values = tuple(dict.fromkeys(each["Values"]))
        found.append(Range(each["Name"], CATEGORICAL, values=values))
    names = [each.name for each in found]
    if not found:
        raise ValidationError("At least one hyperparameter range must be given in ParameterRanges.")
    for name in names:
        if not name:
            raise ValidationError("A hyperparameter range needs a Name.")
        if names.count(name) > 1:
            raise ValidationError(f"The hyperparameter {name} has more than one range.")
        if name in static:
            raise ValidationError(f"The hyperparameter {name} is both static and tuned. Take it out of one of them.")
    return found


def combinations(ranges: Sequence[Range]) -> int:
    """How many combinations a grid has. Raises: ValidationError where a range is not categorical."""
    for each in ranges:
        if each.kind != CATEGORICAL:
            raise ValidationError(f"Grid search takes categorical ranges only: {each.name} is {each.kind}.")
    return math.prod(len(each.values) for each in ranges)


def combination(ranges: Sequence[Range], number: int) -> dict[str, float | int | str]:
    """The combination of that number, from 1; the last range's value changes first."""
    chosen = next(itertools.islice(itertools.product(*(each.values for each in ranges)), number - 1, None))
    return {each.name: value for each, value in zip(ranges, chosen, strict=True)}


def _numbers(given: Mapping[str, Any], kind: str) -> Range:
    name, scaling = given["Name"], given.get("ScalingType", "Auto")
    low, high = (_number(name, given[member], kind) for member in ("MinValue", "MaxValue"))
    if low >= high:
        raise ValidationError(f"MinValue of the hyperparameter {name} must be less than its MaxValue.")
    if scaling == _REVERSE:
        if kind == INTEGER or low < 0 or high >= 1:
            raise ValidationError(
                f"ReverseLogarithmic scaling of {name} takes a continuous range within 0 <= value < 1."
            )
        return Range(name, kind, -math.log1p(-low), -math.log1p(-high), reverse=True)
    if scaling == _LOGARITHMIC and low <= 0:
        raise ValidationError(f"Logarithmic scaling of {name} takes a range above 0.")
    log = scaling == _LOGARITHMIC or (scaling == "Auto" and low > 0 and high / low >= _WIDE)
    return Range(name, kind, low, high, log=log)


def _number(name: str, text: str, kind: str) -> float:
    try:
        number = int(text) if kind == INTEGER else float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValidationError(f"{text!r} is no {kind} value for the hyperparameter {name}.")
    return number
