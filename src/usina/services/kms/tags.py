"""Tags of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import CallerError
from usina.core.operation import Access, operation
from usina.services.kms.naming import change, check_not_pending, check_of_customer, the_key, touches_key
from usina.services.kms.pages import page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import kms_types as t

_MOST: Final = 50
_PAGE: Final = 50
_RESERVED: Final = "aws:"


def merged(before: Mapping[str, str], given: Iterable[Any]) -> dict[str, str]:
    """Tags with those given added or changed. Raises: CallerError (TagException)."""
    tags = dict(before)
    seen: set[str] = set()
    for tag in given:
        key = tag["TagKey"]
        if key in seen:
            raise CallerError(f"Duplicate tag key {key}: each key may be given once.", code="TagException")
        if key.lower().startswith(_RESERVED):
            raise CallerError(f"The tag key {key} begins with {_RESERVED}, which is reserved.", code="TagException")
        seen.add(key)
        tags[key] = tag["TagValue"]
    if len(tags) > _MOST:
        raise CallerError(f"A key may have at most {_MOST} tags.", code="LimitExceededException")
    return tags


@operation("kms", "TagResource", access=Access.WRITE, touches=touches_key)
async def tag_resource(call: Call[t.TagResourceRequest], ports: Ports) -> dict[str, Any]:
    """Add tags to a key, or give those that are there other values."""
    key = the_key(call.arguments["KeyId"], call, ports)
    check_of_customer(key)
    check_not_pending(key)
    given = call.arguments["Tags"]
    await change(key, call, ports, lambda body: {**body, "tags": merged(body["tags"], given)})
    return {}


@operation("kms", "UntagResource", access=Access.WRITE, touches=touches_key)
async def untag_resource(call: Call[t.UntagResourceRequest], ports: Ports) -> dict[str, Any]:
    """Take tags away; a key that is not there is no error."""
    key = the_key(call.arguments["KeyId"], call, ports)
    check_of_customer(key)
    check_not_pending(key)
    gone = set(call.arguments["TagKeys"])
    await change(
        key,
        call,
        ports,
        lambda body: {**body, "tags": {name: value for name, value in body["tags"].items() if name not in gone}},
    )
    return {}


@operation("kms", "ListResourceTags", access=Access.READ, touches=touches_key)
async def list_resource_tags(call: Call[t.ListResourceTagsRequest], ports: Ports) -> t.ListResourceTagsResponse:
    """A key's tags, in order."""
    tags: Mapping[str, str] = the_key(call.arguments["KeyId"], call, ports).body["tags"]
    found, more = page(sorted(tags), str, call.arguments, _PAGE)
    answer: Any = {"Tags": [{"TagKey": name, "TagValue": tags[name]} for name in found], **more}
    return answer  # type: ignore[no-any-return] # a JSON document of this shape
