"""Users of an account. Their ARN is that of the keys made for their name; they have no path and no password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import ValidationError
from usina.core.operation import Access, operation
from usina.services.iam.changing import all_of, found, in_use, make, missing, remove
from usina.services.iam.pages import page
from usina.services.iam.tagging import merged
from usina.services.iam.touching import one_user, own_account, user_of
from usina.sovereignty.iam.rows import USER, user_arn
from usina.sovereignty.keyring_names import is_name, stable_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports, Row
    from usina.shapes import iam_types as t


def _described(row: Row, *, whole: bool = True) -> t.User:
    user: t.User = {
        "Path": "/",
        "UserName": row.name,
        "UserId": row.body["id"],
        "Arn": user_arn(row.account, row.name),
        "CreateDate": utc(row.body["created_at"]),
    }
    if whole and row.body["tags"]:
        user["Tags"] = row.body["tags"]
    return user


@operation("iam", "CreateUser", access=Access.PERMISSIONS, touches=one_user)
async def create_user(call: Call[t.CreateUserRequest], ports: Ports) -> t.CreateUserResponse:
    """Make a user, who may do nothing until policies are attached."""
    asked, account = call.arguments, call.principal.account
    if asked.get("Path", "/") != "/":
        raise ValidationError("Path: users have no path on this site; leave it out.")
    if "PermissionsBoundary" in asked:
        raise ValidationError("PermissionsBoundary is not supported by this site: write a Deny instead.")
    if not is_name(asked["UserName"]):
        raise ValidationError("UserName: has letters, digits and characters of _+=,.@- only.")
    body: Json = {
        "id": stable_id("AIDA", account, asked["UserName"]),
        "created_at": ports.clock.now(),
        "tags": merged((), asked.get("Tags", [])),
        "inline": {},
        "attached": [],
    }
    return {"User": _described(await make(ports, USER, account, asked["UserName"], body))}


@operation("iam", "GetUser", access=Access.READ, touches=one_user)
async def get_user(call: Call[t.GetUserRequest], ports: Ports) -> t.GetUserResponse:
    """One user, or the caller; one who only has keys (made by usina CreateKey) is shown as the keys have it."""
    name, account = user_of(call), call.principal.account
    row = await ports.records.get(USER, account, name)
    if row is not None:
        return {"User": _described(row)}
    since = [card.created_at for card in await ports.keyring.list(account) if card.user == name and not card.ended]
    if not since:
        raise missing(USER, name)
    return {
        "User": {
            "Path": "/",
            "UserName": name,
            "UserId": stable_id("AIDA", account, name),
            "Arn": user_arn(account, name),
            "CreateDate": utc(min(since)),
        }
    }


@operation("iam", "ListUsers", access=Access.LIST, touches=own_account)
async def list_users(call: Call[t.ListUsersRequest], ports: Ports) -> Mapping[str, Any]:
    """List the account's users."""
    prefix = call.arguments.get("PathPrefix", "/")
    rows = await all_of(ports, USER, call.principal.account) if prefix == "/" else []
    shown, more = page(rows, lambda row: row.name, call.arguments)
    return {"Users": [_described(row, whole=False) for row in shown], **more}


@operation("iam", "DeleteUser", access=Access.PERMISSIONS, touches=one_user)
async def delete_user(call: Call[t.DeleteUserRequest], ports: Ports) -> Mapping[str, Any]:
    """Take a user away once there are no keys and no policies of theirs."""
    account, name = call.principal.account, call.arguments["UserName"]
    body = (await found(ports, USER, account, name)).body
    if any(card.user == name and not card.ended for card in await ports.keyring.list(account)):
        raise in_use("delete access keys")
    if body["attached"]:
        raise in_use("detach all policies")
    if body["inline"]:
        raise in_use("delete policies")
    await remove(ports, USER, account, name)
    return {}
