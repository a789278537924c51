"""Custom models: described, listed, deleted. Customization jobs make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core import custom
from usina.core.clock import utc
from usina.core.errors import ConflictError, ValidationError
from usina.core.ids import Arn
from usina.core.operation import Access, Resource, operation
from usina.services.bedrock.customization_checks import FINE_TUNING
from usina.services.bedrock.customization_jobs import metrics, model_id
from usina.services.bedrock.listing import answered, not_here, page, touches_account, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports, Row
    from usina.shapes import bedrock_types as t

_MOST = 1_000_000
_ECHOED: Final = ("hyperParameters", "trainingDataConfig", "validationDataConfig", "outputDataConfig", "jobName")


def touched(asked: str, account: str, ports: Ports) -> Resource:
    """The custom model of a name or ARN, as policy sees it."""
    arn = Arn.parse(asked)
    if arn is not None:
        return Resource("CustomModel", asked, arn.account)
    name = str(Arn("bedrock", ports.site.region, account, f"{custom.CUSTOM_MODEL}/{model_id(account, asked)}"))
    return Resource("CustomModel", name, account)


def _touches(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    return (touched(call.arguments["modelIdentifier"], call.principal.account, ports),)


def _touches_new(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    return (touched(call.arguments["modelName"], call.principal.account, ports),)


async def find(asked: str, account: str, ports: Ports) -> Row:
    """The account's custom model, by name or ARN. Raises: NotFoundError."""
    arn = Arn.parse(asked)
    identifier = model_id(account, asked) if arn is None else asked.rpartition("/")[2]
    row = await ports.records.get(custom.CUSTOM_MODEL, account, identifier)
    if row is None or (arn is not None and row.body["arn"] != asked):
        raise not_here(asked)
    return row


@operation("bedrock", "CreateCustomModel", access=Access.WRITE, touches=_touches_new)
async def create_custom_model(call: Call[t.CreateCustomModelRequest], ports: Ports) -> t.CreateCustomModelResponse:
    """Not served: it says which operation does what is wanted."""
    del call, ports
    raise ValidationError(
        "This site makes custom models by CreateModelCustomizationJob only. Bring a whole model from S3 with "
        "CreateModelImportJob."
    )


@operation("bedrock", "GetCustomModel", access=Access.READ, touches=_touches)
async def get_custom_model(call: Call[t.GetCustomModelRequest], ports: Ports) -> t.GetCustomModelResponse:
    """One custom model, by name or ARN, and how it was made."""
    row = await find(call.arguments["modelIdentifier"], call.principal.account, ports)
    made = row.body["made"]
    answer: Any = {
        "modelArn": row.body["arn"],
        "modelName": row.body["name"],
        "jobArn": row.body["job"],
        "baseModelArn": made["base_arn"],
        "customizationType": FINE_TUNING,
        "creationTime": utc(row.body["created"]),
        "modelStatus": "Active",
        **{member: made[member] for member in _ECHOED if member in made},
        **metrics(made),
    }
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("bedrock", "ListCustomModels", access=Access.LIST, touches=touches_account)
async def list_custom_models(call: Call[t.ListCustomModelsRequest], ports: Ports) -> t.ListCustomModelsResponse:
    """The account's custom models by name, base and time; the newest first unless asked otherwise."""
    asked = call.arguments
    rows = await ports.records.list(custom.CUSTOM_MODEL, call.principal.account, most=_MOST)
    wanted = [
        row
        for row in rows
        if asked.get("nameContains", "") in row.body["name"]
        and asked.get("modelStatus", "Active") == "Active"
        and asked.get("isOwned", True)
        and row.body["made"]["base_arn"] == asked.get("baseModelArnEquals", row.body["made"]["base_arn"])
        and row.body["made"]["base_arn"] == asked.get("foundationModelArnEquals", row.body["made"]["base_arn"])
        and within(asked, "creationTime", row.body["created"])
    ]
    found, token = page(wanted, asked, lambda row: float(row.body["created"]))
    return answered("modelSummaries", [_summary(row) for row in found], token)  # type: ignore[no-any-return] # the same


@operation("bedrock", "DeleteCustomModel", access=Access.WRITE, touches=_touches)
async def delete_custom_model(call: Call[t.DeleteCustomModelRequest], ports: Ports) -> t.DeleteCustomModelResponse:
    """Delete a custom model and its adapter, unless something still holds it."""
    account = call.principal.account
    row = await find(call.arguments["modelIdentifier"], account, ports)
    for kind in custom.HOLDERS:
        for holder in await ports.records.list(kind, account, most=_MOST):
            if row.name in custom.names_of(holder.body):
                raise ConflictError(f"The custom model is in use by {holder.body['arn']}. Delete that first.")
    await ports.records.delete(custom.CUSTOM_MODEL, account, row.name)
    await ports.catalogue.reload()
    return {}


def _summary(row: Row) -> Json:
    return {
        "modelArn": row.body["arn"],
        "modelName": row.body["name"],
        "creationTime": utc(row.body["created"]),
        "baseModelArn": row.body["made"]["base_arn"],
        "baseModelName": row.body["base"],
        "customizationType": FINE_TUNING,
        "ownerAccountId": row.account,
        "modelStatus": "Active",
    }
