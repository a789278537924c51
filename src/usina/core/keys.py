"""Keys as listings show them: without their secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# person: opens nothing by itself; sessions of somebody who signed in come from it, and end with it
KeyKind = Literal["access", "bearer", "person"]


@dataclass(frozen=True, slots=True)
class KeyUse:
    """When a key last proved a request, and for what."""

    at: float
    service: str  # signing name of the service; a bearer key names none, so that which it went to
    region: str


@dataclass(frozen=True, slots=True)
class KeyCard:
    """A key as listings show it: no secret in it."""

    id: str
    kind: KeyKind
    account: str
    user: str
    roles: tuple[str, ...]
    created_at: float
    expires_at: float | None
    active: bool
    ended: bool = False  # for good; a key that is neither active nor ended is suspended
    last_use: KeyUse | None = None  # None: never, or not written yet

    def works(self, now: float) -> bool:
        """Whether it opens anything: neither revoked nor suspended, and its time is not over."""
        return self.active and (self.expires_at is None or now < self.expires_at)
