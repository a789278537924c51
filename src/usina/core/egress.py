"""Connections that leave the factory: each has a purpose, and one door lets it out, counts it and records it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

from usina.core.errors import UnavailableError

if TYPE_CHECKING:
    import asyncio
    import socket
    import ssl
    from collections.abc import Callable

    T = TypeVar("T", bound=asyncio.BaseProtocol)


class Purpose(StrEnum):
    """What a connection is for; `[egress]` of `site.toml` names the destinations of each."""

    ENGINE = "engine"  # an engine on another machine of the site
    OBJECT_STORE = "object-store"
    CLOUD = "cloud"  # models outside the site
    IDENTITY_PROVIDER = "identity-provider"  # keys that prove people and workloads


class EgressRefusedError(UnavailableError):
    """This site lets nothing out to that destination for that purpose."""


class Egress(Protocol):
    """The one way out.

    Raises, all: EgressRefusedError where the site's settings do not name that destination for that purpose;
    UnavailableError where the ledger cannot take the record, without which nothing leaves; OSError where nobody is
    reached. `under` is the id of the policy that allowed it, `record` that of the request it belongs to.
    """

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
        """A connection that speaks to the protocol that `make` makes, connected by now."""
        ...

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
        """The same as streams."""
        ...

    def open_socket(
        self, purpose: Purpose, host: str, port: int, timeout_seconds: float
    ) -> tuple[socket.socket, Callable[[], None]]:
        """A blocking socket, for a thread that is not the event loop's, and what must be called before it is closed."""
        ...
