"""Opens the parts that hold state, and the loops that keep them; the stack closes what was opened."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from usina.core.clock import SystemClock, SystemDice

if TYPE_CHECKING:
    import contextlib
    from pathlib import Path

    from usina.core.clock import Clock, Dice
    from usina.core.egress import Egress
    from usina.core.iam import Iam
    from usina.core.jobs import Jobs
    from usina.core.kms import ContentKeys
    from usina.core.logs import Logs
    from usina.core.metrics import MetricSeries
    from usina.core.objects import Objects
    from usina.core.ports import Records, Site
    from usina.core.settings import Settings
    from usina.engine.batch.loop import SiteBatches
    from usina.engine.factory import EngineFactory
    from usina.engine.images import Images
    from usina.engine.images.store import SiteImages
    from usina.engine.imports.loop import SiteImports
    from usina.engine.invocations.loop import SiteInvocations
    from usina.engine.jobs.kinds import Kind
    from usina.engine.jobs.loop import SiteJobs
    from usina.engine.serving.site import SiteEndpoints
    from usina.engine.tuning_jobs.loop import SiteTuning
    from usina.pipeline.run import Pipeline
    from usina.sovereignty.egress import EgressDoor
    from usina.sovereignty.keyring import SiteKeyring
    from usina.sovereignty.kms.joined import SiteKeys
    from usina.sovereignty.ledger import Ledger
    from usina.stores.logs.store import LogStore
    from usina.stores.metrics.store import SqlMetrics
    from usina.stores.objects.store import ObjectStore
    from usina.stores.packages import RecordPackages
    from usina.stores.records import SqlRecords


async def open_egress(
    settings: Settings, ledger: Ledger, clock: Clock, dice: Dice, stack: contextlib.AsyncExitStack
) -> EgressDoor:
    """The one way out, and the loop that writes down what it carries. What settings name themselves is allowed."""
    from usina.core.egress import Purpose
    from usina.engine.settings import EngineSettings
    from usina.sovereignty.egress import Destinations, EgressDoor
    from usina.stores.objects.external import Address

    store = settings.objects_store
    named = {
        Purpose.ENGINE: EngineSettings.from_table(settings.engine).attached_networks,
        Purpose.OBJECT_STORE: (Address.parse(store).destination,) if store else (),
        Purpose.IDENTITY_PROVIDER: filter(None, (urlsplit(settings.people_issuer).netloc,)),
    }
    door = EgressDoor(Destinations.read(settings.egress, named), ledger, clock, dice)
    stack.push_async_callback(door.close)
    telling = asyncio.get_running_loop().create_task(door.tell())
    stack.callback(telling.cancel)
    return door


async def open_engine(
    settings: Settings, records: Records, clock: Clock, dice: Dice, stack: contextlib.AsyncExitStack, *, egress: Egress
) -> EngineFactory:
    """What runs models, started."""
    from usina.engine.factory import EngineFactory
    from usina.engine.settings import EngineSettings

    engine = EngineFactory(
        settings.home,
        records,
        clock,
        dice,
        settings.limits,
        EngineSettings.from_table(settings.engine),
        region=settings.region,
        egress=egress,
    )
    stack.push_async_callback(engine.stop)
    await engine.start()
    return engine


async def open_kms(  # noqa: PLR0917 - the world, in the order of every port
    records: SqlRecords, site_key: bytes, clock: Clock, dice: Dice, site: Site, stack: contextlib.AsyncExitStack
) -> SiteKeys:
    """The keys of all accounts and of what lies at rest, and the loop that ends and rotates them."""
    from usina.sovereignty.kms.joined import open_keys
    from usina.sovereignty.kms.keeping import KeyKeeping

    keys = await open_keys(records, site_key, clock, dice, site)
    keeping = asyncio.get_running_loop().create_task(KeyKeeping(keys.vault, records, records.scrub, clock).run())
    stack.callback(keeping.cancel)
    return keys


async def open_store(
    settings: Settings,
    records: SqlRecords,
    dice: Dice,
    keys: ContentKeys,
    stack: contextlib.AsyncExitStack,
    *,
    egress: Egress,
) -> ObjectStore:
    """Buckets, objects and uploads."""
    from usina.core.egress import Purpose
    from usina.sovereignty.egress.blocking import through_door
    from usina.stores.objects.expiry import Expiry
    from usina.stores.objects.store import open_objects

    store = await open_objects(
        records.engine,
        settings.home / "objects",
        dice,
        external=settings.objects_store,
        region=settings.region,
        keys=keys,
        connected=lambda client: through_door(client, egress, Purpose.OBJECT_STORE),
    )
    stack.push_async_callback(store.close)
    expiry = Expiry(store.buckets, store.objects, store.uploads, SystemClock(), dice)
    sweeper = asyncio.get_running_loop().create_task(expiry.run(store.buckets.all))
    stack.callback(sweeper.cancel)
    return store


async def open_images(
    settings: Settings, records: Records, objects: Objects, stack: contextlib.AsyncExitStack
) -> tuple[Images, SiteImages]:
    """What jobs, endpoints and customization run in, and what the operator does with it."""
    from pathlib import Path

    from usina.engine.cluster.local import LocalCluster
    from usina.engine.images import Images
    from usina.engine.images.folder import ImageFolder
    from usina.engine.images.importing import Importing
    from usina.engine.images.places import Places
    from usina.engine.images.store import SiteImages
    from usina.engine.images.table import Table

    path = Path(settings.images_folder) if settings.images_folder else settings.home / "images"
    places = Places.named(settings.images_wheels, settings.images_index)
    clock, log = SystemClock(), settings.home / "logs" / "images.log"
    table = Table.read(settings.home)
    folder = ImageFolder(path)
    images = Images(table, folder, places, LocalCluster(clock), clock, log=log)
    importing = Importing(folder, LocalCluster(clock), objects, log)
    store = SiteImages(images, folder, places, importing, records, clock)
    stack.push_async_callback(store.stop)
    await store.start()
    return images, store


def _customization(settings: Settings, records: Records, engine: EngineFactory) -> Kind:
    """The kind of job that makes custom models."""
    from usina.engine.customization.adapters import AdapterFolder
    from usina.engine.customization.kind import CustomizationJobs
    from usina.engine.factory import ADAPTERS

    return CustomizationJobs(records, engine.catalogue, AdapterFolder(settings.home / ADAPTERS))


async def open_jobs(  # noqa: PLR0917 - what jobs read and write, in the order of the ports
    settings: Settings,
    stack: contextlib.AsyncExitStack,
    records: Records,
    store: ObjectStore,
    iam: Iam,
    keyring: SiteKeyring,
    logs: Logs,
    series: MetricSeries,
    images: Images,
    ledger: Ledger,
    engine: EngineFactory,
) -> SiteJobs:
    """The part that runs jobs, and the jobs of the last factory taken up."""
    from usina.door.listeners import reachable_address
    from usina.engine.jobs.logs import SiteLogs
    from usina.engine.jobs.site import Stores
    from usina.engine.jobs.site import open_jobs as open_site_jobs

    stores = Stores(records, store.buckets, store.objects, iam, keyring, SiteLogs(logs, series), ledger)
    jobs = await open_site_jobs(
        settings.home,
        stores,
        SystemClock(),
        SystemDice(),
        region=settings.region,
        front_door=(reachable_address(settings.host), settings.port),
        images=images,
        unsafe_no_sandbox=settings.unsafe_no_sandbox,
        kinds=(_customization(settings, records, engine),),
    )
    stack.push_async_callback(jobs.stop)
    return jobs


async def start_serving(
    stack: contextlib.AsyncExitStack, jobs: SiteJobs, records: Records, engine: EngineFactory, series: MetricSeries
) -> SiteEndpoints:
    """The part that serves models, and what the last factory left running: endpoints first, which hold their room."""
    from usina.engine.serving.site import open_endpoints

    endpoints = open_endpoints(jobs, records, engine.engines, engine.catalogue, series, SystemClock())
    stack.push_async_callback(endpoints.stop)
    await endpoints.start()
    await jobs.start()
    return endpoints


def open_batches(
    settings: Settings, stack: contextlib.AsyncExitStack, records: Records, store: ObjectStore, iam: Iam
) -> SiteBatches:
    """The part that runs batch inference; it begins when there is a way for its requests."""
    from usina.engine.batch.loop import BatchWorld, SiteBatches

    folder, most = settings.home / "batch", settings.limits.body_bytes
    world = BatchWorld(
        folder, records, store.buckets, store.objects, iam, SystemClock(), SystemDice(), record_bytes=most
    )
    batches = SiteBatches(world)
    stack.push_async_callback(batches.stop)
    return batches


async def open_imports(  # noqa: PLR0917 - what imports read and write, in the order of the ports
    settings: Settings,
    stack: contextlib.AsyncExitStack,
    records: Records,
    store: ObjectStore,
    iam: Iam,
    engine: EngineFactory,
) -> SiteImports:
    """The part that brings accounts' models, and what the last factory had under way taken up."""
    from usina.engine.imports.kept import AccountModels
    from usina.engine.imports.loop import ImportWorld, SiteImports
    from usina.engine.settings import EngineSettings

    folder = settings.home / "models"
    models = AccountModels(folder, records, engine.catalogue, engine.follow)
    world = ImportWorld(
        folder / ".imports",
        models,
        engine.converter,
        store.buckets,
        store.objects,
        iam,
        SystemClock(),
        SystemDice(),
        requantise=EngineSettings.from_table(settings.engine).requantise,
    )
    imports = SiteImports(world)
    stack.push_async_callback(imports.stop)
    await imports.start()
    return imports


