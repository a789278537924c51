"""Both listeners speak HTTP/1.1 and HTTP/2, and say what to do when they cannot listen."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import h2.config
import h2.connection
import h2.events
import pytest

from usina.core.clock import SystemClock
from usina.core.errors import OperatorError
from usina.core.limits import Limits
from usina.door.listeners import Listeners
from usina.door.tls import ensure_tls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@dataclass
class Ports:
    """Where the two listeners are, and whom to trust."""

    clear: int
    tls: int
    trust: ssl.SSLContext


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    text = f"{scope['http_version']} {scope['scheme']} {scope['raw_path'].decode()} {body.decode()}"
    await send({"type": "http.response.body", "body": text.encode()})


@asynccontextmanager
async def _listening(folder: Path) -> AsyncIterator[Ports]:
    files = ensure_tls(folder, ["localhost"], SystemClock())
    listeners = Listeners(_app, Limits(), SystemClock())
    clear, tls = _free_port(), _free_port()
    await listeners.start("127.0.0.1", clear, tls, files)
    try:
        yield Ports(clear, tls, ssl.create_default_context(cafile=str(files.authority)))
    finally:
        await listeners.stop()


async def _connect(port: int, trust: ssl.SSLContext | None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    name = "localhost" if trust else None
    return await asyncio.open_connection("127.0.0.1", port, ssl=trust, server_hostname=name)


async def _http1(port: int, trust: ssl.SSLContext | None = None) -> str:
    reader, writer = await _connect(port, trust)
    writer.write(b"POST /a%2Fb HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi")
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer.partition(b"\r\n\r\n")[2].decode()


async def _http2(port: int, trust: ssl.SSLContext | None = None) -> str:
    reader, writer = await _connect(port, trust)
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    connection.initiate_connection()
    scheme = "https" if trust else "http"
    head = [(":method", "POST"), (":path", "/a%2Fb"), (":scheme", scheme), (":authority", "localhost")]
    connection.send_headers(1, head)
    connection.send_data(1, b"hi", end_stream=True)
    writer.write(connection.data_to_send())
    body, ended = b"", False
    while not ended:
        for event in connection.receive_data(await asyncio.wait_for(reader.read(65_536), 10)):
            body += event.data if isinstance(event, h2.events.DataReceived) else b""
            ended = ended or isinstance(event, h2.events.StreamEnded)
        writer.write(connection.data_to_send())
    writer.close()
    return body.decode()


async def test_cleartext_speaks_http1_and_http2_with_prior_knowledge(tmp_path: Path) -> None:
    async with _listening(tmp_path) as ports:
        assert await _http1(ports.clear) == "1.1 http /a%2Fb hi"
        assert await _http2(ports.clear) == "2 http /a%2Fb hi"


async def test_tls_speaks_http1_and_http2_as_the_client_wants(tmp_path: Path) -> None:
    async with _listening(tmp_path) as ports:
        assert await _http1(ports.tls, ports.trust) == "1.1 https /a%2Fb hi"
        ports.trust.set_alpn_protocols(["h2"])
        assert await _http2(ports.tls, ports.trust) == "2 https /a%2Fb hi"


async def test_a_port_that_is_taken_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    files = ensure_tls(tmp_path, ["localhost"], SystemClock())
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(OperatorError, match="--port"):
            await Listeners(_app, Limits(), SystemClock()).start(
                "127.0.0.1", other.getsockname()[1], _free_port(), files
            )


async def test_after_a_stop_nothing_listens_any_more(tmp_path: Path) -> None:
    async with _listening(tmp_path) as ports:
        clear = ports.clear
    with pytest.raises(OSError, match=r"(?i)refused|connect"):
        await asyncio.open_connection("127.0.0.1", clear)
