"""The keys that providers publish: fetched when a token needs them, kept for a bounded time.

Keys are asked for again after 15 minutes, and at once (twice a minute at most) for a token whose key is not among them:
so a provider may change its keys at any time, and a key that it took back opens nothing after 15 minutes. While a
provider cannot be reached, what it published is good for an hour, and it is not asked more than every ten seconds.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

import msgspec

from usina.core.errors import UnavailableError
from usina.sovereignty.oidc.tokens import read_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.clock import Clock
    from usina.sovereignty.oidc.tokens import Key

FRESH_SECONDS: Final = 900.0
STALE_SECONDS: Final = 3_600.0
_AGAIN_SECONDS: Final = 30.0  # for a key that is not there
_PAUSE_SECONDS: Final = 10.0  # after a failure
_MOST_PROVIDERS: Final = 256
_MOST_KEYS: Final = 64
DISCOVERY: Final = "/.well-known/openid-configuration"
_log = logging.getLogger("usina.identity")
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class FetchError(Exception):
    """A provider could not be reached, or gave what is no answer. The message is for the log."""


class Fetch(Protocol):
    """A GET through the door of outgoing connections, bounded in size and time."""

    async def __call__(self, url: str) -> bytes:
        """The body of a 200. Raises: FetchError."""
        ...


@dataclass(slots=True)
class _Known:
    """What is known of one provider."""

    keys: Sequence[tuple[str, str, Key]] = ()
    fetched_at: float | None = None
    failed_at: float | None = None
    document: dict[str, Any] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class ProviderKeys:
    """Keys of providers, by issuer."""

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._known: dict[str, _Known] = {}

    async def of(self, issuer: str, key_id: str) -> Sequence[tuple[str, str, Key]]:
        """The keys of an issuer, among them the one of that id if it has one.

        Raises: UnavailableError (IDPCommunicationError) where it cannot be reached and nothing fresh enough is known.
        """
        known = self._entry(issuer)
        async with known.lock:
            if self._is_due(known, key_id):
                await self._refresh(issuer, known)
            self._check(known)
            return known.keys

    async def document(self, issuer: str) -> dict[str, Any]:
        """What a provider says of itself (its endpoints). Raises: UnavailableError."""
        await self.of(issuer, "")
        return self._entry(issuer).document

    def _entry(self, issuer: str) -> _Known:
        known = self._known.get(issuer)
        if known is None:
            if len(self._known) >= _MOST_PROVIDERS:
                del self._known[next(iter(self._known))]
            known = self._known[issuer] = _Known()
        return known

    def _is_due(self, known: _Known, key_id: str) -> bool:
        now = self._clock.now()
        if known.failed_at is not None and now - known.failed_at < _PAUSE_SECONDS:
            return False
        if known.fetched_at is None or now - known.fetched_at >= FRESH_SECONDS:
            return True
        missing = bool(key_id) and all(each != key_id for each, _, _ in known.keys)
        return missing and now - known.fetched_at >= _AGAIN_SECONDS

    def _check(self, known: _Known) -> None:
        if known.fetched_at is None or self._clock.now() - known.fetched_at >= STALE_SECONDS:
            raise UnavailableError(
                "The identity provider could not be reached, or did not publish its keys. Try again; the site's "
                "operator finds the reason in the log.",
                code="IDPCommunicationError",
            )

    async def _refresh(self, issuer: str, known: _Known) -> None:
        try:
            document = _json(await self._fetch(issuer.rstrip("/") + DISCOVERY))
            published = _json(await self._fetch(_keys_address(document, issuer))).get("keys")
        except FetchError as error:
            known.failed_at = self._clock.now()
            _log.warning("the keys of the identity provider %s could not be read: %s", issuer, error)
            return
        known.keys = read_keys(published[:_MOST_KEYS] if isinstance(published, list) else ())
        known.document = document
        known.fetched_at, known.failed_at = self._clock.now(), None


def _json(body: bytes) -> dict[str, Any]:
    try:
        return _decode(body)
    except (msgspec.DecodeError, ValueError):
        raise FetchError("its answer is not a JSON object") from None


def _keys_address(document: dict[str, Any], issuer: str) -> str:
    """Where a provider's keys are, as its own document says. Raises: FetchError."""
    if document.get("issuer") != issuer:
        raise FetchError("its discovery document is of another issuer")
    found = document.get("jwks_uri")
    if not isinstance(found, str) or urlsplit(found).scheme != "https":
        raise FetchError("its discovery document names no https address of its keys")
    return found
