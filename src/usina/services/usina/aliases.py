"""Aliases: names of the site's choice, AWS model ids for one, that lead to its own models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.cloud import CLOUD
from usina.core.errors import ConflictError, NotFoundError
from usina.core.operation import Access, Resource, operation
from usina.services.usina.models import find, model_resource
from usina.services.usina.pages import page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import ModelCard, Ports
    from usina.shapes import usina_types as t


_SHIPPED = "@aws"  # the name by which the model store switches the shipped set


def _alias_and_model(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    model = model_resource(call.arguments["modelId"], call.principal.account, ports)
    return (Resource("Alias", call.arguments["alias"], attributes={"model": model.id}), model)


def _alias(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    alias = call.arguments["alias"]
    return (Resource("Alias", alias, attributes={"model": ports.catalogue.aliases().get(alias, "")}),)


def _aliases(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    del call, ports
    return (Resource("Alias", "*"),)


def _shipped(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    del call, ports
    return (Resource("Alias", _SHIPPED),)


def _shipped_model(call: Call[Any], ports: Ports) -> ModelCard | None:
    """The model that is named, else the oldest one that chats."""
    name = call.arguments.get("modelId")
    if name is not None:
        found = ports.catalogue.resolve(name, call.principal.account)
        return None if found is None else found.card
    chatting = [card for card in ports.catalogue.cards() if card.task == "chat" and card.runtime != CLOUD]
    return min(chatting, key=lambda card: (card.created_at, card.id), default=None)


def _shipped_and_model(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    card = _shipped_model(call, ports)
    name = call.arguments.get("modelId", "") if card is None else card.id
    model = model_resource(name, call.principal.account, ports)
    return (Resource("Alias", _SHIPPED, attributes={"model": model.id}), model)


def _in_force(ports: Ports) -> list[t.AliasDescription]:
    return [{"alias": alias, "modelId": model_id} for alias, model_id in sorted(ports.catalogue.aliases().items())]


@operation("usina", "ListAliases", access=Access.LIST, touches=_aliases)
async def list_aliases(call: Call[t.ListAliasesRequest], ports: Ports) -> t.ListAliasesResponse:
    """List the aliases in force, in order of name."""
    asked, pairs = call.arguments, ports.catalogue.aliases().items()
    found, token = page(pairs, lambda pair: pair[0], asked.get("maxResults"), asked.get("nextToken"))
    answer: t.ListAliasesResponse = {"aliases": [{"alias": alias, "modelId": model_id} for alias, model_id in found]}
    if token is not None:
        answer["nextToken"] = token
    return answer


@operation("usina", "PutAlias", access=Access.WRITE, touches=_alias_and_model)
async def put_alias(call: Call[t.PutAliasRequest], ports: Ports) -> t.PutAliasResponse:
    """Point a name at a model. An id that is a model's own cannot be an alias: it would hide the model."""
    alias = call.arguments["alias"]
    card = find(call.arguments["modelId"], call.principal.account, ports)
    if any(other.id == alias for other in ports.catalogue.cards()):
        raise ConflictError(f"{alias} is the id of a model of this site: choose another name")
    await ports.models.set_alias(alias, card.id)
    return {"alias": {"alias": alias, "modelId": card.id}}


@operation("usina", "DeleteAlias", access=Access.WRITE, touches=_alias)
async def delete_alias(call: Call[t.DeleteAliasRequest], ports: Ports) -> t.DeleteAliasResponse:
    """Take an alias away."""
    alias = call.arguments["alias"]
    if alias not in ports.catalogue.aliases():
        raise NotFoundError(f"The site has no alias {alias}. ListAliases shows those it has.")
    try:
        await ports.models.set_alias(alias, None)
    except NotFoundError:
        raise ConflictError(
            f"{alias} is one of the shipped aliases, which are switched together: DisableShippedAliases does that"
        ) from None
    return {}


@operation("usina", "EnableShippedAliases", access=Access.WRITE, touches=_shipped_and_model)
async def enable_shipped_aliases(
    call: Call[t.EnableShippedAliasesRequest], ports: Ports
) -> t.EnableShippedAliasesResponse:
    """Switch on the AWS model ids that ship with the factory, as aliases of this site's models."""
    card = _shipped_model(call, ports)
    if card is None:
        raise NotFoundError("The site has no such model to lead them to. ListModels shows those it has.")
    await ports.models.set_alias(_SHIPPED, card.id)
    return {"aliases": _in_force(ports)}


@operation("usina", "DisableShippedAliases", access=Access.WRITE, touches=_shipped)
async def disable_shipped_aliases(
    call: Call[t.DisableShippedAliasesRequest], ports: Ports
) -> t.DisableShippedAliasesResponse:
    """Switch the shipped aliases off."""
    del call
    try:
        await ports.models.set_alias(_SHIPPED, None)
    except NotFoundError:
        raise NotFoundError(
            "The shipped aliases were not switched on by EnableShippedAliases; where site.toml does it (aws_aliases "
            "under [engine]), it alone can undo it."
        ) from None
    return {"aliases": _in_force(ports)}
