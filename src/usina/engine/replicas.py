"""Control loop of one engine process: what should run against what runs.

    STARTING -> READY -> (it ends) BACKOFF -> STARTING ...        after `quick_crashes` ends in a row: FAILED
    READY -> DRAINING -> STOPPED                                    at stop

Ready means answering. An engine that ends takes its waiting requests with it (EngineError); the next try waits twice
as long as the one before. An engine that has no process of ours (attached) is asked again and again instead. A process
may have another one beside it for a while: `shared.py` starts the next, and lets this one end when that answers.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina.core.errors import ApiError, EngineError, NotReadyError
from usina.core.ports import EngineStatus
from usina.engine.admission import Gate, Tally
from usina.engine.runtimes import Launch
from usina.engine.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from usina.core.clock import Clock, Dice
    from usina.core.egress import Egress
    from usina.core.limits import Limits
    from usina.core.ports import ModelCard
    from usina.engine.cluster import Cluster, Process
    from usina.engine.intact import Intact
    from usina.engine.runtimes import Runtime
    from usina.engine.settings import EngineSettings

_LOG = logging.getLogger(__name__)
_PROBE_SECONDS = 0.05  # between two questions to a starting engine
_ATTACHED_PROBE_SECONDS = 5.0
_RETRY_SECONDS = 2.0
_SIDE_REQUESTS = 2  # at the same time, that take no slot of the engine (counting tokens)


@dataclass(frozen=True, slots=True)
class World:
    """What every replica needs of the world."""

    cluster: Cluster
    clock: Clock
    dice: Dice
    limits: Limits
    settings: EngineSettings
    sockets: Path  # folder, 0700
    logs: Path
    threads: int
    egress: Egress | None = None  # the way to engines that are elsewhere
    intact: Intact | None = None  # judges a model's file before a process gets it


class Replica:
    """One model's engine, wanted until `stop` or `retire`. `adapters` (id -> file) are loaded beside the model."""

    def __init__(
        self,
        card: ModelCard,
        runtime: Runtime,
        world: World,
        changed: Callable[[], None],
        *,
        adapters: Mapping[str, str] | None = None,
        gate: Gate | None = None,
    ) -> None:
        self.card = card
        self.runtime = runtime
        self.slots = int(card.options.get("slots") or world.settings.slots)
        self.adapters = dict(adapters or {})
        self.loaded = tuple(self.adapters)  # ids, in the order in which the process knows them
        self.gate = gate or Gate(self.slots, world.limits, world.clock)
        self.serving = gate is None  # whether those who wait at the gate wait for this process
        self.tally = Tally()
        self.side_door = asyncio.Semaphore(_SIDE_REQUESTS)
        self.state = "STOPPED"
        self.reason = ""
        self.restarts = 0
        self._world = world
        self._changed = changed
        self._upstream: Upstream | None = None
        self._process: Process | None = None
        self._loop: asyncio.Task[None] | None = None

    @property
    def upstream(self) -> Upstream:
        """The way to the engine.

        Raises: NotReadyError, EngineError where it has failed for good.
        """
        if self._upstream is not None and self.state == "READY":
            return self._upstream
        raise self.absent()

    @property
    def pid(self) -> int | None:
        """Process id of the engine, where it has one and runs."""
        return self._process.pid if self._process is not None else None

    @property
    def status(self) -> EngineStatus:
        """As an operator sees it."""
        gate = self.gate
        return EngineStatus(
            self.card.id, self.state, self.restarts, gate.running, gate.queued, self.reason, len(self.adapters)
        )

    def start(self) -> None:
        """Want it to run."""
        if self._loop is None:
            self._become("STARTING")
            self._loop = asyncio.get_running_loop().create_task(self._run(), name=f"replica {self.card.id}")

    async def stop(self, drain_seconds: float) -> None:
        """Take no more, let what runs finish for that long, then end it."""
        self._dismiss(self.absent())
        await self.retire(drain_seconds)

    async def retire(self, drain_seconds: float) -> None:
        """As `stop`, of a process whose place another one has taken: those who wait are that one's."""
        was_ready = self.state == "READY"
        self._become("DRAINING")
        if was_ready and drain_seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.tally.empty(), drain_seconds)
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.wait({self._loop})  # whoever waits here may be cancelled too, and must learn of it
            self._loop = None
        await self._end()
        self._become("STOPPED")

    # --- the loop ---

    async def _run(self) -> None:
        settings, clock = self._world.settings, self._world.clock
        crashes = 0
        while True:
            self._become("STARTING", self.reason)
            began = clock.monotonic()
            reason = await self._live()
            if clock.monotonic() - began >= settings.stable_seconds:
                crashes = 0
            crashes += 1
            self.reason = reason
            self._dismiss(EngineError("the engine ended while the request waited for it"))
            _LOG.warning("engine ended", extra={"model": self.card.id, "reason": reason, "crashes": crashes})
            if crashes >= settings.quick_crashes:
                self._become("FAILED", reason)
                return
            self._become("BACKOFF", reason)
            await clock.sleep(min(settings.backoff_seconds * 2 ** (crashes - 1), settings.backoff_most_seconds))
            self.restarts += 1

    async def _live(self) -> str:
        """Start it, wait until it answers, wait until it ends. Gives the reason of its end."""
        world = self._world
        launch = Launch(
            socket=world.sockets / f"{world.dice.token(8).hex()}.sock",
            log=world.logs / f"engine-{self.card.id.replace('/', '-')}.log",
            threads=world.threads,
            slots=self.slots,
            adapters=tuple(self.adapters.values()),
        )
        try:
            spec = self.runtime.command(self.card, launch)
            endpoint = self.runtime.endpoint(self.card, launch)
            self._upstream = Upstream(endpoint, world.limits, world.egress)
            if spec is None:
                return await self._attend(self._upstream)
            if world.intact is not None and "path" in self.card.options:
                await asyncio.to_thread(world.intact.check, self.card)
            self._process = await world.cluster.start(spec)
            ended = asyncio.ensure_future(self._process.wait())
            answering = asyncio.ensure_future(self._until_ready(self._upstream))
            try:
                await asyncio.wait({ended, answering}, return_when=asyncio.FIRST_COMPLETED)
                if not ended.done() and not await answering:
                    return f"it did not answer within {world.settings.start_seconds:.0f} seconds"
                if not ended.done():
                    self._become("READY")
                return str(await ended)
            finally:
                answering.cancel()
                ended.cancel()
        except ApiError as error:
            return error.message
        finally:
            await self._end()
            launch.socket.unlink(missing_ok=True)

    async def _until_ready(self, upstream: Upstream) -> bool:
        clock = self._world.clock
        until = clock.monotonic() + self._world.settings.start_seconds
        while clock.monotonic() < until:
            if await self.runtime.ready(self.card, upstream):
                return True
            await clock.sleep(_PROBE_SECONDS)
        return False

    async def _attend(self, upstream: Upstream) -> str:
        """An engine that is not ours: READY while it answers."""
        while True:
            if await self.runtime.ready(self.card, upstream):
                self._become("READY")
            elif self.state == "READY":
                self._become("STARTING", "the attached engine does not answer")
            await self._world.clock.sleep(_ATTACHED_PROBE_SECONDS)

    async def _end(self) -> None:
        process, self._process = self._process, None
        upstream, self._upstream = self._upstream, None
        if upstream is not None:
            upstream.close()
        if process is not None:
            await process.stop(self._world.settings.stop_seconds)

    def _become(self, state: str, reason: str = "") -> None:
        self.state, self.reason = state, reason
        self._changed()

    def _dismiss(self, error: ApiError) -> None:
        if self.serving:
            self.gate.dismiss(error)

    def absent(self) -> ApiError:
        """Why it does not answer now."""
        if self.state == "FAILED":
            return EngineError(f"the engine of {self.card.id} has failed; the operator must act")
        return NotReadyError(
            f"the model {self.card.id} is not ready to answer yet, please try again.",
            retry_after_seconds=_RETRY_SECONDS,
        )
