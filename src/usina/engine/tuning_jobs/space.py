"""Ranges as a unit cube: one coordinate a range, on its own scale, and what a model of the objective sees of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from usina.core.tuning.ranges import CATEGORICAL, INTEGER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.tuning.ranges import Range

Points = np.ndarray[Any, np.dtype[np.float64]]  # one a row
_APART = math.sqrt(0.5)  # a category's coordinate: two categories are as far apart as the ends of a range


class Space:
    """The cube of some ranges."""

    def __init__(self, ranges: Sequence[Range]) -> None:
        self._ranges = ranges
        self.size = len(ranges)

    def point(self, values: Mapping[str, Any]) -> Points:
        """Where values of the search lie."""
        return np.array([_place(each, values[each.name]) for each in self._ranges])

    def values(self, point: Points) -> dict[str, Any]:
        """The values of the search at a point."""
        return {each.name: _value(each, float(at)) for each, at in zip(self._ranges, point, strict=True)}

    def snapped(self, points: Points) -> Points:
        """The points that stand for these: what is whole or a category has a place for each value."""
        return np.array([self.point(self.values(point)) for point in points])

    def features(self, points: Points) -> Points:
        """Coordinates in which far is different: a category has one of its own."""
        columns = []
        for index, each in enumerate(self._ranges):
            column = points[:, index]
            if each.kind == CATEGORICAL:
                chosen = np.floor(column * len(each.values)).astype(int)
                columns += [np.where(chosen == which, _APART, 0.0) for which in range(len(each.values))]
            else:
                columns.append(column)
        return np.stack(columns, axis=1)

    def owners(self) -> list[int]:
        """To which range each coordinate of `features` belongs."""
        widths = [len(each.values) if each.kind == CATEGORICAL else 1 for each in self._ranges]
        return [index for index, width in enumerate(widths) for _ in range(width)]


def _place(each: Range, value: Any) -> float:
    if each.kind == CATEGORICAL:
        return (each.values.index(value) + 0.5) / len(each.values)
    low, high, number = each.low, each.high, float(value)
    if each.log:
        low, high, number = math.log(low), math.log(high), math.log(number)
    return min(1.0, max(0.0, (number - low) / (high - low)))


def _value(each: Range, at: float) -> float | int | str:
    at = min(1.0, max(0.0, at))
    if each.kind == CATEGORICAL:
        return each.values[min(int(at * len(each.values)), len(each.values) - 1)]
    low, high = (math.log(each.low), math.log(each.high)) if each.log else (each.low, each.high)
    number = low + at * (high - low)
    number = min(each.high, max(each.low, math.exp(number) if each.log else number))
    return round(number) if each.kind == INTEGER else number
