"""Keys in memory: bound to their place, usable in their state, gone when they are gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.core.clock import SystemDice
from usina.core.errors import CallerError, UnavailableError
from usina.core.kms import ALIAS, DISABLED, KEY, PENDING, SYMMETRIC, KmsKey, new_body, new_key_id
from usina.core.ports import Row, Site
from usina.sovereignty.kms.ciphertext import Parts, bound_to, join, take_apart
from usina.sovereignty.kms.joined import SiteKeys, keys_of, open_keys
from usina.sovereignty.kms.keeping import KeyKeeping
from usina.testing.clock import VirtualClock
from usina.testing.records import MemoryRecords

ACCOUNT, OTHER = "111122223333", "444455556666"
SITE = Site(account=ACCOUNT)
SITE_KEY = bytes(32)
CONTEXT = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3)


class Keys:
    """The keys of one site over rows in memory."""

    def __init__(self) -> None:
        self.records = MemoryRecords()
        self.clock = VirtualClock()
        self.site: SiteKeys = keys_of(self.records, SITE_KEY, self.clock, SystemDice(), SITE)

    async def make(self, account: str = ACCOUNT, **more: Any) -> KmsKey:
        key_id = new_key_id(SystemDice().token(16))
        material = self.site.vault.new_material(account, key_id, 0, SYMMETRIC)
        body = new_body(SYMMETRIC, "ENCRYPT_DECRYPT", self.clock.now(), material, **more)
        await self.records.put(Row(KEY, account, key_id, body))
        return await self.again(account, key_id)

    async def again(self, account: str, key_id: str) -> KmsKey:
        await self.site.vault.reload(account)
        key = self.site.vault.find(account, key_id)
        assert key is not None
        return key

    async def edit(self, key: KmsKey, **more: Any) -> None:
        row = await self.records.get(KEY, key.account, key.id)
        assert row is not None
        await self.records.put(replace(row, body={**row.body, **more}))
        await self.site.vault.reload(key.account)

    def keeping(self) -> KeyKeeping:
        return KeyKeeping(self.site.vault, self.records, self.records.scrub, self.clock)


@settings(max_examples=50, deadline=None)
@given(first=CONTEXT, second=CONTEXT)
def test_two_contexts_are_never_one_text(first: dict[str, str], second: dict[str, str]) -> None:
    assert (bound_to("k", 0, first) == bound_to("k", 0, second)) == (first == second)


@given(st.uuids(), st.integers(0, 2**32 - 1), st.binary(min_size=12, max_size=12), st.binary(min_size=1))
def test_a_ciphertext_is_taken_apart_as_it_was_joined(key: Any, number: int, nonce: bytes, sealed: bytes) -> None:
    parts = Parts(str(key), number, nonce, sealed)
    assert take_apart(join(parts)) == parts


@given(st.binary(max_size=60))
def test_bytes_of_anybody_are_no_ciphertext_or_name_a_key(text: bytes) -> None:
    parts = take_apart(text)
    assert parts is None or join(parts) == text


async def test_material_opens_at_its_own_place_only() -> None:
    keys = Keys()
    first, second = await keys.make(), await keys.make()
    await keys.edit(second, materials=first.body["materials"])
    with pytest.raises(UnavailableError, match="cannot be opened"):
        keys.site.vault.encrypt(await keys.again(ACCOUNT, second.id), b"x", {})


@pytest.mark.parametrize("account", [ACCOUNT, OTHER])
async def test_a_row_that_was_moved_opens_nothing(account: str) -> None:
    keys = Keys()
    key = await keys.make()
    sealed = keys.site.vault.encrypt(key, b"x", {})
    name = key.id if account == OTHER else new_key_id(SystemDice().token(16))
    await keys.records.put(Row(KEY, account, name, dict(key.body)))
    moved = await keys.again(account, name)
    with pytest.raises(UnavailableError, match="cannot be opened"):
        keys.site.vault.encrypt(moved, b"x", {})
    with pytest.raises((UnavailableError, CallerError)):
        keys.site.vault.decrypt(moved, sealed, {})
    assert keys.site.vault.decrypt(key, sealed, {}) == b"x"


async def test_a_row_whose_kind_of_key_was_edited_opens_nothing() -> None:
    keys = Keys()
    key = await keys.make()
    await keys.edit(key, spec="HMAC_256")
    with pytest.raises(UnavailableError, match="cannot be opened"):
        keys.site.vault.secret(await keys.again(ACCOUNT, key.id), 0)


async def test_material_does_not_open_with_another_sites_key() -> None:
    keys = Keys()
    key = await keys.make()
    other = await open_keys(keys.records, bytes(31) + b"\1", keys.clock, SystemDice(), SITE)
    with pytest.raises(UnavailableError, match="restore keys/"):
        other.vault.encrypt(key, b"x", {})
    same = await open_keys(keys.records, SITE_KEY, keys.clock, SystemDice(), SITE)
    assert same.vault.decrypt(key, keys.site.vault.encrypt(key, b"x", {}), {}) == b"x"


async def test_an_account_finds_its_own_keys_by_every_name_and_no_others() -> None:
    keys = Keys()
    key, theirs = await keys.make(), await keys.make(OTHER)
    await keys.records.put(Row(ALIAS, ACCOUNT, "alias/a", {"key": key.id, "created": 1.0, "updated": 1.0}))
    await keys.site.vault.reload(ACCOUNT)
    find = keys.site.vault.find
    for name in (key.id, key.arn, "alias/a", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/a"):
        found = find(ACCOUNT, name)
        assert found is not None
        assert found.id == key.id
    elsewhere = key.arn.replace("us-east-1", "eu-west-1")
    for name in (theirs.id, theirs.arn, "alias/b", "", elsewhere, "arn:aws:s3:::bucket"):
        assert find(ACCOUNT, name) is None


async def test_a_scheduled_deletion_is_done_in_its_time_and_takes_what_lay_under_the_key() -> None:
    keys = Keys()
    key = await keys.make(state=PENDING, deletion_at=keys.clock.now() + 700_000)
    kept = await keys.make()
    await keys.records.put(Row(ALIAS, ACCOUNT, "alias/a", {"key": key.id, "created": 1.0, "updated": 1.0}))
    await keys.keeping().look()
    assert keys.site.vault.find(ACCOUNT, key.id) is not None
    keys.clock.advance(700_001)
    await keys.keeping().look()
    assert keys.site.vault.find(ACCOUNT, key.id) is None
    assert await keys.records.get(KEY, ACCOUNT, key.id) is None
    assert await keys.records.list(ALIAS, ACCOUNT) == []
    assert keys.site.vault.find(ACCOUNT, kept.id) is not None
    await keys.keeping().look()


async def test_a_key_that_asks_for_it_is_rotated_and_opens_what_it_made_before() -> None:
    keys = Keys()
    key = await keys.make(rotation_days=90)
    sealed = keys.site.vault.encrypt(key, b"before", {})
    await keys.keeping().look()
    assert len((await keys.again(ACCOUNT, key.id)).body["materials"]) == 1
    keys.clock.advance(91 * 86_400)
    await keys.keeping().look()
    await keys.keeping().look()
    rotated = await keys.again(ACCOUNT, key.id)
    assert len(rotated.body["materials"]) == 2
    assert keys.site.vault.decrypt(rotated, sealed, {}) == b"before"


async def test_content_keys_are_bound_to_the_name_of_their_content() -> None:
    keys = Keys()
    key = await keys.make()
    for under in ("", key.arn):
        fresh, wrapped = keys.site.content.make("one", under)
        assert keys.site.content.open("one", wrapped) == fresh
        with pytest.raises((UnavailableError, CallerError)):
            keys.site.content.open("two", wrapped)


async def test_withdrawing_a_key_withdraws_the_content_under_it() -> None:
    keys = Keys()
    key = await keys.make()
    fresh, wrapped = keys.site.content.make("one", key.arn)
    await keys.edit(key, state=DISABLED)
    with pytest.raises(CallerError) as refused:
        keys.site.content.open("one", wrapped)
    assert refused.value.code == "KMS.DisabledException"
    await keys.edit(key, state="Enabled")
    assert keys.site.content.open("one", wrapped) == fresh
    await keys.records.delete(KEY, ACCOUNT, key.id)
    await keys.site.vault.reload(ACCOUNT)
    with pytest.raises(CallerError) as gone:
        keys.site.content.open("one", wrapped)
    assert gone.value.code == "KMS.NotFoundException"


@pytest.mark.parametrize("wrapped", ["", "s1.", "s1.!!", "k1.x.AAAA", "s1.AAAA", "plain"])
def test_a_wrapped_key_that_is_none_is_told_as_damage(wrapped: str) -> None:
    with pytest.raises((UnavailableError, CallerError)):
        Keys().site.content.open("one", wrapped)


async def test_the_key_of_a_service_is_made_once() -> None:
    keys = Keys()
    first = await keys.site.vault.service_key(ACCOUNT, "s3")
    assert (await keys.site.vault.service_key(ACCOUNT, "s3")).id == first.id
    assert len(keys.site.vault.keys(ACCOUNT)) == 1
