"""A keyring in memory. It proves nobody: it makes, lists and revokes keys, and makes sessions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from usina.core.errors import NotFoundError, ValidationError
from usina.core.iam import RoleFacts
from usina.core.keys import KeyCard
from usina.core.operation import Principal
from usina.core.ports import NewKey, SessionCredentials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.clock import Clock, Dice
    from usina.core.keys import KeyKind


class FakeKeyring:
    """The `Keyring` port over a dict."""

    def __init__(self, clock: Clock, dice: Dice) -> None:
        self._clock = clock
        self._dice = dice
        self.cards: dict[str, KeyCard] = {}

    async def create(
        self,
        kind: KeyKind,
        account: str,
        user: str,
        roles: Sequence[str],
        lifetime_seconds: float | None,
    ) -> NewKey:
        """Make a key."""
        key_id = f"AKIA{self._dice.token(8).hex().upper()}"
        now = self._clock.now()
        expires_at = None if lifetime_seconds is None else now + lifetime_seconds
        card = KeyCard(key_id, kind, account, user, tuple(roles), now, expires_at, active=True)
        self.cards[key_id] = card
        return NewKey(card, self._dice.token(20).hex())

    async def list(self, account: str | None) -> Sequence[KeyCard]:
        """Keys of one account, or of all."""
        return [card for card in self.cards.values() if account in {None, card.account}]

    async def revoke(self, key_id: str) -> KeyCard:
        """End a key at once."""
        card = self.cards.get(key_id)
        if card is None:
            raise NotFoundError(f"no key {key_id}")
        self.cards[key_id] = ended = replace(card, active=False, ended=True)
        return ended

    async def suspend(self, key_id: str, *, suspended: bool) -> KeyCard:
        """Put a key out of use, or into use again."""
        card = self.cards.get(key_id)
        if card is None or card.ended:
            raise NotFoundError(f"no key {key_id}")
        self.cards[key_id] = changed = replace(card, active=not suspended)
        return changed

    async def session(
        self, caller: Principal | None, role: str | RoleFacts | None, session_name: str, lifetime_seconds: float
    ) -> SessionCredentials:
        """Credentials of a role, or of the caller itself."""
        key_id = f"ASIA{self._dice.token(8).hex().upper()}"
        if isinstance(role, RoleFacts):
            principal = _of_role(role, "iam", session_name, key_id)
        elif caller is None:
            raise ValidationError("A service takes an account's own roles only.")
        elif role is not None:
            role_id = f"AROA{self._dice.token(8).hex().upper()}"
            arn = f"arn:aws:iam::{caller.account}:role/{role}"
            site_role = RoleFacts(caller.account, role, role_id, arn, 43_200)
            principal = _of_role(site_role, role, session_name, key_id)
        else:
            principal = replace(caller, key_id=key_id, session=True)
        expires_at = self._clock.now() + lifetime_seconds
        return SessionCredentials(key_id, self._dice.token(20).hex(), self._dice.token(32).hex(), expires_at, principal)


def _of_role(role: RoleFacts, site_role: str, session_name: str, key_id: str) -> Principal:
    return Principal(
        account=role.account,
        arn=f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{session_name}",
        user_id=f"{role.id}:{session_name}",
        name=session_name,
        roles=(site_role,),
        key_id=key_id,
        session=True,
    )
