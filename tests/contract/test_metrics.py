"""The contract of the `MetricSeries` port, over every implementation."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usina.core.metrics import Datum, MetricName, Periods, bin_of, middle_of
from usina.stores.metrics.store import SqlMetrics, open_metrics
from usina.stores.records import open_records
from usina.testing.clock import VirtualClock
from usina.testing.metrics import MemoryMetrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

A, B = "111111111111", "222222222222"
NOW = 1_800_000_000  # begins an hour
Both = MemoryMetrics | SqlMetrics
LOSS = MetricName("jobs", "loss", (("Host", "a"),))


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture(params=["memory", "database"])
async def metrics(request: pytest.FixtureRequest, tmp_path: Path, clock: VirtualClock) -> AsyncIterator[Both]:
    async with AsyncExitStack() as stack:
        store: Both = MemoryMetrics(clock)
        if request.param == "database":
            records = await open_records(tmp_path / "usina.db")
            stack.push_async_callback(records.close)
            store = open_metrics(records, clock)
            stack.push_async_callback(store.close)
        yield store


def loss(at: float, *values: float, unit: str = "None", fine: bool = False) -> Datum:
    return Datum.of("loss", at, *values, dimensions=LOSS.dimensions, unit=unit, fine=fine)


async def test_values_of_a_period_become_one_point(metrics: Both) -> None:
    await metrics.put(A, "jobs", [loss(NOW, 1.0, 2.0), loss(NOW + 30, 6.0), loss(NOW + 60, 10.0)])
    await metrics.put(A, "jobs", [loss(NOW + 59.9, 3.0)])
    first, second = await metrics.read(A, LOSS, Periods(NOW, NOW + 120, 60))
    assert (first.at, first.samples, first.total, first.lowest, first.highest) == (NOW, 4, 12.0, 1.0, 6.0)
    assert (second.at, second.samples, second.total) == (NOW + 60, 1, 10.0)
    (whole,) = await metrics.read(A, LOSS, Periods(NOW, NOW + 3_600, 3_600))
    assert (whole.samples, whole.total, whole.lowest, whole.highest) == (5, 22.0, 1.0, 10.0)


async def test_periods_begin_where_the_stretch_begins(metrics: Both) -> None:
    await metrics.put(A, "jobs", [loss(NOW + minute * 60, minute) for minute in range(10)])
    points = await metrics.read(A, LOSS, Periods(NOW + 60, NOW + 600, 180))
    assert [(point.at - NOW, point.total) for point in points] == [(60, 6.0), (240, 15.0), (420, 24.0)]


async def test_percentiles_are_right_within_half_a_percent(metrics: Both) -> None:
    await metrics.put(A, "jobs", [loss(NOW, *(float(value) for value in range(-500, 501)))])
    (point,) = await metrics.read(A, LOSS, Periods(NOW, NOW + 60, 60))
    for percent, exact in ((0, -500), (1, -490), (50, 0), (90, 400), (99, 490), (100, 500)):
        assert point.percentile(percent) == pytest.approx(exact, rel=0.006, abs=0.01)


async def test_statistics_alone_give_no_percentile(metrics: Both) -> None:
    await metrics.put(A, "jobs", [Datum("loss", LOSS.dimensions, NOW, "None", 10, 50.0, 1.0, 9.0)])
    (point,) = await metrics.read(A, LOSS, Periods(NOW, NOW + 60, 60))
    assert (point.samples, point.total, point.percentile(50)) == (10, 50.0, None)


async def test_units_have_points_of_their_own(metrics: Both) -> None:
    await metrics.put(A, "jobs", [loss(NOW, 1.0, unit="Seconds"), loss(NOW, 1_000.0, unit="Milliseconds")])
    points = await metrics.read(A, LOSS, Periods(NOW, NOW + 60, 60))
    assert sorted((point.unit, point.total) for point in points) == [("Milliseconds", 1_000.0), ("Seconds", 1.0)]
    (only,) = await metrics.read(A, LOSS, Periods(NOW, NOW + 60, 60), "Seconds")
    assert only.total == 1.0


async def test_what_was_put_to_the_second_can_be_read_so(metrics: Both) -> None:
    await metrics.put(A, "jobs", [loss(NOW + second, second, fine=True) for second in range(20)])
    points = await metrics.read(A, LOSS, Periods(NOW, NOW + 20, 5))
    assert [(point.at - NOW, point.samples) for point in points] == [(0, 5), (5, 5), (10, 5), (15, 5)]


async def test_metrics_are_listed_by_what_they_are_called(metrics: Both, clock: VirtualClock) -> None:
    for name, dimensions in (("b", ()), ("a", (("x", "1"), ("y", "2"))), ("a", (("x", "3"),))):
        await metrics.put(A, "jobs", [Datum.of(name, NOW, 1.0, dimensions=dimensions)])
    clock.advance(7_200)
    await metrics.put(A, "other", [Datum.of("a", NOW, 1.0)])
    await metrics.put(B, "theirs", [Datum.of("a", NOW, 1.0)])
    everything = await metrics.list(A)
    assert {(metric.namespace, metric.name) for metric in everything} == {("jobs", "a"), ("jobs", "b"), ("other", "a")}
    assert len(everything) == 4
    paged: list[MetricName] = []
    after = None
    while page := await metrics.list(A, after=after, most=3):
        paged += page
        after = page[-1]
    assert paged == list(everything)
    assert [metric.name for metric in await metrics.list(A, namespace="jobs", name="b")] == ["b"]
    assert len(await metrics.list(A, dimensions={"x": None})) == 2
    assert [metric.dimensions for metric in await metrics.list(A, dimensions={"x": "3"})] == [(("x", "3"),)]
    assert [metric.namespace for metric in await metrics.list(A, seen_since=clock.now() - 3_600)] == ["other"]


async def test_accounts_have_metrics_of_their_own(metrics: Both) -> None:
    await metrics.put(A, "jobs", [loss(NOW, 1.0)])
    assert list(await metrics.read(B, LOSS, Periods(NOW, NOW + 60, 60))) == []
    assert list(await metrics.list(B)) == []


async def test_puts_at_once_lose_nothing(metrics: Both) -> None:
    await asyncio.gather(*(metrics.put(A, "jobs", [loss(NOW, float(number))]) for number in range(50)))
    (point,) = await metrics.read(A, LOSS, Periods(NOW, NOW + 60, 60))
    assert (point.samples, point.total) == (50, sum(range(50)))


@given(st.floats(-1e100, 1e100, allow_subnormal=False))
def test_a_bin_stands_for_its_values_within_half_a_percent(value: float) -> None:
    assert middle_of(bin_of(value)) == pytest.approx(value, rel=0.00501)


@given(st.floats(-1e100, 1e100, allow_subnormal=False), st.floats(-1e100, 1e100, allow_subnormal=False))
def test_bins_are_in_order_of_value(one: float, two: float) -> None:
    assert (bin_of(one) <= bin_of(two)) or one > two
