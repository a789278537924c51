from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.core.cloud import Amounts, Budget
from usina.core.errors import LimitExceededError, ValidationError
from usina.federation.budgets import DEFAULT, KEPT_DAYS, USED, SiteBudgets, caller_scope
from usina.stores.records import open_records
from usina.testing.clock import VirtualClock
from usina.testing.records import MemoryRecords
from usina.testing.world import ACCOUNT, principal

if TYPE_CHECKING:
    from pathlib import Path

ONE = Amounts(requests=1, bytes=100, tokens=10)
CALLER = f"arn:aws:iam::{ACCOUNT}:user/ada"
OTHER = "444455556666"


def budgets_of() -> tuple[SiteBudgets, MemoryRecords, VirtualClock]:
    records, clock = MemoryRecords(), VirtualClock()
    return SiteBudgets(records, clock), records, clock


async def used(budgets: SiteBudgets, scope: str = "") -> Amounts:
    return next(use.used for use in await budgets.budgets() if use.budget.scope == scope)


async def test_a_site_that_set_nothing_has_a_budget_all_the_same() -> None:
    budgets, _, _ = budgets_of()
    (use,) = await budgets.budgets()
    assert use.budget == DEFAULT
    assert (use.used, use.day) == (Amounts(), "2027-01-15")


async def test_a_request_counts_for_the_site_its_account_and_its_caller() -> None:
    budgets, _, _ = budgets_of()
    for scope in (ACCOUNT, CALLER, OTHER):
        await budgets.set_budget(Budget(scope, requests=10))
    await budgets.reserve(principal(), ONE)
    await budgets.reserve(principal(name="bob"), ONE)
    counts = {use.budget.scope: use.used.requests for use in await budgets.budgets()}
    assert counts == {"": 2, ACCOUNT: 2, CALLER: 1, OTHER: 0}


@pytest.mark.parametrize("scope", ["", ACCOUNT, CALLER], ids=["site", "account", "caller"])
@pytest.mark.parametrize("budget", [Budget("", requests=1), Budget("", bytes=199), Budget("", tokens=19)])
async def test_what_any_of_them_does_not_cover_is_refused_and_counts_nowhere(scope: str, budget: Budget) -> None:
    budgets, _, _ = budgets_of()
    await budgets.set_budget(replace(budget, scope=scope))
    await budgets.reserve(principal(), ONE)
    with pytest.raises(LimitExceededError, match="counted anew at 00:00 UTC") as refused:
        await budgets.reserve(principal(), ONE)
    assert "usina cloud budget" in refused.value.message
    assert await used(budgets) == ONE


async def test_a_day_begins_anew_at_midnight_utc() -> None:
    budgets, _, clock = budgets_of()
    await budgets.set_budget(Budget("", requests=1))
    first = await budgets.reserve(principal(), ONE)
    until_midnight = 86_400 - clock.now() % 86_400
    await clock.sleep(until_midnight - 1)
    with pytest.raises(LimitExceededError):
        await budgets.reserve(principal(), ONE)
    await clock.sleep(1)
    await budgets.reserve(principal(), ONE)
    await budgets.settle(first, 3)  # counts on the day it was taken from
    assert await used(budgets) == ONE


async def test_what_an_answer_really_took_is_settled_up_or_down() -> None:
    budgets, _, _ = budgets_of()
    await budgets.settle(await budgets.reserve(principal(), ONE), 4)
    assert await used(budgets) == Amounts(1, 100, 4)
    await budgets.settle(await budgets.reserve(principal(), ONE), 50)
    assert await used(budgets) == Amounts(2, 200, 54)


async def test_what_did_not_leave_is_given_back() -> None:
    budgets, _, _ = budgets_of()
    await budgets.release(await budgets.reserve(principal(), ONE))
    assert await used(budgets) == Amounts()


async def test_a_budget_is_taken_away_and_the_sites_becomes_the_default() -> None:
    budgets, _, _ = budgets_of()
    await budgets.set_budget(Budget("", requests=0))
    await budgets.set_budget(Budget(ACCOUNT, requests=0))
    with pytest.raises(LimitExceededError):
        await budgets.reserve(principal(), ONE)
    assert (await budgets.set_budget(Budget(""))).budget == DEFAULT
    await budgets.set_budget(Budget(ACCOUNT))
    await budgets.reserve(principal(), ONE)
    assert [use.budget.scope for use in await budgets.budgets()] == [""]


@pytest.mark.parametrize(
    "scope", ["x", "1234", "arn:aws:s3:::bucket", f"arn:aws:iam::{ACCOUNT}:policy/p", "\uff11" * 12]
)
async def test_a_scope_that_is_none_is_refused(scope: str) -> None:
    budgets, _, _ = budgets_of()
    with pytest.raises(ValidationError):
        await budgets.set_budget(Budget(scope, requests=1))


def test_sessions_of_a_role_share_its_budget() -> None:
    arns = [f"arn:aws:sts::{ACCOUNT}:assumed-role/team/{name}" for name in ("a", "b")]
    scopes = {caller_scope(replace(principal(), arn=arn)) for arn in arns}
    assert scopes == {f"arn:aws:iam::{ACCOUNT}:role/team"}
    assert caller_scope(principal()) == CALLER


async def test_many_at_once_over_two_factories_never_pass_the_budget(tmp_path: Path) -> None:
    records = await open_records(tmp_path / "usina.db")
    clock = VirtualClock()
    factories = [SiteBudgets(records, clock), SiteBudgets(records, clock)]
    await factories[0].set_budget(Budget("", requests=7))
    tries = [factories[number % 2].reserve(principal(), ONE) for number in range(20)]
    told = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(each, LimitExceededError) for each in told) == 13
    assert (await factories[1].budgets())[0].used.requests == 7
    await records.close()


async def test_what_was_counted_is_there_after_a_restart(tmp_path: Path) -> None:
    records, clock = await open_records(tmp_path / "usina.db"), VirtualClock()
    await SiteBudgets(records, clock).reserve(principal(), ONE)
    await records.close()
    records = await open_records(tmp_path / "usina.db")
    assert (await SiteBudgets(records, clock).budgets())[0].used == ONE
    await records.close()


async def test_counts_of_days_long_gone_are_forgotten() -> None:
    budgets, records, clock = budgets_of()
    await budgets.reserve(principal(), ONE)
    await clock.sleep(86_400 * (KEPT_DAYS + 2))
    await budgets.reserve(principal(), ONE)
    assert {row.name[:4] for row in await records.list(USED)} == {"2028"}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 60)), max_size=12), st.integers(0, 100))
async def test_the_tokens_of_a_day_never_pass_the_budget_by_reservations(
    requests: list[tuple[int, int]], most: int
) -> None:
    budgets, _, _ = budgets_of()
    await budgets.set_budget(Budget("", tokens=most))
    expected = 0
    for reserved, really in requests:
        fits = expected + reserved <= most
        try:
            taken = await budgets.reserve(principal(), Amounts(1, 0, reserved))
        except LimitExceededError:
            assert not fits
            continue
        assert fits
        await budgets.settle(taken, really)
        expected += really
    assert (await used(budgets)).tokens == expected
