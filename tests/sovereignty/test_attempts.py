"""Who fails to prove himself too often waits; whoever else does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.credentials import Credentials

from tests.sovereignty.signing import ACCOUNT, bearer_request, refused, sign, signed_site, tweak_authorization
from usina.core.clock import SystemDice
from usina.core.errors import Kind, SignatureError, ThrottledError
from usina.core.limits import Limits
from usina.sovereignty.attempts import Attempts, place_of
from usina.sovereignty.identity import Authenticator
from usina.sovereignty.key_uses import Keeping, KeyUses
from usina.sovereignty.keyring_names import ACCESS, new_key_id
from usina.testing.clock import VirtualClock
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from tests.sovereignty.signing import SignedSite
    from usina.core.operation import Received

LIMITS = Limits(failed_proofs_per_key=3, failed_proofs_per_address=6, lockout_seconds=60)
HERE, THERE = "192.0.2.7", "192.0.2.8"


def strict(site: SignedSite) -> Authenticator:
    return Authenticator(site.keyring, site.clock, LIMITS)


def wrong(site: SignedSite, key_id: str = "") -> Received:
    return sign(Credentials(key_id or site.access.card.id, "not the secret of it, but as long"))


def from_there(request: Received) -> Received:
    return replace(request, peer=THERE)


async def fail(door: Authenticator, request: Received) -> None:
    with pytest.raises(SignatureError):
        await door.authenticate(request)


async def waits(door: Authenticator, request: Received) -> float:
    with pytest.raises(ThrottledError) as caught:
        await door.authenticate(request)
    return caught.value.retry_after_seconds or 0.0


async def test_who_guesses_a_secret_waits_and_the_right_one_does_not_help_him_meanwhile() -> None:
    site = await signed_site()
    door = strict(site)
    for _ in range(3):
        await fail(door, wrong(site))
    assert 0 < await waits(door, wrong(site)) <= 1
    assert 0 < await waits(door, sign(site.credentials)) <= 1
    site.clock.advance(1)
    assert (await door.authenticate(sign(site.credentials))).principal.name == "ada"


async def test_the_owner_at_another_address_is_not_locked_out_by_a_stranger() -> None:
    site = await signed_site()
    door = strict(site)
    for _ in range(3):
        await fail(door, wrong(site))
    await waits(door, wrong(site))
    assert (await door.authenticate(from_there(sign(site.credentials)))).principal.name == "ada"
    assert (await door.authenticate(bearer_request(site.bearer.secret))).principal.name == "ada"


async def test_each_further_failure_doubles_the_wait_up_to_the_longest() -> None:
    site = await signed_site()
    door = strict(site)
    for _ in range(2):
        await fail(door, wrong(site))
    seen = []
    for _ in range(8):
        await fail(door, wrong(site))
        seen.append(round(await waits(door, wrong(site))))
        site.clock.advance(seen[-1] + 1)
    assert seen == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_a_proof_that_holds_takes_the_failures_before_it_back() -> None:
    site = await signed_site()
    door = strict(site)
    for number in range(3):  # six failures in all, three in no row
        for _ in range(2 if number < 2 else 1):
            await fail(door, wrong(site))
        await door.authenticate(sign(site.credentials, body=b"%d" % number))


async def test_failures_are_forgotten_in_time() -> None:
    site = await signed_site()
    door = strict(site)
    for _ in range(5):
        await fail(door, wrong(site))
        await fail(door, wrong(site))
        site.clock.advance(121)


async def test_who_tries_many_keys_is_stopped_by_his_address_and_known_keys_there_are_not() -> None:
    site = await signed_site()
    door = strict(site)
    await door.authenticate(sign(site.credentials))
    ids = [new_key_id(ACCESS, ACCOUNT, SystemDice()) for _ in range(7)]
    for key_id in ids[:6]:
        await fail(door, wrong(site, key_id))
    await waits(door, wrong(site, ids[6]))
    await waits(door, bearer_request(site.bearer.secret))  # was never seen from there
    assert (await door.authenticate(sign(site.credentials))).principal.name == "ada"
    assert (await door.authenticate(from_there(bearer_request(site.bearer.secret)))).principal.name == "ada"


async def test_a_key_that_does_not_exist_is_locked_like_one_that_does() -> None:
    site = await signed_site()
    told = []
    for key_id in (site.access.card.id, new_key_id(ACCESS, ACCOUNT, SystemDice())):
        door = strict(site)
        for _ in range(3):
            await fail(door, wrong(site, key_id))
        with pytest.raises(ThrottledError) as caught:
            await door.authenticate(wrong(site, key_id))
        told.append(caught.value.message)
    assert told[0] == told[1]
    assert site.access.card.id not in told[0]


async def test_bearer_keys_are_counted_too() -> None:
    site = await signed_site()
    door = strict(site)
    other = await site.keyring.create("bearer", ACCOUNT, "eve", ["developer"], None)
    await site.keyring.revoke(other.card.id)
    for _ in range(3):
        await fail(door, bearer_request(other.secret))
    await waits(door, bearer_request(other.secret))


async def test_a_wrong_clock_or_an_altered_body_is_no_guess() -> None:
    site = await signed_site()
    door = strict(site)
    altered = replace(sign(site.credentials, "PUT", "/b/k", body=b"one", service="s3"), body=b"two")
    for _ in range(8):
        assert (await refused(door, altered, "s3")).error_kind is Kind.PAYLOAD_MISMATCH
    late = sign(site.credentials)
    site.clock.advance(LIMITS.clock_skew_seconds + 1)
    for _ in range(8):
        assert (await refused(door, late)).error_kind is Kind.SIGNATURE_EXPIRED


async def test_a_replay_is_no_guess() -> None:
    site = await signed_site()
    door = strict(site)
    request = sign(site.credentials, headers={"amz-sdk-invocation-id": "one", "amz-sdk-request": "attempt=1"})
    await door.authenticate(request)
    for _ in range(8):
        assert "received before" in (await refused(door, request)).message
    await fail(door, tweak_authorization(request, "Signature=", "Signature=0"))


async def test_a_locked_address_can_fill_no_memory() -> None:
    clock = VirtualClock()
    attempts = Attempts(Limits(), clock, most=10)
    for number in range(1_000):
        attempts.fail((f"AKIA{number}", f"192.0.2.{number % 100}"), clock.now())
        attempts.proved((f"AKIB{number}", f"192.0.2.{number % 100}"))
    assert len(attempts._by_key) == len(attempts._by_address) == len(attempts._proven) == 10


async def test_what_is_locked_stays_so_over_a_restart() -> None:
    clock, records = VirtualClock(), MemoryRecords()
    attempts = Attempts(LIMITS, clock)
    for _ in range(6):
        attempts.fail(("AKIAONE", HERE), clock.now())
    await Keeping(KeyUses(records, "us-east-1"), attempts, records, clock).write()
    after = Attempts(LIMITS, clock)
    await Keeping(KeyUses(records, "us-east-1"), after, records, clock).take_up()
    assert after.locked() == (1, 1)
    with pytest.raises(ThrottledError):
        after.admit(("AKIAONE", HERE), clock.now())
    after.admit(("AKIAONE", THERE), clock.now())
    clock.advance(61)
    assert after.locked() == (0, 0)


@pytest.mark.parametrize(
    ("peer", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
        ("", ""),
    ],
)
def test_an_address_is_counted_by_what_one_customer_has(peer: str, place: str) -> None:
    assert place_of(peer) == place


def test_the_log_names_the_key_without_what_a_stranger_made_of_it(caplog: pytest.LogCaptureFixture) -> None:
    attempts = Attempts(Limits(failed_proofs_per_key=1), VirtualClock())
    attempts.fail(("AKIA\n\x1b[2J" + "x" * 100, HERE), 0.0)
    assert "key AKIA???2J" in caplog.text
    assert "\x1b" not in caplog.text
