"""Names of buckets and objects: what is a name, whose it is, and the resources that policy judges."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from usina.core.errors import CallerError, NotFoundError, ValidationError
from usina.core.operation import Resource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.objects import Bucket
    from usina.core.operation import Call
    from usina.core.ports import Ports

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_RESERVED = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_KEY_BYTES = 1_024


def check_bucket_name(name: str) -> None:
    """Whether a new bucket may be called so (S3 User Guide, "General purpose bucket naming rules")."""
    if (
        _NAME.fullmatch(name) is None
        or _ADDRESS.fullmatch(name)
        or name.startswith(_RESERVED)
        or name.endswith(_RESERVED_ENDS)
    ):
        raise CallerError("The specified bucket is not valid.", code="InvalidBucketName")


def check_key(key: str) -> str:
    """The key of an object that is to be written."""
    if len(key.encode("utf-8", "surrogatepass")) > _KEY_BYTES:
        raise CallerError("Your key is too long", code="KeyTooLongError")
    if "\0" in key:
        raise ValidationError("A key cannot hold the character NUL here.")
    return key


def bucket_arn(bucket: str) -> str:
    """ARN of a bucket."""
    return f"arn:aws:s3:::{bucket}"


def object_arn(bucket: str, key: str) -> str:
    """ARN of an object."""
    return f"arn:aws:s3:::{bucket}/{key}"


def _owner(bucket: str, call: Call[Any], ports: Ports) -> str:
    """Who owns a bucket. One that is not there is the caller's own, to policy: the handler says that it is missing."""
    found = ports.buckets.find(bucket)
    return call.principal.account if found is None else found.account


def bucket_resource(bucket: str, call: Call[Any], ports: Ports) -> Resource:
    """A bucket as policy sees it."""
    return Resource("Bucket", bucket_arn(bucket), _owner(bucket, call, ports))


def object_resource(bucket: str, key: str, call: Call[Any], ports: Ports) -> Resource:
    """An object as policy sees it."""
    return Resource(
        "Object",
        object_arn(bucket, key),
        _owner(bucket, call, ports),
        {"bucket": bucket, "bypass": bool(call.arguments.get("BypassGovernanceRetention"))},
    )


def touches_bucket(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The bucket that a request names."""
    return (bucket_resource(call.arguments["Bucket"], call, ports),)


def touches_object(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The object that a request names."""
    return (object_resource(call.arguments["Bucket"], call.arguments["Key"], call, ports),)


def touches_account(call: Call[Any], _ports: Ports) -> Sequence[Resource]:
    """The caller's own account."""
    return (Resource("Account", call.principal.account, call.principal.account),)


def the_bucket(call: Call[Any], ports: Ports) -> Bucket:
    """The bucket that a request names, if it is where the request expects it.

    Raises: NotFoundError (NoSuchBucket), CallerError (AccessDenied: it is not the expected owner's).
    """
    return known_bucket(call.arguments["Bucket"], call.arguments.get("ExpectedBucketOwner"), call, ports)


def known_bucket(name: str, owner: str | None, call: Call[Any], ports: Ports) -> Bucket:
    """The bucket of that name. Raises: see `the_bucket`.

    One that another account made since the request came is not there: policy judged the request without it.
    """
    found = ports.buckets.find(name)
    if found is None or (found.account != call.principal.account and found.created_at >= call.received_at):
        raise NotFoundError("The specified bucket does not exist", code="NoSuchBucket")
    if owner is not None and owner != found.account:
        raise CallerError("The bucket is not owned by the account you named.", code="AccessDenied")
    return found


def owner_of(account: str) -> dict[str, str]:
    """An account in the form of listings."""
    return {"ID": account, "DisplayName": account}
