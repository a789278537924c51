"""Policies of buckets: JSON that counts as one of the account's own wherever the bucket or its objects are touched.

What is no policy of this bucket, or could not be translated, is refused when it is put. Left out: what a policy allows
to other accounts, which the site's separation of tenants forbids whatever it says.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from usina.core.errors import CallerError, NotFoundError, TooLargeError
from usina.core.operation import Access, operation
from usina.services.s3.naming import bucket_arn, the_bucket, touches_bucket
from usina.services.s3.settings import changed

if TYPE_CHECKING:
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports

_BYTES = 20_480  # as S3's own limit


@operation("s3", "PutBucketPolicy", access=Access.PERMISSIONS, touches=touches_bucket)
async def put_bucket_policy(call: Call[Any], ports: Ports) -> Json:
    """Put this policy in the place of the one that a bucket has; it is in force at once."""
    document: str = call.arguments["Policy"]
    if len(document.encode()) > _BYTES:
        raise TooLargeError(f"Your policy is larger than {_BYTES} bytes.", code="PolicyTooLarge")
    try:
        ports.iam.check(document, "resource")
    except CallerError as error:
        raise CallerError(error.message, code="MalformedPolicy") from None
    _check_resources(document, bucket_arn(call.arguments["Bucket"]))
    await changed(call, ports, "policy", document)
    return {}


@operation("s3", "GetBucketPolicy", access=Access.READ, touches=touches_bucket)
async def get_bucket_policy(call: Call[Any], ports: Ports) -> Json:
    """The policy of a bucket, as it was put."""
    return {"Policy": _policy(call, ports)}


@operation("s3", "GetBucketPolicyStatus", access=Access.READ, touches=touches_bucket)
async def get_bucket_policy_status(call: Call[Any], ports: Ports) -> Json:
    """Whether a bucket's policy opens it to the public: none here does, as nobody acts unknown."""
    _policy(call, ports)
    return {"PolicyStatus": {"IsPublic": False}}


@operation("s3", "DeleteBucketPolicy", access=Access.PERMISSIONS, touches=touches_bucket)
async def delete_bucket_policy(call: Call[Any], ports: Ports) -> Json:
    """Take a bucket's policy away."""
    await changed(call, ports, "policy", None)
    return {}


def _policy(call: Call[Any], ports: Ports) -> str:
    policy = the_bucket(call, ports).settings.get("policy")
    if policy is None:
        raise NotFoundError("The bucket policy does not exist", code="NoSuchBucketPolicy")
    return str(policy)


def _check_resources(document: str, arn: str) -> None:
    """Raises: CallerError (MalformedPolicy) where a policy speaks of something else than its bucket."""
    statements = json.loads(document)["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        values = statement.get("Resource", statement.get("NotResource"))
        for value in values if isinstance(values, list) else [values]:
            if value not in {"*", arn} and not value.startswith((f"{arn}/", f"{arn}*")):
                raise CallerError("Policy has invalid resource", code="MalformedPolicy")
