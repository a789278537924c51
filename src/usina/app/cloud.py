"""The link to models outside, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usina.core.clock import SystemClock, SystemDice
from usina.federation.budgets import SiteBudgets
from usina.federation.cloud import CloudGate, CloudParts
from usina.federation.links import SiteCloudModels
from usina.federation.personal import PatternRedactor
from usina.sovereignty.keyring_seal import purpose_seal

if TYPE_CHECKING:
    from usina.core.egress import Egress
    from usina.core.limits import Limits
    from usina.core.ports import Records
    from usina.engine.factory import EngineFactory
    from usina.sovereignty.ledger import Ledger
    from usina.sovereignty.policy import Policy


def open_cloud(  # noqa: PLR0917 - what the gate is made of, in the order in which a request meets it
    records: Records,
    site_key: bytes,
    engine: EngineFactory,
    policy: Policy,
    ledger: Ledger,
    egress: Egress,
    limits: Limits,
) -> tuple[CloudGate, SiteCloudModels, SiteBudgets]:
    """The gate, and what operators change behind it. What leaves is judged by the site's policies alone: those of
    accounts say who of them may use a model, not what leaves the site.
    """
    clock = SystemClock()
    models = SiteCloudModels(records, engine.catalogue, purpose_seal(site_key, "cloud", SystemDice()), clock)
    budgets = SiteBudgets(records, clock)
    parts = CloudParts(models, budgets, PatternRedactor(), policy, ledger, egress, clock, limits)
    return CloudGate(parts), models, budgets
