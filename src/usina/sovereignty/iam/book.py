"""What every account has said about its users and roles, in memory, ready to be asked.

Read from the rows at start, and an account's again after each change of it (`reload`), before the change is answered: a
decision never waits for a disk, and a right that was taken away is gone when the call that took it returns. One process
keeps one book; several front doors over one database would each have to reload.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from usina.core.iam import RoleFacts
from usina.sovereignty.iam.document import PolicyDocumentError
from usina.sovereignty.iam.managed import MANAGED, PREFIX
from usina.sovereignty.iam.rows import POLICY, ROLE, USER, policy_arn, role_arn
from usina.sovereignty.iam.translate import PolicySet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from usina.core.operation import Principal
    from usina.core.ports import Records, Row

_PAGE = 1_000
_DENY_ALL: Final = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'
_log = logging.getLogger("usina.iam")


@dataclass(frozen=True, slots=True)
class Bound:
    """One user's or role's policies. `facts` and `trust` are a role's."""

    arn: str
    sources: tuple[tuple[str, str], ...]  # (name of the policy, JSON text)
    policies: PolicySet
    facts: RoleFacts | None = None
    trust: PolicySet | None = None


@dataclass(frozen=True, slots=True)
class _Account:
    users: Mapping[str, Bound] = field(default_factory=dict)  # by name; only those with policies
    roles: Mapping[str, Bound] = field(default_factory=dict)  # by name
    roles_by_id: Mapping[str, Bound] = field(default_factory=dict)


class Book:
    """All accounts' users and roles. `version` grows with every change."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._accounts: dict[str, _Account] = {}
        self._reading = asyncio.Lock()
        self.version = 0

    async def load(self) -> None:
        """Read every account."""
        accounts: set[str] = set()
        for kind in (ROLE, USER):
            accounts |= {row.account for row in await self._rows(kind, None)}
        for account in sorted(accounts):
            await self.reload(account)

    async def reload(self, account: str) -> None:
        """Read one account again. One after the other: rows that were read before a change never follow those after."""
        async with self._reading:
            await self._reload(account)

    async def _reload(self, account: str) -> None:
        documents = {f"{PREFIX}{name}": text for name, text in MANAGED.items()}
        for row in await self._rows(POLICY, account):
            body = row.body
            documents[policy_arn(account, body["path"], row.name)] = body["versions"][body["default"]]["document"]
        users = {row.name: _bound(row, documents) for row in await self._rows(USER, account)}
        roles = {row.name: _bound(row, documents) for row in await self._rows(ROLE, account)}
        self._accounts[account] = _Account(
            {name: bound for name, bound in users.items() if bound.sources},
            roles,
            {bound.facts.id: bound for bound in roles.values() if bound.facts is not None},
        )
        self.version += 1

    def role(self, account: str, name: str) -> Bound | None:
        """A role by name."""
        known = self._accounts.get(account)
        return None if known is None else known.roles.get(name)

    def bound(self, principal: Principal) -> Bound | None:
        """The user or role that this principal acts as; None where its account has said nothing of it."""
        known = self._accounts.get(principal.account)
        if known is None or principal.web is not None:
            return None
        if principal.session and ":assumed-role/" in principal.arn:
            return known.roles_by_id.get(principal.user_id.partition(":")[0])
        return known.users.get(principal.name)

    async def _rows(self, kind: str, account: str | None) -> list[Row]:
        if account is None:
            return await self._all(kind)
        found: list[Row] = []
        while rows := await self._records.list(kind, account, after=found[-1].name if found else "", most=_PAGE):
            found += rows
        return found

    async def _all(self, kind: str) -> list[Row]:
        # Across accounts the port pages by name only, so one call must bring them: sites have few roles and users.
        return await self._records.list(kind, None, most=1_000_000)


def _bound(row: Row, documents: Mapping[str, str]) -> Bound:
    body: dict[str, Any] = row.body
    sources = [(f"{row.name}/{name}", text) for name, text in sorted(body["inline"].items())]
    sources += [(arn, documents.get(arn, _DENY_ALL)) for arn in body["attached"]]
    policies = _compiled(row, sources)
    if row.kind == USER:
        return Bound(f"arn:aws:iam::{row.account}:user/{row.name}", tuple(sources), policies)
    arn = role_arn(row.account, body["path"], row.name)
    facts = RoleFacts(row.account, row.name, body["id"], arn, body["max_session_seconds"])
    try:
        trust = PolicySet([(f"{row.name}/trust", body["trust"])], "trust")
    except PolicyDocumentError as error:
        _log.error("role %s of account %s is trusted by nobody: %s", row.name, row.account, error)
        trust = PolicySet([], "trust")
    return Bound(arn, tuple(sources), policies, facts, trust)


def _compiled(row: Row, sources: Iterable[tuple[str, str]]) -> PolicySet:
    """The policies; where a stored one cannot be translated any more (another release did), everything is denied."""
    try:
        return PolicySet(sources, "identity")
    except PolicyDocumentError as error:
        _log.error("%s of account %s may do nothing: %s", row.name, row.account, error)
        return PolicySet([("unreadable", _DENY_ALL)], "identity")
