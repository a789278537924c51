"""Batch inference jobs: created, described, listed, stopped. A handler writes what is wanted; a loop makes it so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.batch import INVOCATION_JOB, begun
from usina.core.clock import utc
from usina.core.errors import ConflictError, LimitExceededError, ValidationError
from usina.core.ids import Arn
from usina.core.jobs import OVER
from usina.core.operation import Access, Resource, operation
from usina.core.ports import Row
from usina.services.bedrock import tags
from usina.services.bedrock.listing import (
    answered,
    arn_of,
    change,
    made_id,
    named,
    not_here,
    page,
    refuse,
    touches_account,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import bedrock_types as t

KIND: Final = "model-invocation-job"  # in an ARN
_SERVICE: Final = "bedrock.amazonaws.com"
_MOST_JOBS = 1_000_000
_HOURS = 24  # until a job expires, where its caller says nothing
_HOUR_SECONDS = 3_600
_NOT_SERVED: Final = {"vpcConfig": "a job here reaches no network at all"}
_ECHOED: Final = ("jobName", "modelId", "clientRequestToken", "roleArn", "inputDataConfig", "outputDataConfig")


def _touches_new(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    account = call.principal.account
    return (Resource("InvocationJob", arn_of(KIND, _new_id(call), account, ports), account),)


def _touches(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    asked, account = call.arguments["jobIdentifier"], call.principal.account
    arn = Arn.parse(asked)
    if arn is not None:
        return (Resource("InvocationJob", asked, arn.account),)
    return (Resource("InvocationJob", arn_of(KIND, asked, account, ports), account),)


@operation("bedrock", "CreateModelInvocationJob", access=Access.WRITE, touches=_touches_new)
async def create_model_invocation_job(
    call: Call[t.CreateModelInvocationJobRequest], ports: Ports
) -> t.CreateModelInvocationJobResponse:
    """Start a batch inference job. The same idempotency token gives the same job."""
    asked: Json = dict(call.arguments)
    account, identifier = call.principal.account, _new_id(call)
    arn, request = arn_of(KIND, identifier, account, ports), {key: asked[key] for key in asked if key != "tags"}
    known = await ports.records.get(INVOCATION_JOB, account, identifier)
    if known is None:
        _check(asked, account, ports)
        await _check_count(account, ports)
        ports.iam.pass_role(call.principal, asked["roleArn"], _SERVICE)
        now = ports.clock.now()
        body: Json = {
            "request": request,
            "tags": tags.merged((), asked.get("tags", ()), arn),
            "created": now,
            "desired": "run",
            "observed": begun(now),
        }
        try:
            await ports.records.put(Row(INVOCATION_JOB, account, identifier, body))
        except ConflictError:  # the same request, at the same time
            known = await ports.records.get(INVOCATION_JOB, account, identifier)
    if known is not None and known.body["request"] != request:
        raise ConflictError("The clientRequestToken was used before, for a job with other parameters.")
    ports.batches.changed(account, identifier)
    return {"jobArn": arn}


@operation("bedrock", "GetModelInvocationJob", access=Access.READ, touches=_touches)
async def get_model_invocation_job(
    call: Call[t.GetModelInvocationJobRequest], ports: Ports
) -> t.GetModelInvocationJobResponse:
    """A batch inference job as it stands."""
    return _described(await _find(call, ports), ports)  # type: ignore[no-any-return] # a JSON document of this shape


@operation("bedrock", "ListModelInvocationJobs", access=Access.LIST, touches=touches_account)
async def list_model_invocation_jobs(
    call: Call[t.ListModelInvocationJobsRequest], ports: Ports
) -> t.ListModelInvocationJobsResponse:
    """The account's batch inference jobs by name, state and time; the newest first unless asked otherwise."""
    asked = call.arguments
    rows = await ports.records.list(INVOCATION_JOB, call.principal.account, most=_MOST_JOBS)
    wanted = [
        row
        for row in rows
        if asked.get("nameContains", "") in row.body["request"]["jobName"]
        and asked.get("statusEquals", _status(row.body)) == _status(row.body)
        and within(asked, "submitTime", row.body["created"])
    ]
    found, token = page(wanted, asked, lambda row: float(row.body["created"]))
    return answered("invocationJobSummaries", [_described(row, ports) for row in found], token)  # type: ignore[no-any-return] # the same


