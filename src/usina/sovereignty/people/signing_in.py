"""Whether an identity token is one of a person of the site's provider, and what that person asks to act as.

Such a token is good once: an ID token is made for one sign-in, so a copy that comes second is refused. It must be an ID
token (an access token for our client would be one for anybody who may call it), and not older than ten minutes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from usina.core.errors import AccessDeniedError, ValidationError
from usina.core.operation import Principal, WebIdentity
from usina.core.people import GroupRole
from usina.sovereignty.oidc.tokens import invalid, look_at, verify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.clock import Clock
    from usina.core.people import People
    from usina.sovereignty.oidc.provider_keys import ProviderKeys

ROLE: Final = "person"  # of somebody who signs in: he may take what his groups map to, and nothing else
_AGE_SECONDS: Final = 600
_MOST_TOKENS: Final = 50_000
_MOST_GROUPS: Final = 500
_GROUP_CHARACTERS: Final = 256


@dataclass(frozen=True, slots=True)
class LoginSettings:
    """The site's identity provider for people."""

    issuer: str = ""  # empty: nobody signs in
    client_id: str = ""
    groups_claim: str = "groups"


class SigningIn:
    """Proves people."""

    def __init__(self, settings: LoginSettings, keys: ProviderKeys, people: People, clock: Clock) -> None:
        self._settings = settings
        self._keys = keys
        self._people = people
        self._clock = clock
        self._used: dict[bytes, float] = {}

    async def prove(self, token: str, role: str, account: str) -> Principal:
        """The person, asking to act as that role in that account ("" where there is one choice only).

        Raises: SignatureError, UnavailableError; AccessDeniedError where nobody signs in at this site.
        """
        settings, now = self._settings, self._clock.now()
        if not settings.issuer:
            raise AccessDeniedError(
                "This site has no identity provider for people: its operator names one in site.toml, [people]."
            )
        seen = look_at(token)
        if seen.issuer != settings.issuer or seen.kind == "at+jwt":
            raise invalid("it is no ID token of this site's identity provider")
        keys = await self._keys.of(settings.issuer, seen.key_id)
        claims = verify(token, keys, issuer=settings.issuer, audiences=(settings.client_id,), now=now)
        if now - claims.others["iat"] > _AGE_SECONDS:
            raise invalid("it was issued more than ten minutes ago: sign in again")
        groups = _groups(claims.others.get(settings.groups_claim))
        try:
            choice = chosen(self._people.choices(groups), role, account)
            self._once(token, claims.expires_at, now)
        except (AccessDeniedError, ValidationError):
            choice = GroupRole("", account, "")  # a known person is refused later, where refusals are recorded
        address = _address(claims.others)
        identity = WebIdentity("", settings.issuer, claims.subject, claims.audience, groups, address, choice.role)
        shown = quote(claims.subject, safe="@:+=._~-")
        name = f"person:{shown}"  # no user can have that name
        arn = f"arn:aws:iam::{choice.account}:person/{shown}"
        return Principal(choice.account, arn, name, name, (ROLE,), "", session=True, web=identity)

    def _once(self, token: str, expires_at: float, now: float) -> None:
        digest = hashlib.sha256(token.encode()).digest()
        if digest in self._used:
            raise invalid("it was used before")
        if len(self._used) >= _MOST_TOKENS:
            self._used = {known: until for known, until in self._used.items() if until > now}
        if len(self._used) >= _MOST_TOKENS:
            raise invalid("too many sign-ins at once; try again in some minutes")
        self._used[digest] = expires_at


def chosen(choices: Sequence[GroupRole], role: str, account: str) -> GroupRole:
    """The one choice that fits. Raises: AccessDeniedError (none), ValidationError (several)."""
    ways = {(each.account, each.role): each for each in choices}
    fitting = [each for each in ways.values() if role in {"", each.role} and account in {"", each.account}]
    if not fitting:
        raise AccessDeniedError("No group of yours has been given such a role at this site.")
    if len(fitting) > 1:
        listed = ", ".join(f"{each.role} in {each.account}" for each in fitting[:20])
        raise ValidationError(f"Your groups give you several roles: say which of {listed}.")
    return fitting[0]


def _groups(found: Any) -> tuple[str, ...]:
    """The groups that a token names; one that is no short text is passed over."""
    names = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    return tuple(name for name in names[:_MOST_GROUPS] if isinstance(name, str) and 0 < len(name) <= _GROUP_CHARACTERS)


def _address(claims: Mapping[str, Any]) -> str:
    """The person's mail address, where the provider says that it was verified."""
    address = claims.get("email")
    return address if isinstance(address, str) and claims.get("email_verified") is True else ""
