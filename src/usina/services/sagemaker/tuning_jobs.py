"""Tuning jobs: created, described, listed, stopped. A handler writes what is wanted; a control loop searches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.errors import CallerError, ConflictError, ValidationError
from usina.core.operation import Access, operation
from usina.core.ports import Row
from usina.core.tuning import OVER, TUNING_JOB, begun, definition, static_parameters
from usina.core.tuning.results import (
    Child,
    best,
    children,
    is_better,
    not_improving,
    objective_counters,
    training_counters,
)
from usina.services.sagemaker.jobs import SERVICE, status_of
from usina.services.sagemaker.naming import arn_of, change, missing, touches, touches_account
from usina.services.sagemaker.paging import page, within
from usina.services.sagemaker.tags import merged
from usina.services.sagemaker.tuning_checking import check_tuning, parents_of
from usina.services.sagemaker.tuning_summaries import child_summary

if TYPE_CHECKING:
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import sagemaker_types as t

_MOST: Final = 1_000_000
_SEED_BYTES: Final = 4
_NAMED = touches(TUNING_JOB, "HyperParameterTuningJobName")


@operation("sagemaker", "CreateHyperParameterTuningJob", access=Access.WRITE, touches=_NAMED)
async def create_hyper_parameter_tuning_job(
    call: Call[t.CreateHyperParameterTuningJobRequest], ports: Ports
) -> t.CreateHyperParameterTuningJobResponse:
    """Start a search: training jobs with other hyperparameters each, until the best is known well enough."""
    asked: Json = dict(call.arguments)
    name, account = asked["HyperParameterTuningJobName"], call.principal.account
    check_tuning(asked, ports)
    ports.iam.pass_role(call.principal, definition(asked)["RoleArn"], SERVICE)
    arn, now = arn_of(TUNING_JOB, name, account, ports), ports.clock.now()
    seed = asked["HyperParameterTuningJobConfig"].get("RandomSeed")
    body: Json = {
        "request": {member: value for member, value in asked.items() if member != "Tags"},
        "tags": merged((), asked.get("Tags", ())),
        "created": now,
        "desired": "run",
        "seed": int.from_bytes(ports.dice.token(_SEED_BYTES), "big") if seed is None else seed,
        "parents": await parents_of(asked, call, ports),
        "observed": begun(now),
    }
    try:
        await ports.records.put(Row(TUNING_JOB, account, name, body))
    except ConflictError:
        raise CallerError(
            "Tuning job names must be unique within an AWS account and region, and a tuning job with this name "
            f"already exists ({arn})",
            code="ResourceInUse",
        ) from None
    ports.tuning.changed(account, name)
    return {"HyperParameterTuningJobArn": arn}


@operation("sagemaker", "DescribeHyperParameterTuningJob", access=Access.READ, touches=_NAMED)
async def describe_hyper_parameter_tuning_job(
    call: Call[t.DescribeHyperParameterTuningJobRequest], ports: Ports
) -> t.DescribeHyperParameterTuningJobResponse:
    """A search as it stands: how many training jobs became what, and the best so far."""
    row = await find_tuning(call.arguments["HyperParameterTuningJobName"], call, ports)
    request, seen = row.body["request"], row.body["observed"]
    found = await children(ports.records, row.account, row.name, row.body["created"])
    answer: Any = _summary(row, found, ports) | {
        "HyperParameterTuningJobConfig": request["HyperParameterTuningJobConfig"],
        "TuningJobCompletionDetails": {"NumberOfTrainingJobsObjectiveNotImproving": not_improving(request, found)},
        "ConsumedResources": {"RuntimeInSeconds": int((seen["ended"] or ports.clock.now()) - row.body["created"])},
    }
    del answer["Strategy"], answer["ResourceLimits"]
    defined = {**definition(request), "StaticHyperParameters": static_parameters(request)}
    if request.get("TrainingJobDefinition"):
        answer["TrainingJobDefinition"] = defined
    else:
        answer["TrainingJobDefinitions"] = [defined]
    if request.get("WarmStartConfig"):
        answer["WarmStartConfig"] = request["WarmStartConfig"]
    if seen["failure"]:
        answer["FailureReason"] = seen["failure"]
    top = best(request, found)
    if top is not None:
        answer["BestTrainingJob"] = child_summary(top, row, ports)
    if request.get("WarmStartConfig", {}).get("WarmStartType") == "IdenticalDataAndAlgorithm":
        overall = await _overall(row, top, ports)
        if overall is not None:
            answer["OverallBestTrainingJob"] = child_summary(overall, row, ports)
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("sagemaker", "ListHyperParameterTuningJobs", access=Access.LIST, touches=touches_account)
async def list_hyper_parameter_tuning_jobs(
    call: Call[t.ListHyperParameterTuningJobsRequest], ports: Ports
) -> t.ListHyperParameterTuningJobsResponse:
    """The account's searches by name, state and times; in order of name unless asked otherwise."""
    asked: Json = dict(call.arguments)
    rows = await ports.records.list(TUNING_JOB, call.principal.account, most=_MOST)
    contains = asked.get("NameContains", "").lower()
    wanted = [
        row
        for row in rows
        if contains in row.name.lower()
        and asked.get("StatusEquals", status_of(row.body)) == status_of(row.body)
        and within(asked, "CreationTime", row.body["created"])
        and within(asked, "LastModifiedTime", row.body["observed"]["modified"])
    ]
    orders = {
        "Name": lambda item: item["row"].name,
        "CreationTime": lambda item: item["row"].body["created"],
        "Status": lambda item: status_of(item["row"].body),
    }
    items, token = page(
        [{"name": row.name, "row": row} for row in wanted],
        asked,
        orders[asked.get("SortBy", "Name")],
        "name",
        descending=asked.get("SortOrder") == "Descending",
    )
    summaries = []
    for item in items:  # only those of this page are looked into
        row = item["row"]
        summaries.append(
            _summary(row, await children(ports.records, row.account, row.name, row.body["created"]), ports)
        )
    answer: Any = {"HyperParameterTuningJobSummaries": summaries}
    if token is not None:
        answer["NextToken"] = token
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("sagemaker", "StopHyperParameterTuningJob", access=Access.WRITE, touches=_NAMED)
async def stop_hyper_parameter_tuning_job(
    call: Call[t.StopHyperParameterTuningJobRequest], ports: Ports
) -> dict[str, Any]:
    """Ask a search to end, and with it the training jobs that run."""
    name = call.arguments["HyperParameterTuningJobName"]

    def stopped(body: Json) -> Json:
        status = body["observed"]["status"]
        if status in OVER:
            raise ValidationError(f"The request was rejected because the tuning job is in status {status}.")
        return {**body, "desired": "stop"}

    await find_tuning(name, call, ports)
    await change(TUNING_JOB, name, call, ports, stopped)
    ports.tuning.changed(call.principal.account, name)
    return {}


