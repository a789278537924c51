"""What the site's keyring keeps, and to whom it gives nothing."""

from __future__ import annotations

import asyncio
import json
import stat
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sovereignty.signing import ACCOUNT, SITE_KEY, bearer_request, refused, sign, signed_site
from usina.core.clock import SystemDice
from usina.core.errors import Kind, OperatorError, UnavailableError, ValidationError
from usina.core.ports import Row
from usina.sovereignty.keyring import SiteKeyring
from usina.sovereignty.keyring_hot import Shelf
from usina.sovereignty.keyring_names import account_of, bearer_key_id, bearer_token, new_key_id, stable_id
from usina.sovereignty.keyring_seal import purpose_seal, read_site_key
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sovereignty.signing import SignedSite
    from usina.core.operation import Principal, Received
    from usina.core.ports import SessionCredentials


async def caller(site: SignedSite) -> Principal:
    return (await site.authenticator.authenticate(sign(site.credentials, "GET"))).principal


def signed_by(session: SessionCredentials, body: bytes = b"") -> Received:
    credentials = Credentials(session.access_key_id, session.secret_access_key, session.session_token)
    return sign(credentials, "GET", body=body)


# --- names ----------------------------------------------------------------------------------------------------------


@given(st.from_regex(r"[0-9]{12}", fullmatch=True).filter(str.isascii), st.sampled_from(["AKIA", "ASIA", "ACCA"]))
@settings(max_examples=100, deadline=None)
def test_a_key_id_names_its_account(account: str, prefix: str) -> None:
    key_id = new_key_id(prefix, account, SystemDice())
    assert len(key_id) == 20
    assert key_id.startswith(prefix)
    assert account_of(key_id) == account


def test_the_account_in_a_key_id_is_where_awss_own_have_it() -> None:
    # The published example of what GetAccessKeyInfo computes from the id alone.
    assert account_of("ASIAQNZGKIQY56JQ7WML") == "029608264753"


@pytest.mark.parametrize(
    "text", ["", "AKIA", "AKIA" + "1" * 16, "akia" + "A" * 16, "AKIA" + "A" * 17, "AKIAIOSFODNN7EXAMPL\0"]
)
def test_what_is_no_key_id_names_no_account(text: str) -> None:
    assert account_of(text) is None


def test_a_bearer_token_names_its_key_as_awss_own_do() -> None:
    key_id = new_key_id("ACCA", ACCOUNT, SystemDice())
    token = bearer_token(key_id, ACCOUNT, bytes(32))
    assert token.startswith("ABSKQmVkcm9ja0FQSUtleS")  # ABSK and base64 of BedrockAPIKey-
    assert bearer_key_id(token) == key_id
    assert bearer_key_id(bearer_token(key_id, "999999999999", bytes(32))) is None


def test_the_id_of_a_user_is_the_same_each_time_and_another_in_another_account() -> None:
    ids = {
        stable_id("AIDA", ACCOUNT, "ada"),
        stable_id("AIDA", "999999999999", "ada"),
        stable_id("AIDA", ACCOUNT, "bob"),
    }
    assert len(ids) == 3
    assert stable_id("AIDA", ACCOUNT, "ada") in ids


# --- at rest --------------------------------------------------------------------------------------------------------


async def test_no_secret_is_in_a_row() -> None:
    site = await signed_site()
    rows = [*await site.records.list("key"), *await site.records.list("account")]
    stored = json.dumps([row.body for row in rows])
    assert len(rows) == 3
    for secret in (site.access.secret, site.bearer.secret):
        assert secret not in stored
        assert secret.encode().hex() not in stored


async def test_keys_work_after_a_restart_and_not_with_another_site_key() -> None:
    site = await signed_site()
    again = site.restarted()
    await again.authenticator.authenticate(sign(site.credentials))
    await again.authenticator.authenticate(bearer_request(site.bearer.secret))
    stranger = SiteKeyring(site.records, bytes(32), site.clock, SystemDice())
    assert await stranger.find(site.access.card.id) is None


@pytest.mark.parametrize(
    "change",
    [
        {"roles": ["administrator"]},
        {"user": "root"},
        {"expires_at": 4e9},
        {"kind": "bearer"},
        {"created_at": 0.0},
        {"sealed": ""},
        {"sealed": "AAAA"},
        {"sealed": 5},
        {"active": "yes"},
        {"roles": None},
    ],
)
async def test_a_row_that_was_edited_beside_us_opens_nothing(change: dict[str, Any]) -> None:
    site = await signed_site()
    row = await site.records.get("key", ACCOUNT, site.access.card.id)
    assert row is not None
    await site.records.put(replace(row, body={**row.body, **change}))
    again = site.restarted()
    error = await refused(again.authenticator, sign(site.credentials))
    assert error.error_kind is Kind.KEY_UNKNOWN


