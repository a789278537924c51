"""One job from its inputs to its artifacts, and taken up again wherever the factory was killed.

    Starting -> Downloading -> Training -> Uploading -> Completed | Failed | Stopped | MaxRuntimeExceeded
                     ^------ Restarting (the program was lost)      Stopping (asked to end) goes before Uploading

DownloadingTrainingImage comes before Downloading, where the image has to be installed first.

Each step may be done twice: inputs are brought anew, a program that began is found by its folder, artifacts are written
over. What decides where to go on is the row and the folder, never this process.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError
from usina.core.ids import Arn
from usina.engine.jobs import states
from usina.engine.jobs.abandoning import abandon
from usina.engine.jobs.acting import Acting
from usina.engine.jobs.container import JobError, Place
from usina.engine.jobs.egress import Egress, Owner
from usina.engine.jobs.folders import Folders, folder_of, user_of
from usina.engine.jobs.kinds import Bringing, Left
from usina.engine.jobs.logs import Follower
from usina.engine.jobs.readying import ready_image
from usina.engine.jobs.sending import Sending
from usina.engine.jobs.starting import command_of
from usina.engine.jobs.transfers import Transfers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from usina.core.clock import Clock, Dice
    from usina.core.iam import Iam
    from usina.core.jobs import InstanceType, LogSink
    from usina.core.objects import Buckets, Objects
    from usina.engine.images import Image, Images
    from usina.engine.jobs.container import Program
    from usina.engine.jobs.door import JobDoor, JobDoors
    from usina.engine.jobs.egress import Notes
    from usina.engine.jobs.kinds import Kind, Words
    from usina.engine.jobs.order import Order
    from usina.engine.jobs.rows import Job, JobRows
    from usina.engine.jobs.states import Observed
    from usina.engine.sandbox import Confined, End, Sandbox

_LOG = logging.getLogger(__name__)
_TICK_SECONDS = 0.1
_KILL_SECONDS = 120.0  # between SIGTERM and SIGKILL, as SageMaker does
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."


@dataclass(frozen=True, slots=True)
class World:
    """What every run needs of the world."""

    folder: Path  # of all jobs
    sandbox: Sandbox
    rows: JobRows
    buckets: Buckets
    objects: Objects
    iam: Iam
    sink: LogSink
    clock: Clock
    dice: Dice
    region: str
    images: Images
    doors: JobDoors | None = None  # none: jobs have no network at all
    notes: Notes | None = None  # the ledger; none: what a program tried to reach is in its log only


class Voice:
    """A job's place in the logs: the stream of its one host."""

    def __init__(self, job: Job, words: Words, world: World) -> None:
        self._place = (job.account, words.log_group, f"{job.name}/algo-1-{int(job.created)}")
        self._dimension = (words.dimension, job.name)
        tuning = job.body.get("tuning", {})
        self._watched = tuning["metric"] if tuning.get("watched") else ""
        self._world = world

    def follow(self, folder: Path, order: Order) -> Follower:
        """Follow a run's output."""
        follower = Follower(folder, self._world.sink, self._place, order.patterns, self._dimension)
        follower.watched = self._watched
        return follower

    async def say(self, text: str) -> None:
        """A line of the factory's in the job's log."""
        with suppress(ApiError):  # a job fails for no log
            await self._world.sink.write(*self._place, [(self._world.clock.now(), text)])


