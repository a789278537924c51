"""What a program's folders hold on its way to the store, while it runs and once more when it has ended."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from usina.core.errors import ApiError
from usina.engine.jobs.container import JobError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.engine.jobs.folders import Folders
    from usina.engine.jobs.kinds import Send
    from usina.engine.jobs.transfers import Transfers

_LOG = logging.getLogger(__name__)
_ROUND_SECONDS = 10.0


class Sending:
    """The folders of one attempt that are stored file by file. A round never overlaps the one before."""

    def __init__(
        self, sends: Sequence[Send], folders: Folders, transfers: Transfers, now: float, most_bytes: int
    ) -> None:
        self._most_bytes = most_bytes
        self._sends = sends
        self._folders = folders
        self._transfers = transfers
        self._sent: list[dict[str, tuple[int, int]]] = [{} for _ in sends]
        self._round_at = now
        self._running: asyncio.Task[None] | None = None

    def at(self, now: float) -> None:
        """Begin a round, if it is time for one."""
        if now - self._round_at < _ROUND_SECONDS or not self._sends:
            return
        self._round_at = now
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._try())

    async def finish(self) -> None:
        """Store all that is not stored as it is now. Raises: JobError, UnavailableError."""
        if self._running is not None:
            await asyncio.wait({self._running})
        await self._round()

    def leave(self) -> None:
        """Store no more."""
        if self._running is not None:
            self._running.cancel()

    async def _try(self) -> None:
        """A round while the program runs: what fails now is tried again in the next, and told at the end."""
        try:
            await self._round()
        except (ApiError, JobError, OSError) as error:
            _LOG.warning("what a job wrote could not be stored yet", extra={"reason": type(error).__name__})

    async def _round(self) -> None:
        for send, sent in zip(self._sends, self._sent, strict=True):
            folder = self._folders.part(send.share)
            await self._transfers.send_folder(folder, send.address, sent, send.inner, self._most_bytes)