async def test_a_row_that_was_moved_opens_nothing() -> None:
    site = await signed_site()
    row = await site.records.get("key", ACCOUNT, site.access.card.id)
    assert row is not None
    other = new_key_id("AKIA", ACCOUNT, SystemDice())
    await site.records.put(Row("key", ACCOUNT, other, row.body))
    assert await site.keyring.find(other) is None


async def test_a_revoked_row_cannot_be_switched_on_again() -> None:
    site = await signed_site()
    await site.keyring.revoke(site.access.card.id)
    row = await site.records.get("key", ACCOUNT, site.access.card.id)
    assert row is not None
    await site.records.put(replace(row, body={**row.body, "active": True}))
    await refused(site.restarted().authenticator, sign(site.credentials))


# --- revocation -----------------------------------------------------------------------------------------------------


async def test_a_revocation_ends_a_key_in_use_and_all_its_sessions_at_once() -> None:
    site = await signed_site()
    session = await site.keyring.session(await caller(site), "developer", "me", 3600)
    chained = await site.keyring.session(
        (await site.authenticator.authenticate(signed_by(session))).principal, "auditor", "me", 3600
    )
    await site.authenticator.authenticate(signed_by(chained))
    await site.keyring.revoke(site.access.card.id)
    for request in (sign(site.credentials), signed_by(session), signed_by(chained)):
        assert (await refused(site.authenticator, request)).error_kind is Kind.KEY_UNKNOWN
    for request in (sign(site.credentials), signed_by(session), signed_by(chained)):
        await refused(site.restarted().authenticator, request)


async def test_a_look_up_that_began_before_a_revocation_does_not_bring_the_key_back() -> None:
    site = await signed_site()

    class SlowRecords(MemoryRecords):
        """Reads the row, and hands it out when it is told to."""

        def __init__(self) -> None:
            super().__init__()
            self.go, self.waiting = asyncio.Event(), asyncio.Event()

        async def get(self, kind: str, account: str, name: str) -> Row | None:
            row = await super().get(kind, account, name)
            if kind == "key" and not self.go.is_set() and row is not None and row.version == 1:
                self.waiting.set()
                await self.go.wait()
            return row

    slow = SlowRecords()
    slow._rows = site.records._rows
    keyring = SiteKeyring(slow, SITE_KEY, site.clock, SystemDice())
    looking = asyncio.create_task(keyring.find(site.access.card.id))
    await slow.waiting.wait()
    slow.go.set()
    revoking = asyncio.create_task(keyring.revoke(site.access.card.id))
    found = await looking
    await revoking
    assert found is None or found.ended
    assert keyring.kept(site.access.card.id) is None
    assert await keyring.find(site.access.card.id) is None


async def test_a_key_that_fell_off_the_shelf_still_ends_for_its_sessions() -> None:
    site = await signed_site()
    session = await site.keyring.session(await caller(site), "developer", "me", 3600)
    await site.authenticator.authenticate(signed_by(session))
    site.keyring._hot.drop(site.access.card.id)
    await site.keyring.revoke(site.access.card.id)
    assert (await refused(site.authenticator, signed_by(session))).error_kind is Kind.KEY_UNKNOWN


def test_a_shelf_is_bounded() -> None:
    shelf: Shelf[int] = Shelf(3)
    for number in range(10):
        shelf.put(str(number), number)
    assert [shelf.get(str(number)) for number in range(10)] == [None] * 7 + [7, 8, 9]
    shelf.put("9", 90)
    assert shelf.get("9") == 90


# --- sessions -------------------------------------------------------------------------------------------------------


async def test_a_session_survives_a_restart_and_ends_at_its_time() -> None:
    site = await signed_site()
    session = await site.keyring.session(await caller(site), "auditor", "night", 900)
    again = site.restarted()
    proof = await again.authenticator.authenticate(signed_by(session))
    assert proof.principal == session.principal
    site.clock.advance(901)
    for known in (site, again):
        # The signature is too old by then as well, so it is asked of the key itself.
        key = await known.keyring.find_session(session.access_key_id, session.session_token)
        assert key is not None
        with pytest.raises(Exception, match="expired"):
            key.check(site.clock.now())


async def test_a_session_ends_with_the_time_of_its_key() -> None:
    site = await signed_site()
    short = await site.keyring.create("access", ACCOUNT, "ada", ["developer"], 100)
    who = (await site.authenticator.authenticate(sign(Credentials(short.card.id, short.secret), "GET"))).principal
    session = await site.keyring.session(who, None, "ada", 3600)
    await site.authenticator.authenticate(signed_by(session))
    site.clock.advance(101)
    assert (await refused(site.authenticator, signed_by(session))).error_kind is Kind.TOKEN_EXPIRED


