"""Tags of roles and users. They are kept and shown; no condition reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.errors import LimitExceededError, ValidationError
from usina.core.operation import Access, operation
from usina.services.iam.changing import change, found
from usina.services.iam.pages import page
from usina.services.iam.touching import one_role, one_user
from usina.sovereignty.iam.rows import ROLE, USER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import iam_types as t

_MOST = 50


def merged(known: Iterable[Any], more: Sequence[t.Tag]) -> list[dict[str, str]]:
    """Tags with others put over them. Raises: ValidationError, LimitExceededError."""
    keys = [tag["Key"].lower() for tag in more]
    if len(keys) != len(set(keys)):
        raise ValidationError("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    kept = {tag["Key"].lower(): tag for tag in (*known, *more)}
    if len(kept) > _MOST:
        raise LimitExceededError(f"The number of tags has reached the maximum limit of {_MOST}.")
    return [{"Key": tag["Key"], "Value": tag["Value"]} for tag in kept.values()]


def _put(more: Sequence[t.Tag]) -> Any:
    def edit(body: Json) -> None:
        body["tags"] = merged(body["tags"], more)

    return edit


def _drop(keys: Sequence[str]) -> Any:
    gone = {key.lower() for key in keys}

    def edit(body: Json) -> None:
        body["tags"] = [tag for tag in body["tags"] if tag["Key"].lower() not in gone]

    return edit


async def _listed(ports: Ports, kind: str, account: str, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    row = await found(ports, kind, account, name)
    tags, more = page(row.body["tags"], lambda tag: str(tag["Key"]), asked)
    return {"Tags": tags, **more}


@operation("iam", "TagRole", access=Access.PERMISSIONS, touches=one_role)
async def tag_role(call: Call[t.TagRoleRequest], ports: Ports) -> Mapping[str, Any]:
    """Put tags on a role."""
    await change(ports, ROLE, call.principal.account, call.arguments["RoleName"], _put(call.arguments["Tags"]))
    return {}


@operation("iam", "UntagRole", access=Access.PERMISSIONS, touches=one_role)
async def untag_role(call: Call[t.UntagRoleRequest], ports: Ports) -> Mapping[str, Any]:
    """Take tags off a role."""
    await change(ports, ROLE, call.principal.account, call.arguments["RoleName"], _drop(call.arguments["TagKeys"]))
    return {}


@operation("iam", "ListRoleTags", access=Access.LIST, touches=one_role)
async def list_role_tags(call: Call[t.ListRoleTagsRequest], ports: Ports) -> Mapping[str, Any]:
    """List the tags of a role."""
    return await _listed(ports, ROLE, call.principal.account, call.arguments["RoleName"], call.arguments)


@operation("iam", "TagUser", access=Access.PERMISSIONS, touches=one_user)
async def tag_user(call: Call[t.TagUserRequest], ports: Ports) -> Mapping[str, Any]:
    """Put tags on a user."""
    await change(ports, USER, call.principal.account, call.arguments["UserName"], _put(call.arguments["Tags"]))
    return {}


@operation("iam", "UntagUser", access=Access.PERMISSIONS, touches=one_user)
async def untag_user(call: Call[t.UntagUserRequest], ports: Ports) -> Mapping[str, Any]:
    """Take tags off a user."""
    await change(ports, USER, call.principal.account, call.arguments["UserName"], _drop(call.arguments["TagKeys"]))
    return {}


@operation("iam", "ListUserTags", access=Access.LIST, touches=one_user)
async def list_user_tags(call: Call[t.ListUserTagsRequest], ports: Ports) -> Mapping[str, Any]:
    """List the tags of a user."""
    return await _listed(ports, USER, call.principal.account, call.arguments["UserName"], call.arguments)
