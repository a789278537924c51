"""A key in memory, ready to check signatures with, and the bounded shelf it lies on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from usina.core.errors import Kind, SignatureError

if TYPE_CHECKING:
    from usina.core.operation import Principal

V = TypeVar("V")

_SCOPES = 64  # day, region and service combinations one key is used for at once


class HotKey:
    """One key or session whose row or token was opened. Ends at once when it, or the key it came from, is revoked."""

    __slots__ = (
        "__weakref__",
        "_signing_keys",
        "ended",
        "expires_at",
        "key_id",
        "parent",
        "principal",
        "secret",
        "signs",
    )

    def __init__(
        self,
        key_id: str,
        secret: bytes,
        principal: Principal,
        expires_at: float | None,
        parent: HotKey | None = None,
        *,
        signs: bool = True,
    ) -> None:
        self.key_id = key_id
        self.secret = secret  # access keys and sessions: the secret access key; bearer keys: sha256 of the token
        self.principal = principal
        self.expires_at = expires_at
        self.parent = parent
        self.signs = signs  # a bearer key never does: its kept hash must not become a signing secret
        self.ended = False
        self._signing_keys: dict[str, bytes] = {}

    def __repr__(self) -> str:
        """Without the secret."""
        return f"HotKey({self.key_id})"

    def check(self, now: float) -> None:
        """Raises: SignatureError where it was revoked or its time is over."""
        key: HotKey | None = self
        while key is not None:
            if key.ended:
                raise unknown_key()
            if key.expires_at is not None and now >= key.expires_at:
                raise SignatureError("The security token included in the request is expired", kind=Kind.TOKEN_EXPIRED)
            key = key.parent

    def signing_key(self, scope: str) -> bytes | None:
        """The signing key of a scope, if one was kept."""
        return self._signing_keys.get(scope)

    def keep_signing_key(self, scope: str, key: bytes) -> None:
        """Keep the signing key of a scope that was proved (of an unproved one: a stranger could fill the memory)."""
        if len(self._signing_keys) >= _SCOPES:
            self._signing_keys.clear()
        self._signing_keys[scope] = key


def unknown_key() -> SignatureError:
    """The one answer for a key that is unknown, revoked or another site's."""
    return SignatureError("The security token included in the request is invalid", kind=Kind.KEY_UNKNOWN)


class Shelf(Generic[V]):
    """A dictionary with a bound: past it the oldest entry goes. What goes can be read again from its row or token."""

    def __init__(self, most: int) -> None:
        self._entries: dict[str, V] = {}
        self._most = most

    def get(self, name: str) -> V | None:
        """The entry, or None."""
        return self._entries.get(name)

    def put(self, name: str, value: V) -> None:
        """Keep an entry."""
        if len(self._entries) >= self._most:
            del self._entries[next(iter(self._entries))]
        self._entries[name] = value

    def drop(self, name: str) -> None:
        """Forget an entry."""
        self._entries.pop(name, None)
