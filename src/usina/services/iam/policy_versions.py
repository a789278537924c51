"""Versions of an account's managed policies: up to five, one of them in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import LimitExceededError, NotFoundError
from usina.core.operation import Access, operation
from usina.services.iam.changing import change, check_size, encoded, in_use
from usina.services.iam.pages import page
from usina.services.iam.policies import CHARACTERS, SITE_POLICIES_SINCE, document_of, missing, policy_row
from usina.services.iam.touching import one_policy
from usina.sovereignty.iam.managed import MANAGED, PREFIX
from usina.sovereignty.iam.rows import POLICY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import iam_types as t

_MOST = 5


def _no_version(version: str) -> NotFoundError:
    return NotFoundError(f"Policy version {version} does not exist.")


@operation("iam", "CreatePolicyVersion", access=Access.PERMISSIONS, touches=one_policy)
async def create_policy_version(
    call: Call[t.CreatePolicyVersionRequest], ports: Ports
) -> t.CreatePolicyVersionResponse:
    """Add a version to a policy, and put it in force where asked to."""
    asked, account, now = call.arguments, call.principal.account, ports.clock.now()
    document = asked["PolicyDocument"]
    ports.iam.check(document, "identity")
    check_size(document, CHARACTERS)
    row = await policy_row(ports, account, asked["PolicyArn"])
    default = asked.get("SetAsDefault", False)

    def edit(body: Json) -> None:
        if len(body["versions"]) >= _MOST:
            raise LimitExceededError(f"A managed policy can have up to {_MOST} versions. Delete one first.")
        version = f"v{body['next']}"
        body["versions"][version] = {"document": document, "created_at": now}
        body["next"] += 1
        body["updated_at"] = now
        if default:
            body["default"] = version

    body = (await change(ports, POLICY, account, row.name, edit)).body
    version = f"v{body['next'] - 1}"
    return {"PolicyVersion": {"VersionId": version, "IsDefaultVersion": default, "CreateDate": utc(now)}}


@operation("iam", "GetPolicyVersion", access=Access.READ, touches=one_policy)
async def get_policy_version(call: Call[t.GetPolicyVersionRequest], ports: Ports) -> t.GetPolicyVersionResponse:
    """One version of a policy, with its document."""
    arn, version = call.arguments["PolicyArn"], call.arguments["VersionId"]
    document, since, default = await document_of(ports, call.principal.account, arn, version)
    return {
        "PolicyVersion": {
            "Document": encoded(document),
            "VersionId": version,
            "IsDefaultVersion": default,
            "CreateDate": utc(since),
        }
    }


@operation("iam", "ListPolicyVersions", access=Access.LIST, touches=one_policy)
async def list_policy_versions(call: Call[t.ListPolicyVersionsRequest], ports: Ports) -> Mapping[str, Any]:
    """List the versions of a policy."""
    arn = call.arguments["PolicyArn"]
    if arn.startswith(PREFIX):
        if arn.removeprefix(PREFIX) not in MANAGED:
            raise missing(arn)
        kept, default = {"v1": {"created_at": SITE_POLICIES_SINCE}}, "v1"
    else:
        body = (await policy_row(ports, call.principal.account, arn)).body
        kept, default = body["versions"], body["default"]
    shown, more = page(kept, lambda version: f"{version[1:]:0>9}", call.arguments)
    versions = [
        {
            "VersionId": version,
            "IsDefaultVersion": version == default,
            "CreateDate": utc(kept[version]["created_at"]),
        }
        for version in shown
    ]
    return {"Versions": versions, **more}


@operation("iam", "SetDefaultPolicyVersion", access=Access.PERMISSIONS, touches=one_policy)
async def set_default_policy_version(call: Call[t.SetDefaultPolicyVersionRequest], ports: Ports) -> Mapping[str, Any]:
    """Put a version in force, for all who have the policy."""
    asked, account, now = call.arguments, call.principal.account, ports.clock.now()
    row = await policy_row(ports, account, asked["PolicyArn"])

    def edit(body: Json) -> None:
        if asked["VersionId"] not in body["versions"]:
            raise _no_version(asked["VersionId"])
        body["default"] = asked["VersionId"]
        body["updated_at"] = now

    await change(ports, POLICY, account, row.name, edit)
    return {}


@operation("iam", "DeletePolicyVersion", access=Access.PERMISSIONS, touches=one_policy)
async def delete_policy_version(call: Call[t.DeletePolicyVersionRequest], ports: Ports) -> Mapping[str, Any]:
    """Take a version away that is not in force."""
    asked, account = call.arguments, call.principal.account
    row = await policy_row(ports, account, asked["PolicyArn"])

    def edit(body: Json) -> None:
        if asked["VersionId"] == body["default"]:
            raise in_use("make another version the default")
        if body["versions"].pop(asked["VersionId"], None) is None:
            raise _no_version(asked["VersionId"])

    await change(ports, POLICY, account, row.name, edit)
    return {}
