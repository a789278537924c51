"""Adapters on the real engine: which one answers is the request's choice alone, whatever was asked before."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.engine.adapters import ACCOUNT, deploy, put_custom, random_adapter
from tests.engine.real_models import CHAT, imported, real_factory
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from usina.core.ports import ModelCard
    from usina.engine.factory import EngineFactory

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
LONG = "Tell me about the sea, and the ships that sail on it, and their captains. " * 2
SHORT = "Hello there, who are you?"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def factory(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EngineFactory]:
    home, records = tmp_path_factory.mktemp("home"), MemoryRecords()
    folder, result = imported(CHAT)
    (home / "adapters").mkdir()
    for number in (1, 2):
        path = random_adapter(folder / "model.gguf", home / "adapters" / f"{number}.gguf", number)
        await put_custom(records, CHAT, number, path.name, base_sha256=result["sha256"])
        await deploy(records, number, number)
    async with real_factory(home, CHAT, records=records) as made:
        yield made


def card(factory: EngineFactory, name: str) -> ModelCard:
    found = factory.catalogue.resolve(name, ACCOUNT)
    assert found is not None
    return found.card


def names(factory: EngineFactory) -> list[str]:
    return [CHAT, *(each.id for each in factory.catalogue.adapters(CHAT))]


async def ask(factory: EngineFactory, name: str, text: str, **more: Any) -> tuple[str, int]:
    body = {"messages": [{"role": "user", "content": text}], "temperature": 0, "max_tokens": 8, **more}
    answer = await factory.engines.call(card(factory, name), "chat", body)
    return answer["choices"][0]["message"]["content"], answer["usage"]["prompt_tokens_details"]["cached_tokens"]


async def test_answers_are_the_same_with_and_without_what_others_left_in_the_cache(factory: EngineFactory) -> None:
    base, first, second = names(factory)
    cold = {}
    for name in (base, first, second):
        for text in (LONG, SHORT):
            # another model asked another text before: nothing of this prompt is kept
            await ask(factory, first if name == base else base, f"{name} {text[::-1]}")
            cold[name, text] = (await ask(factory, name, text))[0]
    assert len({cold[name, SHORT] for name in (base, first, second)}) == 3
    for name in (first, base, second, first, base):
        for text in (LONG, SHORT):
            assert (await ask(factory, name, text))[0] == cold[name, text], name


async def test_a_models_own_prompt_is_kept_for_its_next_turn(factory: EngineFactory) -> None:
    await ask(factory, names(factory)[1], LONG)
    assert (await ask(factory, names(factory)[1], LONG))[1] > 20


async def test_at_the_same_time_each_request_has_its_adapter(factory: EngineFactory) -> None:
    alone = [await ask(factory, name, SHORT) for name in names(factory)]
    together = await asyncio.gather(*(ask(factory, name, SHORT) for name in names(factory) * 2))
    assert [text for text, _ in together] == [text for text, _ in alone] * 2


async def test_requests_with_stop_sequences_have_it_too(factory: EngineFactory) -> None:
    for name in names(factory):
        plain = (await ask(factory, name, SHORT))[0]
        assert (await ask(factory, name, SHORT, stop=["never"]))[0].strip() == plain.strip()
