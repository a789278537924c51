"""botocore's own client over our codec and handlers, in process: what a real program sends, and what it gets to see.

No socket, no proof of identity, no policy and no ledger: those have their own tests. An answer is made whole before the
client reads it.
"""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.loaders import create_loader
from botocore.session import Session
from urllib3 import HTTPHeaderDict, HTTPResponse

from usina import wire
from usina.core.errors import ApiError, UnknownOperationError
from usina.core.operation import Call, Received
from usina.services import operations
from usina.testing.world import principal

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

    from usina.core.operation import Principal
    from usina.core.ports import Ports
    from usina.wire import Reply

_REQUEST_ID = "00000000-0000-4000-8000-000000000000"
_LOADER = create_loader()  # service models are large: each is read once
_ADDRESS = "http://127.0.0.1:8080"


def connect(service: str, ports: Ports, who: Principal | None = None) -> Any:
    """A client of that service whose requests our handlers answer, as this principal."""
    session = Session()
    session.register_component("data_loader", _LOADER)
    session.set_credentials("AKIAEXAMPLE", "example-secret")
    client = session.create_client(
        service,
        region_name=ports.site.region,
        endpoint_url=_ADDRESS,
        config=Config(retries={"total_max_attempts": 1}),
    )

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        status, headers, body = asyncio.run(_answer(_received(request), ports, who or principal()))
        raw = HTTPResponse(io.BytesIO(body), HTTPHeaderDict(headers), status, preload_content=False)
        return AWSResponse(request.url, status, raw.headers, raw)

    client.meta.events.register("before-send", answer)
    return client


def _received(request: AWSPreparedRequest) -> Received:
    path, _, query = request.url.removeprefix(_ADDRESS).partition("?")
    headers = tuple(
        (name.lower(), value.decode() if isinstance(value, bytes) else str(value))
        for name, value in request.headers.items()
    )
    body = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    return Received(
        method=request.method,
        raw_path=path,
        raw_query=query,
        headers=headers,
        body=body.encode() if isinstance(body, str) else bytes(body),
        secure=False,
        peer="127.0.0.1",
        request_id=_REQUEST_ID,
        received_at=1_800_000_000.0,
    )


async def _answer(received: Received, ports: Ports, who: Principal) -> tuple[int, list[tuple[str, str]], bytes]:
    target = wire.route(received)
    try:
        operation = operations().get((target.service, target.operation))
        if operation is None:
            raise UnknownOperationError("This site does not serve it.")
        arguments = wire.parse(target, received, received.body)
        call = Call(who, arguments, received.request_id, received.received_at)
        operation.touches(call, ports)
        reply = wire.serialise(target, await operation.handle(call, ports), received.request_id)
    except ApiError as error:
        reply = wire.serialise_error(target, error, received.request_id)
    return reply.status, reply.headers, await _whole(reply)


async def _whole(reply: Reply) -> bytes:
    if isinstance(reply.body, bytes):
        return reply.body
    pieces: list[bytes] = []
    try:
        async for piece in reply.body:
            pieces.append(piece)  # noqa: PERF401 - what came before an error is kept
    except ApiError:
        pass  # its event is among the pieces already
    return b"".join(pieces)
