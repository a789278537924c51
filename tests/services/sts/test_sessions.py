"""GetSessionToken gives oneself for a while."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from usina.core.clock import SystemDice
from usina.core.errors import AccessDeniedError
from usina.services.sts.sessions import get_session_token
from usina.sovereignty.keyring import SiteKeyring
from usina.testing.clock import VirtualClock
from usina.testing.records import MemoryRecords
from usina.testing.world import ACCOUNT, call_of, principal, world


async def test_a_session_lasts_12_hours_or_as_long_as_asked() -> None:
    clock = VirtualClock(1_800_000_000.0)
    ports = world(clock=clock)
    for asked, seconds in [({}, 43_200), ({"DurationSeconds": 900}, 900)]:
        answer = await get_session_token(call_of(asked), ports)
        ends = answer["Credentials"]["Expiration"]
        assert ends == datetime.fromtimestamp(1_800_000_000 + seconds, UTC)


async def test_what_is_given_is_what_the_keyring_knows() -> None:
    clock = VirtualClock()
    keyring = SiteKeyring(MemoryRecords(), bytes(32), clock, SystemDice())
    made = await keyring.create("access", ACCOUNT, "ada", ["developer"], None)
    who = replace(principal(), key_id=made.card.id)
    credentials = (await get_session_token(call_of({}, who), world(keyring=keyring, clock=clock)))["Credentials"]
    found = await keyring.find_session(credentials["AccessKeyId"], credentials["SessionToken"])
    assert found is not None
    assert found.secret.decode() == credentials["SecretAccessKey"]
    assert found.principal.arn == who.arn


async def test_a_session_cannot_renew_itself() -> None:
    who = replace(principal(), session=True)
    with pytest.raises(AccessDeniedError, match="session credentials"):
        await get_session_token(call_of({}, who), world())


@pytest.mark.parametrize("asked", [{"SerialNumber": "arn:aws:iam::1:mfa/a"}, {"TokenCode": "123456"}])
async def test_a_code_of_a_device_that_does_not_exist_is_wrong(asked: dict[str, str]) -> None:
    with pytest.raises(AccessDeniedError, match="MultiFactorAuthentication"):
        await get_session_token(call_of(asked), world())
