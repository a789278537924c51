"""A whole world for one handler: every port, in memory, in virtual time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from usina.core.clock import SystemDice
from usina.core.errors import NotFoundError
from usina.core.limits import DEFAULT_LIMITS, Limits
from usina.core.operation import Call, Principal
from usina.core.ports import Ports, Site
from usina.federation.budgets import SiteBudgets
from usina.federation.links import SiteCloudModels
from usina.sovereignty.keyring_seal import purpose_seal
from usina.sovereignty.kms.joined import keys_of
from usina.sovereignty.people.site import SitePeople
from usina.stores.packages import RecordPackages
from usina.testing.batch import ToldBatches, ToldImports
from usina.testing.catalogue import CHAT, EMBEDDING, FakeCatalogue, FakeModelStore
from usina.testing.clock import CountingDice, VirtualClock
from usina.testing.endpoints import FakeEndpoints
from usina.testing.engines import ScriptedEngines
from usina.testing.iam import memory_iam
from usina.testing.images import FakeImageStore
from usina.testing.invocations import ListedInvocations
from usina.testing.jobs import FakeJobs
from usina.testing.keyring import FakeKeyring
from usina.testing.logs import MemoryLogs
from usina.testing.metrics import MemoryMetrics
from usina.testing.objects import memory_objects
from usina.testing.records import MemoryRecords
from usina.testing.tuning import FakeTuning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.batch import Batches
    from usina.core.endpoints import Endpoints
    from usina.core.imports import Imports
    from usina.core.invocations import Invocations
    from usina.core.jobs import Jobs
    from usina.core.ports import Json, Keyring, LedgerView, ModelCard, Records
    from usina.stores.objects.store import ObjectStore

ACCOUNT = "111122223333"
SITE_KEY = bytes(range(32))


@dataclass(slots=True)
class FakeLedgerView:
    """The `LedgerView` port over a list of records that a test fills."""

    records: list[Json] = field(default_factory=list)

    async def tail(self, *, after: int, most: int) -> Sequence[Json]:
        """Records after that sequence number; a negative one counts from the end."""
        start = len(self.records) + after if after < 0 else after  # sequence numbers count from 1
        return self.records[max(0, start) : max(0, start) + most]

    async def prove(self, record_id: str) -> Json:
        """The record, and an empty path."""
        for index, record in enumerate(self.records):
            if record_id in {record.get("id"), record.get("request_id")}:
                return {"index": index, "record": record, "path": [], "head": await self.head()}
        raise NotFoundError(f"no record {record_id}")

    async def head(self) -> Json:
        """The size, unsigned."""
        return {"size": len(self.records), "root": "00" * 32}


def world(
    records: Records | None = None,
    *,
    engines: ScriptedEngines | None = None,
    cards: Sequence[ModelCard] = (CHAT, EMBEDDING),
    aliases: Mapping[str, str] | None = None,
    keyring: Keyring | None = None,
    ledger: LedgerView | None = None,
    clock: VirtualClock | None = None,
    limits: Limits = DEFAULT_LIMITS,
    store: ObjectStore | None = None,
    jobs: Jobs | None = None,
    endpoints: Endpoints | None = None,
    batches: Batches | None = None,
    imports: Imports | None = None,
    invocations: Invocations | None = None,
) -> Ports:
    """All ports of a site with these models. What is not given is a fake of its own."""
    clock = clock or VirtualClock()
    records = records or MemoryRecords()
    dice = CountingDice()
    keyring = keyring or FakeKeyring(clock, dice)
    catalogue = FakeCatalogue(cards, aliases, records)
    site = Site(account=ACCOUNT)
    keys = keys_of(records, SITE_KEY, clock, SystemDice(), site)
    store = store or memory_objects(dice, keys.content)
    logs = MemoryLogs(clock)
    return Ports(
        site=site,
        limits=limits,
        clock=clock,
        dice=dice,
        catalogue=catalogue,
        engines=engines or ScriptedEngines(),
        models=FakeModelStore(catalogue),
        records=records,
        keyring=keyring,
        ledger=ledger or FakeLedgerView(),
        buckets=store.buckets,
        objects=store.objects,
        uploads=store.uploads,
        iam=memory_iam(records, clock, site),
        jobs=jobs or FakeJobs(),
        endpoints=endpoints or FakeEndpoints(),
        images=FakeImageStore(),
        log_groups=logs.groups,
        logs=logs,
        metrics=MemoryMetrics(clock),
        kms=keys.vault,
        kms_signing=keys.signing,
        packages=RecordPackages(records),
        tuning=FakeTuning(),
        batches=batches or ToldBatches(),
        imports=imports or ToldImports(),
        invocations=invocations or ListedInvocations(),
        people=SitePeople(records, keyring, clock, 3_600.0),
        cloud_models=SiteCloudModels(records, catalogue, purpose_seal(SITE_KEY, "cloud", SystemDice()), clock),
        cloud_budgets=SiteBudgets(records, clock),
    )


def principal(account: str = ACCOUNT, name: str = "ada", roles: Sequence[str] = ("developer",)) -> Principal:
    """Somebody who asks."""
    return Principal(
        account=account,
        arn=f"arn:aws:iam::{account}:user/{name}",
        user_id="AIDAEXAMPLE",
        name=name,
        roles=tuple(roles),
        key_id="AKIAEXAMPLE",
    )


def call_of(arguments: Mapping[str, Any], who: Principal | None = None) -> Call[Any]:
    """A permitted call with these arguments."""
    return Call(
        principal=who or principal(),
        arguments=arguments,
        request_id="00000000-0000-4000-8000-000000000000",
        received_at=1_800_000_000.0,
    )
