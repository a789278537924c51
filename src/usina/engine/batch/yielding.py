"""The `Engines` port for those who give way: they ask an engine only while nobody else needs it.

At most half of an engine's slots work for them, so that whoever comes meanwhile finds a free one; while others are
answered, one does. They never stand in its queue.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, MutableMapping, Sequence

    from usina.core.clock import Clock
    from usina.core.ports import Json, ModelCard, Task
    from usina.engine.admission import Gate
    from usina.engine.engines import RunningEngines


_QUIET_SECONDS = 2.0  # without anybody else, after which they take more than one slot


class _Share:
    """What those who give way have of one engine."""

    def __init__(self, gate: Gate, clock: Clock) -> None:
        self.turns = asyncio.Semaphore(max(1, gate.slots // 2))
        self._gate = gate
        self._clock = clock
        self._running = 0
        self._entered = 0
        self._others = gate.entered
        self._quiet_since = clock.monotonic() - _QUIET_SECONDS

    async def take(self) -> None:
        """Wait for a slot; it is taken before anything else runs, or not at all."""
        await self._gate.lull(self._fits)
        self._running += 1
        self._entered += 1

    def give_back(self) -> None:
        """Whoever took it has been answered."""
        self._running -= 1

    def _fits(self) -> bool:
        others, now = self._gate.entered - self._entered, self._clock.monotonic()
        if others != self._others or self._gate.running > self._running:
            self._others, self._quiet_since = others, now
        return not self._running or now - self._quiet_since >= _QUIET_SECONDS


class YieldingEngines:
    """Over the engines of this machine."""

    def __init__(self, engines: RunningEngines, clock: Clock) -> None:
        self._engines = engines
        self._clock = clock
        self._shares: MutableMapping[Gate, _Share] = WeakKeyDictionary()

    async def call(self, card: ModelCard, task: Task, body: Json) -> Json:
        """One whole answer, once there is room for it."""
        async with self._turn(card, task):
            return await self._engines.call(card, task, body)

    async def stream(self, card: ModelCard, task: Task, body: Json) -> AsyncGenerator[Sequence[Json], None]:
        """Batches of chunks, once there is room for them."""
        async with self._turn(card, task), aclosing(self._engines.stream(card, task, body)) as batches:
            async for batch in batches:
                yield batch

    async def count(self, card: ModelCard, body: Json) -> int:
        """Tokens of a prompt."""
        return await self._engines.count(card, body)

    @asynccontextmanager
    async def _turn(self, card: ModelCard, task: Task) -> AsyncIterator[None]:
        gate = self._engines.gate(card, task)
        share = self._shares.get(gate)
        if share is None:
            share = self._shares[gate] = _Share(gate, self._clock)
        async with share.turns:
            await share.take()
            try:
                yield
            finally:
                share.give_back()
