"""What all kinds of jobs have in common for their callers: a row that says what is wanted, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.errors import CallerError, ConflictError, ValidationError
from usina.core.jobs import OVER, new_job
from usina.core.ports import Row
from usina.services.sagemaker.naming import arn_of, change, find, missing
from usina.services.sagemaker.paging import page, within
from usina.services.sagemaker.tags import merged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports

SERVICE: Final = "sagemaker.amazonaws.com"
_MOST_JOBS = 1_000_000
_FILTERS = frozenset(
    {"NameContains", "StatusEquals"}
    | {f"{time}Time{side}" for time in ("Creation", "LastModified") for side in ("After", "Before")}
)
_SHOWN = ("created", "desired", "observed.status", "observed.modified", "observed.ended")  # what a summary is made of


@dataclass(frozen=True, slots=True)
class JobKind:
    """How the service speaks of a kind."""

    kind: str  # of its rows
    work: str  # training
    member: str  # TrainingJob: with Name, Arn, Status and Summaries after it, the members of its documents


async def create(kind: JobKind, asked: Json, call: Call[Any], ports: Ports, **facts: Any) -> str:
    """Write the row of a job that was checked, with other facts of its kind, and have it begun; gives its ARN.

    Raises: CallerError (ResourceInUse) where the name is taken, and what passing the role raises.
    """
    name, account = asked[f"{kind.member}Name"], call.principal.account
    if asked.get("RoleArn"):
        ports.iam.pass_role(call.principal, asked["RoleArn"], SERVICE)
    arn = arn_of(kind.kind, name, account, ports)
    body = new_job(asked, merged((), asked.get("Tags", ())), ports.clock.now(), kind.work) | facts
    try:
        await ports.records.put(Row(kind.kind, account, name, body))
    except ConflictError:
        raise CallerError(
            f"{kind.work.capitalize()} job names must be unique within an AWS account and region, and a {kind.work} "
            f"job with this name already exists ({arn})",
            code="ResourceInUse",
        ) from None
    ports.jobs.changed(kind.kind, account, name)
    return arn


async def stop(kind: JobKind, name: str, call: Call[Any], ports: Ports) -> None:
    """Ask a job to end. Raises: ValidationError where it is over, or not there."""

    def stopped(body: Json) -> Json:
        status = body["observed"]["status"]
        if status in OVER:
            raise ValidationError(f"The request was rejected because the {kind.work} job is in status {status}.")
        return {**body, "desired": "stop"}

    await change(kind.kind, name, call, ports, stopped)
    ports.jobs.changed(kind.kind, call.principal.account, name)


async def forget(kind: JobKind, name: str, call: Call[Any], ports: Ports) -> None:
    """Delete the row of a job that is over. Raises: CallerError (ResourceInUse), ValidationError."""
    row = await find(kind.kind, name, call, ports)
    if row.body["observed"]["status"] not in OVER:
        raise CallerError(
            f"The {kind.work} job {name} is in status {status_of(row.body)}. Stop it, and wait until it is over.",
            code="ResourceInUse",
        )
    if not await ports.records.delete(kind.kind, row.account, name):
        raise missing(kind.kind, name, row.account, ports)


async def listed(
    kind: JobKind, asked: Mapping[str, Any], call: Call[Any], ports: Ports, *, echoed: Sequence[tuple[str, str]] = ()
) -> Json:
    """A page of the account's jobs by name, state and times; the newest first unless asked otherwise.

    `echoed`: what of the observed stands in a summary, and as what.
    """
    facts = tuple(f"observed.{fact}" for fact, _ in echoed)
    rows = await ports.records.list(kind.kind, call.principal.account, most=_MOST_JOBS, only=(*_SHOWN, *facts))
    orders = {
        "Name": lambda item: item["name"],
        "CreationTime": lambda item: item["row"].body["created"],
        "Status": lambda item: status_of(item["row"].body),
    }
    filtered = not _FILTERS.isdisjoint(asked)
    items, token = page(
        [{"name": row.name, "row": row} for row in rows if not filtered or _wanted(row, asked)],
        asked,
        orders[asked.get("SortBy", "CreationTime")],
        "name",
        descending=asked.get("SortOrder", "Descending") == "Descending",
    )
    # Only those of this page are looked into: there may be thousands beside them.
    answer: Json = {f"{kind.member}Summaries": [_summary(kind, item["row"], ports, echoed) for item in items]}
    if token is not None:
        answer["NextToken"] = token
    return answer


def status_of(body: Json) -> str:
    """Stopping as soon as it was asked for: the loop follows."""
    status = str(body["observed"]["status"])
    return "Stopping" if status == "InProgress" and body["desired"] == "stop" else status


def _wanted(row: Row, asked: Mapping[str, Any]) -> bool:
    if asked.get("NameContains", "").lower() not in row.name.lower():
        return False
    if "StatusEquals" in asked and status_of(row.body) != asked["StatusEquals"]:
        return False
    return within(asked, "CreationTime", row.body["created"]) and within(
        asked, "LastModifiedTime", row.body["observed"]["modified"]
    )


def _summary(kind: JobKind, row: Row, ports: Ports, echoed: Sequence[tuple[str, str]]) -> Json:
    seen = row.body["observed"]
    summary = {
        f"{kind.member}Name": row.name,
        f"{kind.member}Arn": arn_of(kind.kind, row.name, row.account, ports),
        "CreationTime": utc(row.body["created"]),
        "LastModifiedTime": utc(seen["modified"]),
        f"{kind.member}Status": status_of(row.body),
    }
    summary |= {member: seen[fact] for fact, member in echoed if seen.get(fact)}
    if seen["ended"] is not None:
        summary[kind.member.replace("Job", "EndTime")] = utc(seen["ended"])
    return summary
