"""Whether a bucket keeps the versions of its objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.errors import ConflictError, UnknownOperationError, ValidationError
from usina.core.operation import Access, operation
from usina.services.s3.naming import the_bucket, touches_bucket
from usina.services.s3.settings import changed
from usina.services.s3.versions import ENABLED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports


@operation("s3", "PutBucketVersioning", access=Access.WRITE, touches=touches_bucket)
async def put_bucket_versioning(call: Call[Any], ports: Ports) -> Json:
    """Keep versions from now on, or make no more of them; those that are there stay."""
    configuration = call.arguments["VersioningConfiguration"]
    status = configuration.get("Status")
    if status not in {ENABLED, "Suspended"}:
        raise ValidationError(
            "The XML you provided was not well-formed or did not validate against our published schema",
            code="MalformedXML",
        )
    if configuration.get("MFADelete") == ENABLED:
        raise UnknownOperationError("This site has no MFA delete: leave out MfaDelete.")

    def check(settings: Mapping[str, Any]) -> None:
        if "lock" in settings and status != ENABLED:
            raise ConflictError(
                "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
                code="InvalidBucketState",
            )

    await changed(call, ports, "versioning", status, check)
    return {}


@operation("s3", "GetBucketVersioning", access=Access.READ, touches=touches_bucket)
async def get_bucket_versioning(call: Call[Any], ports: Ports) -> Json:
    """Whether the bucket keeps versions; nothing where it never did."""
    status = the_bucket(call, ports).settings.get("versioning")
    return {} if status is None else {"Status": status}
