"""The models of the site: list, describe, import, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from usina.core.clock import utc
from usina.core.cloud import CLOUD
from usina.core.errors import NotFoundError, ValidationError
from usina.core.models import judged
from usina.core.operation import Access, Resource, operation
from usina.core.ports import ImportSource
from usina.services.usina.pages import page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import ModelCard, Ports
    from usina.shapes import usina_types as t

_TO_BE_NAMED = "(to be named)"


def model_resource(name: str, account: str, ports: Ports) -> Resource:
    """The model that a name leads to, as policy sees it."""
    return judged(ports.catalogue.resolve(name, account), name, account)[0]


def _named_model(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    return (model_resource(call.arguments["modelId"], call.principal.account, ports),)


def _new_model(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    return (model_resource(call.arguments.get("modelId", _TO_BE_NAMED), call.principal.account, ports),)


def describe(card: ModelCard, ports: Ports) -> t.ModelDescription:
    """A card as answers show it; what does not apply is left out."""
    described: dict[str, Any] = {
        "modelId": card.id,
        "modelArn": card.arn(ports.site.region),
        "name": card.name,
        "provider": card.provider,
        "task": card.task,
        "runtime": card.runtime,
        "state": card.state,
        "stateReason": card.state_reason,
        "contextTokens": card.context_tokens,
        "maxOutputTokens": card.max_output_tokens,
        "embeddingDimensions": card.embedding_dimensions,
        "tools": card.tools,
        "structuredOutput": card.structured_output,
        "licence": card.licence,
        "source": card.source,
        "sha256": card.sha256,
        "sizeBytes": card.size_bytes,
        "quantisation": card.quantisation,
        "parameterCount": card.parameter_count,
        "createdAt": utc(card.created_at) if card.created_at else "",
        "aliases": sorted(alias for alias, model_id in ports.catalogue.aliases().items() if model_id == card.id),
    }
    stage, share = ports.models.progress(card.id) if card.state == "IMPORTING" else ("", 0.0)
    if stage:
        described |= {"progressStage": stage, "progressShare": share}
    known = {name: value for name, value in described.items() if value or isinstance(value, (bool, float, list))}
    return cast("t.ModelDescription", known)


def find(name: str, account: str, ports: Ports) -> ModelCard:
    """The card that a name leads to.

    Raises:
        NotFoundError: to none.
    """
    found = ports.catalogue.resolve(name, account)
    if found is None:
        raise NotFoundError(f"The site has no model {name}. ListModels shows those it has.")
    return found.card


def _models(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    del call, ports
    return (Resource("Model", "*"),)


@operation("usina", "ListModels", access=Access.LIST, touches=_models)
async def list_models(call: Call[t.ListModelsRequest], ports: Ports) -> t.ListModelsResponse:
    """List the models of the site, in order of id."""
    asked = call.arguments
    cards, token = page(ports.catalogue.cards(), lambda card: card.id, asked.get("maxResults"), asked.get("nextToken"))
    answer: t.ListModelsResponse = {"models": [describe(card, ports) for card in cards]}
    if token is not None:
        answer["nextToken"] = token
    return answer


@operation("usina", "DescribeModel", access=Access.READ, touches=_named_model)
async def describe_model(call: Call[t.DescribeModelRequest], ports: Ports) -> t.DescribeModelResponse:
    """Describe one model; while it is being imported, how far that is."""
    return {"model": describe(find(call.arguments["modelId"], call.principal.account, ports), ports)}


@operation("usina", "ImportModel", access=Access.WRITE, touches=_new_model)
async def import_model(call: Call[t.ImportModelRequest], ports: Ports) -> t.ImportModelResponse:
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
async def remove_model(call: Call[t.RemoveModelRequest], ports: Ports) -> t.RemoveModelResponse:
    """Stop a model's engine and delete its files. An alias is not enough to name it: what goes must be said."""
    name = call.arguments["modelId"]
    card = find(name, call.principal.account, ports)
    if name not in {card.id, card.arn(ports.site.region)}:
        raise ValidationError(f"{name} is an alias of {card.id}: remove the model by its own id, or delete the alias")
    if card.runtime == CLOUD:
        raise ValidationError(f"{card.id} answers from outside this site: RemoveCloudModel takes it away")
    await ports.models.remove_model(card.id)
    return {"modelId": card.id}
