from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.factories import FAKE, QUICK, fake_factory, user
from tests.engine.waiting import until
from usina.core.errors import ApiError, EngineError, NotReadyError, ThrottledError, ValidationError
from usina.core.limits import Limits
from usina.testing.fake_runtime import FakeRuntime

if TYPE_CHECKING:
    from pathlib import Path

    from usina.core.ports import ModelCard
    from usina.engine.factory import EngineFactory


async def chunks_of(factory: EngineFactory, card: ModelCard, body: dict[str, Any]) -> list[Any]:
    return [chunk async for batch in factory.engines.stream(card, "chat", body) for chunk in batch]


async def active(factory: EngineFactory, card: ModelCard) -> int:
    replica = factory.replica(card)
    assert replica is not None
    count: int = (await replica.upstream.get("/active"))["active"]
    return count


async def test_a_call_gives_a_whole_answer_under_our_name_for_the_model(tmp_path: Path) -> None:
    async with fake_factory(tmp_path) as (factory, card):
        assert await factory.ready()
        answer = await factory.engines.call(card, "chat", user("hello there"))
        assert answer["model"] == FAKE
        assert answer["choices"][0]["message"]["content"] == "You said: hello there "
        assert answer["choices"][0]["stop_reason"] is None
        assert answer["usage"]["prompt_tokens_details"] == {"cached_tokens": 0}


async def test_a_stream_ends_with_the_usage(tmp_path: Path) -> None:
    async with fake_factory(tmp_path) as (factory, card):
        await factory.ready()
        chunks = await chunks_of(factory, card, user("hello there"))
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["completion_tokens"] == 4
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"


async def test_an_engine_killed_in_mid_stream_is_an_error_and_comes_back(tmp_path: Path) -> None:
    async with fake_factory(tmp_path) as (factory, card):
        await factory.ready()
        replica = factory.replica(card)
        assert replica is not None
        stream = factory.engines.stream(card, "chat", user("slow"))
        await anext(stream)
        assert replica.pid is not None
        os.kill(replica.pid, signal.SIGKILL)
        with pytest.raises(EngineError):
            async for _ in stream:
                pass
        await until(lambda: replica.restarts == 1 and replica.state == "READY")
        assert replica.status.running == 0
        await factory.engines.call(card, "chat", user("hello"))


@pytest.mark.parametrize("word", ["crash", "cut", "error", "garbage"])
async def test_a_stream_that_breaks_is_an_error(tmp_path: Path, word: str) -> None:
    async with fake_factory(tmp_path) as (factory, card):
        await factory.ready()
        with pytest.raises(EngineError):
            await chunks_of(factory, card, user(word))


async def test_a_reader_that_goes_away_frees_the_engine(tmp_path: Path) -> None:
    async with fake_factory(tmp_path) as (factory, card):
        await factory.ready()
        stream = factory.engines.stream(card, "chat", user("slow"))
        await anext(stream)
        assert await active(factory, card) == 1
        await stream.aclose()

        async def idle() -> bool:
            return await active(factory, card) == 0

        await until(idle)
        assert factory.models.engines()[0].running == 0


async def test_a_cancelled_call_frees_the_engine(tmp_path: Path) -> None:
    async with fake_factory(tmp_path) as (factory, card):
        await factory.ready()
        task = asyncio.ensure_future(factory.engines.call(card, "chat", user("hang")))

        async def busy(count: int) -> bool:
            return await active(factory, card) == count

        await until(lambda: busy(1))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await until(lambda: busy(0))
        assert factory.models.engines()[0].running == 0


async def test_past_slots_and_queue_a_request_is_throttled(tmp_path: Path) -> None:
    limits = Limits(queue_per_model=1, drain_seconds=0.1)
    async with fake_factory(tmp_path, limits=limits) as (factory, card):
        await factory.ready()
        hanging = [asyncio.ensure_future(factory.engines.call(card, "chat", user("hang"))) for _ in range(3)]
        await until(lambda: factory.models.engines()[0].queued == 1)
        with pytest.raises(ThrottledError) as caught:
            await factory.engines.call(card, "chat", user("hello"))
        assert caught.value.retry_after_seconds
        with pytest.raises(ThrottledError):
            await chunks_of(factory, card, user("hello"))
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
        await factory.engines.call(card, "chat", user("hello"))


