"""The `Egress` port: connections lead to the destinations that the operator's settings name, and nowhere else.

A policy says who may send what; this says where anything may go at all. Both must agree, and they are written by
different hands: policies are read while the factory runs, these settings at its start.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from usina.core.egress import EgressRefusedError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Mapping

    from usina.core.egress import Purpose

_HTTPS_PORT = 443


class SiteEgress:
    """The way out of this process."""

    def __init__(self, allowed: Mapping[Purpose, Iterable[str]]) -> None:
        """`allowed`: by purpose, HOST or HOST:PORT of every destination; 443 where no port is said."""
        self._allowed = {purpose: frozenset(map(_named, places)) for purpose, places in allowed.items()}

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
        """A connection to a destination that is named for the purpose."""
        del under, record  # known to whoever counts
        if (host.lower(), port) not in self._allowed.get(purpose, frozenset()):
            raise EgressRefusedError(
                f"site.toml does not name {host}:{port} under [egress] {purpose.value}: the operator must add it there"
            )
        return await asyncio.open_connection(host, port, ssl=tls)


def _named(place: str) -> tuple[str, int]:
    host, colon, port = place.rpartition(":")
    if colon and port.isdecimal() and not host.endswith(":"):
        return host.strip("[]").lower(), int(port)
    return place.strip("[]").lower(), _HTTPS_PORT
