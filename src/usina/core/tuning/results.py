"""What came of a tuning job's training jobs: counted, compared, and which of them is the best. Pure over their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from usina.core.jobs import TRAINING_JOB
from usina.core.tuning import objective

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from usina.core.ports import Json, Records, Row

_PAGE = 500
_INTERNAL = "InternalServerError"
_IMPROVED_SHARE = 0.01  # of the best so far: less is no improvement


@dataclass(frozen=True, slots=True)
class Child:
    """One training job of a tuning job, as its row says."""

    name: str
    body: Mapping[str, Any]

    @property
    def number(self) -> int:
        """From 1, in order of creation."""
        return int(self.body["tuning"]["number"])

    @property
    def parameters(self) -> dict[str, str]:
        """The tuned hyperparameters."""
        return dict(self.body["tuning"]["parameters"])

    @property
    def status(self) -> str:
        """TrainingJobStatus."""
        status = str(self.body["observed"]["status"])
        return "Stopping" if status == "InProgress" and self.body["desired"] == "stop" else status

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self.status in {"Completed", "Failed", "Stopped"}

    @property
    def values(self) -> list[float]:
        """The values of the objective so far, where they are watched."""
        return [float(each) for each in self.body["observed"].get("reported", ())]

    @property
    def value(self) -> float | None:
        """The objective it came to; None while it runs, where it failed or never said one."""
        found = self.body["observed"]["metrics"].get(self.body["tuning"]["metric"])
        if not self.is_over or self.status == "Failed" or found is None:
            return None
        return float(found[0])

    @property
    def may_be_best(self) -> bool:
        """Whether it went all its way: what was cut short is not compared with what was not."""
        whole = self.status == "Completed" or self.body["tuning"].get("stopped") == "resource"
        return whole and self.value is not None

    @property
    def objective_status(self) -> str:
        """ObjectiveStatus."""
        if not self.is_over:
            return "Pending"
        return "Failed" if self.value is None else "Succeeded"


async def children(records: Records, account: str, name: str, created: float) -> list[Child]:
    """The training jobs of a tuning job, in order of number."""
    found: list[Child] = []
    prefix = after = f"{name}-"
    while True:
        rows = await records.list(TRAINING_JOB, account, after=after, most=_PAGE)
        found += [Child(row.name, row.body) for row in rows if _is_of(row, name, created)]
        if len(rows) < _PAGE or not rows[-1].name.startswith(prefix):
            return sorted(found, key=lambda child: child.number)
        after = rows[-1].name


def training_counters(found: Iterable[Child]) -> Json:
    """TrainingJobStatusCounters."""
    counts = {"Completed": 0, "InProgress": 0, "RetryableError": 0, "NonRetryableError": 0, "Stopped": 0}
    for child in found:
        if child.status == "Failed":
            internal = child.body["observed"]["failure"].startswith(_INTERNAL)
            counts["RetryableError" if internal else "NonRetryableError"] += 1
        else:
            counts["InProgress" if child.status == "Stopping" else child.status] += 1
    return counts


def objective_counters(found: Iterable[Child]) -> Json:
    """ObjectiveStatusCounters."""
    counts = {"Succeeded": 0, "Pending": 0, "Failed": 0}
    for child in found:
        counts[child.objective_status] += 1
    return counts


def is_better(request: Json, one: float, other: float) -> bool:
    """Whether the first is strictly better by what is asked for."""
    return one < other if objective(request)["Type"] == "Minimize" else one > other


def best(request: Json, found: Iterable[Child]) -> Child | None:
    """The best of those that went all their way; the earlier of equals."""
    chosen: Child | None = None
    for child in found:
        if child.may_be_best and (chosen is None or is_better(request, child.value or 0.0, chosen.value or 0.0)):
            chosen = child
    return chosen


def not_improving(request: Json, found: Sequence[Child]) -> int:
    """How many training jobs that ended last improved the best by less than one percent, in order of their ends."""
    ended = sorted((child for child in found if child.may_be_best), key=lambda child: child.body["observed"]["ended"])
    count, top = 0, None
    for child in ended:
        value = child.value or 0.0
        margin = 0.0 if top is None else abs(top) * _IMPROVED_SHARE
        sign = -1.0 if objective(request)["Type"] == "Minimize" else 1.0
        if top is None or sign * (value - top) >= max(margin, 1e-300):
            count, top = 0, value
        else:
            count += 1
    return count


def _is_of(row: Row, name: str, created: float) -> bool:
    tuning = row.body.get("tuning")
    return tuning is not None and (tuning["job"], tuning["created"]) == (name, created)
