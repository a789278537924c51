"""The `MetricSeries` port over the site's database.

A datum is added to its minute, its five minutes and its hour at once (and to its second where it was put so), by
statements that add in the database: so nothing is ever rolled up later, and a period is one row whatever was put into
it. Puts that come together share one transaction. Percentiles come from counts in bins of one percent.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

from usina.core.errors import LimitExceededError, ThrottledError, UnavailableError
from usina.core.metrics import NO_DIMENSIONS, MetricName, MetricPoint, bin_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from usina.core.clock import Clock
    from usina.core.metrics import Datum, Dimensions, Periods
    from usina.stores.metrics.rows import MetricRows
    from usina.stores.records import SqlRecords

T = TypeVar("T")
TIERS: Final = (60, 300, 3_600)  # seconds
FINE_TIER: Final = 1
DAY: Final = 86_400
KEPT_SECONDS: Final = {FINE_TIER: 10_800, 60: 15 * DAY, 300: 63 * DAY, 3_600: 455 * DAY}  # as on AWS
SERIES_PER_ACCOUNT: Final = 100_000
_WAITING_DATA: Final = 50_000  # past it writers are sent away
_KNOWN: Final = 200_000  # ids of series remembered
_SEEN_GRAIN: Final = 60
_ID_BYTES: Final = 8


def written(dimensions: Dimensions) -> str:
    """Dimensions as they stand in a row."""
    return json.dumps(dimensions, ensure_ascii=False, separators=(",", ":"))


def read_back(text: str) -> Dimensions:
    """Dimensions from a row."""
    return tuple((name, value) for name, value in json.loads(text))


def series_id(account: str, metric: MetricName, unit: str) -> int:
    """Id of a series, from its name."""
    whole = json.dumps([account, metric.namespace, metric.name, metric.dimensions, unit]).encode()
    return int.from_bytes(hashlib.blake2b(whole, digest_size=_ID_BYTES).digest(), "big") >> 1


def tier_for(start: int, period: int) -> int:
    """The coarsest tier whose periods make up these exactly."""
    return next((tier for tier in reversed(TIERS) if period % tier == 0 and start % tier == 0), FINE_TIER)


class Batch:
    """Data of one transaction, summed up by row."""

    def __init__(self) -> None:
        self.series: dict[int, dict[str, Any]] = {}
        self.points: dict[tuple[int, int, int], MetricPoint] = {}

    def add(self, account: str, namespace: str, datum: Datum, now: float) -> None:
        """Take a datum in."""
        metric = MetricName(namespace, datum.name, datum.dimensions)
        identifier = series_id(account, metric, datum.unit)
        self.series[identifier] = {
            "id": identifier,
            "account": account,
            "namespace": namespace,
            "name": datum.name,
            "dimensions": written(datum.dimensions),
            "unit": datum.unit,
            "seen_at": int(now) // _SEEN_GRAIN * _SEEN_GRAIN,
        }
        bins: dict[int, float] = {}
        for value, samples in datum.values:
            number = bin_of(value)
            bins[number] = bins.get(number, 0.0) + samples
        for tier in (FINE_TIER, *TIERS) if datum.fine else TIERS:
            start = int(datum.at) // tier * tier
            point = MetricPoint(start, datum.unit, datum.samples, datum.total, datum.lowest, datum.highest, dict(bins))
            known = self.points.setdefault((identifier, tier, start), point)
            if known is not point:
                known.add(point)


class SqlMetrics:
    """Made by `open_metrics`."""

    def __init__(self, rows: MetricRows, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock
        self._one = ThreadPoolExecutor(1, thread_name_prefix="metrics-write")
        self._many = ThreadPoolExecutor(1, thread_name_prefix="metrics-read")
        self._known: set[int] = set()
        self._waiting: list[tuple[str, str, Sequence[Datum], asyncio.Future[None]]] = []
        self._waiting_data = 0
        self._committing: asyncio.Task[None] | None = None

    async def put(self, account: str, namespace: str, data: Sequence[Datum]) -> None:
        """See the port."""
        if not data:
            return
        if self._waiting and self._waiting_data + len(data) > _WAITING_DATA:
            raise ThrottledError("Too many metric data are waiting for the disk. Try again.", retry_after_seconds=1.0)
        ids = {series_id(account, MetricName(namespace, each.name, each.dimensions), each.unit) for each in data}
        if not ids <= self._known:
            await self._admit(account, ids)
        loop = asyncio.get_running_loop()
        durable: asyncio.Future[None] = loop.create_future()
        self._waiting.append((account, namespace, data, durable))
        self._waiting_data += len(data)
        if self._committing is None:
            self._committing = loop.create_task(self._commit())
        await durable

    async def _admit(self, account: str, ids: set[int]) -> None:
        """Raises: LimitExceededError where these would be more series than an account may have."""
        count, new = await self._run(self._many, lambda: self._rows.count(account, ids))
        if new and count + new > SERIES_PER_ACCOUNT:
            raise LimitExceededError(f"An account may have at most {SERIES_PER_ACCOUNT} metrics.")
        if len(self._known) > _KNOWN:
            self._known.clear()
        self._known |= ids

    async def _commit(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting, self._waiting_data = self._waiting, [], 0
                problem: Exception | None = None
                try:
                    await self._run(self._one, lambda waiting=waiting: self._write(waiting))  # type: ignore[misc] # values of this turn
                except Exception as error:  # noqa: BLE001 - whoever waits is told, and the next batch is tried
                    problem = error
                for *_, durable in waiting:
                    if durable.done():
                        continue
                    if problem is None:
                        durable.set_result(None)
                    else:
                        durable.set_exception(problem)
        finally:
            self._committing = None

    def _write(self, waiting: Sequence[tuple[str, str, Sequence[Datum], object]]) -> None:
        batch, now = Batch(), self._clock.now()
        for account, namespace, data, _ in waiting:
            for datum in data:
                batch.add(account, namespace, datum, now)
        self._rows.add(batch)

    async def list(
        self,
        account: str,
        *,
        namespace: str = "",
        name: str = "",
        dimensions: Mapping[str, str | None] = NO_DIMENSIONS,
        seen_since: float = 0.0,
        after: MetricName | None = None,
        most: int = 500,
    ) -> Sequence[MetricName]:
        """See the port."""
        seen = int(seen_since) // _SEEN_GRAIN * _SEEN_GRAIN
        return await self._run(
            self._many,
            lambda: self._rows.metrics(
                account=account,
                namespace=namespace,
                name=name,
                dimensions=dimensions,
                seen_since=seen,
                after=after,
                most=most,
            ),
        )

    async def read(self, account: str, metric: MetricName, periods: Periods, unit: str = "") -> Sequence[MetricPoint]:
        """See the port."""
        tier = tier_for(periods.start, periods.seconds)
        found = await self._run(self._many, lambda: self._rows.points(account, metric, unit, tier, periods))
        if not found and tier == FINE_TIER:
            minutes = periods._replace(seconds=TIERS[0])
            found = await self._run(self._many, lambda: self._rows.points(account, metric, unit, TIERS[0], minutes))
        return found

    async def expire(self) -> None:
        """Delete points that are older than their tier is kept, and series nobody put into since."""
        now = int(self._clock.now())
        after = -1
        while True:
            last = await self._run(self._one, lambda after=after: self._rows.expire(after, now))  # type: ignore[misc] # values of this turn
            if last is None:
                break
            after = last
        self._known.clear()

    async def close(self) -> None:
        """Wait for what was begun."""
        while self._committing is not None:
            await self._committing
        await asyncio.to_thread(self._one.shutdown)
        await asyncio.to_thread(self._many.shutdown)

    @staticmethod
    async def _run(threads: ThreadPoolExecutor, act: Callable[[], T]) -> T:
        from sqlalchemy.exc import DBAPIError

        try:
            return await asyncio.get_running_loop().run_in_executor(threads, act)
        except DBAPIError as error:
            # The driver's words may hold the row: they stay out of the answer.
            raise UnavailableError(
                f"The site's database did not take the call ({type(error.orig).__name__})."
            ) from None


def open_metrics(records: SqlRecords, clock: Clock) -> SqlMetrics:
    """The store of one site, in the database of its records."""
    from usina.stores.metrics.rows import MetricRows

    return SqlMetrics(MetricRows(records.engine), clock)
