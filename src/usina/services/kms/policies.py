"""Key policies. One policy a key, named `default`; it is translated to Cedar and decided with the account's own.

With AWS a key policy alone decides unless it hands the account's root the right to. Here the account's policies always
count: so a policy that does not say so is refused, rather than taken and not kept to.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import CallerError, NotFoundError, ValidationError
from usina.core.operation import Access, operation
from usina.services.kms.naming import change, check_not_pending, check_of_customer, the_key, touches_key

if TYPE_CHECKING:
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import kms_types as t

_NAME: Final = "default"
_MALFORMED: Final = "MalformedPolicyDocumentException"


def default_policy(account: str) -> Json:
    """The policy of a key that was made without one: the account's own policies decide."""
    return {
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [
            {
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }


def check_policy(text: str, account: str, ports: Ports) -> None:
    """Raises: CallerError (MalformedPolicyDocumentException, UnsupportedOperationException).

    BypassPolicyLockoutSafetyCheck says nothing here: administrators of an account are not bound by key policies.
    """
    try:
        ports.iam.check(text, "resource")
    except ValidationError as error:
        raise CallerError(error.message, code=_MALFORMED) from None
    statements = json.loads(text).get("Statement", [])
    statements = [statements] if isinstance(statements, dict) else statements
    if not any(_is_delegation(statement, account) for statement in statements):
        raise CallerError(
            "On this site the account's IAM policies always count for its keys. Keep the statement that allows kms:* "
            f"to arn:aws:iam::{account}:root, and forbid with Deny what they must not allow.",
            code="UnsupportedOperationException",
        )


def _is_delegation(statement: Any, account: str) -> bool:
    principal = statement.get("Principal", {})
    named = principal.get("AWS", []) if isinstance(principal, dict) else [principal]
    named = [named] if isinstance(named, str) else named
    actions = statement.get("Action", [])
    actions = [actions] if isinstance(actions, str) else actions
    return (
        statement.get("Effect") == "Allow"
        and bool({f"arn:aws:iam::{account}:root", account} & set(named))
        and "kms:*" in actions
        and not statement.get("Condition")
    )


@operation("kms", "PutKeyPolicy", access=Access.PERMISSIONS, touches=touches_key)
async def put_key_policy(call: Call[t.PutKeyPolicyRequest], ports: Ports) -> dict[str, Any]:
    """Give a key another policy."""
    asked = call.arguments
    key = the_key(asked["KeyId"], call, ports)
    check_of_customer(key)
    check_not_pending(key)
    _check_name(asked.get("PolicyName", _NAME))
    check_policy(asked["Policy"], key.account, ports)
    await change(key, call, ports, lambda body: {**body, "policy": asked["Policy"]})
    return {}


@operation("kms", "GetKeyPolicy", access=Access.READ, touches=touches_key)
async def get_key_policy(call: Call[t.GetKeyPolicyRequest], ports: Ports) -> t.GetKeyPolicyResponse:
    """A key's policy."""
    key = the_key(call.arguments["KeyId"], call, ports)
    _check_name(call.arguments.get("PolicyName", _NAME))
    policy = str(key.body["policy"]) or json.dumps(default_policy(key.account), indent=2)
    return {"Policy": policy, "PolicyName": _NAME}


@operation("kms", "ListKeyPolicies", access=Access.READ, touches=touches_key)
async def list_key_policies(call: Call[t.ListKeyPoliciesRequest], ports: Ports) -> t.ListKeyPoliciesResponse:
    """The names of a key's policies: one."""
    the_key(call.arguments["KeyId"], call, ports)
    return {"PolicyNames": [_NAME], "Truncated": False}


def _check_name(name: str) -> None:
    if name != _NAME:
        raise NotFoundError("No such policy exists: the policy of a key is named default.", code="NotFoundException")