async def test_a_session_token_goes_with_its_own_key_id_only() -> None:
    site = await signed_site()
    one = await site.keyring.session(await caller(site), "developer", "one", 900)
    two = await site.keyring.session(await caller(site), "auditor", "two", 900)
    for credentials in (
        Credentials(one.access_key_id, one.secret_access_key, two.session_token),
        Credentials(two.access_key_id, one.secret_access_key, one.session_token),
        Credentials(one.access_key_id, one.secret_access_key, "nonsense"),
        Credentials(one.access_key_id, one.secret_access_key, "A" * 10_000),
        Credentials(site.access.card.id, site.access.secret, one.session_token),
    ):
        assert (await refused(site.authenticator, sign(credentials))).error_kind is Kind.TOKEN_INVALID
    bare = Credentials(one.access_key_id, one.secret_access_key)
    assert (await refused(site.authenticator, sign(bare))).error_kind is Kind.KEY_UNKNOWN


async def test_every_changed_character_of_a_session_token_is_found() -> None:
    site = await signed_site()
    session = await site.keyring.session(await caller(site), "developer", "me", 900)
    token = session.session_token
    for index in range(len(token)):
        changed = token[:index] + ("A" if token[index] != "A" else "B") + token[index + 1 :]
        assert await site.keyring.find_session(session.access_key_id, changed) is None


async def test_a_session_of_a_session_that_is_no_more_in_memory_asks_for_a_repeat() -> None:
    site = await signed_site()
    session = await site.keyring.session(await caller(site), "developer", "me", 900)
    with pytest.raises(UnavailableError):
        await site.restarted().keyring.session(session.principal, "auditor", "me", 900)


# --- making keys ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "user", "roles", "lifetime"),
    [
        ("1", "ada", ["developer"], None),
        ("12345678901x", "ada", ["developer"], None),
        (ACCOUNT, "", ["developer"], None),
        (ACCOUNT, "a/b", ["developer"], None),
        (ACCOUNT, "x" * 65, ["developer"], None),
        (ACCOUNT, "ada\n", ["developer"], None),
        (ACCOUNT, "ada", [], None),
        (ACCOUNT, "ada", ["a b"], None),
        (ACCOUNT, "ada", "developer", None),
        (ACCOUNT, "ada", ["developer"], 0),
        (ACCOUNT, "ada", ["developer"], float("nan")),
        (ACCOUNT, "ada", ["developer"], float("inf")),
    ],
)
async def test_a_key_for_nobody_or_nothing_is_refused(account: str, user: str, roles: Any, lifetime: Any) -> None:
    site = await signed_site()
    with pytest.raises(ValidationError):
        await site.keyring.create("access", account, user, roles, lifetime)


async def test_accounts_separate_keys_of_the_same_user_name() -> None:
    site = await signed_site()
    other = await site.keyring.create("access", "999999999999", "ada", ["developer"], None)
    proof = await site.authenticator.authenticate(sign(Credentials(other.card.id, other.secret)))
    assert proof.principal.account == "999999999999"
    assert proof.principal.user_id != (await caller(site)).user_id
    assert await site.keyring.accounts() == [ACCOUNT, "999999999999"]


# --- the seal -------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=64), st.binary(max_size=16), st.integers(0, 7), st.integers(0))
@settings(max_examples=60, deadline=None)
def test_a_sealed_secret_opens_unchanged_and_bound_only(secret: bytes, bound: bytes, bit: int, index: int) -> None:
    seal = purpose_seal(SITE_KEY, "test", SystemDice())
    sealed = seal.close(secret, bound)
    assert seal.open(sealed, bound) == secret
    changed = bytearray(sealed)
    changed[index % len(changed)] ^= 1 << bit
    assert seal.open(bytes(changed), bound) is None
    assert seal.open(sealed, bound + b"x") is None
    assert seal.open(sealed[:11], bound) is None
    assert purpose_seal(SITE_KEY, "other", SystemDice()).open(sealed, bound) is None


def test_the_site_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "site.key"
    key = read_site_key(path, SystemDice())
    assert len(key) == 32
    assert read_site_key(path, SystemDice()) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["site.key"]


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o640, 0o700), (0o604, 0o700), (0o600, 0o755)])
def test_a_site_key_that_others_can_read_is_refused_with_what_to_do(
    tmp_path: Path, file_mode: int, folder_mode: int
) -> None:
    path = tmp_path / "keys" / "site.key"
    read_site_key(path, SystemDice())
    path.chmod(file_mode)
    path.parent.chmod(folder_mode)
    with pytest.raises(OperatorError, match="chmod"):
        read_site_key(path, SystemDice())


def test_a_site_key_of_another_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "site.key"
    read_site_key(path, SystemDice())
    path.write_bytes(b"short")
    with pytest.raises(OperatorError, match="32 bytes"):
        read_site_key(path, SystemDice())
