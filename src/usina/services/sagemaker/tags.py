"""Tags of SageMaker's things."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from usina.core.errors import ValidationError
from usina.core.operation import Access, operation
from usina.core.packages import MODEL_PACKAGE, MODEL_PACKAGE_GROUP, group_of
from usina.services.sagemaker.naming import change, find, missing, resource_of, thing_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from usina.core.operation import Call, Resource
    from usina.core.ports import Json, Ports
    from usina.shapes import sagemaker_types as t

_MOST_TAGS = 50
_RESERVED = "aws:"


def _touches(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    arn: str = call.arguments["ResourceArn"]
    kind, name, parsed = thing_of(arn)
    return (replace(resource_of(kind, name, parsed.account, ports), id=arn),)


@operation("sagemaker", "AddTags", access=Access.WRITE, touches=_touches)
async def add_tags(call: Call[t.AddTagsInput], ports: Ports) -> t.AddTagsOutput:
    """Add tags, or give those that are there other values."""
    kind, name = _named(call, ports, changes=True)
    given = call.arguments["Tags"]
    row = await change(kind, name, call, ports, lambda body: {**body, "tags": merged(body.get("tags", ()), given)})
    return {"Tags": row.body["tags"]}


@operation("sagemaker", "ListTags", access=Access.READ, touches=_touches)
async def list_tags(call: Call[t.ListTagsInput], ports: Ports) -> t.ListTagsOutput:
    """The tags of a thing, in order of key; all of them, as there are never more than a page holds."""
    kind, name = _named(call, ports, changes=False)
    return {"Tags": (await find(kind, name, call, ports)).body.get("tags", [])}


@operation("sagemaker", "DeleteTags", access=Access.WRITE, touches=_touches)
async def delete_tags(call: Call[t.DeleteTagsInput], ports: Ports) -> t.DeleteTagsOutput:
    """Take tags away; a key that is not there is no error."""
    kind, name = _named(call, ports, changes=True)
    keys = set(call.arguments["TagKeys"])
    await change(
        kind,
        name,
        call,
        ports,
        lambda body: {**body, "tags": [tag for tag in body.get("tags", ()) if tag["Key"] not in keys]},
    )
    return {}


def merged(before: Iterable[Any], given: Iterable[Any]) -> list[Json]:
    """Tags with those given added or changed, in order of key. Raises: ValidationError."""
    tags = {tag["Key"]: tag["Value"] for tag in before}
    seen: set[str] = set()
    for tag in given:
        key = tag["Key"]
        if key in seen:
            raise ValidationError(f"Duplicate tag key {key}: each key may be given once.")
        if key.lower().startswith(_RESERVED):
            raise ValidationError(f"The tag key {key} begins with {_RESERVED}, which is reserved.")
        seen.add(key)
        tags[key] = tag["Value"]
    if len(tags) > _MOST_TAGS:
        raise ValidationError(f"A resource may have at most {_MOST_TAGS} tags.")
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def _named(call: Call[Any], ports: Ports, *, changes: bool) -> tuple[str, str]:
    """Row kind and name of the caller's thing. Raises: ValidationError where it is of another account or region."""
    kind, name, parsed = thing_of(call.arguments["ResourceArn"])
    if (parsed.account, parsed.region) != (call.principal.account, ports.site.region):
        raise missing(kind, name, parsed.account, ports)
    group, _ = group_of(name)
    if kind != MODEL_PACKAGE or not group:
        return kind, name
    if changes:
        raise ValidationError(f"A version has the tags of its model package group: tag {group} instead.")
    return MODEL_PACKAGE_GROUP, group
