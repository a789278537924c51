"""The `Engines` port for those who give way: they ask an engine only while nobody else needs it.

At most half of an engine's slots work for them, so that whoever comes meanwhile finds a free one; and they never stand
in its queue.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from usina.core.ports import Json, ModelCard, Task
    from usina.engine.engines import RunningEngines


class YieldingEngines:
    """Over the engines of this machine."""

    def __init__(self, engines: RunningEngines) -> None:
        self._engines = engines
        self._turns: dict[str, asyncio.Semaphore] = {}

    async def call(self, card: ModelCard, task: Task, body: Json) -> Json:
        """One whole answer, once there is room for it."""
        async with self._turn(card, task):
            await self._engines.gate(card, task).lull()
            return await self._engines.call(card, task, body)

    async def stream(self, card: ModelCard, task: Task, body: Json) -> AsyncGenerator[Sequence[Json], None]:
        """Batches of chunks, once there is room for them."""
        async with self._turn(card, task):
            await self._engines.gate(card, task).lull()
            async with aclosing(self._engines.stream(card, task, body)) as batches:
                async for batch in batches:
                    yield batch

    async def count(self, card: ModelCard, body: Json) -> int:
        """Tokens of a prompt."""
        return await self._engines.count(card, body)

    def _turn(self, card: ModelCard, task: Task) -> asyncio.Semaphore:
        turn = self._turns.get(card.id)
        if turn is None:
            slots = self._engines.gate(card, task).slots
            turn = self._turns[card.id] = asyncio.Semaphore(max(1, slots // 2))
        return turn
