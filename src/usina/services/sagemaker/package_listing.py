"""Listings of model packages: of one group, of all versions, of those without any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.operation import Access, operation
from usina.core.packages import MODEL_PACKAGE, group_of
from usina.services.sagemaker.model_package_groups import find_group
from usina.services.sagemaker.model_packages import summary
from usina.services.sagemaker.naming import touches_account
from usina.services.sagemaker.paging import page, within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports, Row
    from usina.shapes import sagemaker_types as t

_MOST = 1_000_000
_VERSION_DIGITS = 9


@operation("sagemaker", "ListModelPackages", access=Access.LIST, touches=touches_account)
async def list_model_packages(call: Call[t.ListModelPackagesInput], ports: Ports) -> t.ListModelPackagesOutput:
    """The account's packages by group, approval, name and time; the oldest first unless asked otherwise."""
    asked = call.arguments
    group = ""
    if "ModelPackageGroupName" in asked:
        group = (await find_group(asked["ModelPackageGroupName"], call, ports)).name
    rows = await ports.records.list(MODEL_PACKAGE, call.principal.account, most=_MOST)
    found: list[Json] = [summary(row, ports) for row in rows if _wanted(row, asked, group)]
    by_name = asked.get("SortBy") == "Name"
    items, token = page(
        found,
        asked,
        lambda item: _name(item) if by_name else item["CreationTime"].timestamp(),
        "ModelPackageArn",
        descending=asked.get("SortOrder") == "Descending",
    )
    answer: Any = {"ModelPackageSummaryList": items}
    if token is not None:
        answer["NextToken"] = token
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


def _wanted(row: Row, asked: Mapping[str, Any], group: str) -> bool:
    own_group, _ = group_of(row.name)
    if group and own_group != group:
        return False
    kind = asked.get("ModelPackageType", "Versioned" if group else "Unversioned")
    if kind != "Both" and (kind == "Versioned") != bool(own_group):
        return False
    if "ModelApprovalStatus" in asked and row.body["approval"] != asked["ModelApprovalStatus"]:
        return False
    return asked.get("NameContains", "").lower() in (own_group or row.name).lower() and within(
        asked, "CreationTime", row.body["created"]
    )


def _name(item: Json) -> str:
    """What a package is sorted by: version 10 of a group comes after version 9."""
    if "ModelPackageName" in item:
        return str(item["ModelPackageName"])
    return f"{item['ModelPackageGroupName']}/{item['ModelPackageVersion']:0{_VERSION_DIGITS}}"
