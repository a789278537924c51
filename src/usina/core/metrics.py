"""The port of metrics, and the words it uses. Times are whole seconds since the epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Dimensions = tuple[tuple[str, str], ...]  # (name, value), in order of name

_RATIO_LOG: Final = math.log(1.01)  # width of a bin: a percentile is right within half a percent
_MIDDLE: Final = 30_000  # more than any exponent of a value that is taken (2 to the power of 360)


def bin_of(value: float) -> int:
    """The bin of a value: bins are in order of value, 0 holds 0."""
    if value == 0:
        return 0
    number = max(1, _MIDDLE + math.floor(math.log(abs(value)) / _RATIO_LOG))
    return number if value > 0 else -number


def middle_of(number: int) -> float:
    """The value that stands for a bin."""
    if number == 0:
        return 0.0
    middle = math.exp((abs(number) - _MIDDLE + 0.5) * _RATIO_LOG)
    return middle if number > 0 else -middle


class Periods(NamedTuple):
    """A stretch of time in equal parts, in epoch seconds."""

    start: int
    end: int  # no period begins at or after it
    seconds: int  # of one period


class MetricName(NamedTuple):
    """What a series is called; its values may be in several units."""

    namespace: str
    name: str
    dimensions: Dimensions = ()


@dataclass(frozen=True, slots=True)
class Datum:
    """What was measured at one time. `values` are (value, how often); empty where only the statistics are known."""

    name: str
    dimensions: Dimensions
    at: float  # epoch seconds
    unit: str
    samples: float
    total: float
    lowest: float
    highest: float
    values: tuple[tuple[float, float], ...] = ()
    fine: bool = False  # kept to the second as well

    @classmethod
    def of(
        cls, name: str, at: float, *values: float, dimensions: Dimensions = (), unit: str = "None", fine: bool = False
    ) -> Datum:
        """Values measured at one time, at least one."""
        counted = tuple((value, 1.0) for value in values)
        return cls(name, dimensions, at, unit, len(values), math.fsum(values), min(values), max(values), counted, fine)


@dataclass(slots=True)
class MetricPoint:
    """What one period holds."""

    at: int  # its first second
    unit: str
    samples: float
    total: float
    lowest: float
    highest: float
    bins: dict[int, float] = field(default_factory=dict)  # samples by bin

    def add(self, other: MetricPoint) -> None:
        """Take another point's samples in."""
        self.samples += other.samples
        self.total += other.total
        self.lowest = min(self.lowest, other.lowest)
        self.highest = max(self.highest, other.highest)
        for number, samples in other.bins.items():
            self.bins[number] = self.bins.get(number, 0.0) + samples

    def percentile(self, percent: float) -> float | None:
        """The value that so many percent of the samples do not pass; None where single values were not given."""
        if not self.bins or sum(self.bins.values()) < self.samples * (1 - 1e-9):
            return None
        wanted, seen = self.samples * percent / 100, 0.0
        for number in sorted(self.bins):
            seen += self.bins[number]
            if seen >= wanted * (1 - 1e-12):
                return min(max(middle_of(number), self.lowest), self.highest)
        return self.highest


NO_DIMENSIONS: Final[Mapping[str, str | None]] = MappingProxyType({})


class MetricSeries(Protocol):
    """Metrics of each account. A put that returned is durable."""

    async def put(self, account: str, namespace: str, data: Sequence[Datum]) -> None:
        """Add what was measured. Raises: LimitExceededError (too many series), ThrottledError, UnavailableError."""
        ...

    async def list(
        self,
        account: str,
        *,
        namespace: str = "",
        name: str = "",
        dimensions: Mapping[str, str | None] = NO_DIMENSIONS,
        seen_since: float = 0.0,
        after: MetricName | None = None,
        most: int = 500,
    ) -> Sequence[MetricName]:
        """Metrics in order, those above `after` only, that have all these dimensions (None: with any value)."""
        ...

    async def read(self, account: str, metric: MetricName, periods: Periods, unit: str = "") -> Sequence[MetricPoint]:
        """Points of these periods, oldest first; each unit has its own.

        Periods without samples are left out. The finest there is: seconds for 3 hours (where they were put so),
        minutes for 15 days, five minutes for 63, hours for 455.
        """
        ...