async def open_invocations(  # noqa: PLR0917 - what it reads and writes, in the order of the ports
    settings: Settings, stack: contextlib.AsyncExitStack, records: Records, store: ObjectStore, iam: Iam, logs: Logs
) -> SiteInvocations:
    """Invocation logging for the accounts that want it."""
    from usina.engine.invocations.delivery import Places
    from usina.engine.invocations.loop import SiteInvocations

    folder = settings.home / "invocations"
    clock, dice = SystemClock(), SystemDice()
    places = Places(logs, store.buckets, store.objects, iam, clock, dice, settings.region, folder)
    invocations = SiteInvocations(records, places)
    stack.push_async_callback(invocations.stop)
    await invocations.start()
    return invocations


async def start_batches(batches: SiteBatches, pipeline: Pipeline, engine: EngineFactory) -> None:
    """Take up the batch jobs of the last factory. Their requests take the way of all, and give way to all."""
    from usina.engine.batch.yielding import YieldingEngines
    from usina.pipeline.ours import OurRequests

    ports = replace(pipeline.ports, engines=YieldingEngines(engine.engines, SystemClock()))
    await batches.start(OurRequests(replace(pipeline, ports=ports)))


async def open_observed(
    records: SqlRecords, home: Path, clock: Clock, dice: Dice, stack: contextlib.AsyncExitStack
) -> tuple[LogStore, SqlMetrics]:
    """Logs and metrics, and the loop that keeps their retention."""
    from usina.stores.logs.store import open_logs
    from usina.stores.metrics.store import open_metrics
    from usina.stores.retention import keep_retention

    logs, series = await open_logs(records, home / "streams", clock, dice), open_metrics(records, clock)
    stack.push_async_callback(logs.close)
    stack.push_async_callback(series.close)
    retention = asyncio.get_running_loop().create_task(keep_retention(clock, (logs.expire, series.expire)))
    stack.callback(retention.cancel)
    return logs, series


async def open_packages(records: Records) -> RecordPackages:
    """What policy knows of model packages."""
    from usina.stores.packages import RecordPackages

    packages = RecordPackages(records)
    await packages.load()
    return packages


async def open_tuning(records: Records, jobs: Jobs, stack: contextlib.AsyncExitStack) -> SiteTuning:
    """What runs tuning jobs, and those of the last factory taken up."""
    from usina.engine.jobs.rows import JobRows
    from usina.engine.tuning_jobs.loop import SiteTuning
    from usina.engine.tuning_jobs.search import TuningWorld

    tuning = SiteTuning(TuningWorld(records, JobRows(records), jobs, SystemClock()))
    stack.push_async_callback(tuning.stop)
    await tuning.start()
    return tuning
