"""PutMetricData."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from usina.core.metrics import Datum
from usina.core.operation import Access, operation
from usina.services.cloudwatch.naming import (
    clash,
    dimensions_of,
    invalid,
    lacking,
    touches_namespace,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import cloudwatch_types as t

_MOST_DATA: Final = 1_000
_MOST_VALUES: Final = 150
_LARGEST: Final = 2.0**360
_PAST_SECONDS: Final = 14 * 86_400
_FUTURE_SECONDS: Final = 7_200
_RESERVED: Final = "AWS/"


@operation("cloudwatch", "PutMetricData", access=Access.WRITE, touches=touches_namespace)
async def put_metric_data(call: Call[t.PutMetricDataInput], ports: Ports) -> Mapping[str, Any]:
    """Add values, lists of values with counts, or sets of statistics; on the disk when it answers.

    All of a request is taken, or none. Data of entities are taken as data; the entity itself is not kept.
    """
    asked, namespace = call.arguments, call.arguments["Namespace"]
    if namespace.startswith(_RESERVED):
        raise invalid(f"The value {_RESERVED} for parameter Namespace is invalid: such names are reserved.")
    given = [*asked.get("MetricData", ())]
    for entity in asked.get("EntityMetricData", ()):
        given += entity.get("MetricData", ())
    if not given:
        raise lacking("The parameter MetricData is required.")
    if len(given) > _MOST_DATA:
        raise invalid(f"The collection MetricData must not have a size greater than {_MOST_DATA}.")
    now = ports.clock.now()
    data = [datum for number, each in enumerate(given, 1) for datum in _data(each, f"MetricData.member.{number}", now)]
    await ports.metrics.put(call.principal.account, namespace, data)
    return {}


def _data(given: t.MetricDatum, where: str, now: float) -> Iterator[Datum]:
    at = given["Timestamp"].timestamp() if "Timestamp" in given else now
    if not now - _PAST_SECONDS <= at <= now + _FUTURE_SECONDS:
        raise invalid(
            f"The parameter {where}.Timestamp must specify a time within the past two weeks or the next two hours."
        )
    resolution = given.get("StorageResolution", 60)
    if resolution not in {1, 60}:
        raise invalid(f"The parameter {where}.StorageResolution must be 1 or 60.")
    samples, total, lowest, highest, values = _measured(given, where)
    yield Datum(
        given["MetricName"],
        dimensions_of(given.get("Dimensions", ())),
        at,
        given.get("Unit", "None"),
        samples,
        total,
        lowest,
        highest,
        values,
        fine=resolution == 1,
    )


def _measured(given: t.MetricDatum, where: str) -> tuple[float, float, float, float, tuple[tuple[float, float], ...]]:
    """Samples, sum, least, greatest, and the values where they are known."""
    forms = [name for name in ("Value", "Values", "StatisticValues") if name in given]
    if not forms:
        raise lacking(f"At least one of the parameters {where}.Value, .Values or .StatisticValues is required.")
    if len(forms) > 1:
        raise clash(f"The parameters {where}.{forms[0]} and {where}.{forms[1]} are mutually exclusive.")
    if "StatisticValues" in given:
        return _statistics(given["StatisticValues"], f"{where}.StatisticValues")
    values: Sequence[float] = given["Values"] if "Values" in given else [given["Value"]]
    counts: Sequence[float] = given.get("Counts", [1.0] * len(values)) if "Values" in given else [1.0]
    if not 0 < len(values) <= _MOST_VALUES:
        raise invalid(f"The collection {where}.Values must have a size between 1 and {_MOST_VALUES}.")
    if len(counts) != len(values):
        raise clash(f"The parameters {where}.Values and {where}.Counts must be of the same size.")
    for value in values:
        _check(value, where)
    for count in counts:
        if not (math.isfinite(count) and 0 < count <= _LARGEST):
            raise invalid(f"The values of the parameter {where}.Counts must be greater than 0.")
    pairs = tuple(zip(map(float, values), map(float, counts), strict=True))
    total = math.fsum(value * count for value, count in pairs)
    return math.fsum(counts), total, min(values), max(values), pairs


def _statistics(
    given: t.StatisticSet, where: str
) -> tuple[float, float, float, float, tuple[tuple[float, float], ...]]:
    samples, total = given["SampleCount"], given["Sum"]
    lowest, highest = given["Minimum"], given["Maximum"]
    for value in (total, lowest, highest):
        _check(value, where)
    if not (math.isfinite(samples) and 0 < samples <= _LARGEST):
        raise invalid(f"The value for the parameter {where}.SampleCount must be greater than 0.")
    if lowest > highest:
        raise clash(f"The parameter {where}.Maximum must not be less than {where}.Minimum.")
    values = ((lowest, samples),) if lowest == highest else ()
    return samples, total, lowest, highest, values


def _check(value: float, where: str) -> None:
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise invalid(f"The value for the parameter {where} must be a number between -2^360 and 2^360.")