async def test_waiting_requests_are_told_when_the_engine_dies(tmp_path: Path) -> None:
    async with fake_factory(tmp_path) as (factory, card):
        await factory.ready()
        hanging = [asyncio.ensure_future(factory.engines.call(card, "chat", user("hang"))) for _ in range(4)]
        await until(lambda: factory.models.engines()[0].queued == 2)
        replica = factory.replica(card)
        assert replica is not None
        assert replica.pid is not None
        os.kill(replica.pid, signal.SIGKILL)
        found = await asyncio.gather(*hanging, return_exceptions=True)
        assert all(isinstance(error, ApiError) for error in found)


async def test_a_starting_engine_says_so(tmp_path: Path) -> None:
    async with fake_factory(tmp_path, FakeRuntime(loading=3)) as (factory, card):
        with pytest.raises(NotReadyError) as caught:
            await factory.engines.call(card, "chat", user("hello"))
        assert caught.value.retry_after_seconds
        assert factory.catalogue.cards()[0].state == "STARTING"
        assert await factory.ready()
        assert factory.catalogue.cards()[0].state == "READY"


async def test_what_the_engine_refuses_is_the_callers_to_fix_and_its_failures_say_nothing_of_its_inside(
    tmp_path: Path,
) -> None:
    async with fake_factory(tmp_path) as (factory, card):
        await factory.ready()
        for ask in (factory.engines.call(card, "chat", user("refuse")), chunks_of(factory, card, user("refuse"))):
            with pytest.raises(ValidationError, match="temperature"):
                await ask
        with pytest.raises(EngineError) as caught:
            await factory.engines.call(card, "chat", user("fail"))
        assert "secret" not in caught.value.message


async def test_a_model_is_used_only_for_its_task(tmp_path: Path) -> None:
    async with fake_factory(tmp_path) as (factory, card):
        with pytest.raises(ValidationError, match="embedding"):
            await factory.engines.call(card, "embedding", {"input": "x"})
        with pytest.raises(NotReadyError):
            await factory.engines.call(replace(card, id="unknown.model"), "chat", user("x"))


async def test_what_does_not_stream_is_refused(tmp_path: Path) -> None:
    runtime = FakeRuntime()
    whole = runtime.translate
    runtime.translate = lambda *given: replace(whole(*given), fold=None)  # type: ignore[method-assign]  # a runtime that cannot
    async with fake_factory(tmp_path, runtime) as (factory, card):
        await factory.ready()
        with pytest.raises(ValidationError, match="stream"):
            await chunks_of(factory, card, user("hello"))


async def test_tokens_of_a_prompt_are_counted(tmp_path: Path) -> None:
    async with fake_factory(tmp_path) as (factory, card):
        await factory.ready()
        assert await factory.engines.count(card, user("one two three")) == 3
        assert await factory.engines.count(card, {"prompt": "one two"}) == 2


async def test_stop_waits_for_running_answers_and_takes_no_more(tmp_path: Path) -> None:
    settings = replace(QUICK, slots=1)
    async with fake_factory(tmp_path, settings=settings, limits=Limits(drain_seconds=0.2)) as (factory, card):
        await factory.ready()
        stream = factory.engines.stream(card, "chat", user("long"))
        words = list(await anext(stream))
        stopping = asyncio.ensure_future(factory.stop())
        await until(lambda: factory.models.engines()[0].state == "DRAINING")
        with pytest.raises(NotReadyError):
            await factory.engines.call(card, "chat", user("hello"))
        words += [chunk async for batch in stream for chunk in batch]
        assert words[-1]["usage"]["completion_tokens"] == 64
        await asyncio.wait_for(stopping, 5)


async def test_several_answers_are_joined(tmp_path: Path) -> None:
    async with fake_factory(tmp_path) as (factory, card):
        await factory.ready()
        answer = await factory.engines.call(card, "chat", user("hello", n=3))
        assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
        assert answer["usage"] == {
            "prompt_tokens": 1,
            "completion_tokens": 9,
            "total_tokens": 10,
            "prompt_tokens_details": {"cached_tokens": 0},
        }
        chunks = await chunks_of(factory, card, user("hello", n=3))
        assert {choice["index"] for chunk in chunks for choice in chunk["choices"]} == {0, 1, 2}
        assert [chunk for chunk in chunks if chunk.get("usage")] == chunks[-1:]
        assert chunks[-1]["usage"]["completion_tokens"] == 9
        for wrong in (0, 17, "2", 1.5):
            with pytest.raises(ValidationError):
                await factory.engines.call(card, "chat", user("hello", n=wrong))
        with pytest.raises(EngineError):
            await chunks_of(factory, card, user("cut", n=2))
