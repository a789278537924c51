"""Tags of inference profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.errors import CallerError, ValidationError
from usina.core.ids import Arn
from usina.core.operation import Access, Resource, operation
from usina.services.bedrock import profile_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes.bedrock_types import (
        ListTagsForResourceRequest,
        ListTagsForResourceResponse,
        TagResourceRequest,
        TagResourceResponse,
        UntagResourceRequest,
        UntagResourceResponse,
    )

_MOST_TAGS = 50
_RESERVED = "aws:"


def _touches(call: Call[Any], _ports: Ports) -> Sequence[Resource]:
    name: str = call.arguments["resourceARN"]
    arn = Arn.parse(name)
    account = call.principal.account if arn is None else arn.account
    return (Resource("InferenceProfile", name, account),)


@operation("bedrock", "TagResource", access=Access.WRITE, touches=_touches)
async def tag_resource(call: Call[TagResourceRequest], ports: Ports) -> TagResourceResponse:
    """Add tags, or give those that are there new values."""
    arn, given = call.arguments["resourceARN"], call.arguments["tags"]
    _check(arn)
    await profile_rows.change(
        ports,
        call.principal.account,
        arn,
        lambda body: {**body, "tags": merged(body.get("tags", ()), given, arn)},
    )
    return {}


@operation("bedrock", "UntagResource", access=Access.WRITE, touches=_touches)
async def untag_resource(call: Call[UntagResourceRequest], ports: Ports) -> UntagResourceResponse:
    """Take tags away; a key that is not there is no error."""
    arn, keys = call.arguments["resourceARN"], set(call.arguments["tagKeys"])
    _check(arn)
    await profile_rows.change(
        ports,
        call.principal.account,
        arn,
        lambda body: {**body, "tags": [tag for tag in body.get("tags", ()) if tag["key"] not in keys]},
    )
    return {}


@operation("bedrock", "ListTagsForResource", access=Access.READ, touches=_touches)
async def list_tags_for_resource(call: Call[ListTagsForResourceRequest], ports: Ports) -> ListTagsForResourceResponse:
    """The tags of a resource, in order of key."""
    arn, account = call.arguments["resourceARN"], call.principal.account
    _check(arn)
    row = await ports.records.get(profile_rows.KIND, account, profile_rows.owned_id(arn, account))
    if row is None:
        raise profile_rows.missing(arn)
    return {"tags": row.body.get("tags", [])}


def merged(before: Iterable[Any], given: Iterable[Any], arn: str) -> list[Json]:
    """Tags with those given added or changed, in order of key.

    Raises:
        ValidationError: a key is given twice, or is one of AWS's own.
        CallerError: more than a resource may have (TooManyTagsException).
    """
    tags = {tag["key"]: tag["value"] for tag in before}
    seen: set[str] = set()
    for tag in given:
        key = tag["key"]
        if key in seen:
            raise ValidationError(f"The tag key {key} is given more than once.")
        if key.lower().startswith(_RESERVED):
            raise ValidationError(f"The tag key {key} begins with {_RESERVED}, which is reserved.")
        seen.add(key)
        tags[key] = tag["value"]
    if len(tags) > _MOST_TAGS:
        raise CallerError(
            f"A resource may have at most {_MOST_TAGS} tags.",
            code="TooManyTagsException",
            members={"resourceName": arn},
        )
    return [{"key": key, "value": tags[key]} for key in sorted(tags)]


def _check(arn: str) -> None:
    parsed = Arn.parse(arn)
    if parsed is None:
        raise ValidationError("The value at resourceARN is not a valid ARN.")
    profile_rows.refuse_system(parsed.resource.partition("/")[2])
