"""Provisioned throughput: a name of the account's own under which a model answers, a custom one or one of the site.

One unit is what the model's engine gives; a model has one engine. Nothing is billed, so there is no commitment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.custom import CUSTOM_MODEL, PROVISIONED
from usina.core.errors import LimitExceededError, ValidationError
from usina.core.ids import Arn
from usina.core.operation import Access, Resource, operation
from usina.services.bedrock import custom_models, holding, tags
from usina.services.bedrock.custom_deployments import model_card
from usina.services.bedrock.listing import answered, change, not_here, page, refuse, touches_account, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports, Row
    from usina.shapes import bedrock_types as t

_MOST = 1_000_000
_UNITS: Final = 1
_IDENTIFIER: Final = "provisionedModelId"
_WORDS: Final = {"READY": "InService", "STARTING": "Creating", "FAILED": "Failed"}
_NOT_SERVED: Final = {"commitmentDuration": "nothing is billed, so there is nothing to commit to"}
_NAMED = holding.touches(PROVISIONED, _IDENTIFIER)


def _touches_new(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    own = holding.touches(PROVISIONED, "provisionedModelName")(call, ports)
    return (*own, _model(call.arguments["modelId"], call.principal.account, ports))


def _touches_update(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    asked = call.arguments.get("desiredModelId")
    return (*_NAMED(call, ports), *((_model(asked, call.principal.account, ports),) if asked else ()))


def _model(asked: str, account: str, ports: Ports) -> Resource:
    found = ports.catalogue.resolve(asked, account)
    if found is not None and not found.card.account:
        return Resource("Model", found.card.id, attributes={"known": True, "provider": found.card.provider})
    return custom_models.touched(asked, account, ports)


@operation("bedrock", "CreateProvisionedModelThroughput", access=Access.WRITE, touches=_touches_new)
async def create_provisioned_model_throughput(
    call: Call[t.CreateProvisionedModelThroughputRequest], ports: Ports
) -> t.CreateProvisionedModelThroughputResponse:
    """Hold a model ready under a name of its own; it is InService once it answers."""
    asked: Any = call.arguments
    refuse(asked, _NOT_SERVED)
    if asked["modelUnits"] > _UNITS:
        raise LimitExceededError(f"This site runs one engine for a model, which is {_UNITS} model unit. Ask for that.")
    name = asked["provisionedModelName"]
    model = await _held(asked["modelId"], call.principal.account, ports)
    body: Json = {"model": model, "tags": tags.merged((), asked.get("tags", ()), name)}
    return {"provisionedModelArn": await holding.create(PROVISIONED, name, body, call, ports)}


@operation("bedrock", "GetProvisionedModelThroughput", access=Access.READ, touches=_NAMED)
async def get_provisioned_model_throughput(
    call: Call[t.GetProvisionedModelThroughputRequest], ports: Ports
) -> t.GetProvisionedModelThroughputResponse:
    """One of them, by name or ARN, as the engine is at this moment."""
    row = await holding.find(PROVISIONED, call.arguments[_IDENTIFIER], call.principal.account, ports)
    return await _described(row, ports)  # type: ignore[no-any-return] # a JSON document of this shape


@operation("bedrock", "ListProvisionedModelThroughputs", access=Access.LIST, touches=touches_account)
async def list_provisioned_model_throughputs(
    call: Call[t.ListProvisionedModelThroughputsRequest], ports: Ports
) -> t.ListProvisionedModelThroughputsResponse:
    """The account's provisioned throughput by name, model, state and time; the newest first unless asked otherwise."""
    asked, shown, wanted = call.arguments, {}, []
    for row in await ports.records.list(PROVISIONED, call.principal.account, most=_MOST):
        if asked.get("nameContains", "") not in row.body["name"]:
            continue
        described = await _described(row, ports)
        described.pop("failureMessage", None)
        if (
            asked.get("statusEquals", described["status"]) == described["status"]
            and asked.get("modelArnEquals", described["modelArn"]) == described["modelArn"]
            and within(asked, "creationTime", row.body["created"])
        ):
            shown[row.name] = described
            wanted.append(row)
    found, token = page(wanted, asked, lambda row: float(row.body["created"]))
    return answered("provisionedModelSummaries", [shown[row.name] for row in found], token)  # type: ignore[no-any-return] # the same


