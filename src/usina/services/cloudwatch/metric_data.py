"""GetMetricData: statistics of many metrics at once.

Left out, and refused: expressions (metric math, SEARCH, Metrics Insights), anomaly detection and other accounts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.errors import CallerError, ValidationError
from usina.core.metrics import MetricName, MetricPoint
from usina.core.operation import Access, Resource, operation
from usina.services.cloudwatch.naming import dimensions_of, namespace_resource, place, token
from usina.services.cloudwatch.statistics import periods_of, statistic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import cloudwatch_types as t

_MOST_QUERIES: Final = 500
_MOST_POINTS: Final = 100_800
_ID: Final = re.compile(r"[a-z][a-zA-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class _Series:
    """One query that is answered."""

    id: str
    label: str
    metric: MetricName
    seconds: int
    unit: str
    read: Callable[[MetricPoint], float | None]


def _touches(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The namespaces that are asked for; the account where none is."""
    account = call.principal.account
    stats = [query["MetricStat"] for query in call.arguments["MetricDataQueries"] if "MetricStat" in query]
    names = dict.fromkeys(stat["Metric"].get("Namespace", "") for stat in stats)
    if not names:
        return (Resource("Account", account, account),)
    return tuple(namespace_resource(ports, account, name) for name in names)


@operation("cloudwatch", "GetMetricData", access=Access.READ, touches=_touches)
async def get_metric_data(call: Call[t.GetMetricDataInput], ports: Ports) -> t.GetMetricDataOutput:
    """Values of up to 500 statistics, the newest first unless asked otherwise, paged by MaxDatapoints."""
    asked = call.arguments
    wanted = _wanted(asked, call.principal.account)
    most = asked.get("MaxDatapoints", _MOST_POINTS)
    if not 0 < most <= _MOST_POINTS:
        raise ValidationError(f"The parameter MaxDatapoints must be between 1 and {_MOST_POINTS}.")
    first, skipped = _position(asked.get("NextToken"), len(wanted))
    ascending = asked.get("ScanBy") == "TimestampAscending"
    results: list[t.MetricDataResult] = []
    answer: t.GetMetricDataOutput = {"MetricDataResults": results, "Messages": []}
    for number in range(first, len(wanted)):
        series = wanted[number]
        periods = periods_of(asked["StartTime"], asked["EndTime"], series.seconds, ports.clock.now())
        points = _of_all_units(await ports.metrics.read(call.principal.account, series.metric, periods, series.unit))
        values = [(point.at, value) for point in points if (value := series.read(point)) is not None]
        rest = (values if ascending else values[::-1])[skipped:]
        shown = rest[:most]
        most -= len(shown)
        whole = len(shown) == len(rest)
        results.append(
            {
                "Id": series.id,
                "Label": series.label,
                "Timestamps": [utc(at) for at, _ in shown],
                "Values": [value for _, value in shown],
                "StatusCode": "Complete" if whole else "PartialData",
            }
        )
        if not whole or (most == 0 and number + 1 < len(wanted)):
            place_of_next = (number + 1, 0) if whole else (number, skipped + len(shown))
            answer["NextToken"] = token(*place_of_next)
            break
        skipped = 0
    return answer


def _position(text: str | None, queries: int) -> tuple[int, int]:
    if text is None:
        return 0, 0
    parts = place(text)
    if parts is None or [type(part) for part in parts] != [int, int] or not 0 <= parts[0] < queries or parts[1] < 0:
        raise CallerError("The parameter NextToken is invalid.", code="InvalidNextToken")
    return parts[0], parts[1]


def _wanted(asked: t.GetMetricDataInput, account: str) -> list[_Series]:
    queries = asked["MetricDataQueries"]
    if len(queries) > _MOST_QUERIES:
        raise ValidationError(f"The collection MetricDataQueries must not have a size greater than {_MOST_QUERIES}.")
    if len({query["Id"] for query in queries}) < len(queries):
        raise ValidationError("The values for parameter Id in MetricDataQueries are not unique.")
    return [_series(query, account) for query in queries if query.get("ReturnData", True)]


def _series(query: t.MetricDataQuery, account: str) -> _Series:
    identifier = query["Id"]
    if _ID.fullmatch(identifier) is None:
        raise ValidationError(
            "The value for parameter Id must begin with a small letter and hold letters, digits and _ only."
        )
    if "Expression" in query or "MetricStat" not in query:
        raise ValidationError(
            f"Query {identifier}: expressions are not supported by this site. Ask for each metric by a MetricStat and "
            "compute from the answer."
        )
    if query.get("AccountId", account) != account:
        raise ValidationError(f"Query {identifier}: AccountId must be the caller's own account on this site.")
    stat = query["MetricStat"]
    metric = stat["Metric"]
    if not metric.get("Namespace") or not metric.get("MetricName"):
        raise ValidationError(f"Query {identifier}: the metric needs a Namespace and a MetricName.")
    return _Series(
        identifier,
        query.get("Label") or metric["MetricName"],
        MetricName(metric["Namespace"], metric["MetricName"], dimensions_of(metric.get("Dimensions", ()))),
        stat["Period"],
        stat.get("Unit", ""),
        statistic(stat["Stat"]),
    )


def _of_all_units(points: Sequence[MetricPoint]) -> list[MetricPoint]:
    """One point for each period, whatever the units."""
    found: dict[int, MetricPoint] = {}
    for point in points:
        known = found.get(point.at)
        if known is None:
            found[point.at] = replace(point, bins=dict(point.bins))
        else:
            known.add(point)
    return list(found.values())
