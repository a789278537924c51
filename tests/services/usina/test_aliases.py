from __future__ import annotations

import pytest

from usina.core.errors import ConflictError, NotFoundError
from usina.services import operations
from usina.services.usina.aliases import (
    delete_alias,
    disable_shipped_aliases,
    enable_shipped_aliases,
    list_aliases,
    put_alias,
)
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.world import call_of, world


async def test_an_alias_leads_to_the_model_it_was_put_on() -> None:
    ports = world()
    put = await put_alias(call_of({"alias": "anthropic.claude-x", "modelId": CHAT.id}), ports)
    assert put == {"alias": {"alias": "anthropic.claude-x", "modelId": CHAT.id}}
    found = ports.catalogue.resolve("anthropic.claude-x", "111122223333")
    assert found is not None
    assert found.card.id == CHAT.id


async def test_an_alias_of_an_alias_is_put_on_the_model_itself() -> None:
    ports = world(aliases={"first": CHAT.id})
    put = await put_alias(call_of({"alias": "second", "modelId": "first"}), ports)
    assert put["alias"]["modelId"] == CHAT.id


async def test_an_alias_cannot_hide_a_model() -> None:
    ports = world()
    with pytest.raises(ConflictError, match="another name"):
        await put_alias(call_of({"alias": EMBEDDING.id, "modelId": CHAT.id}), ports)


async def test_an_alias_cannot_lead_nowhere() -> None:
    with pytest.raises(NotFoundError):
        await put_alias(call_of({"alias": "nice", "modelId": "no.such"}), world())


async def test_aliases_are_listed_in_order_and_by_pages() -> None:
    ports = world(aliases={"b": CHAT.id, "a": EMBEDDING.id})
    first = await list_aliases(call_of({"maxResults": 1}), ports)
    second = await list_aliases(call_of({"nextToken": first["nextToken"]}), ports)
    assert first["aliases"] == [{"alias": "a", "modelId": EMBEDDING.id}]
    assert second == {"aliases": [{"alias": "b", "modelId": CHAT.id}]}


async def test_an_alias_is_taken_away_once() -> None:
    ports = world(aliases={"nice": CHAT.id})
    assert await delete_alias(call_of({"alias": "nice"}), ports) == {}
    with pytest.raises(NotFoundError, match="ListAliases"):
        await delete_alias(call_of({"alias": "nice"}), ports)


async def test_the_shipped_aliases_are_switched_on_for_a_model_and_off() -> None:
    ports = world()
    await enable_shipped_aliases(call_of({}), ports)
    assert ports.catalogue.aliases() == {"@aws": CHAT.id}
    await enable_shipped_aliases(call_of({"modelId": EMBEDDING.id}), ports)
    assert ports.catalogue.aliases() == {"@aws": EMBEDDING.id}
    assert await disable_shipped_aliases(call_of({}), ports) == {"aliases": []}
    with pytest.raises(NotFoundError, match="aws_aliases"):
        await disable_shipped_aliases(call_of({}), ports)


async def test_the_shipped_aliases_need_a_model() -> None:
    with pytest.raises(NotFoundError, match="ListModels"):
        await enable_shipped_aliases(call_of({}), world(cards=(EMBEDDING,)))
    with pytest.raises(NotFoundError, match="ListModels"):
        await enable_shipped_aliases(call_of({"modelId": "no.such"}), world())


def test_policy_judges_the_switch_and_the_model() -> None:
    touches = operations()["usina", "EnableShippedAliases"].touches
    resources = touches(call_of({}), world())
    assert [(resource.type, resource.id) for resource in resources] == [("Alias", "@aws"), ("Model", CHAT.id)]


async def test_a_shipped_alias_is_not_taken_away_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def not_of_the_site(*_: object) -> None:
        raise NotFoundError("no row")

    ports = world(aliases={"anthropic.claude-x": CHAT.id})
    monkeypatch.setattr(type(ports.models), "set_alias", not_of_the_site)
    with pytest.raises(ConflictError, match="DisableShippedAliases"):
        await delete_alias(call_of({"alias": "anthropic.claude-x"}), ports)


def test_policy_judges_the_alias_and_the_model_behind_it() -> None:
    touches = operations()["usina", "PutAlias"].touches
    resources = touches(call_of({"alias": "nice", "modelId": CHAT.id}), world())
    assert [(resource.type, resource.id) for resource in resources] == [("Alias", "nice"), ("Model", CHAT.id)]
    assert resources[0].attributes == {"model": CHAT.id}
    (alias,) = operations()["usina", "DeleteAlias"].touches(
        call_of({"alias": "nice"}), world(aliases={"nice": CHAT.id})
    )
    assert (alias.type, alias.id, alias.attributes) == ("Alias", "nice", {"model": CHAT.id})
