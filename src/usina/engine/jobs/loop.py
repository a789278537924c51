"""Control loop of jobs: what rows want against what runs. Behind the port `Jobs`.

A job's program outlives this process; stopping the factory in order leaves it running, as killing it does. The next
factory finds every unfinished job by its row.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError
from usina.core.jobs import InstanceType, Programs, waits_for
from usina.engine.jobs import states
from usina.engine.jobs.abandoning import abandon
from usina.engine.jobs.capacity import refusal
from usina.engine.jobs.container import JobError
from usina.engine.jobs.folders import folder_of, sweep
from usina.engine.jobs.logs import metric_patterns
from usina.engine.jobs.rows import job_of
from usina.engine.jobs.run import INTERNAL, Run

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from usina.core.clock import Clock
    from usina.core.ports import Row
    from usina.engine.images import Images
    from usina.engine.jobs.capacity import Floor, Key
    from usina.engine.jobs.kinds import Driven, Kind
    from usina.engine.jobs.rows import Job, JobRows
    from usina.engine.jobs.run import World
    from usina.engine.sandbox import Isolation

_LOG = logging.getLogger(__name__)
_WAITING = frozenset({"Starting", "Pending"})


class SiteJobs:
    """The jobs of this machine. `world` is None where it cannot isolate programs: then it runs none."""

    def __init__(
        self,
        rows: JobRows,
        world: World | None,
        isolation: Isolation,
        floor: Floor,
        *,
        kinds: Sequence[Kind],
        driven: Sequence[Driven] = (),
        instances: Mapping[str, InstanceType],
        images: Images,
        clock: Clock,
    ) -> None:
        self._rows = rows
        self._world = world
        self._isolation = isolation
        self._floor = floor
        self._kinds = {kind.words.kind: kind for kind in kinds}
        self._driven = {kind.words.kind: kind for kind in driven}
        self._instances = instances
        self._images = images
        self._clock = clock
        self._stops: dict[Key, asyncio.Event] = {}
        self._tasks: dict[asyncio.Task[None], Job | None] = {}

    @property
    def world(self) -> World | None:
        """What programs run with; endpoints run theirs with the same."""
        return self._world

    @property
    def floor(self) -> Floor:
        """Room on the machine, of which endpoints take theirs."""
        return self._floor

    @property
    def instances(self) -> Mapping[str, InstanceType]:
        """The site's table of instance types."""
        return self._instances

    # --- the port ---

    def refusal(self, instance_type: str, count: int, use: str = "training job") -> str:
        """Why none can have that here, ever."""
        return refusal(self._floor, self._instances, instance_type, count, use)

    def image(self, asked: str) -> str | None:
        """The built-in image for an image's address."""
        return self._images.find(asked)

    def images(self) -> Sequence[str]:
        """The images of this site."""
        return self._images.names()

    def brings_program(self, image: str) -> bool:
        """Whether one of them has a program of its own."""
        return self._images.brings_program(image)

    def is_algorithm(self, image: str) -> bool:
        """Whether one of them trains by itself."""
        return self._images.is_algorithm(image)

    def lacking(self, image: str) -> str:
        """Why nothing can start in one of them."""
        return self._images.lacking(image)

    def check_metrics(self, definitions: Sequence[Mapping[str, Any]]) -> None:
        """Refuse a metric's pattern that could not be searched for."""
        metric_patterns(definitions)

    def unable(self) -> str:
        """Why this machine runs no jobs."""
        return "" if self._world is not None else str(self._isolation)

    def ahead(self, instance_type: str) -> int | None:
        """How many jobs wait before a new one of that type."""
        wanted = self._instances.get(instance_type)
        return None if wanted is None or self._floor.has_room(wanted) else self._floor.waiting

    def programs(self) -> Programs:
        """How programs are run here."""
        return Programs(self._world is not None, self._isolation.confined, str(self._isolation))

    def changed(self, kind: str, account: str, name: str) -> None:
        """A job's row was written."""
        self._spawn(self._look(kind, account, name))

    def created(self, row: Row) -> None:
        """This row of a job is new."""
        self._take_up(job_of(row))

    # --- the loop ---

    async def start(self) -> None:
        """Take up every job that is not over."""
        jobs = await self._rows.unfinished([*self._kinds, *self._driven])
        if self._world is not None:
            await asyncio.to_thread(sweep, self._world.folder, {job.key for job in jobs})
        for job in jobs:
            self._take_up(job)

    async def stop(self) -> None:
        """Let go; programs run on."""
        for task in list(self._tasks):
            task.cancel()
        while self._tasks:
            with suppress(asyncio.CancelledError):
                await asyncio.wait(set(self._tasks))

    async def _look(self, kind: str, account: str, name: str) -> None:
        job = await self._rows.find(kind, account, name)
        if job is None or job.is_over:
            return
        self._take_up(job)

    def _take_up(self, job: Job) -> None:
        key = job.key
        known = key in self._stops
        stop = self._stops.setdefault(key, asyncio.Event())
        if not job.wanted:
            stop.set()
        if known:
            return
        kind = self._driven.get(job.kind) or self._kinds[job.kind]
        instance = self._instances.get(kind.order(job.request).instance_type)
        # Its place in the queue is taken here, not in the task: tasks begin in no order that is promised.
        granted = asyncio.Event()
        if instance is not None:
            if job.observed["secondary"] in _WAITING:
                granted = self._floor.take(key, instance)
            else:
                self._floor.hold(key, instance)
                granted.set()
        self._spawn(self._work(job, instance, granted, stop), job)

    async def _work(self, job: Job, instance: InstanceType | None, granted: asyncio.Event, stop: asyncio.Event) -> None:
        try:
            if self._world is None or instance is None:
                why = self.unable() or "the instance type is not in this site's table any more"
                await self._fail(job, f"InternalServerError: {why}")
            elif await self._admitted(job, granted, stop):
                if job.kind in self._driven:
                    await self._driven[job.kind].go(job, instance, stop)
                else:
                    await Run(job, self._kinds[job.kind], instance, self._world, stop).go()
        except asyncio.CancelledError:
            raise
        except JobError as error:
            await self._fail(job, str(error))
        except ApiError as error:
            _LOG.error("a job's state could not be written", extra={"reason": error.message})
        finally:
            self._floor.let_go(job.key)
            self._stops.pop(job.key, None)

    async def _admitted(self, job: Job, granted: asyncio.Event, stop: asyncio.Event) -> bool:
        """Wait for room; False where the job was stopped meanwhile, and is over."""
        if not granted.is_set():
            if job.observed["secondary"] != "Pending":  # there was room when it was created, and others took it
                now, message = self._clock.now(), waits_for(self._floor.place(job.key))
                await self._rows.observe(job, lambda seen: states.entered(seen, "Pending", now, message))
            waiting = {asyncio.ensure_future(granted.wait()), asyncio.ensure_future(stop.wait())}
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in waiting:
                    each.cancel()
        if not stop.is_set() or job.observed["secondary"] not in _WAITING:
            return True
        now = self._clock.now()
        await self._rows.observe(job, lambda seen: states.over(states.stopping(seen, "stop", now), now))
        return False

    async def _fail(self, job: Job, reason: str) -> None:
        if self._world is not None:
            folder = folder_of(self._world.folder, *job.key)
            await abandon(self._world.sandbox, folder)
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        now = self._clock.now()
        await self._rows.observe(job, lambda seen: states.over(seen, now, reason))

    def _spawn(self, work: Coroutine[Any, Any, None], job: Job | None = None) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = job
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        job = self._tasks.pop(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("a job's loop ended by a bug", exc_info=error)
            if job is not None:  # whatever it was, the job's owner is told that it is over
                self._spawn(self._fail(job, INTERNAL))
