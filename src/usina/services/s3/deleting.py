"""Deletion: for good, or by a mark where the bucket keeps versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError, CallerError, ValidationError
from usina.core.objects import NULL_VERSION, Entry
from usina.core.operation import Access, operation
from usina.services.s3.conditions import failed_condition
from usina.services.s3.naming import object_resource, the_bucket, touches_object
from usina.services.s3.versions import asked_version, new_version, removal_guard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from usina.core.objects import Bucket
    from usina.core.operation import Call, Resource
    from usina.core.ports import Json, Ports

_MOST_KEYS = 1_000


@operation("s3", "DeleteObject", access=Access.WRITE, touches=touches_object)
async def delete_object(call: Call[Any], ports: Ports) -> Json:
    """Delete an object or one version of it; one that is not there is deleted already."""
    asked, bucket = call.arguments, the_bucket(call, ports)
    return await _delete(
        bucket, asked["Key"], asked.get("VersionId"), match=asked.get("IfMatch"), call=call, ports=ports
    )


async def _delete(
    bucket: Bucket, key: str, version_id: str | None, *, match: str | None, call: Call[Any], ports: Ports
) -> Json:
    version, versioning = asked_version(version_id), bucket.settings.get("versioning")
    locked = removal_guard(call, ports)

    def guard(entry: Entry) -> None:
        _check_match(entry, match)
        locked(entry)

    if version is not None or versioning is None:
        removed = await ports.objects.remove(bucket.name, key, version or NULL_VERSION, guard)
        answer: Json = {} if version is None else {"VersionId": version}
        if removed is not None and removed.marker:
            answer["DeleteMarker"] = True
        return answer
    mark = Entry(bucket.name, key, ports.clock.now(), version=new_version(bucket, ports), marker=True)
    await ports.objects.put(mark, None, _mark_guard(match))
    return {"DeleteMarker": True, "VersionId": mark.version}


def _check_match(entry: Entry, match: str | None) -> None:
    if match is not None and match.strip() != "*" and match.strip('" ') != entry.etag:
        raise failed_condition("If-Match")


def _mark_guard(match: str | None) -> Callable[[Entry | None], None] | None:
    if match is None:
        return None

    def guard(entry: Entry | None) -> None:
        if entry is not None:
            _check_match(entry, match)

    return guard


def _touches_each(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    bucket = call.arguments["Bucket"]
    return tuple(object_resource(bucket, each["Key"], call, ports) for each in call.arguments["Delete"]["Objects"])


@operation("s3", "DeleteObjects", access=Access.WRITE, touches=_touches_each)
async def delete_objects(call: Call[Any], ports: Ports) -> Json:
    """Delete up to 1000 objects or versions; each one's outcome is told."""
    asked, bucket = call.arguments, the_bucket(call, ports)
    objects = asked["Delete"]["Objects"]
    if not 0 < len(objects) <= _MOST_KEYS:
        raise ValidationError(
            "The XML you provided was not well-formed or did not validate against our published schema",
            code="MalformedXML",
        )
    deleted: list[Json] = []
    errors: list[Json] = []
    for each in objects:
        key, version = each["Key"], each.get("VersionId")
        told = {"Key": key} if version is None else {"Key": key, "VersionId": version}
        try:
            answer = await _delete(bucket, key, version, match=each.get("ETag"), call=call, ports=ports)
        except CallerError as error:
            errors.append({**told, "Code": _code(error), "Message": error.message})
            continue
        if answer.get("DeleteMarker"):
            told |= {"DeleteMarker": True, "DeleteMarkerVersionId": answer["VersionId"]}
        deleted.append(told)
    result: Json = {"Errors": errors} if errors else {}
    if deleted and not asked["Delete"].get("Quiet"):
        result["Deleted"] = deleted
    return result


def _code(error: ApiError) -> str:
    return error.code or {"access-denied": "AccessDenied"}.get(error.error_kind.value, "InvalidArgument")
