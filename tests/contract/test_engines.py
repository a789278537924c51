"""What handlers may rely on of `Engines`, run over the real ones and the fake that handlers are tested with."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.engine.factories import fake_factory
from tests.engine.real_models import CHAT, real_factory
from usina.core.errors import ThrottledError
from usina.testing import catalogue
from usina.testing.engines import ScriptedEngines

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from usina.core.ports import Engines, ModelCard

pytestmark = pytest.mark.asyncio(loop_scope="module")
BODY = {"messages": [{"role": "user", "content": "Hello there"}], "max_tokens": 8, "temperature": 0}


@dataclass
class Case:
    engines: Engines
    card: ModelCard


@asynccontextmanager
async def running(kind: str, home: Path) -> AsyncIterator[Case]:
    if kind == "scripted":
        yield Case(ScriptedEngines(), catalogue.CHAT)
    elif kind == "fake engine":
        async with fake_factory(home) as (factory, card):
            await factory.ready()
            yield Case(factory.engines, card)
    else:
        async with real_factory(home, CHAT) as factory:
            yield Case(factory.engines, next(iter(factory.catalogue.cards())))


@pytest_asyncio.fixture(
    params=["scripted", "fake engine", pytest.param("llama.cpp", marks=pytest.mark.slow)],
    scope="module",
    loop_scope="module",
)
async def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Case]:
    async with running(request.param, tmp_path_factory.mktemp("home")) as one:
        yield one


async def test_a_call_gives_one_choice_with_its_reasons_and_the_usage(case: Case) -> None:
    answer = await case.engines.call(case.card, "chat", BODY)
    [choice] = answer["choices"]
    assert choice["message"]["content"]
    assert choice["finish_reason"] in {"stop", "length"}
    assert choice["stop_reason"] is None
    assert answer["usage"]["prompt_tokens"] > 0
    assert answer["usage"]["prompt_tokens_details"]["cached_tokens"] >= 0


async def test_a_stream_has_no_empty_batch_and_ends_with_the_usage(case: Case) -> None:
    batches = [list(batch) async for batch in case.engines.stream(case.card, "chat", BODY)]
    assert all(batches)
    chunks: list[Any] = [chunk for batch in batches for chunk in batch]
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["completion_tokens"] > 0
    assert [chunk for chunk in chunks if chunk.get("usage")] == chunks[-1:]
    *others, last = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
    assert {choice["finish_reason"] for choice in others} == {None}
    assert last["finish_reason"] in {"stop", "length"}
    assert last["stop_reason"] is None


async def test_a_stream_may_be_closed_before_its_end(case: Case) -> None:
    stream: Any = case.engines.stream(case.card, "chat", BODY)
    await anext(stream)
    await stream.aclose()


async def test_the_request_is_not_changed(case: Case) -> None:
    body = {**BODY, "stop": ["zzz"]}
    before = repr(body)
    await case.engines.call(case.card, "chat", body)
    async for _ in case.engines.stream(case.card, "chat", body):
        pass
    assert repr(body) == before


async def test_the_tokens_of_a_prompt_are_the_usages(case: Case) -> None:
    answer = await case.engines.call(case.card, "chat", BODY)
    assert await case.engines.count(case.card, {"messages": BODY["messages"]}) == answer["usage"]["prompt_tokens"]


async def test_a_completion_gives_text(case: Case) -> None:
    answer = await case.engines.call(case.card, "completion", {"prompt": "one, two,", "max_tokens": 4})
    assert isinstance(answer["choices"][0]["text"], str)


async def test_a_scripted_error_comes_where_a_real_one_would() -> None:
    engines = ScriptedEngines().play(ThrottledError("full"), ThrottledError("full"))
    with pytest.raises(ThrottledError):
        await engines.call(catalogue.CHAT, "chat", BODY)
    with pytest.raises(ThrottledError):
        await anext(engines.stream(catalogue.CHAT, "chat", BODY))
