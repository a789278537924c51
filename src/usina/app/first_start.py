"""The first account with its administrator's keys, and the client kit that each start writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usina.app.events import Event
from usina.client.errors import KitError
from usina.client.found import read_kit_credentials
from usina.client.kit import KitCredentials, KitFacts, bracketed, reachable_name, write_kit
from usina.core.clock import SystemDice
from usina.core.errors import OperatorError
from usina.core.ports import Row
from usina.sovereignty.identity import bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from usina.core.ports import Records
    from usina.core.settings import Settings
    from usina.sovereignty.keyring import SiteKeyring

_SITE = "site"  # kind and name of the row that holds what the first start chose
_ADMINISTRATOR = "administrator"


async def first_start(
    settings: Settings, records: Records, keyring: SiteKeyring, authority: Path, on_event: Callable[[Event], None]
) -> str:
    """The site's first account. At the first start it and its administrator's keys are made; each start renews the kit.

    A kit that was lost is written anew with new administrator's keys: who may write this home owns the site anyway.
    """
    first = await bootstrap(records, keyring, SystemDice(), settings.account)
    row = await records.get(_SITE, "", _SITE)
    if first is not None:
        account = first.account
        if row is None:
            await records.put(Row(_SITE, "", _SITE, {"account": account}))
        credentials = KitCredentials(first.access.card.id, first.access.secret, first.bearer.secret)
        _write_kit(settings, account, credentials, authority)
        await first.delivered()
        on_event(Event("first-start", _shown(account, credentials)))
        return account
    if row is None:
        raise OperatorError(f"{settings.home}/usina.db lacks the site's row. Restore the home from a backup.")
    account = row.body["account"]
    try:
        credentials = read_kit_credentials(settings.client_folder)
    except KitError:
        access = await keyring.create("access", account, _ADMINISTRATOR, (_ADMINISTRATOR,), None)
        bearer = await keyring.create("bearer", account, _ADMINISTRATOR, (_ADMINISTRATOR,), None)
        credentials = KitCredentials(access.card.id, access.secret, bearer.secret)
        on_event(Event("first-start", _shown(account, credentials)))
    _write_kit(settings, account, credentials, authority)
    return str(account)


def _shown(account: str, credentials: KitCredentials) -> dict[str, str]:
    return {
        "account": account,
        "user": _ADMINISTRATOR,
        "access_key_id": credentials.access_key_id,
        "secret_access_key": credentials.secret_access_key,
        "api_key": credentials.api_key,
    }


def _facts(settings: Settings, account: str, ca_pem: str) -> KitFacts:
    host = reachable_name(settings.host)
    return KitFacts(host, settings.port, settings.tls_port, settings.region, account, ca_pem)


def _write_kit(settings: Settings, account: str, credentials: KitCredentials, authority: Path) -> None:
    write_kit(settings.client_folder, _facts(settings, account, authority.read_text("ascii")), credentials)


def addresses(settings: Settings) -> dict[str, str]:
    """Where the front door is reached from this machine, and where the kit lies."""
    facts = _facts(settings, "", "")
    return {
        "url": f"http://{bracketed(facts.host)}:{settings.port}",
        "tls_url": facts.endpoint,
        "client_folder": str(settings.client_folder),
    }
