"""Training jobs: created, described, listed, stopped. A handler writes what is wanted; the control loop makes it so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.jobs import TRAINING_JOB, with_runtime
from usina.core.operation import Access, operation
from usina.core.tuning import TUNING_JOB
from usina.services.sagemaker import jobs
from usina.services.sagemaker.checking import check_job
from usina.services.sagemaker.naming import arn_of, find, touches, touches_account

if TYPE_CHECKING:
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import sagemaker_types as t

_KIND: Final = jobs.JobKind(TRAINING_JOB, "training", "TrainingJob")
_ECHOED = (
    "HyperParameters",
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "CheckpointConfig",
    "DebugHookConfig",
    "ProfilerConfig",
    "Environment",
    "RetryStrategy",
    "RemoteDebugConfig",
    "InfraCheckConfig",
)
_NAMED = touches(TRAINING_JOB, "TrainingJobName")


@operation("sagemaker", "CreateTrainingJob", access=Access.WRITE, touches=_NAMED)
async def create_training_job(call: Call[t.CreateTrainingJobRequest], ports: Ports) -> t.CreateTrainingJobResponse:
    """Start a training job; it waits in a queue where the machine is busy."""
    asked: Json = dict(call.arguments)
    check_job(asked, ports)
    arn = await jobs.create(_KIND, with_runtime(asked), call, ports, resources=asked["ResourceConfig"])
    return {"TrainingJobArn": arn}


@operation("sagemaker", "StopTrainingJob", access=Access.WRITE, touches=_NAMED)
async def stop_training_job(call: Call[t.StopTrainingJobRequest], ports: Ports) -> dict[str, Any]:
    """Ask a training job to end: SIGTERM at once, SIGKILL after 120 seconds; what it saved by then is kept."""
    await jobs.stop(_KIND, call.arguments["TrainingJobName"], call, ports)
    return {}


@operation("sagemaker", "DeleteTrainingJob", access=Access.WRITE, touches=_NAMED)
async def delete_training_job(call: Call[t.DeleteTrainingJobRequest], ports: Ports) -> dict[str, Any]:
    """Forget a training job that is over; its artifacts and its log stay."""
    await jobs.forget(_KIND, call.arguments["TrainingJobName"], call, ports)
    return {}


@operation("sagemaker", "DescribeTrainingJob", access=Access.READ, touches=_NAMED)
async def describe_training_job(
    call: Call[t.DescribeTrainingJobRequest], ports: Ports
) -> t.DescribeTrainingJobResponse:
    """A training job as it stands: its state is the state of a real process."""
    name = call.arguments["TrainingJobName"]
    row = await find(TRAINING_JOB, name, call, ports)
    request, seen = row.body["request"], row.body["observed"]
    answer: Any = {
        "TrainingJobName": name,
        "TrainingJobArn": arn_of(TRAINING_JOB, name, call.principal.account, ports),
        "ModelArtifacts": {"S3ModelArtifacts": seen["model"]},
        "TrainingJobStatus": jobs.status_of(row.body),
        "SecondaryStatus": seen["secondary"],
        "StoppingCondition": request["StoppingCondition"],
        "CreationTime": utc(row.body["created"]),
        "LastModifiedTime": utc(seen["modified"]),
        "SecondaryStatusTransitions": [_transition(*step) for step in seen["transitions"]],
        "EnableNetworkIsolation": bool(request.get("EnableNetworkIsolation")),
        "EnableInterContainerTrafficEncryption": bool(request.get("EnableInterContainerTrafficEncryption")),
        "EnableManagedSpotTraining": bool(request.get("EnableManagedSpotTraining")),
        "ProfilingStatus": "Disabled",
    }
    answer |= {member: request[member] for member in _ECHOED if request.get(member)}
    if "tuning" in row.body:
        answer["TuningJobArn"] = arn_of(TUNING_JOB, row.body["tuning"]["job"], row.account, ports)
    # Empty where there is none, not absent: Estimator.attach of the SageMaker SDK reads it.
    answer["OutputDataConfig"] = {"KmsKeyId": "", **request["OutputDataConfig"]}
    if seen["failure"]:
        answer["FailureReason"] = seen["failure"]
    if seen["metrics"]:
        answer["FinalMetricDataList"] = [
            {"MetricName": metric, "Value": value, "Timestamp": utc(at)}
            for metric, (value, at) in sorted(seen["metrics"].items())
        ]
    if seen["started"] is not None:
        answer["TrainingStartTime"] = utc(seen["started"])
        if seen["ended"] is not None:
            answer["TrainingEndTime"] = utc(seen["ended"])
            seconds = max(1, round(seen["ended"] - seen["started"]))
            answer["TrainingTimeInSeconds"] = answer["BillableTimeInSeconds"] = seconds
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("sagemaker", "ListTrainingJobs", access=Access.LIST, touches=touches_account)
async def list_training_jobs(call: Call[t.ListTrainingJobsRequest], ports: Ports) -> t.ListTrainingJobsResponse:
    """The account's training jobs by name, state and times; the newest first unless asked otherwise."""
    asked: Json = dict(call.arguments)
    if "WarmPoolStatusEquals" in asked or "TrainingPlanArnEquals" in asked:
        return {"TrainingJobSummaries": []}  # no job here has a warm pool or a training plan
    answer: Any = await jobs.listed(_KIND, asked, call, ports, echoed=(("secondary", "SecondaryStatus"),))
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


def _transition(status: str, start: float, end: float | None, message: str) -> Json:
    step: Json = {"Status": status, "StartTime": utc(start), "StatusMessage": message}
    if end is not None:
        step["EndTime"] = utc(end)
    return step
