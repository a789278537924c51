"""The `Egress` port without a guard: whatever is named is reached, and what was asked is kept."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from usina.core.clock import SystemClock, SystemDice
from usina.sovereignty.egress import Destinations, EgressDoor

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping, Sequence

    from usina.core.egress import Purpose

    T = TypeVar("T", bound=asyncio.BaseProtocol)


@dataclass
class OpenEgress:
    """Connects to anything; `asked` holds (purpose, host, port, under, record) of each try."""

    asked: list[tuple[Purpose, str, int, str, str]] = field(default_factory=list)

    async def dial(
        self,
        purpose: Purpose,
        host: str,
        port: int,
        make: Callable[[], T],
        *,
        tls: ssl.SSLContext | None = None,
        under: str = "",
        record: str = "",
    ) -> T:
        """A connection of that protocol."""
        self.asked.append((purpose, host, port, under, record))
        _, made = await asyncio.get_running_loop().create_connection(make, host, port, ssl=tls)
        return made

    async def connect(
        self,
        purpose: Purpose,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None = None,
        under: str = "",
        record: str = "",
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection as streams."""
        self.asked.append((purpose, host, port, under, record))
        return await asyncio.open_connection(host, port, ssl=tls)

    def open_socket(
        self, purpose: Purpose, host: str, port: int, timeout_seconds: float
    ) -> tuple[socket.socket, Callable[[], None]]:
        """A blocking socket."""
        self.asked.append((purpose, host, port, "", ""))
        return socket.create_connection((host, port), timeout_seconds), lambda: None


def quiet_door(table: Mapping[str, Sequence[str]]) -> EgressDoor:
    """The real door with these destinations, which writes nothing down."""
    return EgressDoor(Destinations.read(table), _Quiet(), SystemClock(), SystemDice())


class _Quiet:
    """A ledger that keeps nothing."""

    async def note(self, kind: str, body: dict[str, Any]) -> int:
        """Nothing."""
        del kind, body
        return 0
