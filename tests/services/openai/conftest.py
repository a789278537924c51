"""The official client over the codec and the handlers, joined without a socket: bytes in, bytes out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx2
import openai
import pytest

from usina.core.errors import ApiError
from usina.core.operation import Call, Received
from usina.services import operations
from usina.testing.engines import ScriptedEngines
from usina.testing.records import MemoryRecords
from usina.testing.world import principal, world
from usina.wire import openai as wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from usina.core.operation import Meter
    from usina.core.ports import Ports
    from usina.wire.target import Reply

REQUEST_ID = "3c6f0d7e-0000-4000-8000-000000000001"
SERVED = {name: served for (service, name), served in operations().items() if service == "openai"}


class _Body(httpx2.AsyncByteStream):
    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._pieces:
                yield piece
        except ApiError:
            return  # told in band already, as the pipeline takes it

    async def aclose(self) -> None:
        await self._pieces.aclose()  # type: ignore[attr-defined]  # every body of ours can be closed


class Front(httpx2.AsyncBaseTransport, httpx2.BaseTransport):
    """One request's way without proof, permission and record."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self.meters: list[Meter] = []

    async def answer(self, method: str, path: str, content: bytes) -> Reply:
        """Route, parse, handle, serialise."""
        found = wire.route(method, path)
        assert found is not None, path
        name, labels = found
        received = Received(method, path, "", (), content, False, "127.0.0.1", REQUEST_ID, 1_800_000_000.0)
        try:
            call: Call[Any] = Call(
                principal(), wire.parse(name, labels, received, content), REQUEST_ID, 1_800_000_000.0
            )
            self.meters.append(call.meter)
            assert SERVED[name].touches(call, self.ports)
            return wire.serialise(name, await SERVED[name].handle(call, self.ports), REQUEST_ID)
        except ApiError as error:
            return wire.serialise_error(error, REQUEST_ID)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """For the asynchronous client."""
        reply = await self.answer(request.method, request.url.raw_path.decode(), await request.aread())
        if isinstance(reply.body, bytes):
            return httpx2.Response(reply.status, headers=reply.headers, content=reply.body)
        return httpx2.Response(reply.status, headers=reply.headers, stream=_Body(reply.body))

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """For the synchronous client: the whole body at once."""

        async def whole() -> httpx2.Response:
            response = await self.handle_async_request(request)
            return httpx2.Response(response.status_code, headers=response.headers, content=await response.aread())

        return asyncio.run(whole())


@pytest.fixture
def engines() -> ScriptedEngines:
    return ScriptedEngines()


@pytest.fixture
def ports(engines: ScriptedEngines) -> Ports:
    aliases = {"gpt-4o-mini": "huggingfacetb.smollm2-135m-instruct"}
    return world(MemoryRecords(), engines=engines, aliases=aliases)


@pytest.fixture
def front(ports: Ports) -> Front:
    return Front(ports)


@pytest.fixture
async def client(front: Front) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        api_key="k", base_url="http://site/v1", max_retries=0, http_client=httpx2.AsyncClient(transport=front)
    ) as made:
        yield made


@pytest.fixture
def sync_client(front: Front) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        api_key="k", base_url="http://site/openai/v1", max_retries=0, http_client=httpx2.Client(transport=front)
    ) as made:
        yield made
