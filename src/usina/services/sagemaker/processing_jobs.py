"""Processing jobs: a program over data in S3 whose results go to S3."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.errors import ValidationError
from usina.core.jobs import PROCESSING_JOB, with_runtime
from usina.core.operation import Access, operation
from usina.services.sagemaker import checking, jobs
from usina.services.sagemaker.naming import arn_of, find, touches, touches_account

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import sagemaker_types as t

_KIND: Final = jobs.JobKind(PROCESSING_JOB, "processing", "ProcessingJob")
_NAMED = touches(PROCESSING_JOB, "ProcessingJobName")
_MOST_RUNTIME_SECONDS = 777_600  # 9 days, SageMaker's own limit
_FOLDER = "/opt/ml/processing"
_NOT_SERVED = ("NetworkConfig.VpcConfig", "ExperimentConfig", "ProcessingOutputConfig.KmsKeyId")
_ECHOED = (
    "ProcessingInputs",
    "ProcessingOutputConfig",
    "ProcessingResources",
    "StoppingCondition",
    "AppSpecification",
    "Environment",
    "NetworkConfig",
    "RoleArn",
)


@operation("sagemaker", "CreateProcessingJob", access=Access.WRITE, touches=_NAMED)
async def create_processing_job(
    call: Call[t.CreateProcessingJobRequest], ports: Ports
) -> t.CreateProcessingJobResponse:
    """Start a processing job; it waits in a queue where the machine is busy."""
    asked: Json = dict(call.arguments)
    _check(asked, ports)
    resources = asked["ProcessingResources"]["ClusterConfig"]
    return {"ProcessingJobArn": await jobs.create(_KIND, with_runtime(asked), call, ports, resources=resources)}


@operation("sagemaker", "StopProcessingJob", access=Access.WRITE, touches=_NAMED)
async def stop_processing_job(call: Call[t.StopProcessingJobRequest], ports: Ports) -> dict[str, Any]:
    """Ask a processing job to end: SIGTERM at once, SIGKILL after 120 seconds; its outputs so far are stored."""
    await jobs.stop(_KIND, call.arguments["ProcessingJobName"], call, ports)
    return {}


@operation("sagemaker", "DeleteProcessingJob", access=Access.WRITE, touches=_NAMED)
async def delete_processing_job(call: Call[t.DeleteProcessingJobRequest], ports: Ports) -> dict[str, Any]:
    """Forget a processing job that is over; what it stored stays."""
    await jobs.forget(_KIND, call.arguments["ProcessingJobName"], call, ports)
    return {}


@operation("sagemaker", "DescribeProcessingJob", access=Access.READ, touches=_NAMED)
async def describe_processing_job(
    call: Call[t.DescribeProcessingJobRequest], ports: Ports
) -> t.DescribeProcessingJobResponse:
    """A processing job as it stands: its state is the state of a real process."""
    name = call.arguments["ProcessingJobName"]
    row = await find(PROCESSING_JOB, name, call, ports)
    request, seen = row.body["request"], row.body["observed"]
    answer: Any = {
        "ProcessingJobName": name,
        "ProcessingJobArn": arn_of(PROCESSING_JOB, name, call.principal.account, ports),
        "ProcessingJobStatus": jobs.status_of(row.body),
        "CreationTime": utc(row.body["created"]),
        "LastModifiedTime": utc(seen["modified"]),
    }
    answer |= {member: request[member] for member in _ECHOED if request.get(member)}
    if seen["failure"]:
        answer["FailureReason"] = seen["failure"]
    if seen.get("exit_message"):
        answer["ExitMessage"] = seen["exit_message"]
    if seen["started"] is not None:
        answer["ProcessingStartTime"] = utc(seen["started"])
    if seen["ended"] is not None:
        answer["ProcessingEndTime"] = utc(seen["ended"])
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("sagemaker", "ListProcessingJobs", access=Access.LIST, touches=touches_account)
async def list_processing_jobs(call: Call[t.ListProcessingJobsRequest], ports: Ports) -> t.ListProcessingJobsResponse:
    """The account's processing jobs by name, state and times; the newest first unless asked otherwise."""
    echoed = (("failure", "FailureReason"), ("exit_message", "ExitMessage"))
    answer: Any = await jobs.listed(_KIND, call.arguments, call, ports, echoed=echoed)
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


def _check(asked: Mapping[str, Any], ports: Ports) -> None:
    """Raises: ValidationError; CallerError (ResourceLimitExceeded); UnavailableError."""
    checking.check_able(ports)
    checking.refuse(asked, *_NOT_SERVED)
    application, cluster = asked["AppSpecification"], asked["ProcessingResources"]["ClusterConfig"]
    brings = checking.check_image(application["ImageUri"], ports)
    if not brings and not application.get("ContainerEntrypoint"):
        raise ValidationError("The image has no program of its own. Give AppSpecification.ContainerEntrypoint.")
    checking.refuse(cluster, "VolumeKmsKeyId", "InstancePreferences")
    checking.check_resources("ProcessingResources.ClusterConfig", cluster, "processing job", ports)
    checking.check_runtime(asked, _MOST_RUNTIME_SECONDS)
    names: set[str] = set()
    for given in asked.get("ProcessingInputs", ()):
        _unique(f"input {given['InputName']}", names)
        _check_input(given)
    for given in asked.get("ProcessingOutputConfig", {}).get("Outputs", ()):
        _unique(f"output {given['OutputName']}", names)
        _check_output(given)


def _unique(what: str, names: set[str]) -> None:
    if what in names:
        raise ValidationError(f"There is more than one {what}: names of inputs and of outputs are unique.")
    names.add(what)


def _check_input(given: Mapping[str, Any]) -> None:
    name, source = given["InputName"], given.get("S3Input")
    if given.get("DatasetDefinition") or source is None:
        raise ValidationError(f"Input {name}: only S3Input is supported by this site, no DatasetDefinition.")
    if source.get("S3InputMode", "File") != "File":
        raise ValidationError(f"Input {name}: S3InputMode {source['S3InputMode']} is not supported here. Use File.")
    if source.get("S3CompressionType", "None") != "None":
        raise ValidationError(f"Input {name}: S3CompressionType Gzip goes with Pipe mode only. Leave it out.")
    checking.check_address(f"S3Uri of input {name}", source["S3Uri"])
    if not given.get("AppManaged"):
        _check_path(f"input {name}", source.get("LocalPath", ""))


def _check_output(given: Mapping[str, Any]) -> None:
    name, target = given["OutputName"], given.get("S3Output")
    if given.get("FeatureStoreOutput") or target is None:
        raise ValidationError(f"Output {name}: only S3Output is supported by this site, no FeatureStoreOutput.")
    checking.check_address(f"S3Uri of output {name}", target["S3Uri"])
    if not given.get("AppManaged"):
        _check_path(f"output {name}", target.get("LocalPath", ""))


def _check_path(what: str, path: str) -> None:
    given = PurePosixPath(path)
    if ".." in given.parts or not given.is_relative_to(_FOLDER) or "\0" in path:
        raise ValidationError(f"LocalPath of {what} must be a folder in {_FOLDER}, not {path!r}.")
