"""Recorded -> result: the act itself, a plain function of `usina.services`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usina.core.operation import Result
    from usina.core.ports import Ports
    from usina.pipeline.proofs import Recorded


async def handle(recorded: Recorded, ports: Ports) -> Result:
    """Run the handler. Its ApiErrors are answers; anything else is a bug that the door turns into one."""
    parsed = recorded.permitted.parsed
    return await parsed.operation.handle(parsed.call, ports)
