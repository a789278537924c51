"""A variant of an endpoint: so many servers of one model, the least busy of which is asked.

A serverless variant has one server, none while nobody asks: the next request starts it and waits for it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from usina.core.errors import NotReadyError, ThrottledError
from usina.engine.serving.room import Room
from usina.engine.serving.slot import Slot

if TYPE_CHECKING:
    from collections.abc import Callable

    from usina.core.clock import Clock
    from usina.core.jobs import InstanceType
    from usina.engine.jobs.capacity import Floor
    from usina.engine.serving.backend import Backend

_LOOKS = 4  # at an idle server, within the time after which it sleeps


class Variant:
    """The servers of one variant. `make(number)` makes the server of a place."""

    def __init__(  # noqa: PLR0917 - made in one place
        self,
        spec: dict[str, Any],
        place: tuple[str, str],
        make: Callable[[int], Backend],
        instance: InstanceType | None,
        floor: Floor,
        clock: Clock,
        *,
        idle_seconds: float,
        tell: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = str(spec["name"])
        self.weight = float(spec["weight"])
        self.turn = 0.0  # of the endpoint's choice between variants
        self.spec = spec
        self._account, self._endpoint = place
        self._make = make
        self.instance = instance
        self._floor = floor
        self._clock = clock
        self._idle_seconds = idle_seconds
        self._tell = tell
        self._used_at = clock.monotonic()
        self.asking = 0  # requests that are here, from before they have a server
        self._sleeper: asyncio.Task[None] | None = None
        self._waiting: set[asyncio.Future[None]] = set()
        self.slots = [self._slot(number) for number in range(self._wanted)]

    @property
    def _wanted(self) -> int:
        return 1 if self.serverless else int(self.spec["count"])

    @property
    def serverless(self) -> dict[str, Any] | None:
        """ServerlessConfig, where it has one."""
        return self.spec.get("serverless")

    @property
    def answering(self) -> int:
        """How many servers answer."""
        return sum(slot.ready is not None for slot in self.slots)

    @property
    def load(self) -> float:
        """Requests that are with its servers."""
        return sum(slot.load for slot in self.slots)

    def begin(self, *, in_service: bool = False) -> None:
        """Have the servers run. `in_service`: they served before; of what sleeps when idle only what runs already."""
        for slot in self.slots:
            slot.proved = slot.proved or in_service
            if not (in_service and self.serverless) or slot.is_there():
                slot.begin()
        if self.serverless and self._sleeper is None:
            self._sleeper = asyncio.get_running_loop().create_task(self._sleep_when_idle())

    async def scale(self, spec: dict[str, Any]) -> None:
        """Take a new weight and count over."""
        self.spec, self.weight = spec, float(spec["weight"])
        while len(self.slots) < self._wanted:
            self.slots.append(self._slot(len(self.slots)))
            self.slots[-1].begin()
        surplus, self.slots = self.slots[self._wanted :], self.slots[: self._wanted]
        for number, slot in enumerate(surplus, self._wanted):
            await self._drained(slot)
            await slot.stop()
            self.room(number).leave()

    async def _drained(self, slot: Slot) -> None:
        """Until its last request is answered; nobody asks it any more."""
        for _ in range(600):
            if not slot.load:
                return
            await self._clock.sleep(0.1)

    async def backend(self, wait_seconds: float) -> Backend:
        """The server to ask: the least busy, once one answers.

        Raises: NotReadyError where none does in time; ThrottledError over a serverless variant's MaxConcurrency.
        """
        self._used_at = self._clock.monotonic()
        if self.serverless:
            if self.asking > int(self.serverless["MaxConcurrency"]):
                raise ThrottledError("The endpoint's MaxConcurrency is used up. Try again.", retry_after_seconds=1.0)
            for slot in self.slots:
                slot.begin()
        found = self._least()
        if found is not None:
            return found
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(turn)
        try:
            async with asyncio.timeout(wait_seconds):
                while (found := self._least()) is None:
                    await turn
                    self._waiting.discard(turn)
                    turn = asyncio.get_running_loop().create_future()
                    self._waiting.add(turn)
        except TimeoutError:
            raise NotReadyError(
                f"The model of variant {self.name} is not ready for inference. Try again.",
                code="ModelNotReadyException",
            ) from None
        finally:
            self._waiting.discard(turn)
        return found

    def _least(self) -> Backend | None:
        found, least = None, 0.0
        for slot in self.slots:
            backend = slot.ready
            if backend is not None and (found is None or backend.load < least):
                found, least = backend, backend.load
        return found

    def changed(self) -> None:
        """A server became ready, or ended."""
        self._tell()
        for turn in self._waiting:
            if not turn.done():
                turn.set_result(None)

    async def stop(self) -> None:
        """End all of it."""
        self.stay_awake()
        await asyncio.gather(*(slot.stop() for slot in self.slots))

    async def let_go(self) -> None:
        """Leave the servers to the next factory."""
        self.stay_awake()
        for slot in self.slots:
            await slot.let_go()

    def stay_awake(self) -> None:
        """Sleep no more: for as long as another generation shares the room, or for good."""
        if self._sleeper is not None:
            self._sleeper.cancel()
            self._sleeper = None

    async def _sleep_when_idle(self) -> None:
        while True:
            await self._clock.sleep(self._idle_seconds / _LOOKS)
            idle = self._clock.monotonic() - self._used_at >= self._idle_seconds
            if idle and not self.asking and not self.load:
                for number, slot in enumerate(self.slots):
                    if slot.ready is not None:
                        await slot.stop(keep=True)
                        self.room(number).leave()

    def room(self, number: int) -> Room:
        """The room of a place; the same for whatever generation is there."""
        return Room(self._floor, self._account, f"{self._endpoint}/{self.name}/{number}")

    def _slot(self, number: int) -> Slot:
        return Slot(
            lambda: self._make(number),
            self.room(number),
            self.instance,
            float(self.spec["startup_seconds"]),
            self._clock,
            self.changed,
        )
