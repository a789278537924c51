"""Transform jobs: a model asked about every object under an address, its answers stored beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.endpoints import LANGUAGE_IMAGE
from usina.core.errors import ValidationError
from usina.core.jobs import TRANSFORM_JOB
from usina.core.json_paths import JsonPath
from usina.core.operation import Access, operation
from usina.services.sagemaker import checking, jobs
from usina.services.sagemaker.naming import MODEL, arn_of, find, touches, touches_account

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import sagemaker_types as t

_KIND: Final = jobs.JobKind(TRANSFORM_JOB, "transform", "TransformJob")
_NAMED = touches(TRANSFORM_JOB, "TransformJobName")
_MOST_MB = 100  # of requests that are with the model at a time
_NOT_SERVED = (
    "DataCaptureConfig",
    "ExperimentConfig",
    "TransformOutput.KmsKeyId",
    "TransformResources.VolumeKmsKeyId",
    "TransformResources.TransformAmiVersion",
)
_DATA_TYPES = ("S3Prefix", "ManifestFile")
_CSV, _JSON = "text/csv", ("application/json", "application/jsonlines")
_ECHOED = (
    "ModelName",
    "MaxConcurrentTransforms",
    "ModelClientConfig",
    "MaxPayloadInMB",
    "BatchStrategy",
    "Environment",
    "TransformInput",
    "TransformOutput",
    "TransformResources",
    "DataProcessing",
)


@operation("sagemaker", "CreateTransformJob", access=Access.WRITE, touches=_NAMED)
async def create_transform_job(call: Call[t.CreateTransformJobRequest], ports: Ports) -> t.CreateTransformJobResponse:
    """Start a transform job; it waits in a queue where the machine is busy."""
    asked: Json = dict(call.arguments)
    model = (await find(MODEL, asked["ModelName"], call, ports)).body["request"]
    _check(asked, ports)
    _check_processing(asked)
    # What the model is now: a job goes on as it began, whatever becomes of the model's name.
    served = {
        "container": _container(model),
        "role": model["ExecutionRoleArn"],
        "isolated": bool(model.get("EnableNetworkIsolation")),
    }
    resources = asked["TransformResources"]
    return {"TransformJobArn": await jobs.create(_KIND, asked, call, ports, resources=resources, model=served)}


@operation("sagemaker", "StopTransformJob", access=Access.WRITE, touches=_NAMED)
async def stop_transform_job(call: Call[t.StopTransformJobRequest], ports: Ports) -> dict[str, Any]:
    """Ask a transform job to end; outputs that are complete stay."""
    await jobs.stop(_KIND, call.arguments["TransformJobName"], call, ports)
    return {}


@operation("sagemaker", "DescribeTransformJob", access=Access.READ, touches=_NAMED)
async def describe_transform_job(
    call: Call[t.DescribeTransformJobRequest], ports: Ports
) -> t.DescribeTransformJobResponse:
    """A transform job as it stands."""
    name = call.arguments["TransformJobName"]
    row = await find(TRANSFORM_JOB, name, call, ports)
    request, seen = row.body["request"], row.body["observed"]
    answer: Any = {
        "TransformJobName": name,
        "TransformJobArn": arn_of(TRANSFORM_JOB, name, call.principal.account, ports),
        "TransformJobStatus": jobs.status_of(row.body),
        "CreationTime": utc(row.body["created"]),
    }
    answer |= {member: request[member] for member in _ECHOED if request.get(member)}
    if seen["failure"]:
        answer["FailureReason"] = seen["failure"]
    if seen["started"] is not None:
        answer["TransformStartTime"] = utc(seen["started"])
    if seen["ended"] is not None:
        answer["TransformEndTime"] = utc(seen["ended"])
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("sagemaker", "ListTransformJobs", access=Access.LIST, touches=touches_account)
async def list_transform_jobs(call: Call[t.ListTransformJobsRequest], ports: Ports) -> t.ListTransformJobsResponse:
    """The account's transform jobs by name, state and times; the newest first unless asked otherwise."""
    answer: Any = await jobs.listed(_KIND, call.arguments, call, ports, echoed=(("failure", "FailureReason"),))
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