class Run:
    """One job that has its room on the machine. Raises: JobError where its request cannot be read."""

    def __init__(self, job: Job, kind: Kind, instance: InstanceType, world: World, stop: asyncio.Event) -> None:
        self._job = job
        self._kind = kind
        self._world = world
        self._stop = stop
        self._voice = Voice(job, kind.words, world)
        self._order = kind.order(job.request)
        self._instance = instance
        self._sends = kind.sends(job.request)
        arn = Arn(kind.words.service, world.region, job.account, f"{kind.words.prefix}/{job.name}")
        self._owner = Owner(job.account, str(arn), self._order.role)
        acting = Acting(world.iam, job.account, self._order.role)
        self._transfers = Transfers(
            world.buckets, world.objects, world.clock, world.dice, acting, job.account, self._is_wanted
        )
        shares = tuple(kind.shares(job.request))
        self._folders = Folders(folder_of(world.folder, *job.key), job.observed["attempt"], shares)
        self._sending: Sending | None = None
        self._door: JobDoor | None = None
        if world.doors is not None and not self._order.isolated:
            self._door = world.doors.door(*job.key, self._order.role)

    async def go(self) -> None:
        """To the end. Cancelled, the program runs on, and the next factory takes it up."""
        try:
            if self._door is not None:
                await self._door.open()
            end = await self._program()
            if end is not None:
                await self._conclude(end)
                return
            failure = ""
        except JobError as error:
            failure = str(error)
        except ApiError as error:
            _LOG.warning("a job failed in the factory", extra={"reason": error.message})
            failure = INTERNAL
        except OSError as error:
            _LOG.error("a job failed at this machine's files", extra={"reason": error.strerror})
            failure = f"InternalServerError: The machine's disk or files failed the job: {error.strerror}."
        finally:
            if self._sending is not None:
                self._sending.leave()
            if self._door is not None:
                self._door.close(over=self._job.is_over)
        await abandon(self._world.sandbox, self._folders.job)
        await self._over(failure)

    async def _program(self) -> End | None:
        """Run the program to its end; None where the job was stopped before it began."""
        confined = self._world.sandbox.adopt(self._folders.run)
        if confined is None and self._job.observed["started"] is not None:
            await self._lost()
        while True:
            if confined is None:
                confined = await self._begin()
            if confined is None:
                return None
            await self._running()
            self._follower = self._voice.follow(self._folders.run, self._order)
            self._sending = Sending(
                self._sends, self._folders, self._transfers, self._world.clock.now(), self._order.volume_bytes
            )
            egress = Egress(self._folders.run, self._owner, self._voice.say, self._world.notes)
            end = await self._attend(confined, self._sending, egress)
            await self._follower.finish(self._world.clock)
            await egress.finish()
            if end is not None:
                return end
            self._sending.leave()
            confined = None
            await self._lost()

    async def _running(self) -> None:
        if self._job.observed["started"] is None:
            now = self._world.clock.now()
            await self._observe(lambda seen: states.entered({**seen, "started": now}, "Training", now))

    def _is_wanted(self) -> bool:
        return not self._stop.is_set()

    async def _begin(self) -> Confined | None:
        """Bring what it needs and start it; None where it is not wanted any more."""
        tell = partial(self._enter, "DownloadingTrainingImage")
        image = await ready_image(self._world.images, self._order.image, self._stop, tell)
        started = None if image is None else await self._bring(image)
        if image is None or started is None or self._stop.is_set():
            now = self._world.clock.now()
            await self._observe(lambda seen: states.stopping(seen, "stop", now))
            return None
        user = user_of(*self._job.key)
        await asyncio.to_thread(self._folders.give, user)
        self._folders.note_command(str(started))
        bounds = self._order.bounds(self._instance)
        command = command_of(started, image, self._folders, self._door, user=user, bounds=bounds)
        return await self._world.sandbox.start(command)

    async def _bring(self, image: Image) -> Program:
        await self._enter("Downloading")
        await asyncio.to_thread(self._folders.make)
        room, images, say = self._order.volume_bytes, self._world.images, self._voice.say
        place = Place(self._owner.arn, self._world.region, self._instance, image.python, image)
        bringing = Bringing(self._job, place, self._folders, self._transfers, room, self._is_wanted, say, images)
        return await self._kind.bring(bringing)

    async def _attend(self, confined: Confined, sending: Sending, egress: Egress) -> End | None:
        """Until the program ends: its log, its time, its stop, what is stored meanwhile, what it tried to reach."""
        clock = self._world.clock
        ended = asyncio.ensure_future(confined.wait())
        killed = False
        try:
            while not ended.done():
                sleeping = asyncio.ensure_future(clock.sleep(_TICK_SECONDS))
                await asyncio.wait({ended, sleeping}, return_when=asyncio.FIRST_COMPLETED)
                sleeping.cancel()
                await self._follower.pump()
                if ended.done():
                    break
                now = clock.now()
                if told := self._follower.told(now):
                    await self._observe(partial(states.told, values=told))
                await egress.at(now)
                if self._job.observed["stopping_at"] is None and (cause := self._why_end(now)):
                    await self._observe(partial(states.stopping, cause=cause, now=now))
                asked_at = self._job.observed["stopping_at"]
                if asked_at is not None and not self._job.observed.get("signalled"):
                    confined.terminate()
                    await self._observe(lambda seen: {**seen, "signalled": True})
                elif asked_at is not None and now - asked_at >= _KILL_SECONDS and not killed:
                    killed = True
                    confined.kill()
                sending.at(now)
            return await ended
        finally:
            ended.cancel()

    def _why_end(self, now: float) -> str:
        if self._stop.is_set():
            return "stop"
        return "time" if now - self._job.observed["started"] >= self._order.runtime_seconds else ""

    async def _lost(self) -> None:
        """The program was lost: begin again, from the checkpoints it left, if that may be.

        Raises: JobError where it was lost too often.
        """
        seen = self._job.observed
        if seen["attempt"] >= self._order.attempts:
            raise JobError(INTERNAL)
        now, attempt = self._world.clock.now(), seen["attempt"] + 1
        await self._observe(
            lambda seen: states.entered({**seen, "attempt": attempt, "started": None}, "Restarting", now)
        )
        self._folders = replace(self._folders, attempt=attempt)

    async def _conclude(self, end: End) -> None:
        """What is stored, and what became of it."""
        now = self._world.clock.now()
        if end.reason == "time":
            await self._observe(lambda seen: states.stopping(seen, "time", now))
        await self._enter("Uploading")
        if self._sending is not None:
            await self._sending.finish()
        left = Left(
            self._job,
            end,
            self._folders,
            self._transfers,
            self._folders.command,
            self._follower.last_error,
            self._order.volume_bytes,
        )
        stored = await self._kind.store(left)
        resources = {"cpu_seconds": end.cpu_seconds, "memory_peak_bytes": end.memory_peak_bytes}
        found = {**self._follower.found, "resources": resources, **stored.facts}
        await self._over(stored.failure, found)

    async def _over(self, failure: str, found: dict[str, Any] | None = None) -> None:
        now = self._world.clock.now()
        await self._observe(lambda seen: states.over({**seen, **(found or {}), "ended": now}, now, failure))
        await asyncio.to_thread(shutil.rmtree, self._folders.job, ignore_errors=True)

    async def _enter(self, secondary: str, message: str = "") -> None:
        now = self._world.clock.now()
        await self._observe(lambda seen: states.entered(seen, secondary, now, message))

    async def _observe(self, edit: Callable[[Observed], Observed]) -> None:
        self._job = await self._world.rows.observe(self._job, edit)
