"""Group commit: callers on one event loop wait for durability together.

Whatever was appended in one turn of the loop is made durable by one sync. The sync runs in the loop itself while the
disk is quick (two handovers between threads would cost more than it does), and in a thread for a while after it was
slow, so that a busy disk never holds up running streams.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from usina.core.errors import UnavailableError

if TYPE_CHECKING:
    from usina.core.clock import Clock
    from usina.sovereignty.ledger.disk import Disk
    from usina.sovereignty.ledger.log import SegmentLog

_log = logging.getLogger("usina.ledger")
STOPPED: Final = "the ledger cannot record, so nothing may be done; the operator must see to its disk and restart"


@dataclass(frozen=True, slots=True)
class LedgerLimits:
    """Sizes and times of one ledger."""

    segment_bytes: int = 16_777_216
    linger_seconds: float = 0.05  # an outcome that no intent's sync took along is synced after this
    head_seconds: float = 10.0  # a record is under a signed head after this
    slow_sync_seconds: float = 0.003  # a sync slower than this moves syncing to a thread
    thread_seconds: float = 2.0  # for this long


class Committer:
    """Appends to a log and tells callers when their record is durable. Once the disk failed, it takes nothing more."""

    def __init__(self, log: SegmentLog, disk: Disk, clock: Clock, limits: LedgerLimits) -> None:
        self.log = log
        self.problem = ""  # why nothing more is taken
        self._disk = disk
        self._clock = clock
        self._limits = limits
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._scheduled = False
        self._syncing: asyncio.Future[None] | None = None
        self._thread_until = 0.0
        self._unsynced = asyncio.Event()
        self._lingering: asyncio.Task[None] | None = None

    def check(self) -> None:
        """Raises: UnavailableError where nothing more is taken."""
        if self.problem:
            raise UnavailableError(STOPPED)

    def append(self, record: bytes, reserve_bytes: int, oldest_open: int) -> None:
        """Take one record (see `SegmentLog.append`). Raises: UnavailableError."""
        self.check()
        try:
            self.log.append(record, reserve_bytes, oldest_open)
        except OSError as error:
            self.stop(error)
            raise UnavailableError(STOPPED) from error
        self._unsynced.set()

    def write(self) -> None:
        """Hand what was taken to the kernel: it survives the end of this process, not yet a loss of power."""
        try:
            self.log.write()
        except OSError as error:
            self.stop(error)

    def write_soon_durable(self) -> None:
        """Hand what was taken to the kernel, and see that it is durable soon without anybody waiting for it."""
        self.write()
        if self._lingering is None:
            self._lingering = asyncio.get_running_loop().create_task(self._sync_lingering())

    async def durable(self, seq: int) -> None:
        """Wait until that record is durable. Raises: UnavailableError."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append((seq, future))
        self._schedule(loop)
        await future

    def sync_now(self) -> None:
        """Make all that was taken durable before returning. Raises: OSError."""
        self.log.write()
        self._disk.sync(self.log.descriptor)
        self.log.durable = self.log.size

    def stop(self, error: BaseException) -> None:
        """The disk failed and what it holds is not known: nothing is recorded, so nothing is done, until restart."""
        if not self.problem:
            self.problem = f"the disk failed: {error}"
            _log.critical("the ledger stopped and the factory with it; see to the disk and restart: %s", error)
        waiting, self._waiting = self._waiting, []
        for _, future in waiting:
            if not future.done():
                future.set_exception(UnavailableError(STOPPED))

    async def shutdown(self) -> None:
        """Wait for what runs in the background; whoever still waits is told that nothing more is recorded."""
        if self._lingering is not None:
            self._lingering.cancel()
            await asyncio.gather(self._lingering, return_exceptions=True)
        if self._syncing is not None:
            with contextlib.suppress(OSError):
                await self._syncing

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        """Sync at the end of this turn of the loop, together with whatever else is appended in it."""
        if not self._scheduled and self._syncing is None:
            self._scheduled = True
            loop.call_soon(self._commit)

    def _commit(self) -> None:
        """One sync for all that is waiting."""
        self._scheduled = False
        if not self.problem:
            self.write()
        if self.problem:
            self.stop(OSError(self.problem))
            return
        reached, began = self.log.size, self._clock.monotonic()
        if began < self._thread_until:
            loop = asyncio.get_running_loop()
            self._syncing = loop.run_in_executor(self.log.syncer, self._disk.sync, self.log.descriptor)
            self._syncing.add_done_callback(lambda done: self._synced(done.exception(), reached, began))
            return
        try:
            self._disk.sync(self.log.descriptor)
        except OSError as error:
            self.stop(error)
        else:
            self._synced(None, reached, began)

    def _synced(self, error: BaseException | None, reached: int, began: float) -> None:
        """A sync ended: everything up to record `reached` is durable, or the ledger stops."""
        self._syncing = None
        if error is not None:
            self.stop(error)
            return
        ended = self._clock.monotonic()
        if ended - began > self._limits.slow_sync_seconds:
            self._thread_until = ended + self._limits.thread_seconds
        self.log.durable = max(self.log.durable, reached)
        waiting, self._waiting = self._waiting, []
        for seq, future in waiting:
            if seq > reached:
                self._waiting.append((seq, future))
            elif not future.done():
                future.set_result(None)
        if self._waiting:
            self._schedule(asyncio.get_running_loop())

    async def _sync_lingering(self) -> None:
        """Sync outcomes and refusals that no intent's sync took along."""
        while True:
            await self._unsynced.wait()
            self._unsynced.clear()
            await self._clock.sleep(self._limits.linger_seconds)
            if self.log.durable < self.log.size and not self.problem:
                self._schedule(asyncio.get_running_loop())
