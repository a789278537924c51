"""Training jobs: SageMaker's container contract, with script mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.jobs import ALGORITHM_METRICS, LOG_GROUP, TRAINING_JOB
from usina.engine.jobs.artifacts import Artifacts, failure_of
from usina.engine.jobs.container import CODE, ML, entry_point, program
from usina.engine.jobs.folders import Share
from usina.engine.jobs.kinds import Send, Stored, Words
from usina.engine.jobs.order import GIBIBYTE, LOST_ATTEMPTS, RUNTIME_SECONDS, VOLUME_GB, Order
from usina.engine.jobs.preparing import bring, checkpoints_inside, checkpoints_outside
from usina.engine.jobs.requirements import with_requirements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.engine.jobs.container import Program
    from usina.engine.jobs.kinds import Bringing, Left

_CHECKPOINTS = "checkpoints"
_ALGORITHM_METRICS = tuple(
    {"Name": name, "Regex": rf"\t{name.replace(':', '-')}:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"}
    for name in ALGORITHM_METRICS
)


class TrainingJobs:
    """The kind."""

    words = Words(TRAINING_JOB, "training job", "sagemaker", "training-job", LOG_GROUP, "TrainingJobName")

    def order(self, request: Mapping[str, Any]) -> Order:
        """What CreateTrainingJob was given, with SageMaker's defaults."""
        resources, algorithm = request.get("ResourceConfig", {}), request["AlgorithmSpecification"]
        retries = int(request.get("RetryStrategy", {}).get("MaximumRetryAttempts", 0))
        return Order(
            role=request["RoleArn"],
            image=algorithm.get("TrainingImage", ""),
            instance_type=resources.get("InstanceType", ""),
            volume_bytes=int(resources.get("VolumeSizeInGB") or VOLUME_GB) * GIBIBYTE,
            runtime_seconds=int(request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds") or RUNTIME_SECONDS),
            attempts=max(LOST_ATTEMPTS, retries + 1),
            isolated=bool(request.get("EnableNetworkIsolation")),
            metrics=algorithm.get("MetricDefinitions") or _metrics_of(request),
        )

    def shares(self, request: Mapping[str, Any]) -> Sequence[Share]:
        """The folders of /opt/ml."""
        return (
            Share("ml", ML),
            Share("input", f"{ML}/input", folders=("config", "data")),
            Share("code", CODE),
            Share("model", f"{ML}/model"),
            Share("output", f"{ML}/output", folders=("data",)),
            Share(_CHECKPOINTS, checkpoints_inside(request), kept=True),
        )

    async def bring(self, bringing: Bringing) -> Program:
        """Channels, configuration, checkpoints and source."""
        started = program(bringing.job.request, bringing.place)
        await bring(bringing)
        return await with_requirements(bringing, started)

    def sends(self, request: Mapping[str, Any]) -> Sequence[Send]:
        """Checkpoints, as they are written."""
        kept = checkpoints_outside(request)
        return () if kept is None else (Send(_CHECKPOINTS, kept),)

    async def store(self, left: Left) -> Stored:
        """Model and output; no model of a program that failed."""
        failure = "" if left.job.observed["cause"] else failure_of(left)
        artifacts = Artifacts(left.job.request, left.folders, left.transfers, left.most_bytes)
        output = await artifacts.send_output()
        model = "" if failure else await artifacts.send_model()
        return Stored(failure, {"output": output, "model": model})


def _metrics_of(request: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Metrics of a job that brings no program."""
    brings = entry_point(request) or request["AlgorithmSpecification"].get("ContainerEntrypoint")
    return () if brings else _ALGORITHM_METRICS
