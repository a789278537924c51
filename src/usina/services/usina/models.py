"""The models of the site: list, describe, import, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import NotFoundError, ValidationError
from usina.core.operation import Access, Resource, operation, site_resource
from usina.core.ports import ImportSource
from usina.services.usina.pages import page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import ModelCard, Ports

_TO_BE_NAMED = "(to be named)"


def model_resource(name: str, account: str, ports: Ports) -> Resource:
    """The model that a name leads to, as policy sees it."""
    found = ports.catalogue.resolve(name, account)
    if found is None:
        return Resource("Model", name, attributes={"known": False})
    card = found.card
    return Resource(
        "Model",
        card.id,
        attributes={
            "known": True,
            "provider": card.provider,
            "task": card.task,
            "runtime": card.runtime,
            "alias": found.alias,
        },
    )


def _named_model(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    return (model_resource(call.arguments["modelId"], call.principal.account, ports),)


def _new_model(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    return (model_resource(call.arguments.get("modelId", _TO_BE_NAMED), call.principal.account, ports),)


def describe(card: ModelCard, ports: Ports) -> dict[str, Any]:
    """A card as answers show it; what does not apply is left out."""
    stage, share = ports.models.progress(card.id)
    importing = card.state == "IMPORTING"
    return {
        "modelId": card.id,
        "modelArn": card.arn(ports.site.region),
        "name": card.name,
        "provider": card.provider,
        "task": card.task,
        "runtime": card.runtime,
        "state": card.state,
        "stateReason": card.state_reason or None,
        "progressStage": stage if importing and stage else None,
        "progressShare": share if importing and stage else None,
        "contextTokens": card.context_tokens or None,
        "maxOutputTokens": card.max_output_tokens or None,
        "embeddingDimensions": card.embedding_dimensions or None,
        "tools": card.tools,
        "structuredOutput": card.structured_output,
        "licence": card.licence or None,
        "source": card.source or None,
        "sha256": card.sha256 or None,
        "sizeBytes": card.size_bytes or None,
        "quantisation": card.quantisation or None,
        "parameterCount": card.parameter_count or None,
        "createdAt": utc(card.created_at) if card.created_at else None,
        "aliases": sorted(alias for alias, model_id in ports.catalogue.aliases().items() if model_id == card.id),
    }


def find(name: str, account: str, ports: Ports) -> ModelCard:
    """The card that a name leads to.

    Raises:
        NotFoundError: to none.
    """
    found = ports.catalogue.resolve(name, account)
    if found is None:
        raise NotFoundError(f"The site has no model {name}. ListModels shows those it has.")
    return found.card


@operation("usina", "ListModels", access=Access.LIST, touches=site_resource)
async def list_models(call: Call[Mapping[str, Any]], ports: Ports) -> dict[str, Any]:
    """List the models of the site, in order of id."""
    cards = ports.catalogue.cards()
    return page(cards, call.arguments, lambda card: card.id, lambda card: describe(card, ports), "models")


@operation("usina", "DescribeModel", access=Access.READ, touches=_named_model)
async def describe_model(call: Call[Mapping[str, Any]], ports: Ports) -> dict[str, Any]:
    """Describe one model; while it is being imported, how far that is."""
    return {"model": describe(find(call.arguments["modelId"], call.principal.account, ports), ports)}


@operation("usina", "ImportModel", access=Access.WRITE, touches=_new_model)
async def import_model(call: Call[Mapping[str, Any]], ports: Ports) -> dict[str, Any]:
    """Start to bring a model onto this site; a control loop does the work."""
    asked = call.arguments
    source = asked["source"]
    if source["kind"] != "attached" and "upstreamModel" in source:
        raise ValidationError("source.upstreamModel is for sources of kind attached only")
    model_id = await ports.models.import_model(
        ImportSource(
            kind=source["kind"],
            location=source["location"],
            model_id=asked.get("modelId", ""),
            licence=asked.get("licence", ""),
            task=asked.get("task", ""),
            upstream_model=source.get("upstreamModel", ""),
            requantise=asked.get("requantise", True),
        )
    )
    return {"model": describe(find(model_id, call.principal.account, ports), ports)}


@operation("usina", "RemoveModel", access=Access.WRITE, touches=_named_model)
async def remove_model(call: Call[Mapping[str, Any]], ports: Ports) -> dict[str, Any]:
    """Stop a model's engine and delete its files. An alias is not enough to name it: what goes must be said."""
    name = call.arguments["modelId"]
    card = find(name, call.principal.account, ports)
    if name not in {card.id, card.arn(ports.site.region)}:
        raise ValidationError(f"{name} is an alias of {card.id}: remove the model by its own id, or delete the alias")
    await ports.models.remove_model(card.id)
    return {"modelId": card.id}
