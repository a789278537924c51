from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.factories import user
from tests.engine.waiting import until
from usina.core.clock import SystemClock, SystemDice
from usina.core.errors import ConflictError, EngineError, ValidationError
from usina.core.limits import Limits
from usina.core.ports import ImportSource, ModelCard
from usina.engine.factory import EngineFactory
from usina.engine.runtimes.attached import Attached, private_endpoint
from usina.engine.settings import EngineSettings
from usina.testing.egress import OpenEgress
from usina.testing.engine_server import EngineServer
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SETTINGS = EngineSettings(default_models=())


@asynccontextmanager
async def engine_on_a_port() -> AsyncIterator[int]:
    server = EngineServer()
    running: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        await server.serve(reader, writer)

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        await asyncio.wait_for(asyncio.gather(*running, return_exceptions=True), 5)


@asynccontextmanager
async def factory_in(home: Path) -> AsyncIterator[EngineFactory]:
    factory = EngineFactory(
        home, MemoryRecords(), SystemClock(), SystemDice(), Limits(drain_seconds=1.0), SETTINGS, egress=OpenEgress()
    )
    await factory.start()
    try:
        yield factory
    finally:
        await factory.stop()


@pytest.mark.parametrize(
    ("address", "host", "port", "prefix"),
    [
        ("http://127.0.0.1:8000/v1", "127.0.0.1", 8000, "/v1"),
        ("http://localhost:8000/v1/", "127.0.0.1", 8000, "/v1"),
        ("http://10.1.2.3", "10.1.2.3", 80, ""),
        ("http://[fd00::1]:9000/openai/v1", "fd00::1", 9000, "/openai/v1"),
        ("http://192.168.0.9:1", "192.168.0.9", 1, ""),
    ],
)
def test_an_address_on_a_private_network_is_taken(address: str, host: str, port: int, prefix: str) -> None:
    endpoint = private_endpoint(address, SETTINGS)
    assert (endpoint.host, endpoint.port, endpoint.prefix) == (host, port, prefix)


@pytest.mark.parametrize(
    "address",
    [
        "http://8.8.8.8:8000/v1",
        "http://[2001:4860:4860::8888]/v1",
        "http://[::ffff:8.8.8.8]/v1",
        "http://engine.internal:8000/v1",
        "http://127.0.0.1.example.com/v1",
        "http://0x7f.1/v1",
        "http://2130706433/v1",
        "https://10.0.0.1/v1",
        "ftp://10.0.0.1/",
        "http://user:word@10.0.0.1/v1",
        "http://10.0.0.1/v1?x=1",
        "http://10.0.0.1/v1#x",
        "http://10.0.0.1/v1 HTTP/1.1\r\nx: y",
        "http://10.0.0.1:99999/v1",
        "http://0.0.0.0:80/",
        "http://224.0.0.1/",
        "//10.0.0.1",
        "10.0.0.1:8000",
        "",
    ],
)
def test_any_other_address_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        private_endpoint(address, SETTINGS)


def test_the_allowed_networks_are_the_sites_to_say() -> None:
    settings = EngineSettings(attached_networks=("10.9.0.0/16",))
    assert private_endpoint("http://10.9.1.1/v1", settings).host == "10.9.1.1"
    for address in ("http://10.8.1.1/v1", "http://127.0.0.1/v1"):
        with pytest.raises(ValidationError):
            private_endpoint(address, settings)


def test_the_networks_are_asked_again_at_every_start(tmp_path: Path) -> None:
    card = ModelCard(
        id="a.b", name="b", provider="a", task="chat", runtime="attached", context_tokens=1,
        options={"address": "http://10.0.0.1/v1", "upstream_model": "b"},
    )  # fmt: skip
    with pytest.raises(EngineError):
        Attached(EngineSettings(attached_networks=("10.9.0.0/16",))).endpoint(card, None)  # type: ignore[arg-type]  # unused


