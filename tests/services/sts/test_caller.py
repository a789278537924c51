"""GetCallerIdentity tells what was proved."""

from __future__ import annotations

from usina.core.operation import Resource
from usina.services.sts.caller import get_caller_identity, own_account
from usina.testing.world import call_of, principal, world


async def test_the_caller_is_told_who_he_is() -> None:
    who = principal("111111111111", "ada")
    answer = await get_caller_identity(call_of({}, who), world())
    assert answer == {"UserId": who.user_id, "Account": "111111111111", "Arn": "arn:aws:iam::111111111111:user/ada"}


def test_asking_touches_ones_own_account() -> None:
    call = call_of({}, principal("111111111111"))
    assert own_account(call, world()) == (Resource("Account", "111111111111", "111111111111"),)
