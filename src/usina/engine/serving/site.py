"""All endpoints of this machine, behind the port `Endpoints`."""

from __future__ import annotations

import asyncio
import logging
import shutil
from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError, ValidationError
from usina.core.jobs import InstanceType
from usina.engine.serving.capture import Capture, Place
from usina.engine.serving.deployment import Deployment
from usina.engine.serving.fleet import Means, Timing, instance_of
from usina.engine.serving.measures import Measures
from usina.engine.serving.queue import AsyncQueue
from usina.engine.serving.refusals import status_of
from usina.engine.serving.rows import EndpointRows
from usina.engine.serving.served import World

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from pathlib import Path

    from usina.core.clock import Clock
    from usina.core.endpoints import Answer, Ask, Streamed
    from usina.core.jobs import InstanceType as Instance
    from usina.core.metrics import MetricSeries
    from usina.core.ports import Catalogue, Engines, Records
    from usina.engine.jobs.capacity import Floor
    from usina.engine.jobs.loop import SiteJobs
    from usina.engine.serving.fleet import Fleet
    from usina.engine.serving.rows import Endpoint

_LOG = logging.getLogger(__name__)
_OK = 200
Key = tuple[str, str]


class SiteEndpoints:
    """The endpoints of this machine. `means` is None where it cannot isolate programs: then it serves none."""

    def __init__(  # noqa: PLR0917 - made in one place
        self,
        records: Records,
        means: Means | None,
        floor: Floor,
        instances: Mapping[str, Instance],
        why_unable: Callable[[], str],
        series: MetricSeries,
        clock: Clock,
    ) -> None:
        self._rows = EndpointRows(records)
        self._clock = clock
        self._measures = Measures(series, clock)
        self._capture = Capture(means.world) if means is not None else None
        self._queue = AsyncQueue(records, means.world, self._serving, self._exists) if means is not None else None
        self._means = means
        self._floor = floor
        self._instances = instances
        self._why_unable = why_unable
        self._deployments: dict[Key, Deployment] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    # --- the port ---

    def unable(self) -> str:
        """Why this machine serves no models."""
        return "" if self._means is not None else self._why_unable()

    def refusal(self, variants: Sequence[Mapping[str, Any]]) -> str:
        """Why these can never all run here."""
        cores = memory = accelerators = 0
        for variant in variants:
            if variant.get("language"):
                continue
            instance = instance_of(variant, self._instances)
            if not instance.cores:
                return f"The instance type {instance.name} is not in this site's table: {self._fitting()}."
            count = 1 if variant.get("serverless") else int(variant["count"])
            cores += count * instance.cores
            memory += count * instance.memory_bytes
            accelerators += count * instance.accelerators
        if self._floor.fits(InstanceType("all", cores, memory, accelerators)):
            return ""
        whole = self._floor.whole
        return (
            f"The variants need {cores} cores, {memory >> 20} MiB of memory and {accelerators} accelerators together; "
            f"this site's machine has {whole.cores} cores, {whole.memory_bytes >> 20} MiB and {whole.accelerators} "
            f"accelerators. Ask for fewer or smaller instances: {self._fitting()}."
        )

    def changed(self, account: str, name: str) -> None:
        """An endpoint's row was written."""
        found = self._deployments.get((account, name))
        if found is not None:
            found.changed()
        elif self._means is not None and not self._stopped:
            self._spawn(self._look(account, name))

    async def invoke(self, account: str, name: str, ask: Ask, variant: str = "") -> Answer:
        """One whole answer."""
        fleet = self._fleet(account, name)
        chosen = fleet.choose(variant)
        timing = Timing(self._clock)
        try:
            answer = await fleet.invoke(ask, chosen, timing=timing)
        except ApiError as error:
            self._measures.note((account, name, chosen.name), status_of(error), *timing.spent())
            raise
        self._measures.note((account, name, chosen.name), answer.status, *timing.spent())
        capture = fleet.spec["capture"]
        if capture and self._capture is not None:
            place = Place(account, name, chosen.name, chosen.spec["role"], capture["DestinationS3Uri"])
            self._capture.take(capture, place, ask, answer)
        return answer

    async def stream(self, account: str, name: str, ask: Ask, variant: str = "") -> Streamed:
        """One answer as it comes."""
        fleet = self._fleet(account, name)
        chosen = fleet.choose(variant)
        timing = Timing(self._clock)
        try:
            streamed = await fleet.stream(ask, chosen, timing=timing)
        except ApiError as error:
            self._measures.note((account, name, chosen.name), status_of(error), *timing.spent())
            raise
        self._measures.note((account, name, chosen.name), _OK, *timing.spent())
        return streamed

    def submitted(self, account: str, endpoint: str, name: str) -> None:
        """A request was put into the queue of an endpoint."""
        if self._queue is not None:
            self._queue.add(account, endpoint, name)

    # --- its life ---

    async def start(self) -> None:
        """Take up every endpoint, and end what is left of those that are gone."""
        endpoints = await self._rows.all()
        if self._means is None:
            return
        for endpoint in endpoints:
            self._take_up(endpoint)
        await self._sweep({(endpoint.account, endpoint.name) for endpoint in endpoints})
        assert self._queue is not None  # noqa: S101 - these two are there with the means
        assert self._capture is not None  # noqa: S101
        await self._queue.start()
        for work in (self._measures.run(), self._capture.run()):
            self._spawn(work)

    async def stop(self) -> None:
        """Let go; servers run on."""
        self._stopped = True
        for task in list(self._tasks):
            task.cancel()
        if self._queue is not None:
            await self._queue.stop()
        for deployment in list(self._deployments.values()):
            await deployment.let_go()
        await self._measures.flush()
        if self._capture is not None:
            await self._capture.flush()
        self._deployments.clear()

    async def _look(self, account: str, name: str) -> None:
        found = await self._rows.find(account, name)
        if found is not None and (account, name) not in self._deployments:
            self._take_up(found)

    def _take_up(self, endpoint: Endpoint) -> None:
        assert self._means is not None  # noqa: S101 - checked by both callers
        key = (endpoint.account, endpoint.name)
        deployment = Deployment(endpoint, self._rows, self._means, lambda: self._gone(key))
        self._deployments[key] = deployment
        deployment.begin()

    def _gone(self, key: Key) -> None:
        self._deployments.pop(key, None)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _serving(self, account: str, name: str) -> Fleet | None:
        found = self._deployments.get((account, name))
        return found.fleet if found is not None else None

    def _exists(self, account: str, name: str) -> bool:
        found = self._deployments.get((account, name))
        return found is not None and not found.endpoint.unwanted

    def _fleet(self, account: str, name: str) -> Fleet:
        fleet = self._serving(account, name)
        if fleet is None:
            raise ValidationError(f"Endpoint {name} of account {account} not found.")
        return fleet

    def _fitting(self) -> str:
        fitting = sorted(name for name, instance in self._instances.items() if self._floor.fits(instance))
        return f"types that fit are {', '.join(fitting)}" if fitting else "no type of its table fits"

    async def _sweep(self, wanted: set[Key]) -> None:
        """End servers of generations that nobody wants: the factory was killed before it could."""
        assert self._means is not None  # noqa: S101 - checked by the caller
        world = self._means.world
        kept = set()
        for deployment in self._deployments.values():
            for spec in (deployment.endpoint.fleet, deployment.endpoint.observed["fleet"]):
                if spec is not None:
                    kept.add(f"endpoint+{deployment.endpoint.name}+{{variant}}+{spec['generation']}-")
        for folder in await asyncio.to_thread(_folders, world.home):
            account, name = folder.parent.name, folder.name
            _, endpoint, variant, place = f"{name}+++".split("+")[:4]
            prefix = f"endpoint+{endpoint}+{{variant}}+{place.partition('-')[0]}-"
            if (account, endpoint) in wanted and prefix in kept:
                continue
            confined = world.sandbox.adopt(folder / "run")
            if confined is not None:
                _LOG.info("a model server that nobody wants is ended", extra={"server": f"{endpoint}/{variant}"})
                confined.kill()
                await confined.wait()
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _folders(home: Path) -> list[Path]:
    return list((home / "endpoints").glob("*/endpoint+*"))


def open_endpoints(  # noqa: PLR0917 - the world, in the order of every port
    jobs: SiteJobs, records: Records, engines: Engines, catalogue: Catalogue, series: MetricSeries, clock: Clock
) -> SiteEndpoints:
    """The endpoints of a machine: on the same floor, in the same sandbox and images as its jobs."""
    means = None
    if (theirs := jobs.world) is not None:
        world = World(
            theirs.folder.parent,
            theirs.sandbox,
            theirs.buckets,
            theirs.objects,
            theirs.iam,
            theirs.sink,
            clock,
            theirs.dice,
            theirs.region,
            theirs.images,
            theirs.doors,
            theirs.notes,
        )
        means = Means(world, jobs.floor, jobs.instances, engines, catalogue)
    return SiteEndpoints(records, means, jobs.floor, jobs.instances, jobs.unable, series, clock)