@operation("bedrock", "UpdateProvisionedModelThroughput", access=Access.WRITE, touches=_touches_update)
async def update_provisioned_model_throughput(
    call: Call[t.UpdateProvisionedModelThroughputRequest], ports: Ports
) -> t.UpdateProvisionedModelThroughputResponse:
    """Give it another name, or another model of the same base as soon as that can answer."""
    asked, account = call.arguments, call.principal.account
    row = await holding.find(PROVISIONED, asked[_IDENTIFIER], account, ports)
    name, wanted = asked.get("desiredProvisionedModelName"), asked.get("desiredModelId")
    if name and name != row.body["name"]:
        others = await ports.records.list(PROVISIONED, account, most=_MOST)
        if any(each.body["name"] == name for each in others):
            raise ValidationError(f"There is one named {name} already. Choose another name.")
    following = await _held(wanted, account, ports) if wanted else ""
    if following and await _base(following, account, ports) != await _base(row.body["model"], account, ports):
        raise ValidationError("desiredModelId must be a model with the same base as the one that answers now.")
    now = ports.clock.now()

    def edit(body: Json) -> Json:
        changed = {**body, "name": name or body["name"], "updated": now}
        if following and following != body["model"]:
            changed |= {"next": following, "update": {"model": following, "status": "Updating"}}
        return changed

    await change(ports, PROVISIONED, account, row.name, edit, missing=not_here(asked[_IDENTIFIER]))
    await ports.catalogue.reload()
    return {}


@operation("bedrock", "DeleteProvisionedModelThroughput", access=Access.WRITE, touches=_NAMED)
async def delete_provisioned_model_throughput(
    call: Call[t.DeleteProvisionedModelThroughputRequest], ports: Ports
) -> t.DeleteProvisionedModelThroughputResponse:
    """Let a model go; the name answers no more."""
    account = call.principal.account
    row = await holding.find(PROVISIONED, call.arguments[_IDENTIFIER], account, ports)
    await ports.records.delete(PROVISIONED, account, row.name)
    await ports.catalogue.reload()
    return {}


async def _held(asked: str, account: str, ports: Ports) -> str:
    """How a row names the model. Raises: NotFoundError; ValidationError; LimitExceededError."""
    found = ports.catalogue.resolve(asked, account)
    if found is not None and not found.card.account:
        return found.card.id
    if found is not None and not found.card.base:
        raise ValidationError("An imported model answers under its own ARN: it needs no provisioned throughput.")
    card = await model_card(asked, account, ports)
    await holding.check_room(card, ports)
    return card.id.rpartition("/")[2]


async def _base(model: str, account: str, ports: Ports) -> str:
    """Id of the site's model that is, or is the base of, what a row names."""
    row = await ports.records.get(CUSTOM_MODEL, account, model)
    return model if row is None else str(row.body["base"])


async def _arns(model: str, account: str, ports: Ports) -> tuple[str, str]:
    """ARN of what a row names, and of the foundation model below it."""
    row = await ports.records.get(CUSTOM_MODEL, account, model)
    base = model if row is None else row.body["base"]
    foundation = str(Arn("bedrock", ports.site.region, "", f"foundation-model/{base}"))
    return (foundation if row is None else row.body["arn"]), foundation


async def _described(row: Row, ports: Ports) -> Any:
    body = row.body
    arn, foundation = await _arns(body["model"], row.account, ports)
    desired = (await _arns(body["next"], row.account, ports))[0] if body["next"] else arn
    described: Json = {
        "modelUnits": _UNITS,
        "desiredModelUnits": _UNITS,
        "provisionedModelName": body["name"],
        "provisionedModelArn": body["arn"],
        "modelArn": arn,
        "desiredModelArn": desired,
        "foundationModelArn": foundation,
        "creationTime": utc(body["created"]),
        "lastModifiedTime": utc(body["updated"]),
        **holding.state_of(body, row.account, ports, _WORDS),
    }
    if body["next"] and described["status"] == "InService":
        described["status"] = "Updating"
    return described
