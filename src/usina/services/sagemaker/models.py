"""Models: what an endpoint would serve, as data. Nothing is loaded until something serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.cloud import CLOUD
from usina.core.endpoints import LANGUAGE_IMAGE, LANGUAGE_MODEL
from usina.core.errors import ConflictError, ValidationError
from usina.core.operation import Access, operation
from usina.core.ports import Row
from usina.services.sagemaker.naming import MODEL, arn_of, find, missing, resource_of, touches, touches_account
from usina.services.sagemaker.packaged import packages_touched, resolved
from usina.services.sagemaker.paging import page, within
from usina.services.sagemaker.tags import merged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Call, Resource
    from usina.core.ports import Json, Ports
    from usina.shapes import sagemaker_types as t

_SERVICE = "sagemaker.amazonaws.com"
_MOST_MODELS = 1_000_000
_ECHOED = ("PrimaryContainer", "Containers", "InferenceExecutionConfig", "ExecutionRoleArn")
_CONTAINERS = ("PrimaryContainer", "Containers")
_NAMED = touches(MODEL, "ModelName")


def _given(asked: Any) -> list[Json]:
    """All containers of a request, whichever member they are in."""
    primary = asked.get("PrimaryContainer")
    return [*([primary] if primary else ()), *(asked.get("Containers") or ())]


def _created(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The model and the packages it is made of: policy may ask whether these are approved."""
    containers = _given(call.arguments)
    packages = packages_touched(containers, call, ports)
    packaged = bool(containers) and len(packages) == len(containers)
    model = resource_of(MODEL, call.arguments["ModelName"], call.principal.account, ports, packaged=packaged)
    return (model, *packages)


@operation("sagemaker", "CreateModel", access=Access.WRITE, touches=_created)
async def create_model(call: Call[t.CreateModelInput], ports: Ports) -> t.CreateModelOutput:
    """Describe a model: image and artifacts (or the package that has them), and the role under which it is served."""
    asked: Json = dict(call.arguments)
    name, account = asked["ModelName"], call.principal.account
    if not name:
        raise ValidationError("ModelName is required.")
    if bool(asked.get("PrimaryContainer")) == bool(asked.get("Containers")):
        raise ValidationError("Exactly one of PrimaryContainer and Containers must be given.")
    if asked.get("VpcConfig"):
        raise ValidationError("VpcConfig is not supported by this site. Leave it out.")
    containers = await resolved(_given(asked), call, ports)
    for container in containers:
        _check(container, account, ports)
    if asked.get("ExecutionRoleArn"):
        ports.iam.pass_role(call.principal, asked["ExecutionRoleArn"], _SERVICE)
    arn = arn_of(MODEL, name, account, ports)
    whole = {"PrimaryContainer": containers[0]} if len(containers) == 1 else {"Containers": containers}
    body: Json = {
        "request": {member: asked[member] for member in asked.keys() - {*_CONTAINERS, "Tags"}} | whole,
        "asked": {member: asked[member] for member in _CONTAINERS if asked.get(member)},  # before packages were opened
        "tags": merged((), asked.get("Tags", ())),
        "created": ports.clock.now(),
    }
    try:
        await ports.records.put(Row(MODEL, account, name, body))
    except ConflictError:
        raise ValidationError(f'Cannot create already existing model "{arn}".') from None
    return {"ModelArn": arn}


