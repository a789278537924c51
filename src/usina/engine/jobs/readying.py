"""Waits for a job's image, and tells the job how far it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from usina.core.errors import EngineError
from usina.engine.jobs.container import JobError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from usina.engine.images import Image, Images


async def ready_image(
    images: Images, asked: str, stop: asyncio.Event, tell: Callable[[str], Awaitable[None]]
) -> Image | None:
    """The image, installed first where that may be; None where the job was stopped meanwhile.

    Raises: JobError where there is none.
    """

    async def say(doing: str, share: float) -> None:
        await tell(f"Preparing the image: {doing}, {share:.0%}")

    ready = asyncio.ensure_future(images.ready(images.find(asked) or asked, say))
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({ready, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return await ready if ready.done() else None
    except EngineError as error:
        raise JobError(f"ClientError: {error.message}") from error
    finally:
        ready.cancel()
        stopped.cancel()