def _container(model: Mapping[str, Any]) -> Json:
    """What is served of a model. Raises: ValidationError where a transform job cannot serve it."""
    if model.get("Containers"):
        raise ValidationError("The model is a pipeline of containers. A transform job here takes one container.")
    if not model.get("ExecutionRoleArn"):
        raise ValidationError("The model has no ExecutionRoleArn. Create one that has: a job acts as its model's role.")
    if model["PrimaryContainer"].get("Image") == LANGUAGE_IMAGE:
        raise ValidationError(
            f"{LANGUAGE_IMAGE} is no server of its own that a transform job could start. Ask such a model in a batch "
            "with Bedrock's CreateModelInvocationJob."
        )
    return dict(model["PrimaryContainer"])


def _check(asked: Mapping[str, Any], ports: Ports) -> None:
    """Raises: ValidationError; CallerError (ResourceLimitExceeded); UnavailableError."""
    checking.check_able(ports)
    checking.refuse(asked, *_NOT_SERVED)
    given, source = asked["TransformInput"], asked["TransformInput"]["DataSource"]["S3DataSource"]
    if source["S3DataType"] not in _DATA_TYPES:
        raise ValidationError(f"S3DataType of a transform job must be one of {', '.join(_DATA_TYPES)}.")
    checking.check_address("S3Uri of TransformInput", source["S3Uri"])
    checking.check_address("TransformOutput.S3OutputPath", asked["TransformOutput"]["S3OutputPath"])
    split = given.get("SplitType", "None")
    if split not in {"None", "Line"}:
        raise ValidationError(f"SplitType {split} is not supported by this site. Use None or Line.")
    if asked.get("BatchStrategy") == "SingleRecord" and split == "None":
        raise ValidationError("BatchStrategy SingleRecord needs a SplitType: use Line.")
    payload, at_once = asked.get("MaxPayloadInMB", 6), asked.get("MaxConcurrentTransforms", 0)
    if payload > _MOST_MB or payload * at_once > _MOST_MB:
        raise ValidationError(
            f"MaxPayloadInMB must not be greater than {_MOST_MB}, and neither MaxConcurrentTransforms * MaxPayloadInMB."
        )
    checking.check_resources("TransformResources", asked["TransformResources"], "transform job", ports)


def _check_processing(asked: Mapping[str, Any]) -> None:
    """Raises: ValidationError where records can be neither selected from nor joined."""
    processing = asked.get("DataProcessing", {})
    before = JsonPath.parse(processing.get("InputFilter") or "$")
    after = JsonPath.parse(processing.get("OutputFilter") or "$")
    join = processing.get("JoinSource") == "Input"
    if before.is_everything and after.is_everything and not join:
        return
    content = _form(asked["TransformInput"].get("ContentType", ""))
    accept = _form(asked["TransformOutput"].get("Accept", ""))
    known = (_CSV, *_JSON)
    if content not in known or (accept or content) not in known:
        raise ValidationError(f"DataProcessing needs a ContentType and an Accept that are one of {', '.join(known)}.")
    lines = (asked["TransformInput"].get("SplitType"), asked["TransformOutput"].get("AssembleWith")) == ("Line", "Line")
    if not lines and _CSV in {content, accept}:
        raise ValidationError(f"DataProcessing of {_CSV} needs SplitType Line and AssembleWith Line.")
    if join and (content == _CSV) != ((accept or content) == _CSV):
        raise ValidationError("JoinSource Input needs ContentType and Accept of one form: both text/csv or both JSON.")
    if (before.by_name and content == _CSV) or (after.by_name and (accept or content) == _CSV):
        raise ValidationError(f"A row of {_CSV} has no names: select by index, as in $[0] or $[1:].")


def _form(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
