"""Training jobs: created, described, listed, stopped. A handler writes what is wanted; the control loop makes it so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.errors import CallerError, ConflictError, ValidationError
from usina.core.jobs import OVER, TRAINING_JOB, begun
from usina.core.operation import Access, operation
from usina.core.ports import Row
from usina.services.sagemaker.checking import check_job
from usina.services.sagemaker.naming import arn_of, change, find, touches, touches_account
from usina.services.sagemaker.paging import page, within
from usina.services.sagemaker.tags import merged

if TYPE_CHECKING:
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import sagemaker_types as t

_SERVICE: Final = "sagemaker.amazonaws.com"
_RUNTIME_SECONDS = 86_400
_MOST_JOBS = 1_000_000
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
    name, account = asked["TrainingJobName"], call.principal.account
    check_job(asked, ports)
    ports.iam.pass_role(call.principal, asked["RoleArn"], _SERVICE)
    asked.setdefault("StoppingCondition", {}).setdefault("MaxRuntimeInSeconds", _RUNTIME_SECONDS)
    arn, now = arn_of(TRAINING_JOB, name, account, ports), ports.clock.now()
    body: Json = {
        "request": {member: value for member, value in asked.items() if member != "Tags"},
        "tags": merged((), asked.get("Tags", ())),
        "created": now,
        "desired": "run",
        "observed": begun(now),
    }
    try:
        await ports.records.put(Row(TRAINING_JOB, account, name, body))
    except ConflictError:
        raise CallerError(
            "Training job names must be unique within an AWS account and region, and a training job with this name "
            f"already exists ({arn})",
            code="ResourceInUse",
        ) from None
    ports.jobs.changed(TRAINING_JOB, account, name)
    return {"TrainingJobArn": arn}


@operation("sagemaker", "StopTrainingJob", access=Access.WRITE, touches=_NAMED)
async def stop_training_job(call: Call[t.StopTrainingJobRequest], ports: Ports) -> dict[str, Any]:
    """Ask a training job to end: SIGTERM at once, SIGKILL after 120 seconds; what it saved by then is kept."""
    name = call.arguments["TrainingJobName"]

    def stopped(body: Json) -> Json:
        status = body["observed"]["status"]
        if status in OVER:
            raise ValidationError(f"The request was rejected because the training job is in status {status}.")
        return {**body, "desired": "stop"}

    await change(TRAINING_JOB, name, call, ports, stopped)
    ports.jobs.changed(TRAINING_JOB, call.principal.account, name)
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
        "TrainingJobStatus": _status(row.body),
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
    asked = call.arguments
    rows = await ports.records.list(TRAINING_JOB, call.principal.account, most=_MOST_JOBS)
    found = [row for row in rows if _wanted(row, asked)]
    if "WarmPoolStatusEquals" in asked or "TrainingPlanArnEquals" in asked:
        found = []  # no job here has a warm pool or a training plan
    orders = {
        "Name": lambda item: item["TrainingJobName"],
        "CreationTime": lambda item: item["CreationTime"].timestamp(),
        "Status": lambda item: item["TrainingJobStatus"],
    }
    items, token = page(
        [_summary(row, ports) for row in found],
        asked,
        orders[asked.get("SortBy", "CreationTime")],
        "TrainingJobName",
        descending=asked.get("SortOrder", "Descending") == "Descending",
    )
    answer: Any = {"TrainingJobSummaries": items}
    if token is not None:
        answer["NextToken"] = token
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


def _wanted(row: Row, asked: t.ListTrainingJobsRequest) -> bool:
    if asked.get("NameContains", "").lower() not in row.name.lower():
        return False
    if "StatusEquals" in asked and _status(row.body) != asked["StatusEquals"]:
        return False
    return within(asked, "CreationTime", row.body["created"]) and within(
        asked, "LastModifiedTime", row.body["observed"]["modified"]
    )


def _summary(row: Row, ports: Ports) -> Json:
    seen = row.body["observed"]
    summary = {
        "TrainingJobName": row.name,
        "TrainingJobArn": arn_of(TRAINING_JOB, row.name, row.account, ports),
        "CreationTime": utc(row.body["created"]),
        "LastModifiedTime": utc(seen["modified"]),
        "TrainingJobStatus": _status(row.body),
        "SecondaryStatus": seen["secondary"],
    }
    if seen["ended"] is not None:
        summary["TrainingEndTime"] = utc(seen["ended"])
    return summary


def _status(body: Json) -> str:
    """Stopping as soon as it was asked for: the loop follows."""
    status = str(body["observed"]["status"])
    return "Stopping" if status == "InProgress" and body["desired"] == "stop" else status


def _transition(status: str, start: float, end: float | None, message: str) -> Json:
    step: Json = {"Status": status, "StartTime": utc(start), "StatusMessage": message}
    if end is not None:
        step["EndTime"] = utc(end)
    return step
