"""Model packages: what was trained, written down so that somebody can approve it, and a model be made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import ConflictError, ValidationError
from usina.core.operation import Access, operation
from usina.core.packages import MODEL_PACKAGE, MODEL_PACKAGE_GROUP, group_of
from usina.core.ports import Row
from usina.services.sagemaker.client_tokens import claim, forget
from usina.services.sagemaker.model_package_groups import identity, next_version, shown_identity
from usina.services.sagemaker.naming import arn_of, change, find, missing, named, resource_of
from usina.services.sagemaker.package_checking import check_additional, check_containers, check_package
from usina.services.sagemaker.tags import merged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Call, Principal, Resource
    from usina.core.ports import Json, Ports
    from usina.shapes import sagemaker_types as t

_PENDING = "PendingManualApproval"
_MOST_SPECIFICATIONS = 15
_MOST_METADATA = 50
_ECHOED = (
    "ModelPackageDescription",
    "ModelPackageRegistrationType",
    "InferenceSpecification",
    "MetadataProperties",
    "ModelMetrics",
    "ApprovalDescription",
    "Domain",
    "Task",
    "SamplePayloadUrl",
    "CustomerMetadataProperties",
    "DriftCheckBaselines",
    "AdditionalInferenceSpecifications",
    "SkipModelValidation",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
)
_REPLACED = (
    "ModelPackageRegistrationType",
    "ApprovalDescription",
    "InferenceSpecification",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
)


def _created(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """A package that is to be: of a version, whose number nobody knows yet, the group and what is to be in it."""
    asked, account = call.arguments, call.principal.account
    requested = asked.get("ModelApprovalStatus", "")
    if not asked.get("ModelPackageGroupName"):
        return (resource_of(MODEL_PACKAGE, asked.get("ModelPackageName", ""), account, ports, requested=requested),)
    owner, group = named(MODEL_PACKAGE_GROUP, asked["ModelPackageGroupName"], call, ports)
    return (
        resource_of(MODEL_PACKAGE, f"{group}/*", owner, ports, group=group, requested=requested or _PENDING),
        resource_of(MODEL_PACKAGE_GROUP, group, owner, ports),
    )


def _touched(member: str) -> Any:
    def touched(call: Call[Any], ports: Ports) -> Sequence[Resource]:
        account, name = named(MODEL_PACKAGE, call.arguments[member], call, ports)
        requested = call.arguments.get("ModelApprovalStatus") or ""
        return (resource_of(MODEL_PACKAGE, name, account, ports, requested=requested),)

    return touched


@operation("sagemaker", "CreateModelPackage", access=Access.WRITE, touches=_created)
async def create_model_package(call: Call[t.CreateModelPackageInput], ports: Ports) -> t.CreateModelPackageOutput:
    """Register a package: the next version of its group, or one by a name of its own."""
    asked: Json = dict(call.arguments)
    token = asked.pop("ClientToken", "")
    check_package(asked, ports)
    account = call.principal.account

    async def name() -> str:
        if not asked.get("ModelPackageGroupName"):
            return str(asked["ModelPackageName"])
        group, version = await next_version(asked["ModelPackageGroupName"], call, ports)
        return f"{group}/{version}"

    chosen = await claim(MODEL_PACKAGE, token, asked, name, call, ports)
    now, group = ports.clock.now(), group_of(chosen)[0]
    body: Json = {
        "request": {member: value for member, value in asked.items() if member != "Tags"},
        "tags": merged((), asked.get("Tags", ())),
        "created": now,
        "modified": now,
        "by": identity(call.principal),
        "approval": asked.get("ModelApprovalStatus", _PENDING) if group else "",
        "token": token,
    }
    arn = arn_of(MODEL_PACKAGE, chosen, account, ports)
    try:
        await ports.records.put(Row(MODEL_PACKAGE, account, chosen, body))
    except ConflictError:
        there = await ports.records.get(MODEL_PACKAGE, account, chosen)
        if not token or there is None or there.body["token"] != token:
            raise ConflictError(f"ModelPackage {arn} already exists.", code="ConflictException") from None
    if group:
        await _still_there(group, chosen, call, ports)
    await ports.packages.reload(account, chosen)
    return {"ModelPackageArn": arn}


@operation("sagemaker", "DescribeModelPackage", access=Access.READ, touches=_touched("ModelPackageName"))
async def describe_model_package(call: Call[t.DescribeModelPackageInput], ports: Ports) -> t.DescribeModelPackageOutput:
    """A package: what it holds, who made it, and how far its approval is."""
    row = await find_package(call.arguments["ModelPackageName"], call, ports)
    request = row.body["request"]
    answer: Any = summary(row, ports) | {
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "CertifyForMarketplace": False,
        "CreatedBy": shown_identity(row.body["by"]),
        "LastModifiedTime": utc(row.body["modified"]),
    }
    answer["ModelPackageName"] = group_of(row.name)[0] or row.name
    if "modified_by" in row.body:
        answer["LastModifiedBy"] = shown_identity(row.body["modified_by"])
    answer |= {member: request[member] for member in _ECHOED if request.get(member)}
    if call.arguments.get("IncludedData") == "MetadataOnly":
        answer.pop("ModelCard", None)
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("sagemaker", "UpdateModelPackage", access=Access.WRITE, touches=_touched("ModelPackageArn"))
async def update_model_package(call: Call[t.UpdateModelPackageInput], ports: Ports) -> t.UpdateModelPackageOutput:
    """Approve or reject a package, say why, or change what is written of it."""
    asked: Json = dict(call.arguments)
    account, name = named(MODEL_PACKAGE, asked["ModelPackageArn"], call, ports)
    if account != call.principal.account:
        raise missing(MODEL_PACKAGE, name, account, ports)
    if not group_of(name)[0] and (asked.get("ModelApprovalStatus") or asked.get("CustomerMetadataProperties")):
        raise ValidationError("Approval and metadata apply to packages of a model package group only.")
    check_containers(asked.get("InferenceSpecification", {}).get("Containers", ()), ports)
    now = ports.clock.now()
    await change(MODEL_PACKAGE, name, call, ports, lambda body: _changed(body, asked, now, call.principal, ports))
    await ports.packages.reload(account, name)
    return {"ModelPackageArn": arn_of(MODEL_PACKAGE, name, account, ports)}


@operation("sagemaker", "DeleteModelPackage", access=Access.WRITE, touches=_touched("ModelPackageName"))
async def delete_model_package(call: Call[t.DeleteModelPackageInput], ports: Ports) -> dict[str, Any]:
    """Forget a package; its version is given out no more, and its artifacts stay where they are."""
    row = await find_package(call.arguments["ModelPackageName"], call, ports)
    await forget(MODEL_PACKAGE, row.body["token"], row.account, ports)
    if not await ports.records.delete(MODEL_PACKAGE, row.account, row.name):
        raise missing(MODEL_PACKAGE, row.name, row.account, ports)
    await ports.packages.reload(row.account, row.name)
    return {}


async def find_package(text: str, call: Call[Any], ports: Ports) -> Row:
    """The caller's package by name or ARN. Raises: ValidationError where it is not there."""
    account, name = named(MODEL_PACKAGE, text, call, ports)
    if account != call.principal.account:
        raise missing(MODEL_PACKAGE, name, account, ports)
    return await find(MODEL_PACKAGE, name, call, ports)


