"""Outgoing connections: each has a purpose, and goes through one port that knows where that purpose may lead."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from usina.core.errors import UnavailableError

if TYPE_CHECKING:
    import asyncio
    import ssl


class Purpose(StrEnum):
    """What a connection is for."""

    CLOUD = "cloud"  # models outside the site
    IDENTITY_PROVIDER = "identity-provider"  # keys that prove people and workloads


class EgressRefusedError(UnavailableError):
    """The site's settings do not name this destination for this purpose."""


class Egress(Protocol):
    """The one way out."""

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
        """A connection. `under`: ids of the policies that allowed it; `record`: the ledger's record it belongs to.

        Raises: EgressRefusedError before anything is looked up or sent; OSError where nothing answers.
        """
        ...
