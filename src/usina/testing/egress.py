"""The `Egress` port without a guard: whatever is named is reached, and what was asked is kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

    from usina.core.egress import Purpose


@dataclass
class OpenEgress:
    """Connects to anything; `asked` holds (purpose, host, port, under, record) of each try."""

    asked: list[tuple[Purpose, str, int, str, str]] = field(default_factory=list)

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
        """A connection."""
        self.asked.append((purpose, host, port, under, record))
        return await asyncio.open_connection(host, port, ssl=tls)
