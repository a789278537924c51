"""Bearer tokens, and the keys of the first start."""

from __future__ import annotations

import pytest

from tests.sovereignty.signing import (
    ACCOUNT,
    bearer_request,
    refused,
    signed_site,
    with_header,
)
from usina.core.clock import SystemDice
from usina.core.errors import Kind, ValidationError
from usina.core.limits import DEFAULT_LIMITS
from usina.sovereignty.identity import Authenticator, bootstrap
from usina.sovereignty.keyring import SiteKeyring
from usina.testing.clock import VirtualClock
from usina.testing.records import MemoryRecords

SKEW = DEFAULT_LIMITS.clock_skew_seconds


async def test_a_long_term_bearer_key_proves_its_user_every_time() -> None:
    site = await signed_site()
    for _ in range(3):
        proof = await site.authenticator.authenticate(bearer_request(site.bearer.secret))
        assert (proof.principal.name, proof.principal.key_id, proof.method) == ("ada", site.bearer.card.id, "bearer")
        assert proof.payload == b"{}"


async def test_the_scheme_of_a_bearer_token_is_read_in_any_case() -> None:
    site = await signed_site()
    request = with_header(bearer_request(""), "authorization", f"bearer  {site.bearer.secret}")
    assert (await site.authenticator.authenticate(request)).principal.name == "ada"


@pytest.mark.parametrize(
    "token", ["", "ABSK", "sk-123", "ABSK!!!", "bedrock-api-key-", "x" * 100_000, "\udc80", "ABSKéé"]
)
async def test_a_bearer_token_that_is_none_of_ours_is_refused(token: str) -> None:
    site = await signed_site()
    assert (await refused(site.authenticator, bearer_request(token))).error_kind is Kind.TOKEN_INVALID


async def test_a_bearer_token_with_one_character_changed_is_refused() -> None:
    site = await signed_site()
    token = site.bearer.secret
    await site.authenticator.authenticate(bearer_request(token))
    for index in range(len(token)):
        changed = token[:index] + ("A" if token[index] != "A" else "B") + token[index + 1 :]
        error = await refused(site.authenticator, bearer_request(changed))
        assert error.error_kind is Kind.TOKEN_INVALID


async def test_a_bearer_key_ends_at_its_time() -> None:
    site = await signed_site()
    key = await site.keyring.create("bearer", ACCOUNT, "ada", ["developer"], 3600)
    await site.authenticator.authenticate(bearer_request(key.secret))
    site.clock.advance(3600)
    assert (await refused(site.authenticator, bearer_request(key.secret))).error_kind is Kind.TOKEN_EXPIRED


async def test_a_bearer_key_ends_when_it_is_revoked() -> None:
    site = await signed_site()
    await site.authenticator.authenticate(bearer_request(site.bearer.secret))
    await site.keyring.revoke(site.bearer.card.id)
    assert (await refused(site.authenticator, bearer_request(site.bearer.secret))).error_kind is Kind.KEY_UNKNOWN
    again = site.restarted()
    assert (await refused(again.authenticator, bearer_request(site.bearer.secret))).error_kind is Kind.TOKEN_INVALID


async def test_the_first_start_makes_an_account_with_an_administrators_keys_once() -> None:
    records, clock = MemoryRecords(), VirtualClock()
    keyring = SiteKeyring(records, bytes(32), clock, SystemDice())
    first = await bootstrap(records, keyring, SystemDice(), "210987654321")
    assert first is not None
    await first.delivered()
    assert first.account == "210987654321"
    proof = await Authenticator(keyring, clock, DEFAULT_LIMITS).authenticate(bearer_request(first.bearer.secret))
    assert (proof.principal.account, proof.principal.roles) == ("210987654321", ("administrator",))
    assert await keyring.accounts() == ["210987654321"]
    assert await bootstrap(records, keyring, SystemDice(), "999999999999") is None


async def test_a_first_start_that_died_before_its_keys_were_delivered_is_repeated() -> None:
    records, clock = MemoryRecords(), VirtualClock()
    keyring = SiteKeyring(records, bytes(32), clock, SystemDice())
    lost = await bootstrap(records, keyring, SystemDice())
    again = await bootstrap(records, keyring, SystemDice(), "999999999999")
    assert lost is not None
    assert again is not None
    assert again.account == lost.account
    assert len(again.account) == 12
    active = {card.id for card in await keyring.list(None) if card.active}
    assert active == {again.access.card.id, again.bearer.card.id}


@pytest.mark.parametrize("account", ["1", "12345678901a", "1234567890123", "\N{ARABIC-INDIC DIGIT ONE}" * 12])
async def test_an_account_that_is_not_12_digits_is_refused_at_the_first_start(account: str) -> None:
    records = MemoryRecords()
    keyring = SiteKeyring(records, bytes(32), VirtualClock(), SystemDice())
    with pytest.raises(ValidationError):
        await bootstrap(records, keyring, SystemDice(), account)
    assert await records.list("first-keys") == []
