"""Keys of providers: kept for a bounded time, renewed when they are needed, never by every stranger's token."""

from __future__ import annotations

import asyncio

import pytest

from usina.core.errors import UnavailableError
from usina.sovereignty.oidc.provider_keys import FRESH_SECONDS, STALE_SECONDS, ProviderKeys
from usina.testing.clock import VirtualClock
from usina.testing.oidc import FakeProvider


def scene() -> tuple[VirtualClock, FakeProvider, ProviderKeys]:
    clock = VirtualClock()
    provider = FakeProvider(clock)
    return clock, provider, ProviderKeys(provider, clock)


async def ids(keys: ProviderKeys, provider: FakeProvider, key_id: str = "one") -> list[str]:
    return [each for each, _, _ in await keys.of(provider.issuer, key_id)]


async def test_keys_are_fetched_once_for_many_tokens() -> None:
    _, provider, keys = scene()
    await asyncio.gather(*(ids(keys, provider) for _ in range(20)))
    assert len(provider.fetched) == 2


async def test_a_key_that_was_taken_back_is_gone_after_a_bounded_time() -> None:
    clock, provider, keys = scene()
    provider.add("two", "ES256")
    assert await ids(keys, provider) == ["one", "two"]
    del provider.keys["one"]
    clock.advance(FRESH_SECONDS - 1)
    assert await ids(keys, provider, "two") == ["one", "two"]
    clock.advance(1)
    assert await ids(keys, provider, "two") == ["two"]


async def test_a_new_key_is_found_when_a_token_needs_it_and_strangers_cannot_make_us_ask_without_end() -> None:
    clock, provider, keys = scene()
    await ids(keys, provider)
    provider.add("two", "RS256")
    for number in range(50):
        await ids(keys, provider, f"stranger-{number}")
    assert len(provider.fetched) == 2
    clock.advance(30)
    assert await ids(keys, provider, "two") == ["one", "two"]
    for number in range(50):
        await ids(keys, provider, f"stranger-{number}")
    assert len(provider.fetched) == 4


async def test_while_a_provider_is_away_its_keys_are_good_for_an_hour_and_no_longer() -> None:
    clock, provider, keys = scene()
    await ids(keys, provider)
    provider.down = True
    clock.advance(STALE_SECONDS - 1)
    assert await ids(keys, provider) == ["one"]
    clock.advance(11)
    with pytest.raises(UnavailableError) as caught:
        await ids(keys, provider)
    assert caught.value.code == "IDPCommunicationError"
    provider.down = False
    clock.advance(10)
    assert await ids(keys, provider) == ["one"]


async def test_a_provider_that_fails_is_not_asked_again_at_once() -> None:
    clock, provider, keys = scene()
    provider.down = True
    for _ in range(20):
        with pytest.raises(UnavailableError):
            await ids(keys, provider)
    assert len(provider.fetched) == 1
    provider.down = False
    clock.advance(10)
    assert await ids(keys, provider) == ["one"]


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://other.internal"},
        {"issuer": "https://idp.example.internal/realm/"},
        {"jwks_uri": "http://idp.example.internal/jwks"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": 5},
        {"jwks_uri": None},
    ],
)
async def test_a_document_of_another_or_without_a_safe_address_gives_no_keys(said: dict[str, object]) -> None:
    _, provider, keys = scene()
    provider.says = said
    with pytest.raises(UnavailableError):
        await ids(keys, provider)


async def test_one_odd_key_does_not_hide_the_others() -> None:
    _, provider, keys = scene()
    provider.more = [{"kty": "ML-DSA", "kid": "new"}, {"kty": "oct", "k": "AAAA", "kid": "shared"}]
    assert await ids(keys, provider) == ["one"]


async def test_what_is_known_of_providers_is_bounded() -> None:
    keys = scene()[2]
    for number in range(300):
        with pytest.raises(UnavailableError):
            await keys.of(f"https://{number}.internal", "one")
    assert len(keys._known) == 256
