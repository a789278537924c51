"""Managed policies: those of the account, and those that every account has (`arn:aws:iam::aws:policy/...`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.errors import NotFoundError, ValidationError
from usina.core.ids import Arn
from usina.core.operation import Access, operation
from usina.services.iam.changing import all_of, check_size, in_use, make, new_id, remove
from usina.services.iam.pages import page
from usina.services.iam.tagging import merged
from usina.services.iam.touching import new_policy, one_policy, own_account
from usina.sovereignty.iam.managed import MANAGED, PREFIX
from usina.sovereignty.iam.rows import POLICY, ROLE, USER, policy_arn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports, Row
    from usina.shapes import iam_types as t

CHARACTERS: Final = 6_144  # as AWS's quota
SITE_POLICIES_SINCE: Final = 1_767_225_600.0  # 2026-01-01T00:00:00Z: they have no moment of their own


def row_name(arn: str, account: str) -> str:
    """The name of the account's policy of an ARN. Raises: NotFoundError, ValidationError (it is every account's)."""
    if arn.startswith(PREFIX):
        raise ValidationError(f"{arn} is the same for every account and cannot be changed.", code="AccessDenied")
    parsed = Arn.parse(arn)
    if parsed is None or parsed.service != "iam" or not parsed.resource.startswith("policy/"):
        raise ValidationError(f"ARN {arn} is not valid.", code="InvalidInput")
    if parsed.account != account:
        raise missing(arn)
    return parsed.resource.rpartition("/")[2]


def missing(arn: str) -> NotFoundError:
    """There is no such policy."""
    return NotFoundError(f"Policy {arn} does not exist or is not attachable.")


async def policy_row(ports: Ports, account: str, arn: str) -> Row:
    """The row of an account's policy. Raises: NotFoundError, ValidationError."""
    row = await ports.records.get(POLICY, account, row_name(arn, account))
    if row is None or policy_arn(account, row.body["path"], row.name) != arn:
        raise missing(arn)
    return row


async def attached_to(ports: Ports, account: str, arn: str) -> list[Row]:
    """Roles and users that have a policy."""
    rows = [*await all_of(ports, ROLE, account), *await all_of(ports, USER, account)]
    return [row for row in rows if arn in row.body["attached"]]


def _described(row: Row, attachments: int, *, whole: bool = True) -> t.Policy:
    body = row.body
    policy: t.Policy = {
        "PolicyName": row.name,
        "PolicyId": body["id"],
        "Arn": policy_arn(row.account, body["path"], row.name),
        "Path": body["path"],
        "DefaultVersionId": body["default"],
        "AttachmentCount": attachments,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": utc(body["created_at"]),
        "UpdateDate": utc(body["updated_at"]),
    }
    if whole:
        if body["description"]:
            policy["Description"] = body["description"]
        if body["tags"]:
            policy["Tags"] = body["tags"]
    return policy


def _everybodys(name: str, attachments: int) -> t.Policy:
    return {
        "PolicyName": name,
        "PolicyId": f"ANPA{name.upper()[:17]}",
        "Arn": f"{PREFIX}{name}",
        "Path": "/",
        "DefaultVersionId": "v1",
        "AttachmentCount": attachments,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": utc(SITE_POLICIES_SINCE),
        "UpdateDate": utc(SITE_POLICIES_SINCE),
    }


@operation("iam", "CreatePolicy", access=Access.PERMISSIONS, touches=new_policy)
async def create_policy(call: Call[t.CreatePolicyRequest], ports: Ports) -> t.CreatePolicyResponse:
    """Make a policy that roles and users can have attached."""
    asked, now = call.arguments, ports.clock.now()
    document = asked["PolicyDocument"]
    ports.iam.check(document, "identity")
    check_size(document, CHARACTERS)
    body: Json = {
        "path": asked.get("Path", "/"),
        "id": new_id("ANPA", ports.dice),
        "created_at": now,
        "updated_at": now,
        "description": asked.get("Description", ""),
        "tags": merged((), asked.get("Tags", [])),
        "default": "v1",
        "next": 2,
        "versions": {"v1": {"document": document, "created_at": now}},
    }
    return {"Policy": _described(await make(ports, POLICY, call.principal.account, asked["PolicyName"], body), 0)}


@operation("iam", "GetPolicy", access=Access.READ, touches=one_policy)
async def get_policy(call: Call[t.GetPolicyRequest], ports: Ports) -> t.GetPolicyResponse:
    """One policy; its document is in its versions."""
    arn, account = call.arguments["PolicyArn"], call.principal.account
    count = len(await attached_to(ports, account, arn))
    name = arn.removeprefix(PREFIX)
    if arn.startswith(PREFIX):
        if name not in MANAGED:
            raise missing(arn)
        return {"Policy": _everybodys(name, count)}
    return {"Policy": _described(await policy_row(ports, account, arn), count)}


@operation("iam", "ListPolicies", access=Access.LIST, touches=own_account)
async def list_policies(call: Call[t.ListPoliciesRequest], ports: Ports) -> Mapping[str, Any]:
    """List the account's policies and those that every account has."""
    asked, account = call.arguments, call.principal.account
    counts: dict[str, int] = {}
    for row in [*await all_of(ports, ROLE, account), *await all_of(ports, USER, account)]:
        for arn in row.body["attached"]:
            counts[arn] = counts.get(arn, 0) + 1
    policies: list[t.Policy] = []
    scope = asked.get("Scope", "All")
    if scope != "AWS":
        for row in await all_of(ports, POLICY, account):
            arn = policy_arn(account, row.body["path"], row.name)
            policies.append(_described(row, counts.get(arn, 0), whole=False))
    if scope != "Local":
        policies += [_everybodys(name, counts.get(f"{PREFIX}{name}", 0)) for name in MANAGED]
    prefix, attached = asked.get("PathPrefix", "/"), asked.get("OnlyAttached", False)
    wanted = [
        policy
        for policy in policies
        if policy["Path"].startswith(prefix) and (policy["AttachmentCount"] or not attached)
    ]
    if asked.get("PolicyUsageFilter") == "PermissionsBoundary":
        wanted = []
    shown, more = page(wanted, lambda policy: policy["Arn"], asked)
    return {"Policies": shown, **more}


@operation("iam", "DeletePolicy", access=Access.PERMISSIONS, touches=one_policy)
async def delete_policy(call: Call[t.DeletePolicyRequest], ports: Ports) -> Mapping[str, Any]:
    """Take a policy away that nobody has attached and that has one version."""
    arn, account = call.arguments["PolicyArn"], call.principal.account
    row = await policy_row(ports, account, arn)
    if len(row.body["versions"]) > 1:
        raise in_use("delete all non-default versions")
    if await attached_to(ports, account, arn):
        raise in_use("detach it from all roles and users")
    await remove(ports, POLICY, account, row.name)
    return {}


async def document_of(ports: Ports, account: str, arn: str, version: str) -> tuple[str, float, bool]:
    """(document, since when, whether it is the one in force) of a version. Raises: NotFoundError, ValidationError."""
    name = arn.removeprefix(PREFIX)
    if arn.startswith(PREFIX):
        if name not in MANAGED or version != "v1":
            raise missing(arn)
        return MANAGED[name], SITE_POLICIES_SINCE, True
    body = (await policy_row(ports, account, arn)).body
    kept = body["versions"].get(version)
    if kept is None:
        raise NotFoundError(f"Policy {arn} version {version} does not exist or is not attachable.")
    return kept["document"], kept["created_at"], body["default"] == version
