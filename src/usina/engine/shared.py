"""One model's engine through its processes: the model and all adapters made from it share a process and a gate.

llama.cpp loads adapters at its start only. So another set of them is another process: it is started beside the one
that answers, takes its place once it answers itself, and then the old one ends when its last answer is complete. The
gate stays, so no request is lost and the slots are not doubled.

A process that does not come up with an adapter that never ran is taken down again, and the adapter is refused, with the
reason; which of several it was is found out by one at a time. The model itself and the other adapters answer meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from usina.core.errors import EngineError, NotReadyError, ValidationError
from usina.engine.replicas import Replica

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.errors import ApiError
    from usina.core.ports import EngineStatus, ModelCard
    from usina.engine.replicas import World
    from usina.engine.runtimes import Runtime

_LOG = logging.getLogger(__name__)
_RETIRE_SECONDS = 600.0  # for the last answers of a process that was replaced; then they are cut
_RETRY_SECONDS = 30.0  # after a process did not come up although all its adapters ran before
_TRIES = 2  # starts of a process with new adapters, before they are to blame


class SharedEngine:
    """The engine of one model, wanted until `stop`."""

    def __init__(self, card: ModelCard, runtime: Runtime, world: World, changed: Callable[[], None]) -> None:
        self.card = card
        self.runtime = runtime
        self._world = world
        self._changed = changed
        self._wanted: dict[str, str] = {}  # adapter id -> its file
        self._proved: set[str] = set()  # ran in a process that answered
        self._refused: dict[str, str] = {}  # adapter id -> why
        self._one_by_one = False
        self._stirred = asyncio.Event()
        self._next: Replica | None = None  # on its way up
        self._last: Replica | None = None  # on its way out
        self._work: asyncio.Task[None] | None = None
        self.current = Replica(card, runtime, world, self._stir)

    @property
    def status(self) -> EngineStatus:
        """As an operator sees it."""
        return self.current.status

    def start(self, adapters: Mapping[str, str]) -> None:
        """Want it to run, with these adapters."""
        self._wanted = dict(adapters)
        self.current = Replica(self.card, self.runtime, self._world, self._stir, adapters=adapters)
        self.current.start()
        self._work = asyncio.get_running_loop().create_task(self._keep(), name=f"engine {self.card.id}")
        self._work.add_done_callback(_told)

    def want(self, adapters: Mapping[str, str]) -> None:
        """Have these adapters loaded, and no others."""
        if adapters == self._wanted:
            return
        self._refused = {each: why for each, why in self._refused.items() if each in adapters}
        self._proved &= {each for each, path in adapters.items() if self._wanted.get(each) == path}
        self._wanted = dict(adapters)
        self._stir()

    def state_of(self, adapter: str) -> tuple[str, str]:
        """State of an adapter, as of a model's card, and its reason. STOPPED: it is not wanted."""
        if adapter in self._refused:
            return "FAILED", self._refused[adapter]
        if adapter not in self._wanted:
            return "STOPPED", "it is not deployed"
        if adapter in self.current.loaded and self.current.state == "READY":
            return "READY", ""
        return ("FAILED", self.current.reason) if self.current.state == "FAILED" else ("STARTING", "")

    def answering(self, card: ModelCard) -> Replica:
        """The process that answers for the model, or for an adapter of it.

        Raises: ValidationError where the adapter is not deployed; NotReadyError, EngineError where it is not loaded.
        """
        if card.base and card.id not in self.current.loaded:
            raise self._absent(card.id)
        return self.current

    async def stop(self, drain_seconds: float) -> None:
        """Take no more, let what runs finish for that long, then end it."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait({self._work})
            self._work = None
        ending = [self.current.stop(drain_seconds)]
        ending += [each.retire(drain_seconds) for each in (self._next, self._last) if each is not None]
        self._next = self._last = None
        await asyncio.gather(*ending)

    def _absent(self, adapter: str) -> ApiError:
        state, reason = self.state_of(adapter)
        if state == "STOPPED":
            return ValidationError(
                "This custom model is not deployed. Deploy it with CreateCustomModelDeployment or "
                "CreateProvisionedModelThroughput, and use the ARN that you get as modelId."
            )
        if state == "FAILED":
            return EngineError(f"the engine did not start with this custom model: {reason}")
        return NotReadyError("the custom model is being loaded, please try again.", retry_after_seconds=2.0)

    # --- the loop ---

    async def _keep(self) -> None:
        while True:
            if self._unproved(self.current) and not await self._settled(self.current):
                self._blame(self.current)
            chosen = self._choice()
            if chosen == self.current.adapters:
                self._stirred.clear()
                await self._stirred.wait()
            else:
                await self._replace(chosen)

    def _choice(self) -> dict[str, str]:
        """What the process should have loaded now."""
        able = {each: path for each, path in self._wanted.items() if each not in self._refused}
        if not self._one_by_one:
            return able
        proved = {each: path for each, path in able.items() if each in self._proved}
        untried = [each for each in able if each not in self._proved]
        if not untried:
            self._one_by_one = False
        elif self.current.state == "READY":  # never at the cost of the model itself
            proved[untried[0]] = able[untried[0]]
        return proved

    async def _replace(self, adapters: dict[str, str]) -> None:
        fresh = Replica(self.card, self.runtime, self._world, self._stir, adapters=adapters, gate=self.current.gate)
        self._next = fresh
        fresh.start()
        came_up = await self._settled(fresh)
        self._next = None
        if came_up:
            self._last, self.current = self.current, fresh
            self._last.serving, fresh.serving = False, True
            self._changed()
            await self._last.retire(_RETIRE_SECONDS)
            self._last = None
            return
        blamed = self._blame(fresh)
        await fresh.retire(0.0)
        if not blamed:
            _LOG.warning("an engine could not be replaced", extra={"model": self.card.id, "reason": fresh.reason})
            await self._world.clock.sleep(_RETRY_SECONDS)

    def _unproved(self, replica: Replica) -> set[str]:
        return {each for each in replica.loaded if each not in self._proved and each not in self._refused}

    def _blame(self, replica: Replica) -> bool:
        """A process did not come up: refuse the one new adapter it had, or go on one by one."""
        suspects = self._unproved(replica)
        if len(suspects) == 1:
            adapter = suspects.pop()
            self._refused[adapter] = replica.reason or "the engine ended while it loaded it"
            _LOG.warning("adapter refused", extra={"model": self.card.id, "adapter": adapter, "reason": replica.reason})
        elif suspects:
            self._one_by_one = True
        else:
            return False
        self._changed()
        return True

    async def _settled(self, replica: Replica) -> bool:
        """Whether it came up; False once it is clear that it does not."""
        while True:
            if replica.state == "READY":
                self._proved |= set(replica.loaded)
                return True
            if replica.state == "FAILED" or replica.restarts >= _TRIES:
                return False
            self._stirred.clear()
            await self._stirred.wait()

    def _stir(self) -> None:
        self._stirred.set()
        self._changed()


def _told(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _LOG.error("the loop of an engine's adapters ended by a bug", exc_info=error)
