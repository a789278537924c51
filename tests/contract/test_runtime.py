"""What every kind of engine must do, run over each: the real one, one that is attached, and the fake."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.engine.real_models import CHAT, imported
from tests.engine.waiting import until
from usina.core.clock import SystemClock
from usina.core.errors import ApiError
from usina.core.limits import Limits
from usina.core.ports import ModelCard
from usina.engine.cluster import ProcessSpec
from usina.engine.cluster.local import LocalCluster
from usina.engine.runtimes import Launch, Runtime
from usina.engine.runtimes.attached import Attached
from usina.engine.runtimes.llamacpp import LlamaCpp
from usina.engine.settings import EngineSettings
from usina.engine.upstream import Upstream
from usina.testing.egress import OpenEgress
from usina.testing.fake_runtime import FakeRuntime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.asyncio(loop_scope="module")
SETTINGS = EngineSettings(prompt_cache_bytes=67_108_864)
KINDS = ["fake", "attached", pytest.param("llamacpp", marks=pytest.mark.slow)]


@dataclass
class Case:
    runtime: Runtime
    card: ModelCard
    upstream: Upstream


def card_of(runtime: str, **options: str) -> ModelCard:
    return ModelCard(
        id="some.model",
        name="model",
        provider="some",
        task="chat",
        runtime=runtime,
        context_tokens=512,
        options=options,
    )


def made(kind: str, port: int) -> tuple[Runtime, ModelCard]:
    if kind == "llamacpp":
        folder, _ = imported(CHAT)
        return LlamaCpp(SETTINGS, SystemClock()), card_of(kind, path=str(folder / "model.gguf"))
    if kind == "attached":
        address = f"http://127.0.0.1:{port}/v1"
        return Attached(SETTINGS), card_of(kind, address=address, upstream_model="fake-model")
    return FakeRuntime(), card_of(kind)


def free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@asynccontextmanager
async def running(kind: str, folder: Path) -> AsyncIterator[Case]:
    port = free_port()
    runtime, card = made(kind, port)
    launch = Launch(folder / "e.sock", folder / "engine.log", threads=2, slots=2)
    spec = runtime.command(card, launch)
    if spec is None:  # somebody else's process: played by the engine server
        argv = (sys.executable, "-m", "usina.testing.engine_server", f'{{"port": {port}}}')
        spec = ProcessSpec("attached", argv, launch.log)
    process = await LocalCluster(SystemClock()).start(spec)
    upstream = Upstream(runtime.endpoint(card, launch), Limits(), OpenEgress())
    try:
        await until(lambda: runtime.ready(card, upstream), 30)
        yield Case(runtime, card, upstream)
    finally:
        upstream.close()
        await process.stop(2)


@pytest_asyncio.fixture(params=KINDS, scope="module", loop_scope="module")
async def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Case]:
    async with running(request.param, tmp_path_factory.mktemp("runtime")) as one:
        yield one


async def asked(case: Case, work: Any, body: dict[str, Any]) -> Any:
    exchange = case.runtime.translate(case.card, work, body)
    sent = exchange.body
    if exchange.render is not None:
        rendered = await case.upstream.call(exchange.render_path, exchange.render)
        sent = {**sent, exchange.render_into: rendered["prompt"]}
    return exchange.answer(await case.upstream.call(exchange.path, sent))


CHAT_BODY = {"messages": [{"role": "user", "content": "Hello there"}], "max_tokens": 8, "temperature": 0}


@pytest.mark.parametrize("body", [CHAT_BODY, CHAT_BODY | {"stop": ["zzz"]}], ids=["plain", "with stop sequences"])
async def test_a_chat_has_openais_form(case: Case, body: dict[str, Any]) -> None:
    answer = await asked(case, "chat", body)
    assert answer["model"] == case.card.id
    [choice] = answer["choices"]
    assert choice["message"]["role"] == "assistant"
    assert isinstance(choice["message"]["content"], str)
    assert choice["finish_reason"] in {"stop", "length"}
    assert choice["stop_reason"] is None
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0
    assert usage["prompt_tokens_details"]["cached_tokens"] >= 0


async def test_a_completion_has_openais_form(case: Case) -> None:
    answer = await asked(case, "completion", {"prompt": "one, two,", "max_tokens": 4})
    assert isinstance(answer["choices"][0]["text"], str)
    assert answer["usage"]["completion_tokens"] > 0


@pytest.mark.parametrize("body", [CHAT_BODY, CHAT_BODY | {"stop": ["zzz"]}], ids=["plain", "with stop sequences"])
async def test_a_stream_ends_with_its_reason_and_then_its_usage(case: Case, body: dict[str, Any]) -> None:
    exchange = case.runtime.translate(case.card, "chat", body | {"stream": True})
    sent = exchange.body
    if exchange.render is not None:
        rendered = await case.upstream.call(exchange.render_path, exchange.render)
        sent = {**sent, exchange.render_into: rendered["prompt"]}
    assert exchange.fold is not None
    fold = exchange.fold()
    chunks = []
    async for events in case.upstream.stream(exchange.path, sent, marker=exchange.marker):
        chunks += fold(events)
    assert {chunk["model"] for chunk in chunks} == {case.card.id}
    assert "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks if chunk["choices"])
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["completion_tokens"] > 0
    reasons = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]]
    assert reasons[-1] in {"stop", "length"}
    assert set(reasons[:-1]) == {None}
    assert chunks[-2]["choices"][0]["stop_reason"] is None


async def test_tokens_are_counted_as_the_usage_says(case: Case) -> None:
    counted = await asked(case, "count", {"messages": CHAT_BODY["messages"]})
    answer = await asked(case, "chat", CHAT_BODY)
    assert counted["tokens"] == answer["usage"]["prompt_tokens"]
    assert (await asked(case, "count", {"prompt": "one two three"}))["tokens"] >= 3


async def test_the_request_is_not_changed(case: Case) -> None:
    body = {**CHAT_BODY, "stop": ["x"], "stream": True}
    before = repr(body)
    case.runtime.translate(case.card, "chat", body)
    assert repr(body) == before


async def test_a_model_of_another_kind_is_not_run(case: Case) -> None:
    assert case.runtime.can_run(case.card) == ""
    assert case.runtime.can_run(card_of("another"))


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_there_is_not_ready_and_no_error(kind: str, tmp_path: Path) -> None:
    runtime, card = made(kind, free_port())
    launch = Launch(tmp_path / "e.sock", tmp_path / "log", 1, 1)
    assert not await runtime.ready(card, Upstream(runtime.endpoint(card, launch), Limits(), OpenEgress()))


async def test_nothing_secret_and_no_prompt_is_in_a_command(case: Case, tmp_path: Path) -> None:
    spec = case.runtime.command(case.card, Launch(tmp_path / "e.sock", tmp_path / "log", 1, 1))
    if spec is not None:
        assert not any("key" in word.lower() for word in spec.argv)
        assert spec.log == tmp_path / "log"


async def test_an_engines_nonsense_is_told_as_what_reading_it_raises(case: Case) -> None:
    exchange = case.runtime.translate(case.card, "count", {"prompt": "x"})
    with pytest.raises((KeyError, TypeError, ApiError)):
        exchange.answer({"nonsense": True})
    await asyncio.sleep(0)
