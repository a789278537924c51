"""The `MetricSeries` port in memory, for tests and the simulator."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from usina.core.metrics import NO_DIMENSIONS, Datum, MetricName, MetricPoint, bin_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.clock import Clock
    from usina.core.metrics import Periods


class MemoryMetrics:
    """Every datum as it was put."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._data: dict[tuple[str, MetricName], list[Datum]] = {}
        self._seen: dict[tuple[str, MetricName], float] = {}

    async def put(self, account: str, namespace: str, data: Sequence[Datum]) -> None:
        """See the port."""
        for datum in data:
            key = (account, MetricName(namespace, datum.name, datum.dimensions))
            self._data.setdefault(key, []).append(datum)
            self._seen[key] = self._clock.now()

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
        """See the port."""

        def wanted(metric: MetricName) -> bool:
            known = dict(metric.dimensions)
            return (
                metric.namespace == (namespace or metric.namespace)
                and metric.name == (name or metric.name)
                and all(key in known and value in {None, known[key]} for key, value in dimensions.items())
                and (after is None or metric > after)
            )

        found = sorted(metric for owner, metric in self._data if owner == account and wanted(metric))
        return [metric for metric in found if self._seen[account, metric] >= seen_since][:most]

    async def read(self, account: str, metric: MetricName, periods: Periods, unit: str = "") -> Sequence[MetricPoint]:
        """See the port."""
        start, end, period = periods
        found: dict[tuple[int, str], MetricPoint] = {}
        for datum in self._data.get((account, metric), ()):
            at = int(datum.at)
            if not start <= at < end or (unit and datum.unit != unit):
                continue
            point = MetricPoint(
                start + (at - start) // period * period,
                datum.unit,
                datum.samples,
                datum.total,
                datum.lowest,
                datum.highest,
            )
            for value, samples in datum.values:
                point.bins[bin_of(value)] = point.bins.get(bin_of(value), 0.0) + samples
            known = found.setdefault((point.at, point.unit), point)
            if known is not point:
                known.add(point)
        return [replace(found[key]) for key in sorted(found)]
