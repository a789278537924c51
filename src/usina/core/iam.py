"""The port to the accounts' own users, roles and policies, and what it speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Principal


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """A role of an account's own, as those who take it or hand it on need it."""

    account: str
    name: str
    id: str  # AROA...: another role that later has the name has another id
    arn: str
    max_session_seconds: int


@dataclass(frozen=True, slots=True)
class Simulated:
    """What would be decided of one action on one thing."""

    allowed: bool
    denied: bool  # something says no; else nothing says yes
    site_allows: bool  # the site's own policies leave it to the account
    policies: tuple[str, ...]  # names of the account's policies that had a say


class Iam(Protocol):
    """What the accounts have said about their users and roles. All but `reload` is from memory: quick, no I/O."""

    def role(self, account: str, name: str) -> RoleFacts | None:
        """An account's own role by name; None where it has none (a site role may have that name)."""
        ...

    async def reload(self, account: str) -> None:
        """Read the account's rows again, after a handler wrote some (roles, users, policies) and before it answers."""
        ...

    def check(self, document: str, kind: Literal["identity", "trust", "resource"]) -> None:
        """Raises: ValidationError (MalformedPolicyDocument), naming the element that is wrong or untranslatable."""
        ...

    def pass_role(self, principal: Principal, role_arn: str, service: str) -> RoleFacts:
        """The role, where this principal may hand it to that service (`sagemaker.amazonaws.com`), which it trusts.

        Raises: AccessDeniedError (iam:PassRole), ValidationError (no such role, or it does not trust the service).
        """
        ...

    def simulate(
        self,
        principal: Principal,
        action: str,
        name: str,
        *,
        more: Sequence[str] = (),
        entries: Mapping[str, str] | None = None,
    ) -> Simulated:
        """What would be decided of an IAM action on the thing of that ARN (or `*`).

        `more`: further policy documents that are taken as the principal's; `entries`: condition keys as texts.
        Raises: ValidationError.
        """
        ...
