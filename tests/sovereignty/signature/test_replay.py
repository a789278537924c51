"""Captured requests are refused, honest repeats are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sovereignty.signing import (
    refused,
    sign,
    signed_site,
    with_header,
)
from usina.core.errors import Kind
from usina.core.limits import DEFAULT_LIMITS
from usina.sovereignty.signature.claim import Claim
from usina.sovereignty.signature.replay import SeenSignatures

if TYPE_CHECKING:
    from usina.core.operation import Received

SKEW = DEFAULT_LIMITS.clock_skew_seconds


_NAMED = {"amz-sdk-invocation-id": "1c1a4bd2-0c4e-4a0e-8e9f-5d3a5f6c0001", "amz-sdk-request": "attempt=1; max=4"}


def named(request: Received, **changes: str) -> Received:
    """With the headers that botocore adds behind the signature."""
    for name, value in {**_NAMED, **{key.replace("_", "-"): value for key, value in changes.items()}}.items():
        request = with_header(request, name, value)
    return request


async def test_a_request_of_an_sdk_is_good_once() -> None:
    site = await signed_site()
    request = named(sign(site.credentials))
    await site.authenticator.authenticate(request)
    assert (await refused(site.authenticator, request)).error_kind is Kind.SIGNATURE_MISMATCH


async def test_a_signed_invocation_id_makes_every_second_use_a_replay() -> None:
    site = await signed_site()
    request = sign(site.credentials, headers=_NAMED)
    await site.authenticator.authenticate(request)
    await refused(site.authenticator, request)
    await refused(site.authenticator, named(request, amz_sdk_request="attempt=2; max=4"))


async def test_equal_calls_and_quick_retries_of_an_sdk_are_not_taken_for_replays() -> None:
    site = await signed_site()
    request = sign(site.credentials)
    await site.authenticator.authenticate(named(request))
    await site.authenticator.authenticate(named(request, amz_sdk_request="attempt=2; max=4"))
    await site.authenticator.authenticate(named(request, amz_sdk_invocation_id="another"))


async def test_equal_requests_of_a_plain_signer_are_taken_while_they_may_be_under_way_and_no_longer() -> None:
    site = await signed_site()
    request = sign(site.credentials)
    await site.authenticator.authenticate(request)
    site.clock.advance(60)
    await site.authenticator.authenticate(request)
    site.clock.advance(60)
    assert (await refused(site.authenticator, request)).error_kind is Kind.SIGNATURE_MISMATCH


async def test_what_only_reads_may_be_sent_again() -> None:
    site = await signed_site()
    for method in ("GET", "HEAD"):
        request = named(sign(site.credentials, method))
        await site.authenticator.authenticate(request)
        await site.authenticator.authenticate(request)


def claim(number: int, time: float) -> Claim:
    return Claim("k", "s", "r", "bedrock", "host", f"{number:064x}"[::-1], "t", time, None)


def test_memory_is_bounded_and_the_oldest_go_first() -> None:
    seen = SeenSignatures(300, 70, most=100)
    for number in range(1_000):
        assert not seen.is_replay("POST", claim(number, 1_000.0 + number), "once", 1_000.0 + number)
        assert seen._count == sum(len(each) for each in seen._slices.values())
        assert seen._count <= 101
    assert seen.is_replay("POST", claim(999, 1_999.0), "once", 2_000.0)
    assert not seen.is_replay("POST", claim(0, 1_000.0), "once", 2_000.0)


def test_signatures_that_are_too_old_to_be_accepted_are_forgotten() -> None:
    seen = SeenSignatures(300, 70)
    for number in range(100):
        seen.is_replay("POST", claim(number, 1_000.0), "", 1_000.0)
    seen.is_replay("POST", claim(100, 1_400.0), "", 1_400.0)
    assert seen._count == 1
