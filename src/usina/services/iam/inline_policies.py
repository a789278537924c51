"""Policies written into a role or a user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import LimitExceededError, NotFoundError
from usina.core.operation import Access, operation
from usina.services.iam.changing import change, check_size, encoded, found
from usina.services.iam.pages import page
from usina.services.iam.touching import one_role, one_user
from usina.sovereignty.iam.rows import ROLE, USER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import iam_types as t

_CHARACTERS: Final = {ROLE: 10_240, USER: 2_048}  # of all inline policies together, as AWS's quotas
_NAME: Final = {ROLE: "RoleName", USER: "UserName"}


async def _put(call: Call[Any], ports: Ports, kind: str) -> Mapping[str, Any]:
    asked = call.arguments
    document: str = asked["PolicyDocument"]
    ports.iam.check(document, "identity")
    check_size(document, _CHARACTERS[kind])

    def edit(body: Json) -> None:
        body["inline"][asked["PolicyName"]] = document
        total = sum(len("".join(text.split())) for text in body["inline"].values())
        if total > _CHARACTERS[kind]:
            raise LimitExceededError(
                f"Maximum policy size of {_CHARACTERS[kind]} bytes exceeded for {asked[_NAME[kind]]}"
            )

    await change(ports, kind, call.principal.account, asked[_NAME[kind]], edit)
    return {}


async def _get(call: Call[Any], ports: Ports, kind: str) -> Mapping[str, Any]:
    asked = call.arguments
    row = await found(ports, kind, call.principal.account, asked[_NAME[kind]])
    document = row.body["inline"].get(asked["PolicyName"])
    if document is None:
        raise _missing(asked)
    return {_NAME[kind]: row.name, "PolicyName": asked["PolicyName"], "PolicyDocument": encoded(document)}


async def _list(call: Call[Any], ports: Ports, kind: str) -> Mapping[str, Any]:
    row = await found(ports, kind, call.principal.account, call.arguments[_NAME[kind]])
    names, more = page(row.body["inline"], lambda name: str(name), call.arguments)  # noqa: PLW0108 - keys are str
    return {"PolicyNames": names, **more}


async def _delete(call: Call[Any], ports: Ports, kind: str) -> Mapping[str, Any]:
    asked = call.arguments

    def edit(body: Json) -> None:
        if body["inline"].pop(asked["PolicyName"], None) is None:
            raise _missing(asked)

    await change(ports, kind, call.principal.account, asked[_NAME[kind]], edit)
    return {}


def _missing(asked: Mapping[str, Any]) -> NotFoundError:
    return NotFoundError(f"The policy with name {asked['PolicyName']} cannot be found.")


@operation("iam", "PutRolePolicy", access=Access.PERMISSIONS, touches=one_role)
async def put_role_policy(call: Call[t.PutRolePolicyRequest], ports: Ports) -> Mapping[str, Any]:
    """Write a policy into a role, over one of that name."""
    return await _put(call, ports, ROLE)


@operation("iam", "GetRolePolicy", access=Access.READ, touches=one_role)
async def get_role_policy(call: Call[t.GetRolePolicyRequest], ports: Ports) -> Mapping[str, Any]:
    """One policy that is written into a role."""
    return await _get(call, ports, ROLE)


@operation("iam", "ListRolePolicies", access=Access.LIST, touches=one_role)
async def list_role_policies(call: Call[t.ListRolePoliciesRequest], ports: Ports) -> Mapping[str, Any]:
    """List the names of the policies written into a role."""
    return await _list(call, ports, ROLE)


@operation("iam", "DeleteRolePolicy", access=Access.PERMISSIONS, touches=one_role)
async def delete_role_policy(call: Call[t.DeleteRolePolicyRequest], ports: Ports) -> Mapping[str, Any]:
    """Take a policy out of a role."""
    return await _delete(call, ports, ROLE)


@operation("iam", "PutUserPolicy", access=Access.PERMISSIONS, touches=one_user)
async def put_user_policy(call: Call[t.PutUserPolicyRequest], ports: Ports) -> Mapping[str, Any]:
    """Write a policy into a user, over one of that name."""
    return await _put(call, ports, USER)


@operation("iam", "GetUserPolicy", access=Access.READ, touches=one_user)
async def get_user_policy(call: Call[t.GetUserPolicyRequest], ports: Ports) -> Mapping[str, Any]:
    """One policy that is written into a user."""
    return await _get(call, ports, USER)


@operation("iam", "ListUserPolicies", access=Access.LIST, touches=one_user)
async def list_user_policies(call: Call[t.ListUserPoliciesRequest], ports: Ports) -> Mapping[str, Any]:
    """List the names of the policies written into a user."""
    return await _list(call, ports, USER)


@operation("iam", "DeleteUserPolicy", access=Access.PERMISSIONS, touches=one_user)
async def delete_user_policy(call: Call[t.DeleteUserPolicyRequest], ports: Ports) -> Mapping[str, Any]:
    """Take a policy out of a user."""
    return await _delete(call, ports, USER)
