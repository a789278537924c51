"""A bounded queue of invocations, emptied every few seconds; behind the port `Invocations`.

An answer never waits for its log: what finds no room, or cannot be put where its account wants it, is dropped; that is
counted, said in the factory's log (how many and why, never what) and shown to Prometheus.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError, WaitError
from usina.core.invocations import LOGGING
from usina.engine.invocations.delivery import Delivery
from usina.engine.invocations.entries import parts_of
from usina.engine.jobs.container import JobError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from usina.core.invocations import Invocation
    from usina.core.ports import Records
    from usina.engine.invocations.delivery import Places
    from usina.engine.invocations.entries import Parts

_LOG = logging.getLogger(__name__)
_SECONDS = 3.0  # between two deliveries
_MOST_COUNT = 20_000
_MOST_BYTES = 134_217_728
_BATCH = 500  # of one account in one delivery
_EVENT_BYTES = 300  # what an event of a stream is taken to hold
_ATTEMPTS = 3
_MOST_ROWS = 1_000_000


class SiteInvocations:
    """Invocation logging of this site's accounts."""

    def __init__(self, records: Records, places: Places) -> None:
        self._records = records
        self._places = places
        self._configs: dict[str, Mapping[str, Any]] = {}
        self._queue: deque[tuple[Invocation, int]] = deque()
        self._bytes = 0
        self._some = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.counts = {"delivered": 0, "dropped": 0}

    # --- the port ---

    def wanted(self, account: str) -> bool:
        """Whether this account wants it."""
        return account in self._configs

    def offer(self, invocation: Invocation) -> None:
        """Take one, if there is room."""
        answer = invocation.answer
        size = len(invocation.request) + len(answer) * (1 if isinstance(answer, bytes) else _EVENT_BYTES)
        if len(self._queue) >= _MOST_COUNT or self._bytes + size > _MOST_BYTES:
            self._drop(1, "the queue is full")
            return
        self._queue.append((invocation, size))
        self._bytes += size
        self._some.set()

    def refusal(self, account: str, config: Mapping[str, Any]) -> str:
        """Why nothing could be delivered so."""
        try:
            Delivery(self._places, account, config).check()
        except JobError as error:
            return str(error).removeprefix("ClientError: ")
        return ""

    async def reload(self) -> None:
        """Read the accounts' wishes again."""
        rows = await self._records.list(LOGGING, most=_MOST_ROWS)
        self._configs = {row.account: row.body["config"] for row in rows}

    # --- the loop ---

    async def start(self) -> None:
        """Begin to deliver."""
        await self.reload()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Deliver what is there, and end."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self.flush()

    async def _run(self) -> None:
        while True:
            await self._some.wait()
            await self._places.clock.sleep(_SECONDS)
            try:
                await self.flush()
            except asyncio.CancelledError:
                raise
            except Exception:  # noqa: BLE001 - a bug in one delivery must not end the logging of all accounts
                _LOG.exception("a bug in the delivery of invocation logs")

    async def flush(self) -> None:
        """Deliver all that is queued now."""
        self._some.clear()
        waiting: dict[str, list[Invocation]] = defaultdict(list)
        while self._queue:
            invocation, size = self._queue.popleft()
            self._bytes -= size
            waiting[invocation.account].append(invocation)
        for account, invocations in waiting.items():
            for start in range(0, len(invocations), _BATCH):
                await self._deliver(account, invocations[start : start + _BATCH])

    async def _deliver(self, account: str, invocations: Sequence[Invocation]) -> None:
        config = self._configs.get(account)
        if config is None:  # it was taken back meanwhile
            return
        region = self._places.region
        parts = await asyncio.to_thread(lambda: [parts_of(each, config, region) for each in invocations])
        delivery = Delivery(self._places, account, config)
        if "s3Config" in config:
            await self._try(delivery.to_bucket, parts)
        if "cloudWatchConfig" in config:
            await self._try(delivery.to_log, parts)

    async def _try(self, put: Callable[[Sequence[Parts]], Awaitable[None]], parts: Sequence[Parts]) -> None:
        reason = ""
        for _ in range(_ATTEMPTS):
            try:
                await put(parts)
            except WaitError as error:
                reason = error.message
                await self._places.clock.sleep(1.0)
                continue
            except JobError as error:
                reason = str(error)
            except ApiError as error:
                reason = error.message
            except OSError as error:
                reason = error.strerror or "the disk refused it"
            else:
                self.counts["delivered"] += len(parts)
                return
            break
        self._drop(len(parts), reason)

    def _drop(self, count: int, reason: str) -> None:
        self.counts["dropped"] += count
        _LOG.warning("invocation logs were dropped", extra={"count": count, "reason": reason})
