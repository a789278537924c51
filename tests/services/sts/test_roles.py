"""AssumeRole: which role is touched, for how long it is given, and what is refused rather than passed over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from usina.core.errors import AccessDeniedError, ValidationError
from usina.core.operation import Resource
from usina.core.ports import Row
from usina.services import operations
from usina.services.sts.roles import assume_role
from usina.testing.clock import VirtualClock
from usina.testing.world import ACCOUNT, call_of, principal, world

ROLE = f"arn:aws:iam::{ACCOUNT}:role/auditor"
TOUCHES = operations()["sts", "AssumeRole"].touches


def asked(**more: Any) -> dict[str, Any]:
    return {"RoleArn": ROLE, "RoleSessionName": "night-shift", **more}


async def test_a_role_is_given_for_an_hour_or_as_long_as_asked() -> None:
    ports = world(clock=VirtualClock(1_800_000_000.0))
    for more, seconds in [({}, 3_600), ({"DurationSeconds": 43_200}, 43_200)]:
        answer = await assume_role(call_of(asked(**more)), ports)
        assert answer["Credentials"]["Expiration"] == datetime.fromtimestamp(1_800_000_000 + seconds, UTC)
        assumed = answer["AssumedRoleUser"]
        assert assumed["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/auditor/night-shift"
        assert assumed["AssumedRoleId"].endswith(":night-shift")


def test_policy_judges_the_role_in_its_account() -> None:
    assert TOUCHES(call_of(asked()), world()) == (Resource("Role", "auditor", ACCOUNT),)
    other = asked(RoleArn="arn:aws:iam::999999999999:role/auditor")
    assert TOUCHES(call_of(other), world()) == (Resource("Role", "auditor", "999999999999"),)


@pytest.mark.parametrize(
    "arn",
    [
        "auditor",
        "arn:aws:iam::123456789012:user/ada",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:sts::123456789012:role/auditor",
        "arn:aws-cn:iam::123456789012:role/auditor",
        "arn:aws:iam:us-east-1:123456789012:role/auditor",
    ],
)
async def test_what_names_no_role_is_invalid(arn: str) -> None:
    with pytest.raises(ValidationError, match="is invalid"):
        TOUCHES(call_of(asked(RoleArn=arn)), world())
    with pytest.raises(ValidationError, match="is invalid"):
        await assume_role(call_of(asked(RoleArn=arn)), world())


async def test_a_role_of_another_account_is_not_given_whatever_policy_says() -> None:
    call = call_of(asked(RoleArn="arn:aws:iam::999999999999:role/auditor"), principal(roles=("administrator",)))
    with pytest.raises(AccessDeniedError, match="not authorized"):
        await assume_role(call, world())


async def test_a_session_takes_a_role_for_an_hour_at_most() -> None:
    who = replace(principal(), session=True)
    await assume_role(call_of(asked(DurationSeconds=3_600), who), world())
    with pytest.raises(ValidationError, match="role chaining"):
        await assume_role(call_of(asked(DurationSeconds=3_601), who), world())


@pytest.mark.parametrize("name", ["Policy", "PolicyArns", "Tags", "TransitiveTagKeys", "SourceIdentity"])
async def test_what_would_narrow_or_mark_a_session_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        await assume_role(call_of(asked(**{name: "x"})), world())


async def test_an_external_id_changes_nothing() -> None:
    answer = await assume_role(call_of(asked(ExternalId="abc")), world())
    assert answer["AssumedRoleUser"]["Arn"].endswith("auditor/night-shift")


async def test_an_own_role_is_touched_with_what_its_trust_policy_may_ask_for() -> None:
    ports = world()
    body = {
        "path": "/",
        "id": "AROAEXAMPLE",
        "created_at": 0.0,
        "description": "",
        "max_session_seconds": 3_600,
        "tags": [],
        "trust": '{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}',
        "inline": {},
        "attached": [],
    }
    await ports.records.put(Row("iam-role", ACCOUNT, "auditor", body))
    await ports.iam.reload(ACCOUNT)
    own = Resource("IamRole", ROLE, ACCOUNT, {"externalId": "x", "sessionName": "night-shift"})
    assert TOUCHES(call_of(asked(ExternalId="x")), ports) == (own,)
    answer = await assume_role(call_of(asked()), ports)
    assert answer["AssumedRoleUser"]["AssumedRoleId"] == "AROAEXAMPLE:night-shift"
    with pytest.raises(ValidationError, match="MaxSessionDuration"):
        await assume_role(call_of(asked(DurationSeconds=3_601)), ports)
    # The same name under another path is the site's role.
    other = asked(RoleArn=ROLE.replace("role/", "role/path/"))
    assert TOUCHES(call_of(other), ports) == (Resource("Role", "path/auditor", ACCOUNT),)
