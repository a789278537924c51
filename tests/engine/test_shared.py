"""A model and its adapters in one process, with engines that say which adapter was chosen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.adapters import ACCOUNT, OTHER, deploy, deployment_arn, identifier, model_arn, put_custom
from tests.engine.factories import FAKE, fake_factory, user
from tests.engine.waiting import until
from usina.core.custom import DEPLOYMENT
from usina.core.errors import ConflictError, EngineError, NotReadyError, ValidationError
from usina.testing.fake_runtime import FakeRuntime
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from pathlib import Path

    from usina.core.ports import ModelCard
    from usina.engine.factory import EngineFactory


def write(home: Path, number: int, word: str) -> str:
    """An adapter's file; answers of that adapter begin with the word."""
    (home / "adapters").mkdir(exist_ok=True)
    (home / "adapters" / f"{number}.gguf").write_text(word)
    return f"{number}.gguf"


async def deployed(home: Path, records: MemoryRecords, number: int, word: str, account: str = ACCOUNT) -> str:
    await put_custom(records, FAKE, number, write(home, number, word), account=account)
    return await deploy(records, number, number, account=account)


def found(factory: EngineFactory, name: str, account: str = ACCOUNT) -> ModelCard:
    resolution = factory.catalogue.resolve(name, account)
    assert resolution is not None
    return resolution.card


async def answer(factory: EngineFactory, card: ModelCard, text: str = "hello") -> str:
    said: Any = await factory.engines.call(card, "chat", user(text))
    return str(said["choices"][0]["message"]["content"]).strip()


async def test_a_model_and_its_adapters_answer_from_one_process(tmp_path: Path) -> None:
    records = MemoryRecords()
    first, second = [await deployed(tmp_path, records, number, word) for number, word in ((1, "one"), (2, "two"))]
    async with fake_factory(tmp_path, records=records) as (factory, base):
        assert await factory.ready()
        assert await answer(factory, base) == "You said: hello"
        assert await answer(factory, found(factory, first)) == "You said: one hello"
        assert await answer(factory, found(factory, second)) == "You said: two hello"
        assert await answer(factory, found(factory, model_arn(FAKE, 2))) == "You said: two hello"
        [status] = factory.models.engines()
        assert (status.model, status.adapters) == (FAKE, 2)
        assert factory.replica(found(factory, first)) is factory.replica(base)
        assert [card.id for card in factory.catalogue.cards()] == [FAKE]


async def test_another_account_does_not_find_what_an_account_made(tmp_path: Path) -> None:
    records = MemoryRecords()
    arn = await deployed(tmp_path, records, 1, "one")
    async with fake_factory(tmp_path, records=records) as (factory, _):
        await factory.ready()
        names = (arn, model_arn(FAKE, 1), deployment_arn(1, OTHER), model_arn(FAKE, 1, OTHER), model_arn(FAKE, 9))
        assert [factory.catalogue.resolve(name, OTHER) for name in names] == [None] * 5
        resolution = factory.catalogue.resolve(arn, ACCOUNT)
        assert resolution is not None
        assert (resolution.deployment_arn, resolution.card.account, resolution.card.base) == (arn, ACCOUNT, FAKE)


async def test_a_custom_model_that_nothing_deploys_says_what_to_do(tmp_path: Path) -> None:
    records = MemoryRecords()
    arn = await put_custom(records, FAKE, 1, write(tmp_path, 1, "one"))
    async with fake_factory(tmp_path, records=records) as (factory, _):
        await factory.ready()
        card = found(factory, arn)
        assert card.state == "STOPPED"
        with pytest.raises(ValidationError, match="CreateCustomModelDeployment"):
            await answer(factory, card)


async def test_a_new_adapter_takes_a_new_process_and_no_request_is_lost(tmp_path: Path) -> None:
    records = MemoryRecords()
    async with fake_factory(tmp_path, records=records) as (factory, base):
        await factory.ready()
        before = factory.replica(base)
        assert before is not None
        streams = [factory.engines.stream(base, "chat", user("long")) for _ in range(2)]
        begun = [await anext(stream) for stream in streams]
        waiting = [asyncio.ensure_future(answer(factory, base)) for _ in range(4)]
        arn = await deployed(tmp_path, records, 1, "one")
        await factory.catalogue.reload()
        with pytest.raises(NotReadyError):
            await answer(factory, found(factory, arn))
        await until(lambda: found(factory, arn).state == "READY")
        assert before.state == "DRAINING"
        late = asyncio.ensure_future(answer(factory, found(factory, arn)))
        for first, stream in zip(begun, streams, strict=True):
            chunks = [*first, *[chunk async for batch in stream for chunk in batch]]
            assert chunks[-1]["usage"]["completion_tokens"] == 64
        assert await asyncio.gather(*waiting) == ["You said: hello"] * 4
        assert await late == "You said: one hello"
        await until(lambda: before.state == "STOPPED")
        assert before.restarts == 0


