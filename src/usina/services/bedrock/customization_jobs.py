"""Customization jobs: created, described, listed, stopped. A handler writes what is wanted; a loop makes it so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core import custom
from usina.core.clock import utc
from usina.core.errors import ConflictError
from usina.core.ids import Arn
from usina.core.jobs import OVER, begun
from usina.core.operation import Access, Resource, operation
from usina.core.ports import ModelCard, Row
from usina.services.bedrock import tags
from usina.services.bedrock.customization_checks import FINE_TUNING, base_of, check, parameters
from usina.services.bedrock.listing import answered, change, made_id, not_here, page, touches_account, within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import bedrock_types as t

_SERVICE: Final = "bedrock.amazonaws.com"
_MOST_JOBS = 1_000_000
_TAGS: Final = frozenset({"jobTags"})
_ECHOED: Final = (
    "jobName",
    "roleArn",
    "clientRequestToken",
    "hyperParameters",
    "trainingDataConfig",
    "outputDataConfig",
)
# What is entered while the data is brought, and after it.
_BEFORE: Final = frozenset({"Starting", "Pending", "DownloadingTrainingImage"})
_DURING: Final = frozenset({"Downloading"})
_AFTER: Final = frozenset({"Training", "Uploading", "Restarting"})


def job_id(account: str, name: str) -> str:
    """What a job's ARN ends with; also the name of its row."""
    return made_id(account, custom.CUSTOMIZATION_JOB, name)


def model_id(account: str, name: str) -> str:
    """What a custom model's ARN ends with; also the name of its row."""
    return made_id(account, custom.CUSTOM_MODEL, name)


