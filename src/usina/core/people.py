"""The port to people: who may sign in through the site's identity provider, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import WebIdentity
    from usina.core.ports import SessionCredentials


@dataclass(frozen=True, slots=True, order=True)
class GroupRole:
    """What a group of the identity provider may act as: a site role in one account."""

    group: str
    account: str
    role: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in at least once."""

    id: str
    issuer: str
    subject: str
    name: str  # of the sessions; unique in the site
    groups: tuple[str, ...]  # at the last sign-in
    first_seen_at: float
    last_seen_at: float
    removed: bool


class People(Protocol):
    """People of this site and the groups they come in. `choices` is from memory: quick, no I/O."""

    def choices(self, groups: Sequence[str] | None) -> Sequence[GroupRole]:
        """What somebody of these groups may act as, in order; None: what all groups there are may."""
        ...

    async def set_role(self, choice: GroupRole, *, given: bool) -> bool:
        """Give a group a role, or take it away; False where nothing changed."""
        ...

    async def sign_in(self, identity: WebIdentity, choice: GroupRole) -> tuple[Person, SessionCredentials]:
        """A session for a person whom the provider vouched for. Raises: AccessDeniedError (removed)."""
        ...

    async def all(self) -> Sequence[Person]:
        """Everybody who ever signed in, in order of name."""
        ...

    async def remove(self, person_id: str, *, removed: bool) -> Person:
        """End all sessions of a person at once and let him in no more; or let him in again. Raises: NotFoundError."""
        ...
