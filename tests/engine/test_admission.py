from __future__ import annotations

import asyncio

import pytest

from usina.core.errors import EngineError, ThrottledError
from usina.core.limits import Limits
from usina.engine.admission import Gate, Tally
from usina.testing.clock import VirtualClock


def gate(slots: int = 1, queue: int = 2, wait: float = 60.0) -> Gate:
    return Gate(slots, Limits(queue_per_model=queue, queue_wait_seconds=wait), VirtualClock())


async def waiting(one: Gate) -> asyncio.Task[None]:
    task = asyncio.ensure_future(one.enter())
    await asyncio.sleep(0)
    return task


async def test_a_free_slot_is_taken_at_once_and_a_full_engine_makes_wait() -> None:
    one = gate(slots=2)
    await one.enter()
    await one.enter()
    task = await waiting(one)
    assert (one.running, one.queued, task.done()) == (2, 1, False)
    one.leave()
    await task
    assert (one.running, one.queued) == (2, 0)


async def test_past_the_bound_a_request_is_refused_with_the_time_to_come_back() -> None:
    one = gate(queue=2)
    await one.enter()
    tasks = [await waiting(one), await waiting(one)]
    with pytest.raises(ThrottledError) as caught:
        await one.enter()
    assert caught.value.retry_after_seconds is not None
    assert caught.value.retry_after_seconds >= 1.0
    assert one.queued == 2
    for task in tasks:
        task.cancel()


async def test_the_time_to_come_back_follows_how_long_answers_take() -> None:
    quick, slow = gate(queue=0), gate(queue=0)
    for one, seconds in ((quick, 0.1), (slow, 20.0)):
        for _ in range(30):
            assert one.try_enter()
            one.leave(seconds)
        assert one.try_enter()
    found = []
    for one in (quick, slow):
        with pytest.raises(ThrottledError) as caught:
            await one.enter()
        found.append(caught.value.retry_after_seconds)
    assert found[0] == 1.0
    assert 15.0 < (found[1] or 0) <= 60.0


async def test_turns_come_in_order() -> None:
    one = gate(queue=8)
    await one.enter()
    order: list[int] = []

    async def work(number: int) -> None:
        await one.enter()
        order.append(number)
        one.leave()

    tasks = [asyncio.ensure_future(work(number)) for number in range(5)]
    await asyncio.sleep(0)
    one.leave()
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3, 4]
    assert one.running == 0


async def test_a_caller_that_goes_away_leaves_the_queue() -> None:
    one = gate()
    await one.enter()
    gone, stays = await waiting(one), await waiting(one)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert one.queued == 1
    one.leave()
    await stays
    one.leave()
    assert (one.running, one.queued) == (0, 0)


async def test_a_turn_that_comes_in_the_moment_of_going_away_is_passed_on() -> None:
    one = gate()
    await one.enter()
    gone, stays = await waiting(one), await waiting(one)
    one.leave()
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    await asyncio.wait_for(stays, 1)
    assert one.running == 1


async def test_waiting_too_long_is_refused_and_leaves_no_trace() -> None:
    one = gate(wait=0.01)
    await one.enter()
    with pytest.raises(ThrottledError, match="in time"):
        await one.enter()
    assert (one.running, one.queued) == (1, 0)
    one.leave()
    assert one.running == 0


async def test_when_the_engine_is_gone_all_that_wait_are_told() -> None:
    one = gate()
    await one.enter()
    tasks = [await waiting(one), await waiting(one)]
    one.dismiss(EngineError("gone"))
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(error, EngineError) for error in found)
    assert (one.running, one.queued) == (1, 0)


async def test_a_tally_is_empty_after_its_last_request() -> None:
    one = Tally()
    one.begin()
    one.begin()
    one.end()
    emptied = asyncio.ensure_future(one.empty())
    await asyncio.sleep(0)
    assert not emptied.done()
    one.end()
    await asyncio.wait_for(emptied, 1)
