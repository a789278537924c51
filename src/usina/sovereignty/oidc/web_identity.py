"""Workloads that prove themselves by a token of a provider that their account trusts (AssumeRoleWithWebIdentity).

An SDK sends the token in its file again whenever it renews its session, as long as the file holds it, so a token is
not good once only. It is good from the address it was first seen from, until it ends: a copy is of no use elsewhere.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from usina.core.ids import Arn
from usina.core.operation import Principal, WebIdentity
from usina.sovereignty.attempts import place_of
from usina.sovereignty.iam.rows import OIDC_PROVIDER, oidc_provider_arn
from usina.sovereignty.oidc.tokens import invalid, look_at, verify

if TYPE_CHECKING:
    from usina.core.clock import Clock
    from usina.core.ports import Records
    from usina.sovereignty.oidc.provider_keys import ProviderKeys

_HTTPS: Final = "https://"
_MOST_TOKENS: Final = 50_000
_LOOPBACK: Final = ("127.", "::1")


class TokenUses:
    """From where each token that is still good was first seen; bounded, the oldest go."""

    def __init__(self, clock: Clock, most: int = _MOST_TOKENS) -> None:
        self._clock = clock
        self._most = most
        self._seen: dict[bytes, tuple[str, float]] = {}

    def bind(self, token: str, peer: str, expires_at: float) -> None:
        """Raises: SignatureError where a token comes from elsewhere than before."""
        now, place = self._clock.now(), place_of(peer)
        place = "loopback" if place.startswith(_LOOPBACK) else place
        digest = hashlib.sha256(token.encode()).digest()
        known = self._seen.get(digest)
        if known is None:
            if len(self._seen) >= self._most:
                del self._seen[next(iter(self._seen))]
            self._seen[digest] = (place, expires_at)
        elif known[0] != place and now < known[1]:
            raise invalid("it was used from another address before")


class WebIdentities:
    """Proves callers by tokens of the providers that accounts registered."""

    def __init__(self, records: Records, keys: ProviderKeys, clock: Clock) -> None:
        self._records = records
        self._keys = keys
        self._clock = clock
        self._uses = TokenUses(clock)

    async def prove(self, role_arn: str, token: str, peer: str) -> Principal:
        """Who the token says asks for a role of that account.

        Raises: SignatureError, UnavailableError.
        """
        arn = Arn.parse(role_arn)
        account = "" if arn is None else arn.account
        seen = look_at(token)
        name = seen.issuer.removeprefix(_HTTPS)
        row = None
        if account and name != seen.issuer and name.isprintable():
            row = await self._records.get(OIDC_PROVIDER, account, name)
        if row is None:
            raise invalid("no OpenID Connect provider of that issuer is registered in the role's account")
        keys = await self._keys.of(seen.issuer, seen.key_id)
        claims = verify(token, keys, issuer=seen.issuer, audiences=row.body["client_ids"], now=self._clock.now())
        self._uses.bind(token, peer, claims.expires_at)
        web = WebIdentity(oidc_provider_arn(account, name), name, claims.subject, claims.audience)
        shown = quote(claims.subject, safe="@:+=._~-/")
        return Principal(
            account,
            f"arn:aws:sts::{account}:web-identity/{name}/{shown}",
            f"{name}:{shown}",
            f"web-identity:{shown}",  # no user can have that name
            (),
            "",
            session=True,
            web=web,
        )
