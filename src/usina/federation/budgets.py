"""The `CloudBudgets` port, and the count behind it: what a day has left is taken before a request leaves.

A reservation is a row that is durable before the first byte goes out, so a factory that is killed has counted it. What
an answer really took is settled afterwards, on the day of the reservation. Where that did not happen, the reservation
stands: a count may be too high, never too low. Who was first is decided by the rows' versions, so several factories
over one database share one budget.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from usina.core.clock import utc
from usina.core.cloud import SITE_SCOPE, Amounts, Budget, BudgetUse
from usina.core.errors import ConflictError, LimitExceededError, ValidationError
from usina.core.ids import Arn
from usina.core.ports import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.clock import Clock
    from usina.core.operation import Principal
    from usina.core.ports import Records

BUDGET: Final = "cloud-budget"
USED: Final = "cloud-used"
DEFAULT: Final = Budget(SITE_SCOPE, requests=1_000, bytes=50_000_000, tokens=1_000_000)  # of a site that set none
KEPT_DAYS: Final = 400
_MEMBERS: Final = ("requests", "bytes", "tokens")
_MOST_ROWS: Final = 100_000
_ACCOUNT_DIGITS: Final = 12
_TRIES: Final = 1_000  # each means that somebody else got through


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was taken from a day, and from which scopes."""

    day: str
    scopes: tuple[str, ...]
    amounts: Amounts


class SiteBudgets:
    """Budgets and what is used of them, over the site's rows."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._swept = ""

    # --- the port ---

    async def budgets(self) -> Sequence[BudgetUse]:
        """The site's, then those that are set."""
        rows = await self._records.list(BUDGET, SITE_SCOPE, most=_MOST_ROWS)
        known = {row.name: Budget(**row.body) for row in rows}
        scopes = [SITE_SCOPE, *sorted({_scope_of(name) for name in known} - {SITE_SCOPE})]
        return [await self._use(known.get(_name_of(scope), DEFAULT)) for scope in scopes]

    async def set_budget(self, budget: Budget) -> BudgetUse:
        """Set or take away."""
        _check(budget)
        row = await self._records.get(BUDGET, SITE_SCOPE, _name_of(budget.scope))
        if all(getattr(budget, member) is None for member in _MEMBERS):
            await self._records.delete(BUDGET, SITE_SCOPE, _name_of(budget.scope))
            return await self._use(DEFAULT if budget.scope == SITE_SCOPE else budget)
        version = row.version if row else 0
        await self._records.put(Row(BUDGET, SITE_SCOPE, _name_of(budget.scope), asdict(budget), version))
        return await self._use(budget)

    async def _use(self, budget: Budget) -> BudgetUse:
        day = self._day()
        _, used = await self._used(day, budget.scope)
        return BudgetUse(budget, used, day)

    # --- what the gate calls ---

    async def reserve(self, principal: Principal, amounts: Amounts) -> Reservation:
        """Take from the site's, the account's and the caller's day, all or nothing; durable when this returns.

        Raises: LimitExceededError where one of them does not have so much left.
        """
        day = self._day()
        await self._sweep(day)
        taken = Reservation(day, (), amounts)
        for scope in (caller_scope(principal), principal.account, SITE_SCOPE):
            try:
                await self._take(day, scope, amounts)
            except BaseException:
                await self.release(taken)
                raise
            taken = replace(taken, scopes=(*taken.scopes, scope))
        return taken

    async def settle(self, reservation: Reservation, tokens: int) -> None:
        """Put the tokens that an answer really took in the place of those that were reserved."""
        await self._give(reservation, Amounts(tokens=reservation.amounts.tokens - tokens))

    async def release(self, reservation: Reservation) -> None:
        """Give all of it back: nothing left the site."""
        await self._give(reservation, reservation.amounts)

    async def _take(self, day: str, scope: str, asked: Amounts) -> None:
        row = await self._records.get(BUDGET, SITE_SCOPE, _name_of(scope))
        budget = Budget(**row.body) if row else (DEFAULT if scope == SITE_SCOPE else Budget(scope))
        for _ in range(_TRIES):
            row, used = await self._used(day, scope)
            after = Amounts(*(getattr(used, member) + getattr(asked, member) for member in _MEMBERS))
            for member in _MEMBERS:
                most = getattr(budget, member)
                if most is not None and getattr(after, member) > most:
                    raise _spent(scope, member, most, getattr(used, member))
            if await self._stored(row, after):
                return
        raise ConflictError("Too many requests count on the budget at once. Try again.")

    async def _give(self, reservation: Reservation, amounts: Amounts) -> None:
        for scope in reservation.scopes:
            for _ in range(_TRIES):
                row, used = await self._used(reservation.day, scope)
                less = (max(0, getattr(used, member) - getattr(amounts, member)) for member in _MEMBERS)
                if await self._stored(row, Amounts(*less)):
                    break

    async def _used(self, day: str, scope: str) -> tuple[Row, Amounts]:
        account, name = _place(day, scope)
        row = await self._records.get(USED, account, name) or Row(USED, account, name, asdict(Amounts()))
        return row, Amounts(**row.body)

    async def _stored(self, row: Row, used: Amounts) -> bool:
        try:
            await self._records.put(replace(row, body=asdict(used)))
        except ConflictError:
            return False
        return True

    async def _sweep(self, day: str) -> None:
        """Once a day: counts of days long gone."""
        if self._swept == day:
            return
        self._swept = day
        oldest = (utc(self._clock.now()) - timedelta(days=KEPT_DAYS)).strftime("%Y-%m-%d")
        for row in await self._records.list(USED, most=_MOST_ROWS):
            if row.name < oldest:
                await self._records.delete(USED, row.account, row.name)

    def _day(self) -> str:
        return utc(self._clock.now()).strftime("%Y-%m-%d")


def caller_scope(principal: Principal) -> str:
    """The user or role that asks; sessions of a role share one budget, for their names are their callers' choice."""
    arn = Arn.parse(principal.arn)
    if arn is None or not arn.resource.startswith("assumed-role/"):
        return principal.arn
    return f"arn:aws:iam::{arn.account}:role/{arn.resource.split('/')[1]}"


def _check(budget: Budget) -> None:
    """Raises: ValidationError."""
    scope = budget.scope
    account = scope.isascii() and scope.isdigit() and len(scope) == _ACCOUNT_DIGITS
    arn = Arn.parse(scope)
    caller = arn is not None and arn.service == "iam" and arn.resource.partition("/")[0] in {"user", "role"}
    if scope != SITE_SCOPE and not account and not caller:
        raise ValidationError("A budget is the site's, an account's (12 digits) or a user's or role's (its IAM ARN).")
    if any((getattr(budget, member) or 0) < 0 for member in _MEMBERS):
        raise ValidationError("A budget cannot be below 0.")


def _place(day: str, scope: str) -> tuple[str, str]:
    """Account and name of the row that counts a scope's day."""
    arn = Arn.parse(scope)
    return (arn.account, f"{day} {scope}") if arn else (scope, day)


def _name_of(scope: str) -> str:
    return scope or "site"


def _scope_of(name: str) -> str:
    return SITE_SCOPE if name == "site" else name


def _spent(scope: str, member: str, most: int, used: int) -> LimitExceededError:
    whose = "this site" if scope == SITE_SCOPE else f"account {scope}" if scope.isdigit() else scope
    return LimitExceededError(
        f"The cloud budget of {whose} does not cover this request: {used} of {most} {member} of today are used. It is "
        "counted anew at 00:00 UTC; ask the site's administrator for a larger one (usina cloud budget)."
    )