async def test_an_adapter_that_is_no_longer_deployed_is_let_go(tmp_path: Path) -> None:
    records = MemoryRecords()
    arn = await deployed(tmp_path, records, 1, "one")
    async with fake_factory(tmp_path, records=records) as (factory, base):
        await factory.ready()
        await records.delete(DEPLOYMENT, ACCOUNT, arn.rpartition("/")[2])
        await factory.catalogue.reload()
        assert factory.catalogue.resolve(arn, ACCOUNT) is None
        await until(lambda: factory.models.engines()[0].adapters == 0)
        assert await answer(factory, base) == "You said: hello"


async def test_an_adapter_that_breaks_the_engine_is_refused_and_the_others_answer(tmp_path: Path) -> None:
    records = MemoryRecords()
    good, bad, other = [
        await deployed(tmp_path, records, number, word) for number, word in ((1, "one"), (2, "crash"), (3, "three"))
    ]
    async with fake_factory(tmp_path, records=records) as (factory, base):
        await until(lambda: found(factory, other).state == "READY", 30)
        assert found(factory, good).state == "READY"
        assert (found(factory, bad).state, found(factory, bad).state_reason) == ("FAILED", "exit status 9")
        assert await answer(factory, base) == "You said: hello"
        assert await answer(factory, found(factory, other)) == "You said: three hello"
        with pytest.raises(EngineError, match="exit status 9"):
            await answer(factory, found(factory, bad))


async def test_a_bad_adapter_does_not_disturb_the_process_that_answers(tmp_path: Path) -> None:
    records = MemoryRecords()
    good = await deployed(tmp_path, records, 1, "one")
    async with fake_factory(tmp_path, records=records) as (factory, base):
        await factory.ready()
        before = factory.replica(base)
        bad = await deployed(tmp_path, records, 2, "crash")
        await factory.catalogue.reload()
        await until(lambda: found(factory, bad).state == "FAILED", 30)
        assert factory.replica(base) is before
        assert await answer(factory, found(factory, good)) == "You said: one hello"


async def test_an_adapter_of_another_file_or_without_one_cannot_answer(tmp_path: Path) -> None:
    records = MemoryRecords()
    await put_custom(records, FAKE, 1, write(tmp_path, 1, "one"), base_sha256="cd" * 32)
    await put_custom(records, FAKE, 2, "gone.gguf")
    first, second = await deploy(records, 1, 1), await deploy(records, 2, 2)
    async with fake_factory(tmp_path, records=records) as (factory, _):
        await factory.ready()
        assert "not the one" in found(factory, first).state_reason
        assert "restore" in found(factory, second).state_reason
        assert factory.models.engines()[0].adapters == 0


async def test_an_adapter_in_the_place_of_another_answers_once_it_can(tmp_path: Path) -> None:
    records = MemoryRecords()
    await put_custom(records, FAKE, 1, write(tmp_path, 1, "one"))
    await put_custom(records, FAKE, 2, write(tmp_path, 2, "two"))
    await put_custom(records, FAKE, 3, write(tmp_path, 3, "crash"))
    arn = await deploy(records, 1, 1)

    async def deployment(**changes: object) -> dict[str, object]:
        row = await records.get(DEPLOYMENT, ACCOUNT, arn.rpartition("/")[2])
        assert row is not None
        if changes:
            row = await records.put(replace(row, body={**row.body, **changes}))
            await factory.catalogue.reload()
        return dict(row.body)

    async with fake_factory(tmp_path, records=records) as (factory, _):
        await factory.ready()
        for number, outcome in ((2, "UpdateCompleted"), (3, "UpdateFailed")):
            following = identifier(number)
            await deployment(next=following)
            answers = "one" if number == 2 else "two"
            assert await answer(factory, found(factory, arn)) == f"You said: {answers} hello"

            async def ended(following: str = following, outcome: str = outcome) -> bool:
                return (await deployment()).get("update") == {"model": following, "status": outcome}

            await until(ended, 30)
            assert await answer(factory, found(factory, arn)) == "You said: two hello"
        assert (await deployment())["model"] == identifier(2)
        await until(lambda: factory.models.engines()[0].adapters == 1)


async def test_an_engine_that_cannot_load_adapters_says_so(tmp_path: Path) -> None:
    records = MemoryRecords()
    arn = await deployed(tmp_path, records, 1, "one")
    runtime = FakeRuntime()
    runtime.can_run = lambda card: "it loads none" if card.base else ""  # type: ignore[method-assign] # one that cannot
    async with fake_factory(tmp_path, runtime, records=records) as (factory, base):
        await factory.ready()
        assert (found(factory, arn).state, found(factory, arn).state_reason) == ("FAILED", "it loads none")
        assert await answer(factory, base) == "You said: hello"


async def test_a_model_that_others_were_made_from_is_not_removed(tmp_path: Path) -> None:
    records = MemoryRecords()
    await put_custom(records, FAKE, 1, write(tmp_path, 1, "one"))
    async with fake_factory(tmp_path, records=records) as (factory, _):
        await factory.ready()
        with pytest.raises(ConflictError, match="1 custom models"):
            await factory.models.remove_model(FAKE)
