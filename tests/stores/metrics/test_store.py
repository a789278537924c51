"""What only metrics in a database can show: tiers and their ages, a limit, a restart."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from usina.core.errors import LimitExceededError, ThrottledError
from usina.core.metrics import Datum, MetricName, Periods
from usina.stores.metrics import store
from usina.stores.metrics.store import SqlMetrics, open_metrics, tier_for
from usina.stores.records import open_records
from usina.testing.clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

A = "111111111111"
NOW = 1_800_000_000
DAY = 86_400
LOSS = MetricName("jobs", "loss")


@asynccontextmanager
async def opened(home: Path, clock: VirtualClock) -> AsyncIterator[SqlMetrics]:
    records = await open_records(home / "usina.db")
    metrics = open_metrics(records, clock)
    try:
        yield metrics
    finally:
        await metrics.close()
        await records.close()


@pytest.mark.parametrize(
    ("start", "seconds", "tier"),
    [(NOW, 3_600, 3_600), (NOW, 300, 300), (NOW, 60, 60), (NOW + 60, 3_600, 60), (NOW + 300, 3_600, 300), (NOW, 5, 1)],
)
def test_the_coarsest_tier_that_fits_is_read(start: int, seconds: int, tier: int) -> None:
    assert tier_for(start, seconds) == tier


async def test_each_tier_is_kept_for_its_time_and_no_longer(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    async with opened(tmp_path, clock) as metrics:
        await metrics.put(A, "jobs", [Datum.of("loss", NOW, 1.0, 3.0, fine=True)])

        async def kept() -> list[int]:
            await metrics.expire()
            with metrics._rows._engine.connect() as connection:
                tiers = [row[0] for row in connection.execute(sa.text("select tier from metric_points order by tier"))]
                bins = connection.execute(sa.text("select count(*) from metric_bins")).scalar_one()
            assert bins == 2 * len(tiers)
            return tiers

        assert await kept() == [1, 60, 300, 3_600]
        for seconds, expected in (
            (10_801, [60, 300, 3_600]),
            (15 * DAY + 1, [300, 3_600]),
            (63 * DAY + 1, [3_600]),
        ):
            clock.advance(NOW + seconds - clock.now())
            assert await kept() == expected
        (point,) = await metrics.read(A, LOSS, Periods(NOW, NOW + 3_600, 3_600))
        assert (point.samples, point.total) == (2, 4.0)
        clock.advance(455 * DAY)
        assert await kept() == []
        assert list(await metrics.list(A)) == []
        await metrics.put(A, "jobs", [Datum.of("loss", clock.now(), 1.0)])
        assert list(await metrics.list(A)) == [LOSS]


async def test_points_are_there_after_a_restart_and_grow_on(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    for _ in range(3):
        async with opened(tmp_path, clock) as metrics:
            await metrics.put(A, "jobs", [Datum.of("loss", NOW, 2.0)])
    async with opened(tmp_path, clock) as metrics:
        (point,) = await metrics.read(A, LOSS, Periods(NOW, NOW + 60, 60))
        assert (point.samples, point.total, point.percentile(50)) == (3, 6.0, 2.0)


async def test_an_account_has_so_many_series_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "SERIES_PER_ACCOUNT", 2)
    async with opened(tmp_path, VirtualClock(NOW)) as metrics:
        await metrics.put(A, "jobs", [Datum.of(name, NOW, 1.0) for name in ("a", "b")])
        with pytest.raises(LimitExceededError):
            await metrics.put(A, "jobs", [Datum.of("c", NOW, 1.0)])
        await metrics.put(A, "jobs", [Datum.of("a", NOW, 1.0)])
        await metrics.put("222222222222", "jobs", [Datum.of("c", NOW, 1.0)])


async def test_writers_are_sent_away_when_too_much_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_WAITING_DATA", 2)
    async with opened(tmp_path, VirtualClock(NOW)) as metrics:
        await metrics.put(A, "jobs", [Datum.of("loss", NOW, 1.0)])
        puts = [metrics.put(A, "jobs", [Datum.of("loss", NOW, 1.0)] * 2) for _ in range(3)]
        outcomes = await asyncio.gather(*puts, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [type(None), ThrottledError, ThrottledError]
