"""Tags of objects and of buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.errors import NotFoundError
from usina.core.operation import Access, operation
from usina.services.s3.facts import MOST_OBJECT_TAGS, checked_tags
from usina.services.s3.naming import the_bucket, touches_bucket, touches_object
from usina.services.s3.settings import changed, without
from usina.services.s3.versions import amended, the_object, version_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.objects import Entry
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports

_MOST_BUCKET_TAGS = 50


def _given(call: Call[Any], most: int) -> dict[str, str]:
    return checked_tags([(tag["Key"], tag["Value"]) for tag in call.arguments["Tagging"]["TagSet"]], most)


def _told(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@operation("s3", "PutObjectTagging", access=Access.WRITE, touches=touches_object)
async def put_object_tagging(call: Call[Any], ports: Ports) -> Json:
    """Put these tags in the place of those that a version has."""
    tags = _given(call, MOST_OBJECT_TAGS)
    return await _tag(call, ports, tags)


@operation("s3", "DeleteObjectTagging", access=Access.WRITE, touches=touches_object)
async def delete_object_tagging(call: Call[Any], ports: Ports) -> Json:
    """Take all tags from a version."""
    return await _tag(call, ports, {})


async def _tag(call: Call[Any], ports: Ports, tags: Mapping[str, str]) -> Json:
    bucket = the_bucket(call, ports)

    def change(entry: Entry) -> Mapping[str, Any]:
        return without(entry.facts, "tags") | ({"tags": dict(tags)} if tags else {})

    return version_answer(bucket, (await amended(call, ports, change)).version)


@operation("s3", "GetObjectTagging", access=Access.READ, touches=touches_object)
async def get_object_tagging(call: Call[Any], ports: Ports) -> Json:
    """The tags of a version."""
    bucket = the_bucket(call, ports)
    entry = await the_object(call, ports)
    return {"TagSet": _told(entry.facts.get("tags", {})), **version_answer(bucket, entry.version)}


@operation("s3", "PutBucketTagging", access=Access.WRITE, touches=touches_bucket)
async def put_bucket_tagging(call: Call[Any], ports: Ports) -> Json:
    """Put these tags in the place of those that the bucket has."""
    await changed(call, ports, "tags", _given(call, _MOST_BUCKET_TAGS))
    return {}


@operation("s3", "DeleteBucketTagging", access=Access.WRITE, touches=touches_bucket)
async def delete_bucket_tagging(call: Call[Any], ports: Ports) -> Json:
    """Take all tags from the bucket."""
    await changed(call, ports, "tags", None)
    return {}


@operation("s3", "GetBucketTagging", access=Access.READ, touches=touches_bucket)
async def get_bucket_tagging(call: Call[Any], ports: Ports) -> Json:
    """The tags of the bucket."""
    tags = the_bucket(call, ports).settings.get("tags")
    if not tags:
        raise NotFoundError("The TagSet does not exist", code="NoSuchTagSet")
    return {"TagSet": _told(tags)}
