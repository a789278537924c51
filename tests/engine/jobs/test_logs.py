"""A job's output on its way to the logs, and the metrics in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from usina.core.errors import ThrottledError, ValidationError
from usina.core.jobs import LOG_GROUP
from usina.core.logs import LogQuery
from usina.core.metrics import MetricName, Periods
from usina.engine.jobs.logs import Follower, SiteLogs, metric_patterns
from usina.testing.clock import VirtualClock
from usina.testing.jobs import ListedLogs
from usina.testing.logs import MemoryLogs
from usina.testing.metrics import MemoryMetrics

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PLACE = ("111122223333", LOG_GROUP, "job/algo-1-1")
LOSS = metric_patterns([{"Name": "loss", "Regex": r"loss=([0-9.e+naif-]+)"}])


def output(*lines: str) -> bytes:
    return b"".join(b"%013d %s\n" % (1_800_000_000_000 + number, line.encode()) for number, line in enumerate(lines))


class BusyLogs(ListedLogs):
    """Takes nothing at first."""

    def __init__(self, refusals: int) -> None:
        super().__init__()
        self.refusals = refusals

    async def write(self, account: str, group: str, stream: str, lines: Sequence[tuple[float, str]]) -> None:
        """Refuse, then take."""
        if self.refusals:
            self.refusals -= 1
            raise ThrottledError("too much")
        await super().write(account, group, stream, lines)


async def test_lines_go_on_once_each_even_after_a_restart(tmp_path: Path) -> None:
    sink = ListedLogs()
    (tmp_path / "output.log").write_bytes(output("one", "loss=0.5", "half")[:-3])
    follower = Follower(tmp_path, sink, PLACE, LOSS)
    await follower.finish(VirtualClock())
    assert sink.text() == ["one", "loss=0.5"]
    (tmp_path / "output.log").write_bytes(output("one", "loss=0.5", "half", "loss=0.25"))
    again = Follower(tmp_path, sink, PLACE, LOSS)
    await again.finish(VirtualClock())
    assert sink.text() == ["one", "loss=0.5", "half", "loss=0.25"]
    assert again.metrics == {"loss": [0.25, 1_800_000_000.003]}
    assert [value for _, value in sink.measured["loss"]] == [0.5, 0.25]


async def test_lines_that_nobody_takes_are_offered_again(tmp_path: Path) -> None:
    sink = BusyLogs(3)
    (tmp_path / "output.log").write_bytes(output("one", "two"))
    follower = Follower(tmp_path, sink, PLACE, {})
    assert not await follower.pump()
    await follower.finish(VirtualClock())
    assert sink.text() == ["one", "two"]


async def test_what_is_no_finite_number_is_no_metric(tmp_path: Path) -> None:
    (tmp_path / "output.log").write_bytes(output("loss=nan", "loss=inf", "loss=...", "loss=1e-3"))
    follower = Follower(tmp_path, ListedLogs(), PLACE, LOSS)
    await follower.finish(VirtualClock())
    assert follower.metrics["loss"][0] == 0.001


async def test_a_pattern_made_to_hang_does_not(tmp_path: Path) -> None:
    (tmp_path / "output.log").write_bytes(output("a" * 50_000 + "!"))
    hostile = metric_patterns([{"Name": "x", "Regex": r"(a+)+$"}, {"Name": "y", "Regex": r"(.*a){20}x"}])
    await Follower(tmp_path, ListedLogs(), PLACE, hostile).finish(VirtualClock())


@pytest.mark.parametrize("pattern", ["(?<=a)b", r"(a)\1", "(", "a{1001}"])
def test_a_pattern_that_cannot_be_searched_for_in_time_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match="metric loss"):
        metric_patterns([{"Name": "loss", "Regex": pattern}])


async def test_the_reason_of_a_failure_is_the_line_that_names_an_error(tmp_path: Path) -> None:
    lines = ["Traceback (most recent call last):", '  File "train.py"', "ValueError: it is wrong", "bye"]
    (tmp_path / "output.log").write_bytes(output(*lines))
    follower = Follower(tmp_path, ListedLogs(), PLACE, {})
    await follower.finish(VirtualClock())
    assert follower.last_error == "ValueError: it is wrong"


async def test_lines_and_metrics_are_found_in_the_sites_logs_and_series(tmp_path: Path) -> None:
    clock = VirtualClock()
    logs, series = MemoryLogs(clock), MemoryMetrics(clock)
    (tmp_path / "output.log").write_bytes(output("begin", "", "loss=0.5"))
    await Follower(tmp_path, SiteLogs(logs, series), PLACE, LOSS, ("TrainingJobName", "job")).finish(clock)
    page = await logs.read("111122223333", LOG_GROUP, LogQuery())
    assert [event.message for event in page.events] == ["begin", " ", "loss=0.5"]
    name = MetricName(LOG_GROUP, "loss", (("TrainingJobName", "job"),))
    points = await series.read("111122223333", name, Periods(1_799_999_940, 1_800_000_060, 60))
    assert [point.total for point in points] == [0.5]


async def test_every_value_of_a_watched_metric_is_told_once_and_not_at_every_look(tmp_path: Path) -> None:
    (tmp_path / "output.log").write_bytes(output("loss=3", "loss=2", "nothing"))
    follower = Follower(tmp_path, BusyLogs(2), PLACE, LOSS)
    follower.watched = "loss"
    assert not await follower.pump(), "nobody takes the lines: they will be read again"
    assert follower.told(1.0) == []
    await follower.finish(VirtualClock())
    assert follower.told(1.0) == [3.0, 2.0]
    (tmp_path / "output.log").write_bytes(output("loss=3", "loss=2", "nothing", "loss=1"))
    await follower.pump()
    assert follower.told(1.1) == []
    assert follower.told(1.6) == [3.0, 2.0, 1.0]
    assert follower.told(9.0) == []
    assert follower.found["reported"] == [3.0, 2.0, 1.0]
