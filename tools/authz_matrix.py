"""Writes tests/law/authz_matrix.txt: what each role may do with each operation, as text that a reviewer reads.

Run `python -m tools.authz_matrix` after a change of operations or shipped policies, and read the diff. The resources
are those that the operations themselves say they touch; an operation whose answer depends on its arguments has its
cases in `CASES`.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usina.core.cloud import SEND_TO_CLOUD
from usina.core.operation import Resource
from usina.services import operations
from usina.sovereignty.policy import Policy, install_shipped
from usina.testing.world import ACCOUNT, call_of, principal, world

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from usina.core.operation import Operation

MATRIX = Path(__file__).parents[1] / "tests" / "law" / "authz_matrix.txt"
OTHER = "444455556666"
ROLES = ("administrator", "tenant-administrator", "operator", "developer", "auditor", "(none)")
_PROFILE = "arn:aws:bedrock:us-east-1:{}:application-inference-profile/abcdefghijkl"
_BATCH = "arn:aws:bedrock:us-east-1:{}:model-invocation-job/abcdefghijkl"
_IMPORT = "arn:aws:bedrock:us-east-1:{}:model-import-job/abcdefghijkl"
_IMPORTED = "arn:aws:bedrock:us-east-1:{}:imported-model/abcdefghijkl"
_JOB = "arn:aws:sagemaker:us-east-1:{}:training-job/example"
_GROUP = "arn:aws:logs:us-east-1:{}:log-group:example"

# Operation -> cases (label, arguments) that differ for policy. `{}` in a text becomes the account asked about.
CASES: Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]] = {
    "bedrock:GetInferenceProfile": [("", {"inferenceProfileIdentifier": _PROFILE})],
    "bedrock:DeleteInferenceProfile": [("", {"inferenceProfileIdentifier": _PROFILE})],
    "bedrock:DeleteImportedModel": [("", {"modelIdentifier": _IMPORTED})],
    "bedrock:GetImportedModel": [("", {"modelIdentifier": _IMPORTED})],
    "bedrock:GetModelImportJob": [("", {"jobIdentifier": _IMPORT})],
    "bedrock:GetModelInvocationJob": [("", {"jobIdentifier": _BATCH})],
    "bedrock:StopModelInvocationJob": [("", {"jobIdentifier": _BATCH})],
    "bedrock:ListTagsForResource": [("", {"resourceARN": _PROFILE})],
    "bedrock:TagResource": [("", {"resourceARN": _PROFILE})],
    "bedrock:UntagResource": [("", {"resourceARN": _PROFILE})],
    "cloudwatch:GetMetricData": [
        ("", {"MetricDataQueries": [{"MetricStat": {"Metric": {"Namespace": "example"}}}]}),
        ("no metrics", {"MetricDataQueries": []}),
    ],
    "cloudwatch:ListMetrics": [("", {"Namespace": "example"}), ("every namespace", {})],
    "logs:DescribeLogStreams": [("", {"logGroupName": "example"})],
    "logs:FilterLogEvents": [("", {"logGroupName": "example"})],
    "logs:GetLogEvents": [("", {"logGroupName": "example"})],
    "logs:ListTagsForResource": [("", {"resourceArn": _GROUP})],
    "logs:TagResource": [("", {"resourceArn": _GROUP})],
    "logs:UntagResource": [("", {"resourceArn": _GROUP})],
    "s3:CopyObject": [("", {"CopySource": "example-source/key"})],
    "s3:DeleteObject": [("", {}), ("past governance", {"BypassGovernanceRetention": True})],
    "s3:DeleteObjects": [("", {"Delete": {"Objects": [{"Key": "example"}]}})],
    "s3:PutObjectRetention": [("", {}), ("past governance", {"BypassGovernanceRetention": True})],
    "s3:UploadPartCopy": [("", {"CopySource": "example-source/key"})],
    "sagemaker:AddTags": [("", {"ResourceArn": _JOB})],
    "sagemaker:CreateModel": [("", {}), ("of a package", {"PrimaryContainer": {"ModelPackageName": "example/1"}})],
    "sagemaker:CreateModelPackage": [("", {"ModelPackageGroupName": "example"}), ("without a group", {})],
    "sagemaker:DeleteTags": [("", {"ResourceArn": _JOB})],
    "sagemaker:ListTags": [("", {"ResourceArn": _JOB})],
    "sts:AssumeRole": [(role, {"RoleArn": f"arn:aws:iam::{{}}:role/{role}"}) for role in ROLES[:-1]],
    "sts:AssumeRoleWithWebIdentity": [(role, {"RoleArn": f"arn:aws:iam::{{}}:role/{role}"}) for role in ROLES[:-1]],
    "usina:DeleteGroupRole": [(role, {"role": role, "account": "{}"}) for role in ROLES[:-1]],
    "usina:ListGroupRoles": [("", {"account": "{}"}), ("all accounts", {"allAccounts": True})],
    "usina:PutGroupRole": [(role, {"role": role, "account": "{}"}) for role in ROLES[:-1]],
    "usina:SignIn": [("", {"role": "developer", "account": "{}"})],
    "usina:CreateKey": [(role, {"roles": [role], "account": "{}"}) for role in ROLES[:-1]],
    "usina:ListKeys": [("", {"account": "{}"}), ("all accounts", {"allAccounts": True})],
    "usina:RevokeKey": [("", {"keyId": "AKIAEXAMPLE", "account": "{}"})],
}

_PREAMBLE = """\
What each role of the shipped policies may do: every served operation, every role.
Written by `python -m tools.authz_matrix`; a test compares it with what policy decides. Review its diff like code.

