"""When keys were last used: noted at the proof, written later, never in the way of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sovereignty.signing import ACCOUNT, PATIENT, SITE_KEY, bearer_request, refused, sign, signed_site
from usina.core.clock import SystemDice
from usina.core.errors import Kind, UnavailableError
from usina.sovereignty.identity import Authenticator
from usina.sovereignty.key_uses import KeyUses
from usina.sovereignty.keyring import SiteKeyring
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from usina.core.ports import Row


class Full(MemoryRecords):
    """A database that takes nothing."""

    async def put(self, row: Row) -> Row:
        raise UnavailableError("full")


async def test_a_use_is_listed_at_once_and_is_there_after_a_restart() -> None:
    site = await signed_site()
    uses = KeyUses(site.records, "us-east-1")
    keyring = SiteKeyring(site.records, SITE_KEY, site.clock, SystemDice(), uses=uses)
    door = Authenticator(keyring, site.clock, PATIENT, uses=uses)
    await door.authenticate(sign(site.credentials), "bedrock-runtime")
    await door.authenticate(bearer_request(site.bearer.secret), "openai")
    used = {card.kind: card.last_use for card in await keyring.list(ACCOUNT)}
    assert (used["access"] and used["access"].service, used["bearer"] and used["bearer"].service) == (
        "bedrock",
        "openai",
    )
    await uses.write()
    after = SiteKeyring(site.records, SITE_KEY, site.clock, SystemDice(), uses=KeyUses(site.records, "us-east-1"))
    assert {card.kind: card.last_use for card in await after.list(ACCOUNT)} == used


async def test_a_refused_request_is_no_use() -> None:
    site = await signed_site()
    uses = KeyUses(site.records, "us-east-1")
    door = Authenticator(site.keyring, site.clock, PATIENT, uses=uses)
    wrong = sign(site.credentials)
    site.clock.advance(1_000)
    assert (await refused(door, wrong)).error_kind is Kind.SIGNATURE_EXPIRED
    assert await uses.of_account(ACCOUNT) == {}


async def test_a_key_is_refused_from_the_second_its_time_is_over() -> None:
    site = await signed_site()
    made = await site.keyring.create("bearer", ACCOUNT, "eve", ["developer"], 60)
    await site.authenticator.authenticate(bearer_request(made.secret))
    site.clock.advance(61)
    assert (await refused(site.authenticator, bearer_request(made.secret))).error_kind is Kind.TOKEN_EXPIRED


async def test_an_older_use_never_replaces_a_newer_one() -> None:
    site = await signed_site()
    key_id = site.access.card.id
    ours, theirs = (KeyUses(site.records, region) for region in ("us-east-1", "eu-west-1"))
    ours.note(key_id, "s3", 2_000.0)
    await ours.write()
    theirs.note(key_id, "kms", 1_000.0)
    await theirs.write()
    assert (await ours.of_account(ACCOUNT))[key_id].service == "s3"


async def test_a_use_that_cannot_be_stored_waits_and_costs_no_request() -> None:
    site = await signed_site()
    uses = KeyUses(Full(), "us-east-1")
    uses.note(site.access.card.id, "s3", 1_000.0)
    await uses.write()
    assert (await uses.of_account(ACCOUNT))[site.access.card.id].at == 1_000.0
