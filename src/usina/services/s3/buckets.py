"""Buckets themselves: made, found, listed, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import CallerError, ConflictError
from usina.core.objects import Bucket
from usina.core.operation import Access, Resource, operation
from usina.services.s3.facts import checked_tags, refuse_unserved
from usina.services.s3.naming import (
    bucket_arn,
    check_bucket_name,
    owner_of,
    the_bucket,
    touches_account,
    touches_bucket,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports

_US_EAST_1 = "us-east-1"  # the one region whose name AWS does not say
_PAGE = 10_000
_MOST_TAGS = 50


def _touches_new(call: Call[Any], _ports: Ports) -> Sequence[Resource]:
    # A name that another account took answers that it is taken, as AWS's does: the caller acts in his own account.
    return (Resource("Bucket", bucket_arn(call.arguments["Bucket"]), call.principal.account),)


@operation("s3", "CreateBucket", access=Access.WRITE, touches=_touches_new)
async def create_bucket(call: Call[Any], ports: Ports) -> Json:
    """Make a bucket of the caller's account; its name is taken for the whole site."""
    asked, account = call.arguments, call.principal.account
    name = asked["Bucket"]
    check_bucket_name(name)
    refuse_unserved(asked)
    configuration = asked.get("CreateBucketConfiguration", {})
    region = configuration.get("LocationConstraint")
    if region is not None and region != ports.site.region:
        raise CallerError(
            f"The specified location-constraint is not valid: this site is {ports.site.region}.",
            code="InvalidLocationConstraint",
        )
    settings: Json = {}
    if asked.get("ObjectLockEnabledForBucket"):
        settings = {"versioning": "Enabled", "lock": {}}
    if configuration.get("Tags"):
        settings["tags"] = checked_tags([(tag["Key"], tag["Value"]) for tag in configuration["Tags"]], _MOST_TAGS)
    try:
        await ports.buckets.create(Bucket(name, account, ports.clock.now(), settings))
    except ConflictError:
        return _taken(name, account, ports)
    return {"Location": f"/{name}", "BucketArn": bucket_arn(name)}


def _taken(name: str, account: str, ports: Ports) -> Json:
    found = ports.buckets.find(name)
    if found is not None and found.account == account:
        if ports.site.region == _US_EAST_1:  # where AWS answers as if it had been made now
            return {"Location": f"/{name}", "BucketArn": bucket_arn(name)}
        raise ConflictError(
            "Your previous request to create the named bucket succeeded and you already own it.",
            code="BucketAlreadyOwnedByYou",
        )
    raise ConflictError(
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
        "Please select a different name and try again.",
        code="BucketAlreadyExists",
    )


@operation("s3", "DeleteBucket", access=Access.WRITE, touches=touches_bucket)
async def delete_bucket(call: Call[Any], ports: Ports) -> Json:
    """Remove a bucket that holds nothing."""
    await ports.buckets.remove(the_bucket(call, ports).name)
    return {}


@operation("s3", "HeadBucket", access=Access.LIST, touches=touches_bucket)
async def head_bucket(call: Call[Any], ports: Ports) -> Json:
    """Whether a bucket is there and the caller's to use."""
    found = the_bucket(call, ports)
    return {"BucketRegion": ports.site.region, "AccessPointAlias": False, "BucketArn": bucket_arn(found.name)}


@operation("s3", "GetBucketLocation", access=Access.LIST, touches=touches_bucket)
async def get_bucket_location(call: Call[Any], ports: Ports) -> Json:
    """The bucket's region: the site's."""
    the_bucket(call, ports)
    return {} if ports.site.region == _US_EAST_1 else {"LocationConstraint": ports.site.region}


@operation("s3", "ListBuckets", access=Access.LIST, touches=touches_account)
async def list_buckets(call: Call[Any], ports: Ports) -> Json:
    """The buckets of the caller's account, in order of name."""
    asked, account = call.arguments, call.principal.account
    prefix, after = asked.get("Prefix", ""), asked.get("ContinuationToken", "")
    found = [each for each in ports.buckets.list(account) if each.name.startswith(prefix) and each.name > after]
    if asked.get("BucketRegion", ports.site.region) != ports.site.region:
        found = []
    most = asked.get("MaxBuckets") or _PAGE
    page = found[:most]
    answer: Json = {
        "Owner": owner_of(account),
        "Buckets": [
            {
                "Name": each.name,
                "CreationDate": utc(each.created_at),
                "BucketRegion": ports.site.region,
                "BucketArn": bucket_arn(each.name),
            }
            for each in page
        ],
    }
    if prefix:
        answer["Prefix"] = prefix
    if len(found) > most:
        answer["ContinuationToken"] = page[-1].name
    return answer
