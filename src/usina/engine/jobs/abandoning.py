"""Ends what runs of a job that the factory gives up: no program runs on that nobody follows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from usina.engine.sandbox import Sandbox


async def abandon(sandbox: Sandbox, job: Path) -> None:
    """Kill the programs of a job's attempts, and wait until they are gone; nothing where they are."""
    for run in await asyncio.to_thread(lambda: sorted(job.glob("*/run"))):
        confined = sandbox.adopt(run)
        if confined is not None:
            confined.kill()
            await confined.wait()