def test_a_key_comes_from_a_file_and_must_be_one_word(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("sesame\n")
    settings = EngineSettings(attached_keys={"127.0.0.1:8000": str(path)})
    assert private_endpoint("http://127.0.0.1:8000/v1", settings).bearer == "sesame"
    assert not private_endpoint("http://127.0.0.1:8001/v1", settings).bearer
    path.write_text("open\r\nx: sesame")
    with pytest.raises(ValidationError):
        private_endpoint("http://127.0.0.1:8000/v1", settings)
    path.unlink()
    with pytest.raises(ValidationError):
        private_endpoint("http://127.0.0.1:8000/v1", settings)


async def test_an_attached_engines_model_is_in_the_catalogue_and_answers(tmp_path: Path) -> None:
    async with engine_on_a_port() as port, factory_in(tmp_path) as factory:
        source = ImportSource("attached", f"http://127.0.0.1:{port}/v1", upstream_model="fake-model", task="chat")
        model_id = await factory.models.import_model(source)
        assert model_id == "attached.fake-model"
        await factory.ready()
        resolution = factory.catalogue.resolve(model_id, "")
        assert resolution is not None
        card = resolution.card
        assert (card.state, card.runtime, card.context_tokens) == ("READY", "attached", 2048)
        answer = await factory.engines.call(card, "chat", user("hello"))
        assert answer["choices"][0]["message"]["content"] == "You said: hello "
        assert answer["model"] == model_id
        assert answer["usage"]["prompt_tokens_details"] == {"cached_tokens": 0}
        assert await factory.engines.count(card, user("one two")) == 2
        with pytest.raises(ConflictError):
            await factory.models.import_model(source)
        await factory.models.remove_model(model_id)
        assert not factory.catalogue.cards()


async def test_tools_are_held_to_their_schema_there_too(tmp_path: Path) -> None:
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": parameters}}]
    async with engine_on_a_port() as port, factory_in(tmp_path) as factory:
        source = ImportSource("attached", f"http://127.0.0.1:{port}/v1", upstream_model="fake-model", task="chat")
        await factory.models.import_model(source)
        await factory.ready()
        [card] = factory.catalogue.cards()
        answer = await factory.engines.call(card, "chat", user("Oslo?", tools=tools, tool_choice="required"))
        [call] = answer["choices"][0]["message"]["tool_calls"]
        assert call["function"] == {"name": "get_weather", "arguments": '{"city": "text"}'}
        chunks = [
            chunk async for batch in factory.engines.stream(card, "chat", user("Oslo?", tools=tools)) for chunk in batch
        ]
        assert chunks[-2]["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize(("model", "reason"), [("other", "no model of that name"), ("fake-model", "Nothing answers")])
async def test_an_engine_that_does_not_answer_or_has_no_such_model_fails(
    tmp_path: Path, model: str, reason: str
) -> None:
    async with engine_on_a_port() as port, factory_in(tmp_path) as factory:
        where = f"http://127.0.0.1:{port if model == 'other' else 1}/v1"
        await factory.models.import_model(ImportSource("attached", where, upstream_model=model))
        await factory.ready()
        [card] = factory.catalogue.cards()
        assert card.state == "FAILED"
        assert reason in card.state_reason


@pytest.mark.skipif(sys.platform != "linux", reason="uses a process of this machine's own")
async def test_a_model_whose_engine_went_away_is_starting_again(tmp_path: Path) -> None:
    async with factory_in(tmp_path) as factory:
        async with engine_on_a_port() as port:
            source = ImportSource("attached", f"http://127.0.0.1:{port}/v1", upstream_model="fake-model", task="chat")
            await factory.models.import_model(source)
            await factory.ready()
            [card] = factory.catalogue.cards()
            replica = factory.replica(card)
            assert replica is not None
            replica.upstream.close()
        with pytest.raises(EngineError):
            await factory.engines.call(card, "chat", user("hello"))
        await until(lambda: replica.state == "READY")