@operation("sagemaker", "DeleteHyperParameterTuningJob", access=Access.WRITE, touches=_NAMED)
async def delete_hyper_parameter_tuning_job(
    call: Call[t.DeleteHyperParameterTuningJobRequest], ports: Ports
) -> dict[str, Any]:
    """Forget a search that is over; its training jobs stay."""
    row = await find_tuning(call.arguments["HyperParameterTuningJobName"], call, ports)
    if row.body["observed"]["status"] not in OVER:
        raise ValidationError(f"The tuning job {row.name} is in status {status_of(row.body)}. Stop it, and wait.")
    if not await ports.records.delete(TUNING_JOB, row.account, row.name):
        raise missing(TUNING_JOB, row.name, row.account, ports)
    return {}


async def find_tuning(name: str, call: Call[Any], ports: Ports) -> Row:
    """The caller's tuning job. Raises: CallerError (ResourceNotFound)."""
    row = await ports.records.get(TUNING_JOB, call.principal.account, name)
    if row is None:
        raise CallerError("Requested resource not found.", code="ResourceNotFound")
    return row


def _summary(row: Row, found: list[Child], ports: Ports) -> Json:
    seen = row.body["observed"]
    config = row.body["request"]["HyperParameterTuningJobConfig"]
    summary: Json = {
        "HyperParameterTuningJobName": row.name,
        "HyperParameterTuningJobArn": arn_of(TUNING_JOB, row.name, row.account, ports),
        "HyperParameterTuningJobStatus": status_of(row.body),
        "Strategy": config["Strategy"],
        "ResourceLimits": config["ResourceLimits"],
        "CreationTime": utc(row.body["created"]),
        "LastModifiedTime": utc(seen["modified"]),
        "TrainingJobStatusCounters": training_counters(found),
        "ObjectiveStatusCounters": objective_counters(found),
    }
    if seen["ended"] is not None:
        summary["HyperParameterTuningEndTime"] = utc(seen["ended"])
    return summary


async def _overall(row: Row, top: Child | None, ports: Ports) -> Child | None:
    """The best of a search and its parents; a parent's that was deleted meanwhile is not counted."""
    request, chosen = row.body["request"], top
    for parent in row.body["parents"]:
        if chosen is not None and not is_better(request, parent["value"], chosen.value or 0.0):
            continue
        there = await ports.records.get("training-job", row.account, parent["job"])
        if there is not None and "tuning" in there.body:
            chosen = Child(there.name, there.body)
    return chosen
