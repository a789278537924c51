"""ListMetrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.metrics import MetricName
from usina.core.operation import Access, Resource, operation
from usina.services.cloudwatch.naming import invalid, place, token, touches_namespace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import cloudwatch_types as t

_PAGE: Final = 500
_LISTED_SECONDS: Final = 14 * 86_400
_ACTIVE_SECONDS: Final = 10_800
_PARTS: Final = 3


def _touches(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The namespace that is named; the account where none is."""
    account = call.principal.account
    return touches_namespace(call, ports) if "Namespace" in call.arguments else (Resource("Account", account, account),)


@operation("cloudwatch", "ListMetrics", access=Access.LIST, touches=_touches)
async def list_metrics(call: Call[t.ListMetricsInput], ports: Ports) -> t.ListMetricsOutput:
    """Metrics of the account that were put in the last two weeks (or three hours), 500 a page."""
    asked, account = call.arguments, call.principal.account
    if asked.get("OwningAccount", account) != account:
        raise invalid("The parameter OwningAccount must be the caller's own account on this site.")
    seconds = _ACTIVE_SECONDS if "RecentlyActive" in asked else _LISTED_SECONDS
    found = await ports.metrics.list(
        account,
        namespace=asked.get("Namespace", ""),
        name=asked.get("MetricName", ""),
        dimensions={each["Name"]: each.get("Value") for each in asked.get("Dimensions", ())},
        seen_since=ports.clock.now() - seconds,
        after=_position(asked["NextToken"]) if "NextToken" in asked else None,
        most=_PAGE + 1,
    )
    answer: t.ListMetricsOutput = {"Metrics": [_described(metric) for metric in found[:_PAGE]]}
    if asked.get("IncludeLinkedAccounts"):
        answer["OwningAccounts"] = [account] * len(found[:_PAGE])
    if len(found) > _PAGE:
        answer["NextToken"] = token(*found[_PAGE - 1])
    return answer


def _position(text: str) -> MetricName:
    parts = place(text)
    if parts is None or len(parts) != _PARTS or not isinstance(parts[2], list):
        raise invalid("The parameter NextToken is invalid.")
    namespace, name, pairs = parts
    if not (isinstance(namespace, str) and isinstance(name, str)) or not all(
        isinstance(pair, list) and [type(each) for each in pair] == [str, str] for pair in pairs
    ):
        raise invalid("The parameter NextToken is invalid.")
    return MetricName(namespace, name, tuple((key, value) for key, value in pairs))


def _described(metric: MetricName) -> t.Metric:
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
    }
