"""What all kinds of jobs have in common for their callers: a row that says what is wanted, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.errors import CallerError, ConflictError, ValidationError
from usina.core.jobs import OVER, new_job
from usina.core.ports import Row
from usina.services.sagemaker.naming import arn_of, change, find, missing
from usina.services.sagemaker.paging import PAGE, page, place_by_time, token_of, within
from usina.services.sagemaker.tags import merged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports

SERVICE: Final = "sagemaker.amazonaws.com"
_MOST_JOBS = 1_000_000
_FILTERED_CHUNK = 1_000  # rows that are read at once where only some of them are wanted
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


async def create(
    kind: JobKind, asked: Json, call: Call[Any], ports: Ports, *, resources: Mapping[str, Any], **facts: Any
) -> str:
    """Write the row of a job that was checked, with other facts of its kind, and have it begun; gives its ARN.

    `resources`: the member of the request that names the instance type.

    Raises: CallerError (ResourceInUse) where the name is taken, and what passing the role raises.
    """
    name, account = asked[f"{kind.member}Name"], call.principal.account
    if asked.get("RoleArn"):
        ports.iam.pass_role(call.principal, asked["RoleArn"], SERVICE)
    arn = arn_of(kind.kind, name, account, ports)
    ahead = ports.jobs.ahead(resources.get("InstanceType", ""))
    body = new_job(asked, merged((), asked.get("Tags", ())), ports.clock.now(), kind.work, ahead) | facts
    try:
        row = await ports.records.put(Row(kind.kind, account, name, body))
    except ConflictError:
        raise CallerError(
            f"{kind.work.capitalize()} job names must be unique within an AWS account and region, and a {kind.work} "
            f"job with this name already exists ({arn})",
            code="ResourceInUse",
        ) from None
    ports.jobs.created(row)
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
    members = (*_SHOWN, *(f"observed.{fact}" for fact, _ in echoed))
    if asked.get("SortBy", "CreationTime") == "CreationTime":
        rows, token = await _by_creation(kind, asked, call, ports, members)
    else:
        rows, token = await _by_another_order(kind, asked, call, ports, members)
    answer: Json = {f"{kind.member}Summaries": [_summary(kind, row, ports, echoed) for row in rows]}
    if token is not None:
        answer["NextToken"] = token
    return answer


async def _by_creation(
    kind: JobKind, asked: Mapping[str, Any], call: Call[Any], ports: Ports, members: Sequence[str]
) -> tuple[Sequence[Row], str | None]:
    """A page in the order that the database has an index of: it reads what it shows, however many there are."""
    most, after = asked.get("MaxResults") or PAGE, place_by_time(asked)
    filtered = not _FILTERS.isdisjoint(asked)
    chunk = _FILTERED_CHUNK if filtered else most + 1
    found: list[Row] = []
    while len(found) <= most:
        rows = await ports.records.list_by_creation(
            kind.kind,
            call.principal.account,
            after=after,
            descending=asked.get("SortOrder", "Descending") == "Descending",
            most=chunk,
            only=members,
        )
        found += [row for row in rows if not filtered or _wanted(row, asked)]
        if len(rows) < chunk:
            break
        after = (rows[-1].body["created"], rows[-1].name)
    shown = found[:most]
    return shown, token_of((shown[-1].body["created"], shown[-1].name)) if len(found) > most else None


async def _by_another_order(
    kind: JobKind, asked: Mapping[str, Any], call: Call[Any], ports: Ports, members: Sequence[str]
) -> tuple[Sequence[Row], str | None]:
    """A page of all of them, in an order made here."""
    rows = await ports.records.list(kind.kind, call.principal.account, most=_MOST_JOBS, only=members)
    orders = {"Name": lambda item: item["name"], "Status": lambda item: status_of(item["row"].body)}
    items, token = page(
        [{"name": row.name, "row": row} for row in rows if _wanted(row, asked)],
        asked,
        orders[asked["SortBy"]],
        "name",
        descending=asked.get("SortOrder", "Descending") == "Descending",
    )
    return [item["row"] for item in items], token


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
