"""A gate with everything real behind it but the way out's guard: policies in a folder, a ledger on disk, TLS."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from usina.core.clock import SystemDice
from usina.core.cloud import CLOUD, CloudSource, OnBehalf
from usina.core.limits import Limits
from usina.core.operation import Meter, Principal
from usina.core.ports import ModelCard, Site
from usina.federation.asking import CloudEngines
from usina.federation.budgets import SiteBudgets
from usina.federation.cloud import CloudGate, CloudParts
from usina.federation.links import SiteCloudModels
from usina.federation.personal import PatternRedactor
from usina.services import operations
from usina.sovereignty.keyring_seal import purpose_seal
from usina.sovereignty.ledger import Ledger
from usina.sovereignty.policy import Policy
from usina.testing.catalogue import FakeCatalogue
from usina.testing.clock import VirtualClock
from usina.testing.egress import OpenEgress
from usina.testing.engines import ScriptedEngines
from usina.testing.records import MemoryRecords
from usina.testing.world import SITE_KEY, principal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from tests.federation.cloud_server import CloudServer
    from usina.core.ports import Engines, Json

MODEL = "cloud.far-model"
UPSTREAM = "anthropic.far-model-v1:0"
SECRET = "the-secret-of-the-sites-own-key"
PROMPT = "a prompt that nobody else may see"
BODY: Json = {"messages": [{"role": "user", "content": PROMPT}], "max_tokens": 50}
OPEN = """
@id("cloud.open")
permit (principal, action == Usina::Action::"usina:SendToCloud", resource is Usina::CloudModel)
when { ["public"].containsAll(resource.labels) };
"""
REDACTED = """
@id("cloud.redacted")
permit (principal, action == Usina::Action::"usina:SendToCloud", resource is Usina::CloudModel)
when { resource.redacted };
"""
LIMITS = Limits(engine_first_byte_seconds=5.0, engine_idle_seconds=5.0, engine_answer_bytes=100_000)


@dataclass
class Gated:
    """A gate and what a test looks at."""

    gate: CloudGate
    models: SiteCloudModels
    budgets: SiteBudgets
    ledger: Ledger
    egress: OpenEgress
    records: MemoryRecords
    clock: VirtualClock
    source: CloudSource
    card: ModelCard
    meter: Meter = field(default_factory=Meter)

    def behalf(self, labels: tuple[str, ...] = ("public",), who: Principal | None = None) -> OnBehalf:
        context: dict[str, str | bool | int] = {"secure": True, "peer": "127.0.0.1", "method": "sigv4"}
        caller = who or principal(roles=("administrator",))
        return OnBehalf(caller, "a-request", 1, "127.0.0.1", context, labels, self.meter)

    def engines(self, labels: tuple[str, ...] = ("public",), who: Principal | None = None) -> Engines:
        return CloudEngines(ScriptedEngines(), self.gate, self.behalf(labels, who))

    async def recorded(self) -> list[dict[str, Any]]:
        return await self.ledger.tail(after=0, most=1_000)

    async def used(self) -> tuple[int, int, int]:
        used = (await self.budgets.budgets())[0].used
        return used.requests, used.bytes, used.tokens


@asynccontextmanager
async def gated(folder: Path, server: CloudServer, policy: str = OPEN, **changes: Any) -> AsyncIterator[Gated]:
    """A gate whose one model is that server."""
    clock, records = VirtualClock(), MemoryRecords()
    (folder / "policies").mkdir(parents=True)
    (folder / "policies" / "cloud.cedar").write_text(policy)
    judge = Policy.load(folder / "policies", operations(), clock, Site())
    ledger = Ledger.open_folder(folder / "ledger", folder / "keys" / "ledger.key", clock)
    catalogue = FakeCatalogue((), None, records)
    models = SiteCloudModels(records, catalogue, purpose_seal(SITE_KEY, "cloud", SystemDice()), clock)
    budgets, egress = SiteBudgets(records, clock), OpenEgress()
    parts = CloudParts(models, budgets, PatternRedactor(), judge, ledger, egress, clock, LIMITS)
    source = CloudSource(
        MODEL,
        "bedrock",
        f"https://localhost:{server.port}",
        UPSTREAM,
        region="eu-central-1",
        authority_pem=server.authority_pem,
        access_key_id="AKIAOFTHESITE",
        secret=SECRET,
    )
    source = replace(source, **changes)
    await models.put(source)
    card = ModelCard(
        MODEL, UPSTREAM, "cloud", source.task, CLOUD, source.context_tokens, max_output_tokens=source.max_output_tokens
    )
    try:
        yield Gated(CloudGate(parts), models, budgets, ledger, egress, records, clock, source, card)
    finally:
        await ledger.shutdown()


async def chunks_of(site: Gated, labels: Sequence[str] = ("public",)) -> list[Json]:
    batches: Any = site.engines(tuple(labels)).stream(site.card, "chat", BODY)
    async with aclosing(batches):
        return [chunk async for batch in batches for chunk in batch]
