"""Opens what proves callers: keys, tokens of accounts' providers, and people of the site's own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import contextlib

    from usina.core.clock import Clock
    from usina.core.egress import Egress
    from usina.core.ports import Records
    from usina.core.settings import Settings
    from usina.sovereignty.identity import Authenticator
    from usina.sovereignty.keyring import SiteKeyring
    from usina.sovereignty.people.site import SitePeople


@dataclass(frozen=True, slots=True)
class Identity:
    """What proves callers, and the people among them."""

    authenticator: Authenticator
    people: SitePeople


async def open_identity(
    settings: Settings,
    records: Records,
    keyring: SiteKeyring,
    clock: Clock,
    stack: contextlib.AsyncExitStack,
    *,
    egress: Egress,
) -> Identity:
    """Everything that proves callers, and the loop that stores who failed to and when keys were used."""
    from usina.sovereignty.attempts import Attempts
    from usina.sovereignty.identity import Authenticator
    from usina.sovereignty.key_uses import Keeping
    from usina.sovereignty.oidc.fetching import ProviderFetch
    from usina.sovereignty.oidc.provider_keys import ProviderKeys
    from usina.sovereignty.oidc.web_identity import WebIdentities
    from usina.sovereignty.people.signing_in import LoginSettings, SigningIn
    from usina.sovereignty.people.site import SitePeople

    attempts = Attempts(settings.limits, clock)
    keeping = Keeping(keyring.uses, attempts, records, clock)
    await keeping.take_up()
    stack.push_async_callback(keeping.write)
    loop = asyncio.get_running_loop().create_task(keeping.run())
    stack.callback(loop.cancel)
    people = SitePeople(records, keyring, clock, settings.people_session_seconds)
    await people.load()
    keys = ProviderKeys(ProviderFetch(egress, settings.identity_authorities), clock)
    login = LoginSettings(settings.people_issuer, settings.people_client_id, settings.people_groups_claim)
    authenticator = Authenticator(
        keyring,
        clock,
        settings.limits,
        attempts=attempts,
        uses=keyring.uses,
        web=WebIdentities(records, keys, clock),
        people=SigningIn(login, keys, people, clock),
    )
    return Identity(authenticator, people)


def sign_in_page(settings: Settings) -> dict[str, str]:
    """What a client must know to sign a person in; empty where nobody does."""
    if not settings.people_issuer:
        return {}
    scope = "openid email offline_access groups"
    return {"issuer": settings.people_issuer, "client_id": settings.people_client_id, "scope": scope}
