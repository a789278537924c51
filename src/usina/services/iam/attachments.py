"""Which managed policies roles and users have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import LimitExceededError, NotFoundError
from usina.core.operation import Access, operation
from usina.services.iam.changing import change, found
from usina.services.iam.pages import page
from usina.services.iam.policies import attached_to, missing, policy_row
from usina.services.iam.touching import one_policy, one_role, one_user
from usina.sovereignty.iam.managed import MANAGED, PREFIX
from usina.sovereignty.iam.rows import ROLE, USER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import iam_types as t

_MOST = 20  # of one role or user: AWS's quota as it can be raised; a role of the SageMaker SDK's own making has eleven
_NAME: Final = {ROLE: "RoleName", USER: "UserName"}


async def _attach(call: Call[Any], ports: Ports, kind: str) -> Mapping[str, Any]:
    asked, account = call.arguments, call.principal.account
    arn: str = asked["PolicyArn"]
    await _exists(ports, account, arn)

    def edit(body: Json) -> None:
        if arn in body["attached"]:
            return
        if len(body["attached"]) >= _MOST:
            raise LimitExceededError(f"Cannot exceed quota for PoliciesPer{_NAME[kind][:4]}: {_MOST}")
        body["attached"].append(arn)

    await change(ports, kind, account, asked[_NAME[kind]], edit)
    return {}


async def _detach(call: Call[Any], ports: Ports, kind: str) -> Mapping[str, Any]:
    asked = call.arguments
    arn: str = asked["PolicyArn"]

    def edit(body: Json) -> None:
        if arn not in body["attached"]:
            raise NotFoundError(f"Policy {arn} was not found.")
        body["attached"].remove(arn)

    await change(ports, kind, call.principal.account, asked[_NAME[kind]], edit)
    return {}


async def _listed(call: Call[Any], ports: Ports, kind: str) -> Mapping[str, Any]:
    asked = call.arguments
    row = await found(ports, kind, call.principal.account, asked[_NAME[kind]])
    prefix = asked.get("PathPrefix", "/")
    arns = [arn for arn in row.body["attached"] if arn.partition(":policy")[2].startswith(prefix)]
    shown, more = page(arns, lambda arn: str(arn), asked)  # noqa: PLW0108 - rows hold Any
    policies = [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in shown]
    return {"AttachedPolicies": policies, **more}


async def _exists(ports: Ports, account: str, arn: str) -> None:
    if not arn.startswith(PREFIX):
        await policy_row(ports, account, arn)
    elif arn.removeprefix(PREFIX) not in MANAGED:
        known = ", ".join(sorted(MANAGED))
        raise NotFoundError(f"{missing(arn).message} This site has {known}; write others with CreatePolicy.")


@operation("iam", "AttachRolePolicy", access=Access.PERMISSIONS, touches=one_role)
async def attach_role_policy(call: Call[t.AttachRolePolicyRequest], ports: Ports) -> Mapping[str, Any]:
    """Give a role a managed policy."""
    return await _attach(call, ports, ROLE)


@operation("iam", "DetachRolePolicy", access=Access.PERMISSIONS, touches=one_role)
async def detach_role_policy(call: Call[t.DetachRolePolicyRequest], ports: Ports) -> Mapping[str, Any]:
    """Take a managed policy from a role."""
    return await _detach(call, ports, ROLE)


@operation("iam", "ListAttachedRolePolicies", access=Access.LIST, touches=one_role)
async def list_attached_role_policies(call: Call[t.ListAttachedRolePoliciesRequest], ports: Ports) -> Mapping[str, Any]:
    """List the managed policies of a role."""
    return await _listed(call, ports, ROLE)


@operation("iam", "AttachUserPolicy", access=Access.PERMISSIONS, touches=one_user)
async def attach_user_policy(call: Call[t.AttachUserPolicyRequest], ports: Ports) -> Mapping[str, Any]:
    """Give a user a managed policy."""
    return await _attach(call, ports, USER)


@operation("iam", "DetachUserPolicy", access=Access.PERMISSIONS, touches=one_user)
async def detach_user_policy(call: Call[t.DetachUserPolicyRequest], ports: Ports) -> Mapping[str, Any]:
    """Take a managed policy from a user."""
    return await _detach(call, ports, USER)


@operation("iam", "ListAttachedUserPolicies", access=Access.LIST, touches=one_user)
async def list_attached_user_policies(call: Call[t.ListAttachedUserPoliciesRequest], ports: Ports) -> Mapping[str, Any]:
    """List the managed policies of a user."""
    return await _listed(call, ports, USER)


@operation("iam", "ListEntitiesForPolicy", access=Access.LIST, touches=one_policy)
async def list_entities_for_policy(call: Call[t.ListEntitiesForPolicyRequest], ports: Ports) -> Mapping[str, Any]:
    """List the roles and users that have a policy."""
    asked, account = call.arguments, call.principal.account
    await _exists(ports, account, asked["PolicyArn"])
    wanted = {"Role": (ROLE,), "User": (USER,)}.get(asked.get("EntityFilter", ""), (ROLE, USER))
    rows = [row for row in await attached_to(ports, account, asked["PolicyArn"]) if row.kind in wanted]
    shown, more = page(rows, lambda row: f"{row.kind}/{row.name}", asked)
    return {
        "PolicyGroups": [],
        "PolicyUsers": [{"UserName": row.name, "UserId": row.body["id"]} for row in shown if row.kind == USER],
        "PolicyRoles": [{"RoleName": row.name, "RoleId": row.body["id"]} for row in shown if row.kind == ROLE],
        **more,
    }