def summary(row: Row, ports: Ports) -> Json:
    """What listings and descriptions both show of a package."""
    group, version = group_of(row.name)
    request = row.body["request"]
    found: Json = {
        "ModelPackageArn": arn_of(MODEL_PACKAGE, row.name, row.account, ports),
        "CreationTime": utc(row.body["created"]),
        "ModelPackageStatus": "Completed",
    }
    if group:
        found |= {"ModelPackageGroupName": group, "ModelPackageVersion": version}
        found["ModelApprovalStatus"] = row.body["approval"]
    else:
        found["ModelPackageName"] = row.name
    for member in ("ModelPackageDescription", "ModelLifeCycle", "ModelPackageRegistrationType"):
        if request.get(member):
            found[member] = request[member]
    return found


async def _still_there(group: str, name: str, call: Call[Any], ports: Ports) -> None:
    """A group that was deleted while a package was made takes it along. Raises: ConflictError."""
    account = call.principal.account
    row = await ports.records.get(MODEL_PACKAGE_GROUP, account, group)
    if row is not None and row.body["status"] != "Deleting":
        return
    await ports.records.delete(MODEL_PACKAGE, account, name)
    raise ConflictError(f"Model Package Group {group} is being deleted.", code="ConflictException")


def _changed(body: Json, asked: Json, now: float, who: Principal, ports: Ports) -> Json:
    """A package's row as an update leaves it. Raises: ValidationError."""
    request: Json = {**body["request"], **{member: asked[member] for member in _REPLACED if member in asked}}
    gone = set(asked.get("CustomerMetadataPropertiesToRemove", ()))
    kept = {key: value for key, value in request.get("CustomerMetadataProperties", {}).items() if key not in gone}
    metadata = kept | asked.get("CustomerMetadataProperties", {})
    if len(metadata) > _MOST_METADATA:
        raise ValidationError(f"A model package may have at most {_MOST_METADATA} CustomerMetadataProperties.")
    request["CustomerMetadataProperties"] = metadata
    if added := asked.get("AdditionalInferenceSpecificationsToAdd"):
        more = [*request.get("AdditionalInferenceSpecifications", ()), *added]
        if len(more) > _MOST_SPECIFICATIONS:
            raise ValidationError(f"A model package may have at most {_MOST_SPECIFICATIONS} additional specifications.")
        check_additional(more, ports)
        request["AdditionalInferenceSpecifications"] = more
    approval = asked.get("ModelApprovalStatus", body["approval"])
    return {**body, "request": request, "approval": approval, "modified": now, "modified_by": identity(who)}
