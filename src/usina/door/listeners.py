"""The two listeners, cleartext and TLS, both HTTP/1.1 and HTTP/2, in this process and on this event loop.

Granian's embedded server: hyper in Rust, HTTP/2 by prior knowledge on cleartext and by ALPN on TLS. It parses HTTP and
nothing else; its own signal handling, workers, logs and static files stay unused.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any

from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings, HTTP2Settings
from granian.server.embed import Server

from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from usina.core.clock import Clock
    from usina.core.limits import Limits
    from usina.door.tls import TlsFiles

_HTTP2_STREAMS = 256  # concurrent on one connection
_CONNECT_TRIES = 200
_CONNECT_PAUSE_SECONDS = 0.02


class Listeners:
    """Cleartext and TLS listener over one application."""

    def __init__(self, app: Callable[..., Awaitable[None]], limits: Limits, clock: Clock) -> None:
        self._app = app
        self._limits = limits
        self._clock = clock
        self._servers: list[Server] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, host: str, port: int, tls_port: int, tls: TlsFiles) -> None:
        """Listen; returns when both ports accept connections.

        Raises:
            OperatorError: a port is taken or the address is not this machine's.
        """
        for number in (port, tls_port):
            _check_free(host, number)
        self._serve(host, port)
        self._serve(host, tls_port, ssl_cert=tls.certificate, ssl_key=tls.key, ssl_protocol_min=SSLProtocols.tls12)
        for number in (port, tls_port):
            await self._accepting(host, number)

    async def stop(self) -> None:
        """Close both listeners; running answers should have drained before."""
        for server in self._servers:
            server.interrupt_signal = True
            server.main_loop_interrupt.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _serve(self, host: str, port: int, **tls: Any) -> None:
        limits = self._limits
        server = Server(
            self._app,
            address=host,
            port=port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.auto,
            websockets=False,
            backlog=1024,
            backpressure=limits.concurrent_requests * 2,
            http1_settings=HTTP1Settings(
                header_read_timeout=round(limits.header_read_seconds * 1000), max_buffer_size=limits.header_bytes * 4
            ),
            http2_settings=HTTP2Settings(
                max_concurrent_streams=_HTTP2_STREAMS,
                max_headers_size=limits.header_bytes,
                keep_alive_interval=round(limits.idle_connection_seconds * 1000),
            ),
            log_enabled=False,
            log_access=False,
            **tls,
        )
        self._servers.append(server)
        self._tasks.append(asyncio.get_running_loop().create_task(server.serve()))

    async def _accepting(self, host: str, port: int) -> None:
        for _ in range(_CONNECT_TRIES):
            for task in self._tasks:
                if task.done():
                    raise OperatorError(f"the listener on {host}:{port} stopped: {task.exception()}")
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(reachable_address(host), port)
                writer.close()
                return
            await self._clock.sleep(_CONNECT_PAUSE_SECONDS)
        raise OperatorError(f"nothing accepts connections on {host}:{port}; is the address this machine's?")


def reachable_address(host: str) -> str:
    """The address to try a listener at that listens on every address."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OperatorError(
                f"cannot listen on {host}:{port}: {error.strerror}. "
                "Stop what holds the port, or choose another with --port and --tls-port."
            ) from error