@operation("sagemaker", "DescribeModel", access=Access.READ, touches=_NAMED)
async def describe_model(call: Call[t.DescribeModelInput], ports: Ports) -> t.DescribeModelOutput:
    """A model as it was described."""
    name = call.arguments["ModelName"]
    row = await find(MODEL, name, call, ports)
    request = row.body["request"]
    answer: Any = {
        "ModelName": name,
        "ModelArn": arn_of(MODEL, name, call.principal.account, ports),
        "CreationTime": utc(row.body["created"]),
        "EnableNetworkIsolation": bool(request.get("EnableNetworkIsolation")),
    }
    shown = {member: request.get(member) for member in _ECHOED}
    if "asked" in row.body:
        shown |= dict.fromkeys(_CONTAINERS) | row.body["asked"]
    answer |= {member: value for member, value in shown.items() if value}
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("sagemaker", "ListModels", access=Access.LIST, touches=touches_account)
async def list_models(call: Call[t.ListModelsInput], ports: Ports) -> t.ListModelsOutput:
    """The account's models by name and time; the newest first unless asked otherwise."""
    asked = call.arguments
    contains = asked.get("NameContains", "").lower()
    rows = await ports.records.list(MODEL, call.principal.account, most=_MOST_MODELS)
    items: list[Json] = [
        {
            "ModelName": row.name,
            "ModelArn": arn_of(MODEL, row.name, row.account, ports),
            "CreationTime": utc(row.body["created"]),
        }
        for row in rows
        if contains in row.name.lower() and within(asked, "CreationTime", row.body["created"])
    ]
    by_name = asked.get("SortBy") == "Name"
    found, token = page(
        items,
        asked,
        lambda item: item["ModelName"] if by_name else item["CreationTime"].timestamp(),
        "ModelName",
        descending=asked.get("SortOrder", "Descending") == "Descending",
    )
    answer: Any = {"Models": found}
    if token is not None:
        answer["NextToken"] = token
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("sagemaker", "DeleteModel", access=Access.WRITE, touches=_NAMED)
async def delete_model(call: Call[t.DeleteModelInput], ports: Ports) -> dict[str, Any]:
    """Forget a model; its artifacts stay where they are."""
    name, account = call.arguments["ModelName"], call.principal.account
    if not await ports.records.delete(MODEL, account, name):
        raise missing(MODEL, name, account, ports)
    return {}


def _check(container: Json, account: str, ports: Ports) -> None:
    image = container.get("Image")
    if not image:
        raise ValidationError("Image is required in each container of a model.")
    if image == LANGUAGE_IMAGE:
        _check_language(container, account, ports)
    elif ports.jobs.image(image) is None:
        raise ValidationError(f"Cannot find the image {image}: this site has {', '.join(ports.jobs.images())}.")
    if container.get("Mode", "SingleModel") != "SingleModel":
        raise ValidationError("Mode MultiModel is not supported by this site.")
    for member in ("ImageConfig", "AdditionalModelDataSources", "MultiModelConfig", "ContainerMetricsConfig"):
        if container.get(member):
            raise ValidationError(f"{member} is not supported by this site. Leave it out.")
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    if source is None:
        return
    if container.get("ModelDataUrl"):
        raise ValidationError("Give ModelDataUrl or ModelDataSource, not both.")
    if (source["S3DataType"], source["CompressionType"]) not in {("S3Prefix", "None"), ("S3Object", "Gzip")}:
        raise ValidationError("ModelDataSource: S3DataType must be S3Prefix, uncompressed, or S3Object with Gzip.")
    if source.get("ManifestS3Uri") or source.get("HubAccessConfig"):
        raise ValidationError("ModelDataSource: manifests and hubs are not supported by this site. Name objects in S3.")


def _check_language(container: Json, account: str, ports: Ports) -> None:
    """A container that is a language model of the catalogue."""
    environment = container.get("Environment", {})
    named = next((environment[name] for name in LANGUAGE_MODEL if environment.get(name)), "")
    found = ports.catalogue.resolve(named, account)
    if found is None or found.card.runtime == CLOUD:  # an endpoint's requests are nobody's who could be judged
        inside = (card for card in ports.catalogue.cards() if card.task == "chat" and card.runtime != CLOUD)
        known = ", ".join(card.id for card in inside)
        raise ValidationError(
            f"{LANGUAGE_IMAGE} serves a model of this site, named in Environment as {LANGUAGE_MODEL[0]}: {known}."
        )
