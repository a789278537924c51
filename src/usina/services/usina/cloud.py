"""Models outside the site and what may be asked of them a day. Whether anything may leave is policy's to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from usina.core.clock import utc
from usina.core.cloud import SITE_SCOPE, Budget, CloudSource
from usina.core.operation import Access, Resource, operation, site_resource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.cloud import BudgetUse, CloudModel
    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import usina_types as t

_SITE = "site"
_OPTIONAL: Mapping[str, str] = {
    "region": "region",
    "task": "task",
    "contextTokens": "context_tokens",
    "maxOutputTokens": "max_output_tokens",
    "authorityPem": "authority_pem",
    "accessKeyId": "access_key_id",
    "secret": "secret",
    "sessionToken": "session_token",
}


def _cloud_model(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    del ports
    asked = call.arguments
    attributes = {"protocol": asked.get("protocol", ""), "upstream": asked.get("upstreamModel", "")}
    return (Resource("CloudModel", asked["modelId"], attributes=attributes),)


def _cloud_models(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    del call, ports
    return (Resource("CloudModel", "*"),)


def _describe(model: CloudModel) -> t.CloudModelDescription:
    source = model.source
    described: dict[str, Any] = {
        "modelId": source.model_id,
        "protocol": source.protocol,
        "address": source.address,
        "upstreamModel": source.upstream_model,
        "region": source.region,
        "task": source.task,
        "contextTokens": source.context_tokens,
        "maxOutputTokens": source.max_output_tokens,
        "accessKeyId": source.access_key_id,
        "pinned": bool(source.authority_pem),
        "createdAt": utc(model.created_at),
    }
    return cast("t.CloudModelDescription", {name: value for name, value in described.items() if value != ""})


def _describe_budget(use: BudgetUse) -> t.CloudBudgetDescription:
    budget, used = use.budget, use.used
    described: dict[str, Any] = {
        "scope": _SITE if budget.scope == SITE_SCOPE else budget.scope,
        "day": use.day,
        "requests": budget.requests,
        "bytes": budget.bytes,
        "tokens": budget.tokens,
        "usedRequests": used.requests,
        "usedBytes": used.bytes,
        "usedTokens": used.tokens,
    }
    return cast("t.CloudBudgetDescription", {name: value for name, value in described.items() if value is not None})


@operation("usina", "PutCloudModel", access=Access.PERMISSIONS, touches=_cloud_model)
async def put_cloud_model(call: Call[t.PutCloudModelRequest], ports: Ports) -> t.PutCloudModelResponse:
    """Add a model that answers from outside the site, or change one; its credentials are sealed."""
    asked: Mapping[str, Any] = call.arguments
    given: dict[str, Any] = {name: asked[member] for member, name in _OPTIONAL.items() if member in asked}
    source = CloudSource(asked["modelId"], asked["protocol"], asked["address"], asked["upstreamModel"], **given)
    return {"model": _describe(await ports.cloud_models.put(source))}


@operation("usina", "ListCloudModels", access=Access.LIST, touches=_cloud_models)
async def list_cloud_models(call: Call[t.ListCloudModelsRequest], ports: Ports) -> t.ListCloudModelsResponse:
    """List the models that answer from outside the site, without their credentials."""
    del call
    return {"models": [_describe(model) for model in await ports.cloud_models.models()]}


@operation("usina", "RemoveCloudModel", access=Access.PERMISSIONS, touches=_cloud_model)
async def remove_cloud_model(call: Call[t.RemoveCloudModelRequest], ports: Ports) -> t.RemoveCloudModelResponse:
    """Forget a model outside and its credentials."""
    model_id = call.arguments["modelId"]
    await ports.cloud_models.remove(model_id)
    return {"modelId": model_id}


@operation("usina", "ListCloudBudgets", access=Access.LIST, touches=site_resource)
async def list_cloud_budgets(call: Call[t.ListCloudBudgetsRequest], ports: Ports) -> t.ListCloudBudgetsResponse:
    """List how much may leave the site on one day, and what of it is used today."""
    del call
    return {"budgets": [_describe_budget(use) for use in await ports.cloud_budgets.budgets()]}


@operation("usina", "PutCloudBudget", access=Access.PERMISSIONS, touches=site_resource)
async def put_cloud_budget(call: Call[t.PutCloudBudgetRequest], ports: Ports) -> t.PutCloudBudgetResponse:
    """Set how much may leave the site on one day; without any amount the budget is taken away."""
    asked = call.arguments
    scope = SITE_SCOPE if asked["scope"] == _SITE else asked["scope"]
    budget = Budget(scope, asked.get("requests"), asked.get("bytes"), asked.get("tokens"))
    return {"budget": _describe_budget(await ports.cloud_budgets.set_budget(budget))}
