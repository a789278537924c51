"""Roles of an account's own: who may take them is their trust policy, what they may do their other policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import ValidationError
from usina.core.operation import Access, operation
from usina.services.iam.changing import all_of, change, check_size, encoded, found, in_use, make, new_id, remove
from usina.services.iam.pages import page
from usina.services.iam.tagging import merged
from usina.services.iam.touching import one_role, own_account
from usina.sovereignty.iam.rows import ROLE, role_arn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports, Row
    from usina.shapes import iam_types as t

_TRUST_CHARACTERS = 4_096
_HOUR_SECONDS = 3_600


def _described(row: Row, *, whole: bool = True) -> t.Role:
    body = row.body
    role: t.Role = {
        "Path": body["path"],
        "RoleName": row.name,
        "RoleId": body["id"],
        "Arn": role_arn(row.account, body["path"], row.name),
        "CreateDate": utc(body["created_at"]),
        "AssumeRolePolicyDocument": encoded(body["trust"]),
        "MaxSessionDuration": body["max_session_seconds"],
    }
    if body["description"]:
        role["Description"] = body["description"]
    if whole and body["tags"]:
        role["Tags"] = body["tags"]
    return role


def _checked_trust(document: str, ports: Ports) -> str:
    ports.iam.check(document, "trust")
    check_size(document, _TRUST_CHARACTERS)
    return document


@operation("iam", "CreateRole", access=Access.PERMISSIONS, touches=one_role)
async def create_role(call: Call[t.CreateRoleRequest], ports: Ports) -> t.CreateRoleResponse:
    """Make a role that the principals of its trust policy may take."""
    asked = call.arguments
    if "PermissionsBoundary" in asked:
        raise ValidationError("PermissionsBoundary is not supported by this site: write a Deny instead.")
    body: Json = {
        "path": asked.get("Path", "/"),
        "id": new_id("AROA", ports.dice),
        "created_at": ports.clock.now(),
        "description": asked.get("Description", ""),
        "max_session_seconds": asked.get("MaxSessionDuration", _HOUR_SECONDS),
        "tags": merged((), asked.get("Tags", [])),
        "trust": _checked_trust(asked["AssumeRolePolicyDocument"], ports),
        "inline": {},
        "attached": [],
    }
    return {"Role": _described(await make(ports, ROLE, call.principal.account, asked["RoleName"], body))}


@operation("iam", "GetRole", access=Access.READ, touches=one_role)
async def get_role(call: Call[t.GetRoleRequest], ports: Ports) -> t.GetRoleResponse:
    """One role, with its trust policy."""
    return {"Role": _described(await found(ports, ROLE, call.principal.account, call.arguments["RoleName"]))}


@operation("iam", "ListRoles", access=Access.LIST, touches=own_account)
async def list_roles(call: Call[t.ListRolesRequest], ports: Ports) -> Mapping[str, Any]:
    """List the account's own roles (site roles are not among them)."""
    prefix = call.arguments.get("PathPrefix", "/")
    rows = [row for row in await all_of(ports, ROLE, call.principal.account) if row.body["path"].startswith(prefix)]
    shown, more = page(rows, lambda row: row.name, call.arguments)
    return {"Roles": [_described(row, whole=False) for row in shown], **more}


@operation("iam", "UpdateRole", access=Access.PERMISSIONS, touches=one_role)
async def update_role(call: Call[t.UpdateRoleRequest], ports: Ports) -> Mapping[str, Any]:
    """Change a role's description and how long its sessions last at most."""
    asked = call.arguments

    def edit(body: Json) -> None:
        body["description"] = asked.get("Description", body["description"])
        body["max_session_seconds"] = asked.get("MaxSessionDuration", body["max_session_seconds"])

    await change(ports, ROLE, call.principal.account, asked["RoleName"], edit)
    return {}


@operation("iam", "UpdateRoleDescription", access=Access.PERMISSIONS, touches=one_role)
async def update_role_description(
    call: Call[t.UpdateRoleDescriptionRequest], ports: Ports
) -> t.UpdateRoleDescriptionResponse:
    """Change a role's description."""
    asked = call.arguments

    def edit(body: Json) -> None:
        body["description"] = asked["Description"]

    return {"Role": _described(await change(ports, ROLE, call.principal.account, asked["RoleName"], edit))}


@operation("iam", "UpdateAssumeRolePolicy", access=Access.PERMISSIONS, touches=one_role)
async def update_assume_role_policy(call: Call[t.UpdateAssumeRolePolicyRequest], ports: Ports) -> Mapping[str, Any]:
    """Change who may take a role. Sessions that were taken before go on."""
    trust = _checked_trust(call.arguments["PolicyDocument"], ports)

    def edit(body: Json) -> None:
        body["trust"] = trust

    await change(ports, ROLE, call.principal.account, call.arguments["RoleName"], edit)
    return {}


@operation("iam", "DeleteRole", access=Access.PERMISSIONS, touches=one_role)
async def delete_role(call: Call[t.DeleteRoleRequest], ports: Ports) -> Mapping[str, Any]:
    """Take a role away once it has no policies; its sessions may do nothing any more."""
    account, name = call.principal.account, call.arguments["RoleName"]
    body = (await found(ports, ROLE, account, name)).body
    if body["attached"]:
        raise in_use("detach all policies")
    if body["inline"]:
        raise in_use("delete policies")
    await remove(ports, ROLE, account, name)
    return {}
