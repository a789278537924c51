"""Every part by its concrete class, joined from the ground up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina.app.cloud import open_cloud
from usina.app.first_start import addresses, first_start
from usina.app.identity import open_identity, sign_in_page
from usina.app.parts import (
    open_batches,
    open_egress,
    open_engine,
    open_images,
    open_imports,
    open_invocations,
    open_jobs,
    open_kms,
    open_observed,
    open_packages,
    open_store,
    open_tuning,
    start_batches,
    start_serving,
)
from usina.app.policies import KEPT_POLICIES, note_policy
from usina.core.clock import SystemClock, SystemDice
from usina.core.ports import Ports, Site
from usina.door.asgi import Door
from usina.door.listeners import Listeners
from usina.door.metrics import Metrics
from usina.door.plain import PlainPages
from usina.door.tls import ensure_tls
from usina.pipeline.run import Pipeline
from usina.services import operations
from usina.sovereignty.iam.joined import open_iam
from usina.sovereignty.key_uses import KeyUses
from usina.sovereignty.keyring import SiteKeyring
from usina.sovereignty.keyring_seal import read_site_key
from usina.sovereignty.ledger import Ledger
from usina.sovereignty.policy import Policy, install_shipped

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Callable, Mapping

    from usina.app.events import Event
    from usina.core.jobs import Programs
    from usina.core.operation import Operation
    from usina.core.settings import Settings
    from usina.door.tls import TlsFiles
    from usina.sovereignty.egress import EgressDoor
    from usina.stores.records import SqlRecords


@dataclass(frozen=True, slots=True)
class Parts:
    """What `serve` has to do with once all is joined."""

    door: Door
    policy: Policy
    ledger: Ledger
    addresses: dict[str, str]
    programs: Programs  # of strangers: how they are run


async def join(
    settings: Settings, records: SqlRecords, on_event: Callable[[Event], None], stack: contextlib.AsyncExitStack
) -> Parts:
    """Start every part; the stack stops them in the other order."""
    clock, dice, limits, home = SystemClock(), SystemDice(), settings.limits, settings.home
    site_key = read_site_key(home / "keys" / "site.key", dice)
    keyring = SiteKeyring(records, site_key, clock, dice, uses=KeyUses(records, settings.region))
    tls = ensure_tls(home / "keys", _names(settings), clock)
    account = await first_start(settings, records, keyring, tls.authority, on_event)
    site = Site(settings.site_name, settings.region, account)
    served = operations()
    policy, ledger, egress = await _open_guards(settings, served, site, stack)
    engine = await open_engine(settings, records, clock, dice, stack, egress=egress)
    keys = await open_kms(records, site_key, clock, dice, site, stack)
    store = await open_store(settings, records, dice, keys.content, stack, egress=egress)
    iam = await open_iam(records, policy, served, clock, site, buckets=store.buckets, kms=keys.vault)
    images, image_store = await open_images(settings, records, store.objects, stack)
    logs, series = await open_observed(records, home, clock, dice, stack)
    jobs = await open_jobs(settings, stack, records, store, iam.port, keyring, logs, series, images, ledger, engine)
    gate, cloud_models, cloud_budgets = open_cloud(records, site_key, engine, policy, ledger, egress, settings.limits)
    identity = await open_identity(settings, records, keyring, clock, stack, egress=egress)
    ports = Ports(
        site,
        limits,
        clock,
        dice,
        engine.catalogue,
        engine.engines,
        engine.models,
        records,
        keyring,
        ledger,
        buckets=store.buckets,
        objects=store.objects,
        uploads=store.uploads,
        iam=iam.port,
        jobs=jobs,
        endpoints=await start_serving(stack, jobs, records, engine, series),
        images=image_store,
        log_groups=logs.groups,
        logs=logs,
        metrics=series,
        kms=keys.vault,
        kms_signing=keys.signing,
        packages=await open_packages(records),
        tuning=await open_tuning(records, jobs, stack),
        imports=await open_imports(settings, stack, records, store, iam.port, engine),
        invocations=(invocations := await open_invocations(settings, stack, records, store, iam.port, logs)),
        people=identity.people,
        batches=(batches := open_batches(settings, stack, records, store, iam.port)),
        cloud_models=cloud_models,
        cloud_budgets=cloud_budgets,
    )
    problems = _problems(ledger, policy)
    metrics = Metrics(engine.models, problems, invocations.counts, identity.authenticator.attempts)
    pipeline = Pipeline(identity.authenticator, served, iam.judge, ledger, ports, metrics.observe, invocations, gate)
    await start_batches(batches, pipeline, engine)
    pages = PlainPages(metrics, engine.models, settings.metrics_networks, problems, sign_in_page(settings))
    door = await _open_door(settings, Door(pipeline, pages, limits, clock), tls, stack)
    return Parts(door, policy, ledger, addresses(settings), jobs.programs())


async def _open_guards(
    settings: Settings, served: Mapping[tuple[str, str], Operation], site: Site, stack: contextlib.AsyncExitStack
) -> tuple[Policy, Ledger, EgressDoor]:
    """What decides, what proves afterwards what was decided, and the way out, which needs both."""
    home = settings.home
    install_shipped(home / "policies")
    policy = Policy.load(home / "policies", served, SystemClock(), site)
    ledger = Ledger.open_folder(home / "ledger", home / "keys" / "ledger.key", SystemClock(), site=site.name)
    stack.push_async_callback(ledger.shutdown)
    await note_policy(policy, ledger, home / KEPT_POLICIES)
    return policy, ledger, await open_egress(settings, ledger, SystemClock(), SystemDice(), stack)


async def _open_door(settings: Settings, door: Door, tls: TlsFiles, stack: contextlib.AsyncExitStack) -> Door:
    """The door, open: from here on it answers."""
    listeners = Listeners(door, settings.limits, SystemClock())
    stack.push_async_callback(listeners.stop)
    await listeners.start(settings.host, settings.port, settings.tls_port, tls)
    return door


def _problems(ledger: Ledger, policy: Policy) -> Callable[[], dict[str, str]]:
    """What an operator should know of."""
    return lambda: {"ledger": ledger.status.problem, "policy": policy.status.problem}


def _names(settings: Settings) -> list[str]:
    """Names and addresses the door's certificate is for."""
    names = ["localhost", "127.0.0.1", "::1", *settings.hostnames]
    if settings.host not in {"0.0.0.0", "::", *names}:
        names.append(settings.host)
    return names