whose: site = belongs to no tenant, own = to the caller's account, other = to another tenant's account
yes = allowed, . = denied (nothing permits it), NO = denied (a policy forbids it)

"""


class _Arguments(dict[str, Any]):
    """Arguments of a request that names everything it is asked for."""

    def __missing__(self, name: str) -> str:
        return f"example-{name}"


def _filled(arguments: Mapping[str, Any], account: str) -> _Arguments:
    return _Arguments(
        {name: value.format(account) if isinstance(value, str) else value for name, value in arguments.items()}
    )


def _touched(operation: Operation, arguments: Mapping[str, Any], account: str) -> Sequence[Resource]:
    """Resources of one case, moved to that account where they belong to one."""
    call = call_of(_filled(arguments, account), principal(ACCOUNT))
    found = []
    for resource in operation.touches(call, world()):
        identifier = account if resource.type == "Account" else resource.id
        found.append(replace(resource, id=identifier, account=account if resource.account else ""))
    return found


def _cells(policy: Policy, operation: Operation, resources: Sequence[Resource]) -> Iterator[str]:
    context: dict[str, str | bool | int] = {"secure": True, "peer": "127.0.0.1", "region": "us-east-1"}
    for role in ROLES:
        who = principal(ACCOUNT, roles=() if role == "(none)" else (role,))
        decision = policy.decide(who, operation, resources, context)
        yield "yes" if decision.allowed else "NO" if decision.policy_ids else "."


def _rows(policy: Policy, operation: Operation) -> Iterator[tuple[str, ...]]:
    for label, arguments in CASES.get(operation.id, [("", {})]):
        for account, name in ((ACCOUNT, "own"), (OTHER, "other")):
            resources = _touched(operation, arguments, account)
            types = " ".join(dict.fromkeys(resource.type for resource in resources))
            owned = any(resource.account for resource in resources)
            if owned or name == "own":
                whose = name if owned else "site"
                what = f"{types} ({label})" if label else types
                yield (operation.id, operation.access.value, what, whose, *_cells(policy, operation, resources))


def _leaving(policy: Policy) -> tuple[str, ...]:
    """The act that no request asks for: it is judged where data is about to leave the site."""
    resource = Resource("CloudModel", "example", attributes={"labels": ("public",), "redacted": True})
    cells = _cells(policy, SEND_TO_CLOUD, (resource,))
    return (SEND_TO_CLOUD.id, SEND_TO_CLOUD.access.value, "CloudModel (leaving)", "site", *cells)


def matrix() -> str:
    """The whole text, as the shipped policies decide now."""
    served = operations()
    stale = set(CASES) - {operation.id for operation in served.values()}
    if stale:
        message = f"CASES names operations that are not served: {sorted(stale)}"
        raise ValueError(message)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "policies"
        install_shipped(folder)
        policy = Policy.load(folder, served, world().clock)
    rows: list[tuple[str, ...]] = [("operation", "access", "touches", "whose", *ROLES)]
    for operation in sorted(served.values(), key=lambda item: item.id):
        rows += _rows(policy, operation)
    rows.append(_leaving(policy))
    widths: dict[int, int] = defaultdict(int)
    for row in rows:
        for column, text in enumerate(row):
            widths[column] = max(widths[column], len(text))
    lines = ("  ".join(text.ljust(widths[column]) for column, text in enumerate(row)).rstrip() for row in rows)
    return _PREAMBLE + "\n".join(lines) + "\n"


if __name__ == "__main__":
    MATRIX.write_text(matrix(), "utf-8")
    print(f"wrote {MATRIX}")
