"""Log groups, and how long they keep events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import ConflictError
from usina.core.logs import LogGroup
from usina.core.operation import Access, operation
from usina.services.logs import naming
from usina.services.logs.tags import checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import logs_types as t

_PAGE: Final = 50
_DAYS: Final = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
)
_RESERVED: Final = "aws/"


@operation("logs", "CreateLogGroup", access=Access.WRITE, touches=naming.touches_named)
async def create_log_group(call: Call[t.CreateLogGroupRequest], ports: Ports) -> Mapping[str, Any]:
    """A group of the account. Keys of KMS and classes but STANDARD are refused, not passed over."""
    asked, account = call.arguments, call.principal.account
    name = asked["logGroupName"]
    if asked.get("kmsKeyId"):
        raise naming.invalid("kmsKeyId is not supported by this site: leave it out.")
    if asked.get("logGroupClass", "STANDARD") != "STANDARD":
        raise naming.invalid("This site has log groups of the class STANDARD only.")
    if asked.get("deletionProtectionEnabled"):
        raise naming.invalid("deletionProtectionEnabled is not supported by this site: leave it out.")
    if name.lower().startswith(_RESERVED):
        raise naming.invalid("Log groups starting with AWS/ are reserved for AWS.")
    tags = checked({}, asked.get("tags", {}))
    try:
        await ports.log_groups.create(LogGroup(account, name, int(ports.clock.now() * 1_000), tags=tags))
    except ConflictError:
        raise naming.taken("log group") from None
    return {}


@operation("logs", "DeleteLogGroup", access=Access.WRITE, touches=naming.touches_named)
async def delete_log_group(call: Call[t.DeleteLogGroupRequest], ports: Ports) -> Mapping[str, Any]:
    """Delete a group with all its streams and events."""
    await ports.log_groups.delete(call.principal.account, call.arguments["logGroupName"])
    return {}


@operation("logs", "DescribeLogGroups", access=Access.LIST, touches=naming.touches_account)
async def describe_log_groups(call: Call[t.DescribeLogGroupsRequest], ports: Ports) -> t.DescribeLogGroupsResponse:
    """Groups of the account in order of name, a page at a time; a prefix, or a part of the name in any case."""
    asked, account = call.arguments, call.principal.account
    prefix, containing = asked.get("logGroupNamePrefix", ""), asked.get("logGroupNamePattern", "")
    if prefix and containing:
        raise naming.invalid("Give either logGroupNamePrefix or logGroupNamePattern.")
    if asked.get("accountIdentifiers") or asked.get("includeLinkedAccounts"):
        raise naming.invalid(
            "This site has no linked accounts: leave accountIdentifiers and includeLinkedAccounts out."
        )
    if asked.get("logGroupIdentifiers"):
        return {"logGroups": await _named(call, ports)}
    if asked.get("logGroupClass", "STANDARD") != "STANDARD":
        return {"logGroups": []}
    after = naming.place(asked["nextToken"], str)[0] if "nextToken" in asked else ""
    most = asked.get("limit", _PAGE)
    found = await ports.log_groups.list(account, prefix=prefix, containing=containing, after=after, most=most + 1)
    answer: t.DescribeLogGroupsResponse = {"logGroups": [_described(ports, group) for group in found[:most]]}
    if len(found) > most:
        answer["nextToken"] = naming.token(found[most - 1].name)
    return answer


async def _named(call: Call[t.DescribeLogGroupsRequest], ports: Ports) -> list[t.LogGroup]:
    """The groups of these names or ARNs that the account has."""
    described = []
    for identifier in call.arguments["logGroupIdentifiers"]:
        owner, name = naming.owner_and_name(identifier, call.principal.account)
        if owner == call.principal.account:
            found = await ports.log_groups.list(owner, prefix=name, most=1)  # names sort before what begins with them
            described += [_described(ports, group) for group in found if group.name == name]
    return described


def _described(ports: Ports, group: LogGroup) -> t.LogGroup:
    arn = naming.group_arn(ports, group.account, group.name)
    described: t.LogGroup = {
        "logGroupName": group.name,
        "creationTime": group.created_ms,
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "logGroupArn": arn,
        "storedBytes": group.stored_bytes,
        "logGroupClass": "STANDARD",
    }
    if group.retention_days:
        described["retentionInDays"] = group.retention_days
    return described


@operation("logs", "PutRetentionPolicy", access=Access.WRITE, touches=naming.touches_named)
async def put_retention_policy(call: Call[t.PutRetentionPolicyRequest], ports: Ports) -> Mapping[str, Any]:
    """Keep events for so many days; older ones are not seen from then on, and deleted within the hour."""
    days = call.arguments["retentionInDays"]
    if days not in _DAYS:
        raise naming.invalid(f"retentionInDays must be one of {', '.join(str(each) for each in sorted(_DAYS))}.")
    await ports.log_groups.change(call.principal.account, call.arguments["logGroupName"], retention_days=days)
    return {}


@operation("logs", "DeleteRetentionPolicy", access=Access.WRITE, touches=naming.touches_named)
async def delete_retention_policy(call: Call[t.DeleteRetentionPolicyRequest], ports: Ports) -> Mapping[str, Any]:
    """Keep events for ever."""
    await ports.log_groups.change(call.principal.account, call.arguments["logGroupName"], retention_days=0)
    return {}
