"""Import jobs: a model of the account's own from its bucket. A handler writes what is wanted; a loop makes it so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.errors import ConflictError, LimitExceededError, ValidationError
from usina.core.ids import Arn
from usina.core.imports import IMPORT_JOB, IMPORTED, begun
from usina.core.operation import Access, Resource, operation
from usina.core.ports import Row
from usina.services.bedrock import tags
from usina.services.bedrock.listing import (
    answered,
    arn_of,
    made_id,
    named,
    not_here,
    page,
    refuse,
    touches_account,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import bedrock_types as t

_SERVICE: Final = "bedrock.amazonaws.com"
_MOST_JOBS = 1_000_000
_NOT_SERVED: Final = {
    "vpcConfig": "an import here reaches no network at all",
    "importedModelKmsKeyId": "model files are kept as they are",
}
_TAGS: Final = ("jobTags", "importedModelTags")


def _touches_new(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    account = call.principal.account
    identifier = _id_of(call.arguments["jobName"], account)
    return (
        Resource("ImportJob", arn_of(IMPORT_JOB, identifier, account, ports), account),
        Resource("ImportedModel", model_arn(call.arguments["importedModelName"], account, ports), account),
    )


def _touches(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    asked, account = call.arguments["jobIdentifier"], call.principal.account
    arn = Arn.parse(asked)
    if arn is not None:
        return (Resource("ImportJob", asked, arn.account),)
    return (Resource("ImportJob", arn_of(IMPORT_JOB, _id_of(asked, account), account, ports), account),)


@operation("bedrock", "CreateModelImportJob", access=Access.WRITE, touches=_touches_new)
async def create_model_import_job(
    call: Call[t.CreateModelImportJobRequest], ports: Ports
) -> t.CreateModelImportJobResponse:
    """Start to bring a model from the account's bucket. The same idempotency token gives the same job."""
    asked: Json = dict(call.arguments)
    account, name = call.principal.account, asked["jobName"]
    identifier = _id_of(name, account)
    arn = arn_of(IMPORT_JOB, identifier, account, ports)
    request = {key: asked[key] for key in asked if key not in _TAGS}
    known = await ports.records.get(IMPORT_JOB, account, identifier)
    if known is None:
        refuse(asked, _NOT_SERVED)
        if "s3DataSource" not in asked["modelDataSource"]:
            raise ValidationError("modelDataSource.s3DataSource is required.")
        ports.iam.pass_role(call.principal, asked["roleArn"], _SERVICE)
        now = ports.clock.now()
        await _take_name(asked, identifier, account, ports)
        body: Json = {
            "request": request,
            "model": model_arn(asked["importedModelName"], account, ports),
            "tags": tags.merged((), asked.get("jobTags", ()), arn),
            "created": now,
            "desired": "run",
            "observed": begun(now),
        }
        try:
            await ports.records.put(Row(IMPORT_JOB, account, identifier, body))
        except ConflictError:  # the same request, at the same time
            known = await ports.records.get(IMPORT_JOB, account, identifier)
    if known is not None and known.body["request"] != request:
        raise ConflictError(f"There is an import job {name} already. Names of jobs are used once.")
    ports.imports.changed(account, identifier)
    return {"jobArn": arn}


