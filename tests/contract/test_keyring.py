"""The contract of the `Keyring` port, over every implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from usina.core.clock import SystemDice
from usina.core.errors import NotFoundError, ValidationError
from usina.core.iam import RoleFacts
from usina.core.operation import Principal
from usina.sovereignty.keyring import SiteKeyring
from usina.stores.records import open_records
from usina.testing.clock import VirtualClock
from usina.testing.keyring import FakeKeyring
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from usina.core.ports import Keyring, NewKey

A, B = "111111111111", "222222222222"
NOW = 1_800_000_000.0


@pytest.fixture(params=["fake", "memory", "sqlite"])
async def keyring(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Keyring]:
    clock = VirtualClock(NOW)
    if request.param == "fake":
        yield FakeKeyring(clock, SystemDice())
        return
    records = MemoryRecords() if request.param == "memory" else await open_records(tmp_path / "usina.db")
    yield SiteKeyring(records, bytes(32), clock, SystemDice())
    await records.close()


def user_of(key: NewKey) -> Principal:
    """The caller that a key proves."""
    card = key.card
    arn = f"arn:aws:iam::{card.account}:user/{card.user}"
    return Principal(card.account, arn, "AIDAEXAMPLE", card.user, card.roles, card.id)


@pytest.mark.parametrize("kind", ["access", "bearer"])
async def test_a_new_key_is_active_and_shows_its_secret_once(keyring: Keyring, kind: str) -> None:
    made = await keyring.create(kind, A, "ada", ["developer", "auditor"], None)  # type: ignore[arg-type]  # one of both
    card = made.card
    assert (card.kind, card.account, card.user, card.roles) == (kind, A, "ada", ("developer", "auditor"))
    assert (card.created_at, card.expires_at, card.active) == (NOW, None, True)
    assert made.secret
    assert made.secret not in repr(await keyring.list(A))
    assert list(await keyring.list(A)) == [card]


async def test_a_key_may_end_by_itself(keyring: Keyring) -> None:
    made = await keyring.create("bearer", A, "ada", ["developer"], 60)
    assert made.card.expires_at == NOW + 60


async def test_keys_are_listed_by_account_or_all(keyring: Keyring) -> None:
    first = await keyring.create("access", A, "ada", ["developer"], None)
    second = await keyring.create("access", B, "bob", ["developer"], None)
    assert {card.id for card in await keyring.list(A)} == {first.card.id}
    assert {card.id for card in await keyring.list(B)} == {second.card.id}
    assert {card.id for card in await keyring.list(None)} == {first.card.id, second.card.id}
    assert list(await keyring.list("333333333333")) == []


async def test_a_revoked_key_stays_listed_as_not_active(keyring: Keyring) -> None:
    made = await keyring.create("access", A, "ada", ["developer"], None)
    ended = await keyring.revoke(made.card.id)
    assert (ended.id, ended.active) == (made.card.id, False)
    assert [card.active for card in await keyring.list(A)] == [False]
    assert not (await keyring.revoke(made.card.id)).active


async def test_a_key_that_is_not_there_cannot_be_revoked(keyring: Keyring) -> None:
    for key_id in ("AKIAIOSFODNN7EXAMPLE", "", "nonsense", "AKIA\0"):
        with pytest.raises(NotFoundError):
            await keyring.revoke(key_id)


async def test_a_session_of_a_role_is_that_role_of_the_callers_account(keyring: Keyring) -> None:
    made = await keyring.create("access", A, "ada", ["administrator"], None)
    session = await keyring.session(user_of(made), "auditor", "night-shift", 900)
    who = session.principal
    assert who.arn == f"arn:aws:sts::{A}:assumed-role/auditor/night-shift"
    assert (who.account, who.roles, who.name, who.session) == (A, ("auditor",), "night-shift", True)
    assert who.user_id.endswith(":night-shift")
    assert session.access_key_id == who.key_id
    assert session.access_key_id.startswith("ASIA")
    assert session.expires_at == NOW + 900
    assert session.secret_access_key
    assert session.session_token


async def test_a_session_of_oneself_is_the_caller(keyring: Keyring) -> None:
    made = await keyring.create("access", A, "ada", ["developer"], None)
    session = await keyring.session(user_of(made), None, "ada", 900)
    who = session.principal
    assert (who.arn, who.roles, who.session) == (f"arn:aws:iam::{A}:user/ada", ("developer",), True)
    assert who.key_id == session.access_key_id != made.card.id


async def test_a_suspended_key_is_not_active_and_comes_back(keyring: Keyring) -> None:
    made = await keyring.create("access", A, "ada", ["iam"], None)
    for suspended in (True, True, False, False):
        card = await keyring.suspend(made.card.id, suspended=suspended)
        assert (card.id, card.active, card.ended) == (made.card.id, not suspended, False)
        assert [(each.active, each.ended) for each in await keyring.list(A)] == [(not suspended, False)]


async def test_a_key_that_was_ended_does_not_come_back(keyring: Keyring) -> None:
    made = await keyring.create("access", A, "ada", ["iam"], None)
    ended = await keyring.revoke(made.card.id)
    assert (ended.active, ended.ended) == (False, True)
    for suspended in (True, False):
        with pytest.raises(NotFoundError):
            await keyring.suspend(made.card.id, suspended=suspended)
    with pytest.raises(NotFoundError):
        await keyring.suspend("AKIAIOSFODNN7EXAMPLE", suspended=True)


async def test_a_session_of_an_accounts_own_role_has_no_site_role(keyring: Keyring) -> None:
    made = await keyring.create("access", A, "ada", ["administrator"], None)
    role = RoleFacts(A, "administrator", "AROAEXAMPLE", f"arn:aws:iam::{A}:role/x/administrator", 3_600)
    for caller in (user_of(made), None):
        who = (await keyring.session(caller, role, "work", 900)).principal
        assert who.arn == f"arn:aws:sts::{A}:assumed-role/administrator/work"
        assert (who.user_id, who.roles, who.session) == ("AROAEXAMPLE:work", ("iam",), True)


async def test_without_a_caller_there_is_no_session_of_a_site_role(keyring: Keyring) -> None:
    for role in ("administrator", None):
        with pytest.raises(ValidationError):
            await keyring.session(None, role, "work", 900)
