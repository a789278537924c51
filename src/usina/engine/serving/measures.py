"""What endpoints' invocations came to, as metrics of each variant: counted in memory, put in batches.

Names, units and dimensions are those of https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html.
What was counted since the last batch is lost with a factory that is killed: metrics never delay an answer.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from usina.core.endpoints import METRICS
from usina.core.errors import ApiError
from usina.core.metrics import Datum

if TYPE_CHECKING:
    from usina.core.clock import Clock
    from usina.core.metrics import MetricSeries

_LOG = logging.getLogger(__name__)
BATCH_SECONDS = 10.0
_MICROSECONDS = 1_000_000
_DIGITS = 2  # of a latency that is counted: as exact as a percentile of it
_CLIENT_FAULT, _SERVER_FAULT = 400, 500
Key = tuple[str, str, str]  # account, endpoint, variant


@dataclass(slots=True)
class _Counts:
    invocations: int = 0
    client_errors: int = 0
    server_errors: int = 0
    model: Counter[float] = field(default_factory=Counter)  # microseconds -> how often
    overhead: Counter[float] = field(default_factory=Counter)


class Measures:
    """The counts of all endpoints."""

    def __init__(self, series: MetricSeries, clock: Clock) -> None:
        self._series = series
        self._clock = clock
        self._counts: dict[Key, _Counts] = {}

    def note(self, key: Key, status: int, model_seconds: float, overhead_seconds: float) -> None:
        """One invocation that was answered with that status by the model or for it."""
        counts = self._counts.get(key)
        if counts is None:
            counts = self._counts[key] = _Counts()
        counts.invocations += 1
        counts.server_errors += status >= _SERVER_FAULT
        counts.client_errors += _CLIENT_FAULT <= status < _SERVER_FAULT
        counts.model[_rounded(model_seconds)] += 1
        counts.overhead[_rounded(overhead_seconds)] += 1

    async def run(self) -> None:
        """Put what was counted, again and again."""
        while True:
            await self._clock.sleep(BATCH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Put what was counted."""
        counted, self._counts = self._counts, {}
        by_account: dict[str, list[Datum]] = {}
        for (account, endpoint, variant), counts in counted.items():
            by_account.setdefault(account, []).extend(_data(endpoint, variant, counts, self._clock.now()))
        for account, data in by_account.items():
            try:
                await self._series.put(account, METRICS, data)
            except ApiError as error:
                _LOG.warning("metrics of endpoints were not taken", extra={"reason": error.message})


def _data(endpoint: str, variant: str, counts: _Counts, now: float) -> list[Datum]:
    dimensions = (("EndpointName", endpoint), ("VariantName", variant))
    made = [
        Datum(name, dimensions, now, "Count", counts.invocations, total, lowest, highest, tuple(values))
        for name, total in (
            ("Invocations", counts.invocations),
            ("Invocation4XXErrors", counts.client_errors),
            ("Invocation5XXErrors", counts.server_errors),
        )
        if (values := [(each, float(n)) for each, n in ((0.0, counts.invocations - total), (1.0, total)) if n])
        for lowest, highest in [(values[0][0], values[-1][0])]
    ]
    for name, found in (("ModelLatency", counts.model), ("OverheadLatency", counts.overhead)):
        total = math.fsum(value * times for value, times in found.items())
        often = tuple((value, float(times)) for value, times in found.items())
        made.append(
            Datum(name, dimensions, now, "Microseconds", counts.invocations, total, min(found), max(found), often)
        )
    return made


def _rounded(seconds: float) -> float:
    microseconds = max(1.0, seconds * _MICROSECONDS)
    return round(microseconds, _DIGITS - int(math.log10(microseconds)))