@operation("bedrock", "StopModelInvocationJob", access=Access.WRITE, touches=_touches)
async def stop_model_invocation_job(
    call: Call[t.StopModelInvocationJobRequest], ports: Ports
) -> t.StopModelInvocationJobResponse:
    """Ask a batch inference job to end; what it has answered by then is delivered."""
    asked, account = call.arguments["jobIdentifier"], call.principal.account

    def stopped(body: Json) -> Json:
        status = body["observed"]["status"]
        if status in OVER:
            raise ConflictError(f"The job is in status {status}: it cannot be stopped any more.")
        return {**body, "desired": "stop"}

    row = await change(ports, INVOCATION_JOB, account, named(asked, KIND, account), stopped, missing=not_here(asked))
    ports.batches.changed(account, row.name)
    return {}


async def _find(call: Call[Any], ports: Ports) -> Row:
    asked, account = call.arguments["jobIdentifier"], call.principal.account
    row = await ports.records.get(INVOCATION_JOB, account, named(asked, KIND, account))
    if row is None:
        raise not_here(asked)
    return row


def _new_id(call: Call[Any]) -> str:
    return made_id(call.principal.account, KIND, call.arguments.get("clientRequestToken") or call.request_id)


def _check(asked: Mapping[str, Any], account: str, ports: Ports) -> None:
    """Raises: ValidationError where no such job could run here."""
    refuse(asked, _NOT_SERVED)
    source = asked["inputDataConfig"].get("s3InputDataConfig")
    target = asked["outputDataConfig"].get("s3OutputDataConfig")
    if source is None or target is None:
        raise ValidationError("inputDataConfig.s3InputDataConfig and outputDataConfig.s3OutputDataConfig are required.")
    refuse(target, {"s3EncryptionKeyId": "objects are kept as they are sent"})
    if {source.get("s3BucketOwner", account), target.get("s3BucketOwner", account)} != {account}:
        raise ValidationError("s3BucketOwner must be the caller's account: a job uses buckets of its own account.")
    found = ports.catalogue.resolve(asked["modelId"], account)
    if found is None:
        raise ValidationError("The provided model identifier is invalid.")
    if asked.get("modelInvocationType") == "Converse" and found.card.task != "chat":
        raise ValidationError("The provided model does not support Converse. Use modelInvocationType InvokeModel.")


async def _check_count(account: str, ports: Ports) -> None:
    """Raises: LimitExceededError where the account has as many jobs under way as it may have."""
    rows = await ports.records.list(INVOCATION_JOB, account, most=_MOST_JOBS)
    most = ports.limits.batch_jobs_per_account
    if sum(row.body["observed"]["status"] not in OVER for row in rows) >= most:
        raise LimitExceededError(f"An account may have at most {most} batch inference jobs under way. Wait for one.")


def _status(body: Json) -> str:
    """Stopping as soon as it was asked for: the loop follows."""
    status = str(body["observed"]["status"])
    return "Stopping" if body["desired"] == "stop" and status not in OVER else status


def _described(row: Row, ports: Ports) -> Any:
    request, seen = row.body["request"], row.body["observed"]
    counts, hours = seen["counts"], request.get("timeoutDurationInHours") or _HOURS
    answer: Json = {member: request[member] for member in _ECHOED if member in request}
    answer |= {
        "jobArn": arn_of(KIND, row.name, row.account, ports),
        "status": _status(row.body),
        "submitTime": utc(row.body["created"]),
        "lastModifiedTime": utc(seen["modified"]),
        "timeoutDurationInHours": hours,
        "jobExpirationTime": utc(row.body["created"] + hours * _HOUR_SECONDS),
        "modelInvocationType": request.get("modelInvocationType") or "InvokeModel",
    }
    if seen["message"]:
        answer["message"] = seen["message"]
    if seen["ended"] is not None:
        answer["endTime"] = utc(seen["ended"])
    if counts["total"] is not None:
        answer |= {
            "totalRecordCount": counts["total"],
            "processedRecordCount": counts["success"] + counts["error"],
            "successRecordCount": counts["success"],
            "errorRecordCount": counts["error"],
        }
    return answer