@operation("bedrock", "GetModelImportJob", access=Access.READ, touches=_touches)
async def get_model_import_job(call: Call[t.GetModelImportJobRequest], ports: Ports) -> t.GetModelImportJobResponse:
    """An import job as it stands, by name or ARN."""
    asked, account = call.arguments["jobIdentifier"], call.principal.account
    given = named(asked, IMPORT_JOB, account)
    identifier = given if asked.startswith("arn:") else _id_of(given, account)
    row = await ports.records.get(IMPORT_JOB, account, identifier)
    if row is None:
        raise not_here(asked)
    request = row.body["request"]
    answer: Any = _summary(row, ports) | {
        "roleArn": request["roleArn"],
        "modelDataSource": request["modelDataSource"],
    }
    if row.body["observed"]["message"]:
        answer["failureMessage"] = row.body["observed"]["message"]
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("bedrock", "ListModelImportJobs", access=Access.LIST, touches=touches_account)
async def list_model_import_jobs(
    call: Call[t.ListModelImportJobsRequest], ports: Ports
) -> t.ListModelImportJobsResponse:
    """The account's import jobs by name, state and time; the newest first unless asked otherwise."""
    asked = call.arguments
    rows = await ports.records.list(IMPORT_JOB, call.principal.account, most=_MOST_JOBS)
    wanted = [
        row
        for row in rows
        if asked.get("nameContains", "") in row.body["request"]["jobName"]
        and asked.get("statusEquals", row.body["observed"]["status"]) == row.body["observed"]["status"]
        and within(asked, "creationTime", row.body["created"])
    ]
    found, token = page(wanted, asked, lambda row: float(row.body["created"]))
    return answered("modelImportJobSummaries", [_summary(row, ports) for row in found], token)  # type: ignore[no-any-return] # the same


async def _take_name(asked: Json, job_id: str, account: str, ports: Ports) -> None:
    """The model's name is this job's from here on.

    Raises: ConflictError where a model has it, or a job that may still make one; LimitExceededError.
    """
    name = asked["importedModelName"]
    arn = model_arn(name, account, ports)
    model_id = arn.rpartition("/")[2]
    body: Json = {
        "name": name,
        "arn": arn,
        "job": job_id,
        "job_arn": arn_of(IMPORT_JOB, job_id, account, ports),
        "job_name": asked["jobName"],
        "source": asked["modelDataSource"],
        "tags": tags.merged((), asked.get("importedModelTags", ()), arn),
        "created": ports.clock.now(),
        "ready": False,
        "removing": False,
        "architecture": "",
        "chat": False,
    }
    await _check_count(model_id, account, ports)
    held = await ports.records.get(IMPORTED, account, model_id)
    if held is not None and held.body["job"] != job_id and not await _is_left(held, ports):
        raise ConflictError(f"There is an imported model {name} already, or a job that makes one.")
    try:
        await ports.records.put(Row(IMPORTED, account, model_id, body, 0 if held is None else held.version))
    except ConflictError:
        raise ConflictError(f"There is a job already that makes an imported model {name}.") from None


async def _check_count(model_id: str, account: str, ports: Ports) -> None:
    """Raises: LimitExceededError where the account has as many models as it may have."""
    rows = await ports.records.list(IMPORTED, account, most=_MOST_JOBS)
    others = [row for row in rows if row.name != model_id and not await _is_left(row, ports)]
    most = ports.limits.imported_models_per_account
    if len(others) >= most:
        raise LimitExceededError(f"An account may have at most {most} imported models. Delete one first.")


async def _is_left(held: Row, ports: Ports) -> bool:
    """Whether a name is held by a job that never was, or that failed."""
    if held.body["ready"] or held.body["removing"]:
        return False
    job = await ports.records.get(IMPORT_JOB, held.account, held.body["job"])
    return job is None or job.body["observed"]["status"] == "Failed"


def _id_of(job_name: str, account: str) -> str:
    return made_id(account, IMPORT_JOB, job_name)


def model_arn(name: str, account: str, ports: Ports) -> str:
    """ARN of the account's imported model of that name, whether it is there or not."""
    return arn_of(IMPORTED, made_id(account, IMPORTED, name), account, ports)


def _summary(row: Row, ports: Ports) -> Json:
    request, seen = row.body["request"], row.body["observed"]
    summary: Json = {
        "jobArn": arn_of(IMPORT_JOB, row.name, row.account, ports),
        "jobName": request["jobName"],
        "status": seen["status"],
        "creationTime": utc(row.body["created"]),
        "lastModifiedTime": utc(seen["modified"]),
        "importedModelName": request["importedModelName"],
    }
    if seen["ended"] is not None:
        summary["endTime"] = utc(seen["ended"])
    if seen["status"] == "Completed":
        summary["importedModelArn"] = row.body["model"]
    return summary
