from __future__ import annotations

from typing import Any

import pytest

from usina.core.errors import ConflictError, NotFoundError, ValidationError
from usina.core.operation import Resource
from usina.services import operations
from usina.services.usina.keys import create_key, list_keys, revoke_key
from usina.testing.clock import VirtualClock
from usina.testing.world import ACCOUNT, call_of, principal, world

OTHER = "444455556666"


def touched(name: str, arguments: dict[str, Any]) -> list[Resource]:
    return list(operations()["usina", name].touches(call_of(arguments), world()))


async def test_a_key_is_made_for_the_callers_own_account_with_its_secret() -> None:
    ports = world()
    made = await create_key(call_of({"user": "eve", "roles": ["developer", "developer"]}), ports)
    assert made["key"]["account"] == ACCOUNT
    assert made["key"]["kind"] == "access"
    assert made["key"]["roles"] == ["developer"]
    assert "expiresAt" not in made["key"]
    assert made["secret"]


async def test_a_key_may_end_by_itself() -> None:
    ports = world()
    arguments = {"user": "eve", "roles": ["developer"], "kind": "bearer", "lifetimeSeconds": 3600}
    key = (await create_key(call_of(arguments), ports))["key"]
    assert (key["expiresAt"] - key["createdAt"]).total_seconds() == 3600
    assert key["kind"] == "bearer"


async def test_a_listing_shows_one_account_and_no_secret() -> None:
    ports = world()
    mine = await create_key(call_of({"user": "eve", "roles": ["developer"]}), ports)
    theirs = await create_key(call_of({"user": "bob", "roles": ["developer"], "account": OTHER}), ports)
    assert [key["keyId"] for key in (await list_keys(call_of({}), ports))["keys"]] == [mine["key"]["keyId"]]
    listed = (await list_keys(call_of({"allAccounts": True}), ports))["keys"]
    assert [key["keyId"] for key in listed] == [mine["key"]["keyId"], theirs["key"]["keyId"]]
    seen = await list_keys(call_of({}, principal(account=OTHER)), ports)
    assert [key["user"] for key in seen["keys"]] == ["bob"]
    assert mine["secret"] not in str(listed)


async def test_one_account_and_all_accounts_are_not_asked_for_at_once() -> None:
    with pytest.raises(ValidationError, match="not both"):
        await list_keys(call_of({"account": OTHER, "allAccounts": True}), world())


async def test_a_revoked_key_is_shown_as_ended() -> None:
    ports = world()
    made = await create_key(call_of({"user": "eve", "roles": ["developer"]}), ports)
    ended = await revoke_key(call_of({"keyId": made["key"]["keyId"]}), ports)
    assert ended["key"]["active"] is False


async def test_a_key_whose_time_is_over_is_shown_as_ended() -> None:
    clock = VirtualClock()
    ports = world(clock=clock)
    await create_key(call_of({"user": "eve", "roles": ["developer"], "lifetimeSeconds": 60}), ports)
    assert (await list_keys(call_of({}), ports))["keys"][0]["active"] is True
    clock.advance(60)
    assert (await list_keys(call_of({}), ports))["keys"][0]["active"] is False


async def test_a_key_of_another_account_is_not_found() -> None:
    ports = world()
    theirs = await create_key(call_of({"user": "bob", "roles": ["developer"], "account": OTHER}), ports)
    with pytest.raises(NotFoundError, match="ListKeys"):
        await revoke_key(call_of({"keyId": theirs["key"]["keyId"]}), ports)
    assert (await list_keys(call_of({"account": OTHER}), ports))["keys"][0]["active"] is True


async def test_the_last_administrator_key_stays() -> None:
    ports = world()
    first = await create_key(call_of({"user": "root", "roles": ["administrator"]}), ports)
    ending = {"user": "root", "roles": ["administrator"], "lifetimeSeconds": 60}
    await create_key(call_of(ending), ports)
    with pytest.raises(ConflictError, match="create another"):
        await revoke_key(call_of({"keyId": first["key"]["keyId"]}), ports)
    await create_key(call_of({"user": "root", "roles": ["administrator"]}), ports)
    assert (await revoke_key(call_of({"keyId": first["key"]["keyId"]}), ports))["key"]["active"] is False


def test_policy_judges_the_account_the_new_key_and_every_role_that_is_given() -> None:
    assert touched("CreateKey", {"user": "eve", "roles": ["developer", "auditor"]}) == [
        Resource("Account", ACCOUNT, ACCOUNT),
        Resource("Key", "*", ACCOUNT, {"user": "eve", "kind": "access"}),
        Resource("Role", "developer", ACCOUNT),
        Resource("Role", "auditor", ACCOUNT),
    ]
    assert touched("CreateKey", {"user": "eve", "roles": ["developer"], "account": OTHER})[0].account == OTHER


def test_a_listing_of_all_accounts_touches_the_keys_of_all() -> None:
    assert touched("ListKeys", {}) == [Resource("Account", ACCOUNT, ACCOUNT)]
    assert touched("ListKeys", {"account": OTHER}) == [Resource("Account", OTHER, OTHER)]
    assert touched("ListKeys", {"allAccounts": True}) == [Resource("Key", "*")]


def test_policy_judges_the_key_with_its_account() -> None:
    assert touched("RevokeKey", {"keyId": "AKIAX"}) == [Resource("Key", "AKIAX", ACCOUNT)]
