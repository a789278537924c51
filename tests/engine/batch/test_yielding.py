"""Those who give way: half of the slots at most, and none while somebody else waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from usina.core.limits import Limits
from usina.engine.admission import Gate
from usina.engine.batch.yielding import YieldingEngines
from usina.testing.catalogue import CHAT
from usina.testing.clock import VirtualClock

if TYPE_CHECKING:
    from usina.core.ports import Json, ModelCard, Task


class OneEngine:
    """An engine that answers when it is told to."""

    def __init__(self, slots: int) -> None:
        self.queue = Gate(slots, Limits(), VirtualClock())
        self.go = asyncio.Event()
        self.at_work = 0

    def gate(self, card: ModelCard, task: Task) -> Gate:
        del card, task
        return self.queue

    async def call(self, card: ModelCard, task: Task, body: Json) -> Json:
        del card, task
        assert self.queue.try_enter(), "those who give way stand in no queue"
        self.at_work += 1
        try:
            await self.go.wait()
            return body
        finally:
            self.at_work -= 1
            self.queue.leave()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def asked(engine: Any, count: int, clock: VirtualClock | None = None) -> list[asyncio.Task[Json]]:
    yielding = YieldingEngines(engine, clock or VirtualClock())
    return [asyncio.ensure_future(yielding.call(CHAT, "chat", {"n": n})) for n in range(count)]


async def test_half_of_the_slots_stay_free_for_others() -> None:
    engine = OneEngine(4)
    tasks = asked(engine, 6)
    await settle()
    assert (engine.at_work, engine.queue.running, engine.queue.queued) == (2, 2, 0)
    engine.go.set()
    assert [answer["n"] for answer in await asyncio.gather(*tasks)] == list(range(6))


async def test_while_others_are_answered_and_a_little_after_one_is_asked_at_a_time() -> None:
    engine, clock = OneEngine(8), VirtualClock()
    await engine.queue.enter()
    tasks = asked(engine, 6, clock)
    await settle()
    assert engine.at_work == 1
    engine.queue.leave()
    await settle()
    assert engine.at_work == 1
    clock.advance(1.0)
    await engine.queue.enter()
    engine.queue.leave()
    await settle()
    clock.advance(1.5)
    await engine.queue.enter()
    engine.queue.leave()
    await settle()
    assert engine.at_work == 1
    clock.advance(2.5)
    engine.queue._rouse()
    await settle()
    assert engine.at_work == 4
    engine.go.set()
    await asyncio.gather(*tasks)
    assert engine.queue.running == 0


async def test_nothing_is_asked_while_others_wait() -> None:
    engine = OneEngine(1)
    await engine.queue.enter()
    waiting = asyncio.ensure_future(engine.queue.enter())
    tasks = asked(engine, 2)
    await settle()
    engine.queue.leave()
    await settle()
    assert (waiting.done(), engine.at_work) == (True, 0)
    engine.queue.leave()
    await settle()
    assert engine.at_work == 1
    engine.go.set()
    await asyncio.gather(*tasks)
    assert (engine.queue.running, engine.queue.queued) == (0, 0)


async def test_one_that_gives_up_waiting_leaves_nothing_behind() -> None:
    engine = OneEngine(1)
    await engine.queue.enter()
    tasks = asked(engine, 2)
    await settle()
    tasks[0].cancel()
    await settle()
    engine.queue.leave()
    engine.go.set()
    assert (await tasks[1])["n"] == 1
