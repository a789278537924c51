"""The list of names that this site answers to: its models, and the aliases that lead to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.operation import Access, operation, site_resource
from usina.services.openai.naming import find_model, touch_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call, Result
    from usina.core.ports import Json, ModelCard, Ports

_GOING_OR_COMING = frozenset({"IMPORTING", "FAILED", "REMOVING"})


@operation("openai", "ListModels", access=Access.LIST, touches=site_resource)
async def list_models(_call: Call[Mapping[str, Any]], ports: Ports) -> Result:
    """Models that answer, each followed by nothing of its inside, then the aliases in force."""
    cards = {card.id: card for card in ports.catalogue.cards() if card.state not in _GOING_OR_COMING}
    entries = [_entry(card.id, card) for card in cards.values()]
    aliases = ports.catalogue.aliases()
    entries += [_entry(alias, cards[aliases[alias]]) for alias in sorted(aliases) if aliases[alias] in cards]
    return {"object": "list", "data": entries}


@operation("openai", "RetrieveModel", access=Access.READ, touches=touch_model)
async def retrieve_model(call: Call[Mapping[str, Any]], ports: Ports) -> Result:
    """One model, under the name that was asked."""
    card = find_model(call, ports).card
    call.meter.model = card.id
    return _entry(call.arguments["model"], card)


def _entry(name: str, card: ModelCard) -> Json:
    return {
        "id": name,
        "object": "model",
        "created": int(card.created_at),
        "owned_by": card.provider,
        "usina_model": card.id,  # the one that really answers
    }
