"""Groups of model packages: a model's versions under one name. A group counts its versions and gives none out twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import ConflictError, ValidationError
from usina.core.operation import Access, operation
from usina.core.packages import MODEL_PACKAGE, MODEL_PACKAGE_GROUP, group_of
from usina.core.ports import Row
from usina.services.sagemaker.naming import arn_of, find, missing, named, resource_of, touches, touches_account
from usina.services.sagemaker.paging import page, within
from usina.services.sagemaker.tags import merged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Call, Principal, Resource
    from usina.core.ports import Json, Ports
    from usina.shapes import sagemaker_types as t

_MOST = 1_000_000
_ATTEMPTS = 20


def _touched(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    account, name = named(MODEL_PACKAGE_GROUP, call.arguments["ModelPackageGroupName"], call, ports)
    return (resource_of(MODEL_PACKAGE_GROUP, name, account, ports),)


@operation(
    "sagemaker",
    "CreateModelPackageGroup",
    access=Access.WRITE,
    touches=touches(MODEL_PACKAGE_GROUP, "ModelPackageGroupName"),
)
async def create_model_package_group(
    call: Call[t.CreateModelPackageGroupInput], ports: Ports
) -> t.CreateModelPackageGroupOutput:
    """Make a group for the versions of one model."""
    asked: Json = dict(call.arguments)
    if asked.get("ManagedConfiguration"):
        raise ValidationError("ManagedConfiguration is not supported by this site. Leave it out.")
    name, account = asked["ModelPackageGroupName"], call.principal.account
    arn = arn_of(MODEL_PACKAGE_GROUP, name, account, ports)
    body: Json = {
        "request": {member: value for member, value in asked.items() if member != "Tags"},
        "tags": merged((), asked.get("Tags", ())),
        "created": ports.clock.now(),
        "by": identity(call.principal),
        "status": "Completed",
        "last": 0,
    }
    try:
        await ports.records.put(Row(MODEL_PACKAGE_GROUP, account, name, body))
    except ConflictError:
        raise ValidationError(f"Model Package Group already exists: {arn}") from None
    return {"ModelPackageGroupArn": arn}


@operation("sagemaker", "DescribeModelPackageGroup", access=Access.READ, touches=_touched)
async def describe_model_package_group(
    call: Call[t.DescribeModelPackageGroupInput], ports: Ports
) -> t.DescribeModelPackageGroupOutput:
    """A group as it was made."""
    row = await find_group(call.arguments["ModelPackageGroupName"], call, ports)
    return {**_summary(row, ports), "CreatedBy": shown_identity(row.body["by"])}  # type: ignore[typeddict-item] # a JSON document of this shape


@operation("sagemaker", "ListModelPackageGroups", access=Access.LIST, touches=touches_account)
async def list_model_package_groups(
    call: Call[t.ListModelPackageGroupsInput], ports: Ports
) -> t.ListModelPackageGroupsOutput:
    """The account's groups by name and time; the oldest first unless asked otherwise."""
    asked = call.arguments
    contains = asked.get("NameContains", "").lower()
    rows = await ports.records.list(MODEL_PACKAGE_GROUP, call.principal.account, most=_MOST)
    if asked.get("CrossAccountFilterOption") == "CrossAccount":
        rows = []  # no group of this site is shared between accounts
    found = [
        _summary(row, ports)
        for row in rows
        if contains in row.name.lower() and within(asked, "CreationTime", row.body["created"])
    ]
    by_name = asked.get("SortBy") == "Name"
    items, token = page(
        found,
        asked,
        lambda item: item["ModelPackageGroupName"] if by_name else item["CreationTime"].timestamp(),
        "ModelPackageGroupName",
        descending=asked.get("SortOrder") == "Descending",
    )
    answer: Any = {"ModelPackageGroupSummaryList": items}
    if token is not None:
        answer["NextToken"] = token
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("sagemaker", "DeleteModelPackageGroup", access=Access.WRITE, touches=_touched)
async def delete_model_package_group(call: Call[t.DeleteModelPackageGroupInput], ports: Ports) -> dict[str, Any]:
    """Forget a group that holds no package any more.

    It is marked first: a package that is being made looks for the mark after it is there, so one of the two sees the
    other and none is left in a group that is gone.
    """
    row = await find_group(call.arguments["ModelPackageGroupName"], call, ports)
    await _refuse_full(row, ports)
    marked = await ports.records.put(replace(row, body={**row.body, "status": "Deleting"}))
    try:
        await _refuse_full(row, ports)
    except ConflictError:
        await ports.records.put(replace(marked, body={**row.body, "status": "Completed"}))
        raise
    await ports.records.delete(MODEL_PACKAGE_GROUP, row.account, row.name)
    return {}


async def find_group(text: str, call: Call[Any], ports: Ports) -> Row:
    """The caller's group by name or ARN. Raises: ValidationError where it is not there."""
    account, name = named(MODEL_PACKAGE_GROUP, text, call, ports)
    if account != call.principal.account:
        raise missing(MODEL_PACKAGE_GROUP, name, account, ports)
    return await find(MODEL_PACKAGE_GROUP, name, call, ports)


async def next_version(text: str, call: Call[Any], ports: Ports) -> tuple[str, int]:
    """Name of a group and a version of it that is given to nobody else, ever.

    Raises: ValidationError where the group is not there; ConflictError where it is being deleted or in great demand.
    """
    for _ in range(_ATTEMPTS):
        row = await find_group(text, call, ports)
        if row.body["status"] != "Completed":
            break
        number = row.body["last"] + 1
        try:
            await ports.records.put(replace(row, body={**row.body, "last": number}))
        except ConflictError:
            continue
        return row.name, number
    raise ConflictError("The model package group is being changed by other requests. Try again.")


def identity(principal: Principal) -> Json:
    """Who did it, as rows keep it."""
    return {"Arn": principal.arn, "PrincipalId": principal.user_id}


def shown_identity(kept: Json) -> Json:
    """The same as a UserContext."""
    return {"IamIdentity": kept}


async def _refuse_full(row: Row, ports: Ports) -> None:
    after = f"{row.name}/"
    packages = await ports.records.list(MODEL_PACKAGE, row.account, after=after, most=1)
    if packages and group_of(packages[0].name)[0] == row.name:
        raise ConflictError(
            f"Model Package Group {row.name} cannot be deleted while it holds model packages. Delete these first."
        )


def _summary(row: Row, ports: Ports) -> Json:
    summary: Json = {
        "ModelPackageGroupName": row.name,
        "ModelPackageGroupArn": arn_of(MODEL_PACKAGE_GROUP, row.name, row.account, ports),
        "CreationTime": utc(row.body["created"]),
        "ModelPackageGroupStatus": row.body["status"],
    }
    if description := row.body["request"].get("ModelPackageGroupDescription"):
        summary["ModelPackageGroupDescription"] = description
    return summary