def _touches_new(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    asked, account, region = call.arguments, call.principal.account, ports.site.region
    found = ports.catalogue.resolve(asked["baseModelIdentifier"], account)
    base = asked["baseModelIdentifier"] if found is None else found.card.id
    job = custom.job_arn(region, account, base, job_id(account, asked["jobName"]))
    model = custom.custom_model_arn(region, account, base, model_id(account, asked["customModelName"]))
    return (Resource("CustomizationJob", job, account), Resource("CustomModel", model, account))


def _touches(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    asked, account = call.arguments["jobIdentifier"], call.principal.account
    arn = Arn.parse(asked)
    if arn is not None:
        return (Resource("CustomizationJob", asked, arn.account),)
    name = str(Arn("bedrock", ports.site.region, account, f"{custom.CUSTOMIZATION_JOB}/{job_id(account, asked)}"))
    return (Resource("CustomizationJob", name, account),)


@operation("bedrock", "CreateModelCustomizationJob", access=Access.WRITE, touches=_touches_new)
async def create_model_customization_job(
    call: Call[t.CreateModelCustomizationJobRequest], ports: Ports
) -> t.CreateModelCustomizationJobResponse:
    """Start to fine-tune a model of the site on the account's data. The same idempotency token gives the same job."""
    asked: Json = dict(call.arguments)
    account, name = call.principal.account, asked["jobName"]
    identifier = job_id(account, name)
    known = await ports.records.get(custom.CUSTOMIZATION_JOB, account, identifier)
    if known is not None:
        return _again(known, asked)
    base = base_of(asked, account, ports)
    chosen = parameters(asked.get("hyperParameters", {}))
    check(asked, ports)
    ports.iam.pass_role(call.principal, asked["roleArn"], _SERVICE)
    arn = custom.job_arn(ports.site.region, account, base.id, identifier)
    request = _request(asked, base, arn, account, ports) | {"hyperParameters": chosen}
    await _check_name(request["model"], asked["customModelName"], account, ports)
    now = ports.clock.now()
    body: Json = {
        "request": request,
        "asked": _said(asked),
        "tags": tags.merged((), asked.get("jobTags", ()), arn),
        "created": now,
        "desired": "run",
        "observed": begun(now, "customization"),
    }
    try:
        await ports.records.put(Row(custom.CUSTOMIZATION_JOB, account, identifier, body))
    except ConflictError:
        raise _taken(name) from None
    ports.jobs.changed(custom.CUSTOMIZATION_JOB, account, identifier)
    return {"jobArn": arn}


@operation("bedrock", "GetModelCustomizationJob", access=Access.READ, touches=_touches)
async def get_model_customization_job(
    call: Call[t.GetModelCustomizationJobRequest], ports: Ports
) -> t.GetModelCustomizationJobResponse:
    """A customization job as it stands: its state is the state of a real process."""
    row = await _find(call, ports)
    request, seen = row.body["request"], row.body["observed"]
    answer: Any = {member: request[member] for member in _ECHOED if member in request}
    answer |= {
        "jobArn": request["job_arn"],
        "outputModelName": request["customModelName"],
        "baseModelArn": request["base_arn"],
        "customizationType": FINE_TUNING,
        "validationDataConfig": request.get("validationDataConfig", {"validators": []}),
        **_state(row.body),
    }
    if seen["failure"]:
        answer["failureMessage"] = seen["failure"].removeprefix("ClientError: ")  # whose fault it is, SageMaker says
    if seen["status"] == "Completed":
        answer["outputModelArn"] = request["model_arn"]
        answer |= metrics(seen["facts"])
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("bedrock", "ListModelCustomizationJobs", access=Access.LIST, touches=touches_account)
async def list_model_customization_jobs(
    call: Call[t.ListModelCustomizationJobsRequest], ports: Ports
) -> t.ListModelCustomizationJobsResponse:
    """The account's customization jobs by name, state and time; the newest first unless asked otherwise."""
    asked = call.arguments
    rows = await ports.records.list(custom.CUSTOMIZATION_JOB, call.principal.account, most=_MOST_JOBS)
    wanted = [
        row
        for row in rows
        if asked.get("nameContains", "") in row.body["request"]["jobName"]
        and asked.get("statusEquals", _status(row.body)) == _status(row.body)
        and within(asked, "creationTime", row.body["created"])
    ]
    found, token = page(wanted, asked, lambda row: float(row.body["created"]))
    return answered("modelCustomizationJobSummaries", [_summary(row.body) for row in found], token)  # type: ignore[no-any-return] # the same


@operation("bedrock", "StopModelCustomizationJob", access=Access.WRITE, touches=_touches)
async def stop_model_customization_job(
    call: Call[t.StopModelCustomizationJobRequest], ports: Ports
) -> t.StopModelCustomizationJobResponse:
    """Ask a customization job to end. As on Bedrock no model is made of what it has learnt by then."""
    asked, account = call.arguments["jobIdentifier"], call.principal.account

    def stopped(body: Json) -> Json:
        status = body["observed"]["status"]
        if status in OVER:
            raise ConflictError(f"The job is in status {status}: it cannot be stopped any more.")
        return {**body, "desired": "stop"}

    name = (await _find(call, ports)).name
    row = await change(ports, custom.CUSTOMIZATION_JOB, account, name, stopped, missing=not_here(asked))
    ports.jobs.changed(custom.CUSTOMIZATION_JOB, account, row.name)
    return {}


def metrics(facts: Mapping[str, Any]) -> Json:
    """What is known of a model's learning, as jobs and models tell it."""
    told: Json = {"trainingMetrics": {"trainingLoss": facts["training_loss"]}}
    if facts["validation_losses"]:
        told["validationMetrics"] = [{"validationLoss": loss} for loss in facts["validation_losses"]]
    return told


def _again(known: Row, asked: Mapping[str, Any]) -> t.CreateModelCustomizationJobResponse:
    token = asked.get("clientRequestToken")
    if token and known.body["asked"].get("clientRequestToken") == token:
        if known.body["asked"] == _said(asked):
            return {"jobArn": known.body["request"]["job_arn"]}
        raise ConflictError("The clientRequestToken was used before, for a job with other parameters.")
    raise _taken(asked["jobName"])


def _said(asked: Mapping[str, Any]) -> Json:
    return {key: value for key, value in asked.items() if key not in _TAGS}


def _taken(name: str) -> ConflictError:
    return ConflictError(f"A customization job named {name} already exists. Choose another name.")


def _request(asked: Mapping[str, Any], base: ModelCard, arn: str, account: str, ports: Ports) -> Json:
    """The request as the control loop reads it."""
    identifier = model_id(account, asked["customModelName"])
    model_arn = custom.custom_model_arn(ports.site.region, account, base.id, identifier)
    return {
        **_said(asked),
        "customModelTags": tags.merged((), asked.get("customModelTags", ()), model_arn),
        "base": base.id,
        "base_arn": base.arn(ports.site.region),
        "base_sha256": base.sha256,
        "model": identifier,
        "model_arn": model_arn,
        "job_arn": arn,
    }


async def _check_name(identifier: str, name: str, account: str, ports: Ports) -> None:
    """Raises: ConflictError where a custom model has that name, or a job that will make it."""
    model = await ports.records.get(custom.CUSTOM_MODEL, account, identifier)
    jobs = await ports.records.list(custom.CUSTOMIZATION_JOB, account, most=_MOST_JOBS)
    coming = any(
        row.body["request"]["model"] == identifier and row.body["observed"]["status"] not in OVER for row in jobs
    )
    if model is not None or coming:
        raise ConflictError(f"A custom model named {name} already exists or is being made. Choose another name.")


async def _find(call: Call[Any], ports: Ports) -> Row:
    """The caller's job, by name or ARN. Raises: NotFoundError."""
    asked, account = call.arguments["jobIdentifier"], call.principal.account
    identifier = asked.rpartition("/")[2] if Arn.parse(asked) is not None else job_id(account, asked)
    row = await ports.records.get(custom.CUSTOMIZATION_JOB, account, identifier)
    if row is None or (Arn.parse(asked) is not None and row.body["request"]["job_arn"] != asked):
        raise not_here(asked)
    return row


def _status(body: Json) -> str:
    """Stopping as soon as it was asked for: the loop follows."""
    status = str(body["observed"]["status"])
    return "Stopping" if status == "InProgress" and body["desired"] == "stop" else status


def _state(body: Json) -> Json:
    seen = body["observed"]
    state: Json = {
        "status": _status(body),
        "statusDetails": status_details(seen),
        "creationTime": utc(body["created"]),
        "lastModifiedTime": utc(seen["modified"]),
    }
    if seen["ended"] is not None:
        state["endTime"] = utc(seen["ended"])
    return state


def status_details(seen: Mapping[str, Any]) -> Json:
    """How far the parts of a job are: preparing it, bringing its data, training.

    A wrong line of data is found by the program that trains; the part that failed is still the data's.
    """
    parts = (("validationDetails", _BEFORE), ("dataProcessingDetails", _DURING), ("trainingDetails", _AFTER))
    reached = [place for step in seen["transitions"] for place, (_, names) in enumerate(parts) if step[0] in names]
    now = 1 if seen.get("phase") == "data" else reached[-1] if reached else 0
    told: Json = {}
    for place, (name, names) in enumerate(parts):
        times = [step for step in seen["transitions"] if step[0] in names]
        status = "Completed" if place < now else "NotStarted"
        if place == now:
            status = seen["status"]
        told[name] = {"status": status}
        if times and status != "NotStarted":
            ended = times[-1][2]
            told[name] |= {
                "creationTime": utc(times[0][1]),
                "lastModifiedTime": utc(seen["modified"] if ended is None else ended),
            }
    return told


def _summary(body: Json) -> Json:
    request = body["request"]
    summary: Json = {
        "jobArn": request["job_arn"],
        "jobName": request["jobName"],
        "baseModelArn": request["base_arn"],
        "customModelName": request["customModelName"],
        "customizationType": FINE_TUNING,
        **_state(body),
    }
    if body["observed"]["status"] == "Completed":
        summary["customModelArn"] = request["model_arn"]
    return summary
