"""Tuning jobs as handlers see them, and how one stands in its row.

A row of kind `tuning-job` holds `request` (the arguments of CreateHyperParameterTuningJob), `tags`, `created`,
`desired` (`run` or `stop`), `seed` (of all that is drawn), `parents` ([{job, parameters, value}, ...]: what a warm
start knows) and `observed` (the control loop's):

    status, modified, ended, failure   as in the answer of DescribeHyperParameterTuningJob
    cause                              why it ends (stop, time, target, plateau, nothing, taken, spent), once it does
    launched                           how many training jobs were created: their numbers begin at 1
    judged                             {number: how many values of the objective the last judgement looked at}

Its training jobs are rows like all others, with `tuning` beside the rest: {job, created, number, parameters, metric,
watched, stopped}. `watched`: the values of the metric are wanted while the job runs. `stopped` says why the tuning job
stopped it: "early", "hyperband", "resource" (it has had all it may have), "end".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from usina.core.ports import Json

TUNING_JOB: Final = "tuning-job"
OBJECTIVE_PARAMETER: Final = "_tuning_objective_metric"
OVER: Final = frozenset({"Completed", "Failed", "Stopped"})


class Tuning(Protocol):
    """The part of the factory that runs tuning jobs."""

    def changed(self, account: str, name: str) -> None:
        """The row of a tuning job was written: make it so."""
        ...


def begun(now: float) -> Json:
    """What is observed of a tuning job at its creation."""
    return {
        "status": "InProgress",
        "modified": now,
        "ended": None,
        "failure": "",
        "cause": "",
        "launched": 0,
        "judged": {},
    }


def definition(request: Json) -> Json:
    """The one definition of training jobs that a tuning job has."""
    several = request.get("TrainingJobDefinitions")
    return dict(several[0] if several else request.get("TrainingJobDefinition", {}))


def objective(request: Json) -> Json:
    """Type and MetricName of what is tuned for."""
    defined: Json = definition(request).get("TuningObjective") or {}
    asked: Json = request["HyperParameterTuningJobConfig"].get("HyperParameterTuningJobObjective") or defined
    return asked


def ranges_of(request: Json) -> Json:
    """The ParameterRanges that are searched."""
    defined: Json = definition(request).get("HyperParameterRanges") or {}
    asked: Json = request["HyperParameterTuningJobConfig"].get("ParameterRanges") or defined
    return asked


def is_watched(request: Json) -> bool:
    """Whether its training jobs are judged while they run."""
    config: Json = request["HyperParameterTuningJobConfig"]
    return config["Strategy"] == "Hyperband" or config.get("TrainingJobEarlyStoppingType") == "Auto"


def resources_per_job(request: Json) -> tuple[int, int]:
    """Hyperband's smallest and largest resource of a job; the largest is 0 where nothing says it."""
    config: Json = request["HyperParameterTuningJobConfig"].get("StrategyConfig", {}).get("HyperbandStrategyConfig", {})
    most = config.get("MaxResource", 0)
    static = definition(request).get("StaticHyperParameters", {})
    for name in _EPOCHS:
        if not most and str(static.get(name, "")).isdecimal():
            most = int(static[name])
    return int(config.get("MinResource", 1)), most


_EPOCHS: Final = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
# What a definition gives its training jobs as it is.
_TAKEN: Final = (
    "RoleArn",
    "InputDataConfig",
    "VpcConfig",
    "OutputDataConfig",
    "StoppingCondition",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "RetryStrategy",
    "Environment",
)


def training_request(request: Json, name: str, parameters: dict[str, str]) -> Json:
    """The arguments of the CreateTrainingJob that a tuning job would send for these parameters.

    Each job has checkpoints of its own below the address that the definition gives: one would resume from another's.
    """
    defined = definition(request)
    made: Json = {"TrainingJobName": name} | {member: defined[member] for member in _TAKEN if defined.get(member)}
    algorithm = defined["AlgorithmSpecification"]
    made["AlgorithmSpecification"] = {member: value for member, value in algorithm.items() if member != "AlgorithmName"}
    made["HyperParameters"] = {**static_parameters(request), **parameters}
    resources = defined.get("ResourceConfig") or defined.get("HyperParameterTuningResourceConfig")
    if resources:
        made["ResourceConfig"] = dict(resources)
    kept = defined.get("CheckpointConfig")
    if kept:
        made["CheckpointConfig"] = {**kept, "S3Uri": f"{kept['S3Uri'].rstrip('/')}/{name}"}
    return made


def static_parameters(request: Json) -> dict[str, str]:
    """The hyperparameters that all its training jobs share; SageMaker adds the objective's name."""
    given: dict[str, Any] = definition(request).get("StaticHyperParameters", {})
    return {**given, OBJECTIVE_PARAMETER: objective(request)["MetricName"]}
