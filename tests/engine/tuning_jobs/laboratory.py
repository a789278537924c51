"""Tuning jobs in virtual time: real rows and the real search over training jobs that run nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.jobs import TRAINING_JOB
from usina.core.ports import Row
from usina.core.tuning import TUNING_JOB, begun
from usina.core.tuning.results import Child, children
from usina.engine.jobs.rows import JobRows
from usina.engine.tuning_jobs.search import Search, TuningWorld
from usina.testing.clock import VirtualClock
from usina.testing.jobs import FakeJobs
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.ports import Records

ACCOUNT = "111122223333"
OVER = {"Completed", "Failed", "Stopped"}
Objective = "Callable[[Mapping[str, str], int], float | None]"


def request(strategy: str, *, total: int | None = 6, parallel: int = 2, **changes: Any) -> dict[str, Any]:
    """The arguments of CreateHyperParameterTuningJob; what is not of the definition goes into the configuration."""
    limits = {"MaxParallelTrainingJobs": parallel} | ({} if total is None else {"MaxNumberOfTrainingJobs": total})
    config = {
        "Strategy": strategy,
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
        "ResourceLimits": limits | changes.pop("ResourceLimits", {}),
        "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "-10", "MaxValue": "10"}]},
    }
    warm = changes.pop("WarmStartConfig", None)
    static = changes.pop("StaticHyperParameters", {})
    definition = {
        "AlgorithmSpecification": {
            "TrainingImage": "usina/python",
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": "loss: (.*)"}],
        },
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/trainer",
        "StaticHyperParameters": {"sagemaker_program": "train.py", **static},
        "OutputDataConfig": {"S3OutputPath": "s3://data/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
    made = {"HyperParameterTuningJobConfig": config | changes, "TrainingJobDefinition": definition}
    return made if warm is None else made | {"WarmStartConfig": warm}


def parabola(parameters: Mapping[str, str], _epoch: int) -> float | None:
    """Least at 3."""
    return (float(parameters["x"]) - 3) ** 2


class Laboratory:
    """A site whose training jobs take `epochs` seconds and tell the objective after each."""

    def __init__(self, objective: Any = parabola, *, epochs: int = 2, records: Records | None = None) -> None:
        self.objective: Callable[[Mapping[str, str], int], float | None] = objective
        self.epochs = epochs
        self.records = records or MemoryRecords()
        self.clock = VirtualClock()
        self.jobs = FakeJobs()
        self.at_once = 0  # the most training jobs that ran at the same time
        self.spent: dict[str, int] = {}  # epochs by training job

    async def create(self, asked: dict[str, Any], name: str = "tune", *, seed: int = 7, **more: Any) -> None:
        """Write a tuning job's row as the handler does."""
        body = {"request": {"HyperParameterTuningJobName": name, **asked}, "tags": [], "created": self.clock.now()}
        body |= {"desired": "run", "seed": seed, "parents": [], "observed": begun(self.clock.now()), **more}
        await self.records.put(Row(TUNING_JOB, ACCOUNT, name, body))

    async def search(self, name: str = "tune", records: Records | None = None) -> Search:
        """The search as a factory that starts takes it up."""
        rows = JobRows(records or self.records)
        job = await rows.find(TUNING_JOB, ACCOUNT, name)
        assert job is not None
        return Search(job, TuningWorld(records or self.records, rows, self.jobs, self.clock))

    async def run(self, name: str = "tune", *, seconds: int = 1_000) -> dict[str, Any]:
        """To the end; gives what is observed of the tuning job."""
        search = await self.search(name)
        for _ in range(seconds):
            if await search.step():
                return await self.observed(name)
            await self.second()
        raise AssertionError("the tuning job does not end")

    async def second(self) -> None:
        """Let a second pass: every training job goes on by an epoch."""
        self.clock.advance(1)
        rows = [row for row in await self.records.list(TRAINING_JOB) if row.body["observed"]["status"] not in OVER]
        self.at_once = max(self.at_once, len(rows))
        for row in rows:
            await self.records.put(Row(row.kind, row.account, row.name, self._gone_on(row), row.version))

    def _gone_on(self, row: Row) -> dict[str, Any]:
        seen, now = dict(row.body["observed"]), self.clock.now()
        if row.body["desired"] == "stop":
            return {**row.body, "observed": {**seen, "status": "Stopped", "ended": now}}
        epoch = self.spent[row.name] = self.spent.get(row.name, 0) + 1
        value = self.objective(row.body["request"]["HyperParameters"], epoch)
        seen |= {"started": seen["started"] or now, "modified": now}
        if value is not None:
            seen |= {"metrics": {"loss": [value, now]}, "reported": [*seen.get("reported", ()), value]}
        if epoch >= self.epochs:
            seen |= {"status": "Completed", "ended": now}
        return {**row.body, "observed": seen}

    async def observed(self, name: str = "tune") -> dict[str, Any]:
        """What is observed of a tuning job."""
        row = await self.records.get(TUNING_JOB, ACCOUNT, name)
        assert row is not None
        return dict(row.body["observed"])

    async def children(self, name: str = "tune") -> list[Child]:
        """Its training jobs, in order of number."""
        row = await self.records.get(TUNING_JOB, ACCOUNT, name)
        assert row is not None
        return await children(self.records, ACCOUNT, name, row.body["created"])

    async def tried(self, name: str = "tune") -> list[dict[str, str]]:
        """What was tried, in order of number."""
        return [child.parameters for child in await self.children(name)]

    async def want_stop(self, name: str = "tune") -> None:
        """What StopHyperParameterTuningJob writes."""
        row = await self.records.get(TUNING_JOB, ACCOUNT, name)
        assert row is not None
        await self.records.put(Row(row.kind, row.account, row.name, {**row.body, "desired": "stop"}, row.version))
