"""Tags of log groups, by ARN and, as older programs do, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import CallerError
from usina.core.operation import Access, operation
from usina.services.logs import naming

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from usina.core.operation import Call, Resource
    from usina.core.ports import Ports
    from usina.shapes import logs_types as t

_MOST_TAGS: Final = 50
_RESERVED: Final = "aws:"
_NAMES: Final = "resourceArn"


def checked(before: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Tags with those given added or changed.

    Raises:
        CallerError: a key is reserved, or there are too many (TooManyTagsException).
    """
    if any(key.lower().startswith(_RESERVED) for key in given):
        raise naming.invalid(f"Tag keys that begin with {_RESERVED} are reserved.")
    tags = {**before, **given}
    if len(tags) > _MOST_TAGS:
        raise CallerError(f"A resource may have at most {_MOST_TAGS} tags.", code="TooManyTagsException")
    return tags


def _touches_arn(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    return (naming.group_resource(ports, *naming.owner_and_name(call.arguments[_NAMES], call.principal.account)),)


async def _tags(ports: Ports, account: str, name: str) -> Mapping[str, str]:
    group = await ports.log_groups.find(account, name)
    if group is None:
        raise naming.missing("log group")
    return group.tags


async def _change(
    ports: Ports, account: str, name: str, edit: Callable[[Mapping[str, str]], Mapping[str, str]]
) -> None:
    await ports.log_groups.change(account, name, tags=edit(await _tags(ports, account, name)))


@operation("logs", "TagResource", access=Access.WRITE, touches=_touches_arn)
async def tag_resource(call: Call[t.TagResourceRequest], ports: Ports) -> Mapping[str, Any]:
    """Add tags to a group, or give those that are there new values."""
    account, name = naming.owner_and_name(call.arguments["resourceArn"], call.principal.account)
    await _change(ports, account, name, lambda tags: checked(tags, call.arguments["tags"]))
    return {}


@operation("logs", "UntagResource", access=Access.WRITE, touches=_touches_arn)
async def untag_resource(call: Call[t.UntagResourceRequest], ports: Ports) -> Mapping[str, Any]:
    """Take tags away; a key that is not there is no error."""
    account, name = naming.owner_and_name(call.arguments["resourceArn"], call.principal.account)
    gone = set(call.arguments["tagKeys"])
    await _change(ports, account, name, lambda tags: {key: tags[key] for key in tags if key not in gone})
    return {}


@operation("logs", "ListTagsForResource", access=Access.READ, touches=_touches_arn)
async def list_tags_for_resource(
    call: Call[t.ListTagsForResourceRequest], ports: Ports
) -> t.ListTagsForResourceResponse:
    """The tags of a group."""
    account, name = naming.owner_and_name(call.arguments["resourceArn"], call.principal.account)
    return {"tags": dict(await _tags(ports, account, name))}


@operation("logs", "TagLogGroup", access=Access.WRITE, touches=naming.touches_named)
async def tag_log_group(call: Call[t.TagLogGroupRequest], ports: Ports) -> Mapping[str, Any]:
    """As TagResource, by the group's name."""
    given = call.arguments["tags"]
    await _change(ports, call.principal.account, call.arguments["logGroupName"], lambda tags: checked(tags, given))
    return {}


@operation("logs", "UntagLogGroup", access=Access.WRITE, touches=naming.touches_named)
async def untag_log_group(call: Call[t.UntagLogGroupRequest], ports: Ports) -> Mapping[str, Any]:
    """As UntagResource, by the group's name."""
    name, gone = call.arguments["logGroupName"], set(call.arguments["tags"])
    await _change(ports, call.principal.account, name, lambda tags: {key: tags[key] for key in tags if key not in gone})
    return {}


@operation("logs", "ListTagsLogGroup", access=Access.READ, touches=naming.touches_named)
async def list_tags_log_group(call: Call[t.ListTagsLogGroupRequest], ports: Ports) -> t.ListTagsLogGroupResponse:
    """As ListTagsForResource, by the group's name."""
    return {"tags": dict(await _tags(ports, call.principal.account, call.arguments["logGroupName"]))}
