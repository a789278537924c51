"""What a tuning job may not ask for here, said when it is created, and what its warm start knows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from usina.core.errors import ValidationError
from usina.core.jobs import ALGORITHM_METRICS
from usina.core.tuning import (
    OVER,
    TUNING_JOB,
    definition,
    objective,
    ranges_of,
    resources_per_job,
    static_parameters,
    training_request,
)
from usina.core.tuning.ranges import combinations, read_ranges
from usina.core.tuning.results import children
from usina.services.sagemaker.checking import check_job, refuse
from usina.services.sagemaker.naming import find

if TYPE_CHECKING:
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports, Row
    from usina.core.tuning.ranges import Range

_MOST_JOBS, _MOST_PARALLEL = 750, 100  # SageMaker's own limits
_MOST_RESOURCE = 20_000  # its limit of epochs
_MOST_INHERITED = 500  # its limit of training jobs that a warm start takes over
_NAME_SUFFIX = "-001-00000000"


def check_tuning(asked: Json, ports: Ports) -> None:
    """Raises: ValidationError, and what the check of a training job raises."""
    config = asked["HyperParameterTuningJobConfig"]
    refuse(asked, "Autotune")
    refuse(config, "TuningJobCompletionCriteria.ConvergenceDetected.CompleteOnConvergence")
    given = [member for member in ("TrainingJobDefinition", "TrainingJobDefinitions") if asked.get(member)]
    if len(given) != 1:
        raise ValidationError("Exactly one of TrainingJobDefinition and TrainingJobDefinitions must be given.")
    if len(asked.get("TrainingJobDefinitions") or ()) > 1:
        raise ValidationError("More than one training job definition is not supported by this site. Give one.")
    defined = definition(asked)
    if not objective(asked):
        raise ValidationError("HyperParameterTuningJobObjective is required.")
    for member in ("HyperParameterTuningResourceConfig.InstanceConfigs", "AlgorithmSpecification.AlgorithmName"):
        refuse(defined, member)
    _objective_is_measured(asked, defined, ports)
    ranges = read_ranges(ranges_of(asked), static_parameters(asked))
    _limits(config, ranges)
    _strategy(asked, config)
    # The training jobs are checked as CreateTrainingJob checks them, by the first that would be created.
    check_job(training_request(asked, asked["HyperParameterTuningJobName"] + _NAME_SUFFIX, {}), ports)


async def parents_of(asked: Json, call: Call[Any], ports: Ports) -> list[Json]:
    """What a warm start knows: the parameters and objectives of its parents' training jobs.

    Raises: ValidationError where a parent is not there, is not over, or searched for something else.
    """
    config: Json = asked.get("WarmStartConfig") or {}
    strategy = asked["HyperParameterTuningJobConfig"]["Strategy"]
    if config and strategy in {"Grid", "Hyperband"}:
        raise ValidationError(f"WarmStartConfig is not supported for the strategy {strategy}.")
    found: list[Json] = []
    for each in config.get("ParentHyperParameterTuningJobs", ()):
        row = await find(TUNING_JOB, each.get("HyperParameterTuningJobName", ""), call, ports)
        _check_parent(asked, config["WarmStartType"], row)
        for child in await children(ports.records, row.account, row.name, row.body["created"]):
            if child.may_be_best:
                parameters = {**static_parameters(row.body["request"]), **child.parameters}
                found.append({"job": child.name, "parameters": parameters, "value": child.value})
    if len(found) > _MOST_INHERITED:
        raise ValidationError(f"The parent tuning jobs have more than {_MOST_INHERITED} training jobs together.")
    return found


def _check_parent(asked: Json, kind: str, row: Row) -> None:
    request = row.body["request"]
    if row.body["observed"]["status"] not in OVER:
        raise ValidationError(f"The parent tuning job {row.name} is not over. Wait until it is, or stop it.")
    if objective(request) != objective(asked):
        raise ValidationError(f"The objective metric must be the same as that of the parent tuning job {row.name}.")
    if kind == "IdenticalDataAndAlgorithm":
        old, new = definition(request), definition(asked)
        same = old["AlgorithmSpecification"].get("TrainingImage") == new["AlgorithmSpecification"].get("TrainingImage")
        if not same or old.get("InputDataConfig") != new.get("InputDataConfig"):
            raise ValidationError(
                f"IdenticalDataAndAlgorithm needs the input data and the training image of the parent {row.name}. Use "
                "TransferLearning for others."
            )


def _objective_is_measured(asked: Json, defined: Json, ports: Ports) -> None:
    metric, algorithm = objective(asked)["MetricName"], defined["AlgorithmSpecification"]
    names = [each["Name"] for each in algorithm.get("MetricDefinitions", ())]
    if not names and ports.jobs.is_algorithm(ports.jobs.image(algorithm.get("TrainingImage") or "") or ""):
        names = list(ALGORITHM_METRICS)
    if metric not in names:
        raise ValidationError(
            f"The objective metric {metric} is not one of the AlgorithmSpecification.MetricDefinitions: "
            f"{', '.join(names) or 'there are none'}."
        )


def _limits(config: Json, ranges: list[Range]) -> None:
    limits = config["ResourceLimits"]
    total = limits.get("MaxNumberOfTrainingJobs")
    if config["Strategy"] == "Grid":
        count = combinations(ranges)
        if total is not None and total != count:
            raise ValidationError(
                f"MaxNumberOfTrainingJobs must be the number of combinations of the grid, {count}, or be left out."
            )
        total = count
    endless = limits.get("MaxRuntimeInSeconds") is None and not config.get("TuningJobCompletionCriteria")
    if total is None and endless:
        raise ValidationError("ResourceLimits.MaxNumberOfTrainingJobs is required.")
    if (total or 0) > _MOST_JOBS:
        raise ValidationError(f"A tuning job has at most {_MOST_JOBS} training jobs, not {total}.")
    if limits["MaxParallelTrainingJobs"] > _MOST_PARALLEL:
        raise ValidationError(f"MaxParallelTrainingJobs is at most {_MOST_PARALLEL}.")
    target = config.get("TuningJobCompletionCriteria", {}).get("TargetObjectiveMetricValue")
    if target is not None and not math.isfinite(target):
        raise ValidationError("TargetObjectiveMetricValue must be a number.")


def _strategy(asked: Json, config: Json) -> None:
    if config["Strategy"] != "Hyperband":
        if config.get("StrategyConfig"):
            raise ValidationError("StrategyConfig is for the strategy Hyperband only. Leave it out.")
        return
    if config.get("TrainingJobEarlyStoppingType", "Off") != "Off":
        raise ValidationError("TrainingJobEarlyStoppingType must be Off for Hyperband, which stops jobs by itself.")
    least, most = resources_per_job(asked)
    if not most:
        raise ValidationError(
            "Hyperband needs HyperbandStrategyConfig.MaxResource, or a static hyperparameter epochs that says it."
        )
    if not least <= most <= _MOST_RESOURCE:
        raise ValidationError(
            f"Hyperband needs MinResource <= MaxResource <= {_MOST_RESOURCE}, not {least} and {most}."
        )
