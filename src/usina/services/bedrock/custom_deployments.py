"""Deployments of custom models: what is loaded into the base's engine, and the name under which it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.custom import CUSTOM_MODEL, DEPLOYMENT
from usina.core.errors import ValidationError
from usina.core.operation import Access, operation
from usina.services.bedrock import custom_models, holding, tags
from usina.services.bedrock.listing import answered, change, not_here, page, touches_account, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Call, Resource
    from usina.core.ports import Json, ModelCard, Ports, Row
    from usina.shapes import bedrock_types as t

_MOST = 1_000_000
_IDENTIFIER: Final = "customModelDeploymentIdentifier"
_WORDS: Final = {"READY": "Active", "STARTING": "Creating", "FAILED": "Failed"}
_NEW = holding.touches(DEPLOYMENT, "modelDeploymentName")
_NAMED = holding.touches(DEPLOYMENT, _IDENTIFIER)


def _with_model(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    own = _NEW if "modelDeploymentName" in call.arguments else _NAMED
    model = custom_models.touched(call.arguments["modelArn"], call.principal.account, ports)
    return (*own(call, ports), model)


@operation("bedrock", "CreateCustomModelDeployment", access=Access.WRITE, touches=_with_model)
async def create_custom_model_deployment(
    call: Call[t.CreateCustomModelDeploymentRequest], ports: Ports
) -> t.CreateCustomModelDeploymentResponse:
    """Load a custom model beside its base; it is Active once it answers. The same idempotency token gives the same."""
    asked, account = call.arguments, call.principal.account
    card = await model_card(asked["modelArn"], account, ports)
    await holding.check_room(card, ports)
    body: Json = {
        "model": card.id.rpartition("/")[2],
        "description": asked.get("description", ""),
        "tags": tags.merged((), asked.get("tags", ()), asked["modelDeploymentName"]),
    }
    arn = await holding.create(DEPLOYMENT, asked["modelDeploymentName"], body, call, ports)
    return {"customModelDeploymentArn": arn}


@operation("bedrock", "GetCustomModelDeployment", access=Access.READ, touches=_NAMED)
async def get_custom_model_deployment(
    call: Call[t.GetCustomModelDeploymentRequest], ports: Ports
) -> t.GetCustomModelDeploymentResponse:
    """One deployment, by name or ARN, as the engine is at this moment."""
    account = call.principal.account
    row = await holding.find(DEPLOYMENT, call.arguments[_IDENTIFIER], account, ports)
    answer: Any = {
        "customModelDeploymentArn": row.body["arn"],
        "modelDeploymentName": row.body["name"],
        "modelArn": await _model_arn(row, row.body["model"], ports),
        "createdAt": utc(row.body["created"]),
        "lastUpdatedAt": utc(row.body["updated"]),
        **holding.state_of(row.body, account, ports, _WORDS),
    }
    if row.body["description"]:
        answer["description"] = row.body["description"]
    if row.body.get("update"):
        arn = await _model_arn(row, row.body["update"]["model"], ports)
        answer["updateDetails"] = {"modelArn": arn, "updateStatus": row.body["update"]["status"]}
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("bedrock", "ListCustomModelDeployments", access=Access.LIST, touches=touches_account)
async def list_custom_model_deployments(
    call: Call[t.ListCustomModelDeploymentsRequest], ports: Ports
) -> t.ListCustomModelDeploymentsResponse:
    """The account's deployments by name, model, state and time; the newest first unless asked otherwise."""
    asked, account = call.arguments, call.principal.account
    wanted = []
    for row in await ports.records.list(DEPLOYMENT, account, most=_MOST):
        if asked.get("nameContains", "") not in row.body["name"] or not within(asked, "created", row.body["created"]):
            continue
        summary: Json = {
            "customModelDeploymentArn": row.body["arn"],
            "customModelDeploymentName": row.body["name"],
            "modelArn": await _model_arn(row, row.body["model"], ports),
            "createdAt": utc(row.body["created"]),
            "lastUpdatedAt": utc(row.body["updated"]),
            **holding.state_of(row.body, account, ports, _WORDS),
        }
        if asked.get("statusEquals", summary["status"]) == summary["status"] and (
            asked.get("modelArnEquals", summary["modelArn"]) == summary["modelArn"]
        ):
            wanted.append((row, summary))
    summaries = {row.name: summary for row, summary in wanted}
    found, token = page([row for row, _ in wanted], asked, lambda row: float(row.body["created"]))
    return answered("modelDeploymentSummaries", [summaries[row.name] for row in found], token)  # type: ignore[no-any-return] # the same


@operation("bedrock", "UpdateCustomModelDeployment", access=Access.WRITE, touches=_with_model)
async def update_custom_model_deployment(
    call: Call[t.UpdateCustomModelDeploymentRequest], ports: Ports
) -> t.UpdateCustomModelDeploymentResponse:
    """Put another custom model in the place of the one that answers, as soon as it can answer itself."""
    asked, account = call.arguments[_IDENTIFIER], call.principal.account
    card = await model_card(call.arguments["modelArn"], account, ports)
    row = await holding.find(DEPLOYMENT, asked, account, ports)
    await holding.check_room(card, ports)
    following, now = card.id.rpartition("/")[2], ports.clock.now()

    def edit(body: Json) -> Json:
        # What answers now goes on until the next one does.
        return {**body, "next": following, "update": {"model": following, "status": "Updating"}, "updated": now}

    await change(ports, DEPLOYMENT, account, row.name, edit, missing=not_here(asked))
    await ports.catalogue.reload()
    return {"customModelDeploymentArn": row.body["arn"]}


@operation("bedrock", "DeleteCustomModelDeployment", access=Access.WRITE, touches=_NAMED)
async def delete_custom_model_deployment(
    call: Call[t.DeleteCustomModelDeploymentRequest], ports: Ports
) -> t.DeleteCustomModelDeploymentResponse:
    """End a deployment; its model is let go where nothing else holds it."""
    account = call.principal.account
    row = await holding.find(DEPLOYMENT, call.arguments[_IDENTIFIER], account, ports)
    await ports.records.delete(DEPLOYMENT, account, row.name)
    await ports.catalogue.reload()
    return {}


async def model_card(asked: str, account: str, ports: Ports) -> ModelCard:
    """The account's custom model. Raises: NotFoundError; ValidationError where it cannot be loaded."""
    row = await custom_models.find(asked, account, ports)
    found = ports.catalogue.resolve(row.body["arn"], account)
    if found is None:
        raise ValidationError(f"The base model {row.body['base']} of this custom model is not on this site any more.")
    if found.card.state == "FAILED" and found.card.state_reason:
        raise ValidationError(f"The custom model cannot be loaded: {found.card.state_reason}.")
    return found.card


async def _model_arn(row: Row, identifier: str, ports: Ports) -> str:
    """ARN of the account's custom model of that id; of one that is gone, what is left of it."""
    model = await ports.records.get(CUSTOM_MODEL, row.account, identifier)
    return identifier if model is None else str(model.body["arn"])
