"""The keys of one site, made together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina.sovereignty.keyring_seal import purpose_seal
from usina.sovereignty.kms.content import WrappedKeys
from usina.sovereignty.kms.signing import Signing
from usina.sovereignty.kms.vault import Vault

if TYPE_CHECKING:
    from usina.core.clock import Clock, Dice
    from usina.core.ports import Records, Site


@dataclass(frozen=True, slots=True)
class SiteKeys:
    """`vault` and `signing` are the ports for handlers, `content` that for what lies at rest."""

    vault: Vault
    signing: Signing
    content: WrappedKeys


def keys_of(records: Records, site_key: bytes, clock: Clock, dice: Dice, site: Site) -> SiteKeys:
    """The keys of a site, none of them read yet."""
    vault = Vault(records, purpose_seal(site_key, "kms", dice), clock, dice, site)
    return SiteKeys(vault, Signing(vault), WrappedKeys(purpose_seal(site_key, "content", dice), vault, dice))


async def open_keys(records: Records, site_key: bytes, clock: Clock, dice: Dice, site: Site) -> SiteKeys:
    """All accounts' keys, read from their rows."""
    keys = keys_of(records, site_key, clock, dice, site)
    await keys.vault.load()
    return keys
