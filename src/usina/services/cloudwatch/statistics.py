"""Statistics over periods, and GetMetricStatistics."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.metrics import MetricName, Periods
from usina.core.operation import Access, operation
from usina.services.cloudwatch.naming import clash, dimensions_of, invalid, lacking, touches_namespace

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from usina.core.metrics import MetricPoint
    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import cloudwatch_types as t

_MOST_POINTS: Final = 1_440
_DAY: Final = 86_400
_PERCENTILE: Final = re.compile(r"p(\d{1,3}(?:\.\d{1,10})?)")
_PLAIN: Final[dict[str, Callable[[MetricPoint], float | None]]] = {
    "SampleCount": lambda point: point.samples,
    "Average": lambda point: point.total / point.samples,
    "Sum": lambda point: point.total,
    "Minimum": lambda point: point.lowest,
    "Maximum": lambda point: point.highest,
}
_FINE_PERIODS: Final = frozenset({1, 5, 10, 20, 30})
_MINUTE: Final = 60
_HUNDRED: Final = 100


def statistic(name: str) -> Callable[[MetricPoint], float | None]:
    """How a statistic is read off a point; None where the point does not tell.

    Raises:
        CallerError: it is none of SampleCount, Average, Sum, Minimum, Maximum and pNN.
    """
    if name in _PLAIN:
        return _PLAIN[name]
    found = _PERCENTILE.fullmatch(name)
    if found is None or not 0 <= float(found[1]) <= _HUNDRED:
        raise invalid(
            f"The statistic {name[:32]} is not supported by this site: use SampleCount, Average, Sum, Minimum, "
            "Maximum, or a percentile such as p90."
        )
    percent = float(found[1])
    return lambda point: point.percentile(percent)


def periods_of(start: datetime, end: datetime, seconds: int, now: float) -> Periods:
    """The periods between two times. The start is cut as CloudWatch cuts it: the older, the coarser.

    Raises:
        CallerError: the times or the period are wrong.
    """
    begin, finish = start.timestamp(), end.timestamp()
    if begin >= finish:
        raise invalid("The parameter StartTime must be less than the parameter EndTime.")
    if seconds not in _FINE_PERIODS and (seconds <= 0 or seconds % _MINUTE):
        raise invalid("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
    age = now - begin
    grain = _MINUTE if age < 15 * _DAY else 300 if age < 63 * _DAY else 3_600
    cut = int(begin) // min(grain, seconds) * min(grain, seconds)
    last = -(-finish // 1)
    return Periods(max(cut, 0), int(last), seconds)


@operation("cloudwatch", "GetMetricStatistics", access=Access.READ, touches=touches_namespace)
async def get_metric_statistics(call: Call[t.GetMetricStatisticsInput], ports: Ports) -> t.GetMetricStatisticsOutput:
    """Statistics of one metric, one set for each period and unit; at most 1,440 periods."""
    asked = call.arguments
    names, extended = asked.get("Statistics", ()), asked.get("ExtendedStatistics", ())
    if not names and not extended:
        raise lacking("At least one of the parameters Statistics and ExtendedStatistics must be specified.")
    if names and extended:
        raise clash("The parameters Statistics and ExtendedStatistics are mutually exclusive.")
    plain = {name: statistic(name) for name in names}
    further = {name: statistic(name) for name in extended}
    if not set(further).isdisjoint(_PLAIN):
        raise invalid("ExtendedStatistics holds percentiles, such as p90.")
    periods = periods_of(asked["StartTime"], asked["EndTime"], asked["Period"], ports.clock.now())
    count = -(-(periods.end - periods.start) // periods.seconds)
    if count > _MOST_POINTS:
        raise clash(
            f"You have requested up to {count} datapoints, which exceeds the limit of {_MOST_POINTS}. You may reduce "
            "the datapoints requested by increasing Period, or decreasing the time range."
        )
    metric = MetricName(asked["Namespace"], asked["MetricName"], dimensions_of(asked.get("Dimensions", ())))
    points = await ports.metrics.read(call.principal.account, metric, periods, asked.get("Unit", ""))
    described: list[Any] = []
    for point in points:
        whole: dict[str, Any] = {name: read(point) for name, read in plain.items()}
        if further:
            known = {name: value for name, read in further.items() if (value := read(point)) is not None}
            if not known:
                continue
            whole["ExtendedStatistics"] = known
        described.append({"Timestamp": utc(point.at), "Unit": point.unit, **whole})
    return {"Label": asked["MetricName"], "Datapoints": described}
