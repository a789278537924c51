"""Aliases: names of the site's choice, AWS model ids for one, that lead to its own models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.errors import ConflictError, NotFoundError
from usina.core.operation import Access, Resource, operation
from usina.services.usina.models import find, model_resource
from usina.services.usina.pages import page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import usina_types as t


def _alias_and_model(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    model = model_resource(call.arguments["modelId"], call.principal.account, ports)
    return (Resource("Alias", call.arguments["alias"]), model)


def _alias(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    del ports
    return (Resource("Alias", call.arguments["alias"]),)


def _aliases(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    del call, ports
    return (Resource("Alias", "*"),)


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
    await ports.models.set_alias(alias, None)
    return {}
