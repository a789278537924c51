"""Evidence of a home: read beside a factory that may be running, and judged without one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from usina.app.policies import KEPT_POLICIES
from usina.core.clock import SystemClock, SystemDice
from usina.core.errors import OperatorError
from usina.core.kms import ALIAS, KEY
from usina.sovereignty.evidence import Exported, export_evidence
from usina.sovereignty.evidence.bill import software_bill
from usina.sovereignty.evidence.export import Sources
from usina.sovereignty.keyring import SiteKeyring
from usina.sovereignty.keyring_seal import read_site_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from usina.core.settings import Settings

_MODEL = "model"
_MODEL_FACTS = ("import", "sha256", "size_bytes", "licence", "source", "state", "created_at", "quantisation")
_KEY_FACTS = ("usage", "spec", "state", "manager", "created", "deletion_at", "rotation_days", "rotated_at")
_MOST_ROWS = 1_000_000


def export_home(
    settings: Settings, target: Path, since: float, until: float, tell: Callable[[int, int], None]
) -> Exported:
    """Write the evidence of a time into a file. Raises: OperatorError."""
    home = settings.home
    if not (home / "usina.db").is_file():
        raise OperatorError(f"{home} is not a factory's home. Name it with --home.")
    documents = asyncio.run(_documents(home))
    sources = Sources(
        home / "ledger",
        home / "keys" / "ledger.key",
        home / KEPT_POLICIES,
        settings.site_name,
        {**documents, "software": software_bill()},
    )
    return export_evidence(sources, target, since, until, SystemClock(), tell=tell)


async def _documents(home: Path) -> dict[str, Any]:
    """What there is now of keys and models: no secret, no material of a key."""
    from usina.stores.records import open_records

    records = await open_records(home / "usina.db")
    try:
        dice = SystemDice()
        keyring = SiteKeyring(records, read_site_key(home / "keys" / "site.key", dice), SystemClock(), dice)
        cards = await keyring.list(None)
        rows = await records.list(KEY, most=_MOST_ROWS)
        aliases = await records.list(ALIAS, most=_MOST_ROWS)
        models = await records.list(_MODEL, most=_MOST_ROWS)
    finally:
        await records.close()
    access = [
        {
            "id": card.id,
            "kind": card.kind,
            "account": card.account,
            "user": card.user,
            "roles": list(card.roles),
            "created_at": card.created_at,
            "expires_at": card.expires_at,
            "active": card.active,
        }
        for card in cards
    ]
    kms = [
        {"account": row.account, "id": row.name, **_some(row.body, _KEY_FACTS), "materials": len(row.body["materials"])}
        for row in rows
    ]
    names = [{"account": row.account, "name": row.name, "key": row.body["key"]} for row in aliases]
    return {
        "keys": {"access": access, "kms": kms, "aliases": names},
        "models": [{"id": row.name, **_some(row.body, _MODEL_FACTS)} for row in models],
    }


def _some(body: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: body[name] for name in names if name in body}
