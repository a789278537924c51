"""What a tuning job was asked to search, read from its row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from usina.core.tuning import definition, objective, ranges_of, resources_per_job
from usina.core.tuning.ranges import combinations, read_ranges

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.ports import Json
    from usina.core.tuning.ranges import Range

_PER_JOB = 750  # training jobs at most where nothing says how many: SageMaker's own limit


@dataclass(frozen=True, slots=True)
class Plan:
    """One search."""

    name: str
    strategy: str
    ranges: Sequence[Range]
    minimize: bool
    metric: str
    seed: int
    total: int  # training jobs
    parallel: int
    parents: Sequence[Mapping[str, Any]]  # {parameters, value} of those that a warm start knows
    transfer: bool  # the parents' values are not comparable: their best parameters are tried first
    early: bool
    least: int  # Hyperband: values before a job is judged
    most: int  # Hyperband: values after which a job has had all it may have
    runtime_seconds: float | None
    target: float | None
    patience: int | None  # training jobs without improvement after which it ends

    @classmethod
    def of(cls, name: str, body: Json) -> Plan:
        """From a tuning job's row. Raises: ValidationError where its ranges cannot be read."""
        request = body["request"]
        config = request["HyperParameterTuningJobConfig"]
        limits, ends = config["ResourceLimits"], config.get("TuningJobCompletionCriteria", {})
        ranges = read_ranges(ranges_of(request), definition(request).get("StaticHyperParameters", {}))
        grid = config["Strategy"] == "Grid"
        least, most = resources_per_job(request)
        return cls(
            name=name,
            strategy=config["Strategy"],
            ranges=ranges,
            minimize=objective(request)["Type"] == "Minimize",
            metric=objective(request)["MetricName"],
            seed=body["seed"],
            total=combinations(ranges) if grid else limits.get("MaxNumberOfTrainingJobs", _PER_JOB),
            parallel=limits["MaxParallelTrainingJobs"],
            parents=body["parents"],
            transfer=request.get("WarmStartConfig", {}).get("WarmStartType") == "TransferLearning",
            early=config.get("TrainingJobEarlyStoppingType") == "Auto",
            least=least,
            most=most,
            runtime_seconds=limits.get("MaxRuntimeInSeconds"),
            target=ends.get("TargetObjectiveMetricValue"),
            patience=ends.get("BestObjectiveNotImproving", {}).get("MaxNumberOfTrainingJobsNotImproving"),
        )
