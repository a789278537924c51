"""Imported models: described, listed, deleted. They are their account's alone; to others no such model is here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.ids import Arn
from usina.core.imports import IMPORTED
from usina.core.operation import Access, Resource, operation
from usina.services.bedrock.import_jobs import model_arn
from usina.services.bedrock.listing import answered, change, named, not_here, page, touches_account, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports, Row
    from usina.shapes import bedrock_types as t

_MOST_MODELS = 1_000_000


def _touches(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    asked, account = call.arguments["modelIdentifier"], call.principal.account
    arn = Arn.parse(asked)
    if arn is not None:
        return (Resource("ImportedModel", asked, arn.account),)
    return (Resource("ImportedModel", model_arn(asked, account, ports), account),)


@operation("bedrock", "GetImportedModel", access=Access.READ, touches=_touches)
async def get_imported_model(call: Call[t.GetImportedModelRequest], ports: Ports) -> t.GetImportedModelResponse:
    """One imported model, by name or ARN."""
    row = await _find(call, ports)
    answer: Any = _summary(row) | {
        "jobName": row.body["job_name"],
        "jobArn": row.body["job_arn"],
        "modelDataSource": row.body["source"],
    }
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("bedrock", "ListImportedModels", access=Access.LIST, touches=touches_account)
async def list_imported_models(call: Call[t.ListImportedModelsRequest], ports: Ports) -> t.ListImportedModelsResponse:
    """The account's imported models by name and time; the newest first unless asked otherwise."""
    asked = call.arguments
    wanted = [
        row
        for row in await ports.records.list(IMPORTED, call.principal.account, most=_MOST_MODELS)
        if _is_here(row)
        and asked.get("nameContains", "") in row.body["name"]
        and within(asked, "creationTime", row.body["created"])
    ]
    found, token = page(wanted, asked, lambda row: float(row.body["created"]))
    return answered("modelSummaries", [_summary(row) for row in found], token)  # type: ignore[no-any-return] # the same


@operation("bedrock", "DeleteImportedModel", access=Access.WRITE, touches=_touches)
async def delete_imported_model(
    call: Call[t.DeleteImportedModelRequest], ports: Ports
) -> t.DeleteImportedModelResponse:
    """Delete an imported model: its engine ends when what it answers is answered, then its files go."""
    row = await _find(call, ports)
    missing = not_here(call.arguments["modelIdentifier"])
    await change(ports, IMPORTED, row.account, row.name, lambda body: {**body, "removing": True}, missing=missing)
    ports.imports.removed(row.account, row.name)
    return {}


async def _find(call: Call[Any], ports: Ports) -> Row:
    asked, account = call.arguments["modelIdentifier"], call.principal.account
    arn = asked if asked.startswith("arn:") else model_arn(asked, account, ports)
    row = await ports.records.get(IMPORTED, account, named(arn, IMPORTED, account))
    if row is None or not _is_here(row):
        raise not_here(asked)
    return row


def _is_here(row: Row) -> bool:
    return bool(row.body["ready"] and not row.body["removing"])


def _summary(row: Row) -> Json:
    summary: Json = {
        "modelArn": row.body["arn"],
        "modelName": row.body["name"],
        "creationTime": utc(row.body["created"]),
        "instructSupported": row.body["chat"],
    }
    if row.body["architecture"]:
        summary["modelArchitecture"] = row.body["architecture"]
    return summary
