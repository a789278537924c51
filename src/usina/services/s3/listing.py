"""Listings of a bucket: objects (both forms) and versions."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from usina.core.clock import utc
from usina.core.errors import ValidationError
from usina.core.objects import Asked, Page
from usina.core.operation import Access, operation
from usina.services.s3.naming import owner_of, the_bucket, touches_bucket

if TYPE_CHECKING:
    from collections.abc import Callable

    from usina.core.objects import Bucket, Entry
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports

_PAGE = 1_000
_TOKEN = "1"  # noqa: S105 - the form of a continuation token


def writer_of(asked: Any) -> Callable[[str], str]:
    """How keys are written: a key may hold characters that XML cannot, so clients ask for percent-encoding."""
    encoding = asked.get("EncodingType")
    if encoding is None:
        return str
    if encoding != "url":
        raise ValidationError("Invalid Encoding Method specified in Request")
    return lambda key: quote(key, safe="/-_.~*")


def page_size(asked: Any, member: str) -> int:
    """How many the caller takes on one page."""
    most: int | None = asked.get(member)
    if most is None:
        return _PAGE
    if most < 0:
        raise ValidationError(f"Argument {member} must be an integer between 0 and 2147483647")
    return min(most, _PAGE)


def _object(entry: Entry, bucket: Bucket, write: Callable[[str], str], *, owner: bool) -> Json:
    shown: Json = {
        "Key": write(entry.key),
        "LastModified": utc(entry.modified_at),
        "ETag": f'"{entry.etag}"',
        "Size": entry.size_bytes,
        "StorageClass": entry.facts.get("storage_class", "STANDARD"),
    }
    checksums = entry.facts.get("checksums")
    if checksums:
        shown["ChecksumAlgorithm"] = [name.upper() for name in checksums]
        shown["ChecksumType"] = entry.facts.get("checksum_type", "FULL_OBJECT")
    if owner:
        shown["Owner"] = owner_of(bucket.account)
    return shown


def _answer(asked: Any, bucket: Bucket, page: Page, most: int, write: Callable[[str], str]) -> Json:
    answer: Json = {
        "Name": bucket.name,
        "Prefix": write(asked.get("Prefix", "")),
        "MaxKeys": most,
        "IsTruncated": page.truncated,
        "CommonPrefixes": [{"Prefix": write(prefix)} for prefix in page.prefixes],
    }
    for member in ("Delimiter", "EncodingType"):
        if asked.get(member):
            answer[member] = asked[member] if member == "EncodingType" else write(asked[member])
    return answer


async def _page(asked: Any, bucket: Bucket, after: str, most: int, ports: Ports) -> Page:
    if not most:
        return Page()
    found = Asked(asked.get("Prefix", ""), asked.get("Delimiter", ""), after, most=most)
    return await ports.objects.list(bucket.name, found)


@operation("s3", "ListObjectsV2", access=Access.LIST, touches=touches_bucket)
async def list_objects_v2(call: Call[Any], ports: Ports) -> Json:
    """A page of a bucket's objects, in the order of their keys' UTF-8 bytes."""
    asked, bucket = call.arguments, the_bucket(call, ports)
    write, most = writer_of(asked), page_size(asked, "MaxKeys")
    token = asked.get("ContinuationToken")
    after = _position(token) if token is not None else asked.get("StartAfter", "")
    page = await _page(asked, bucket, after, most, ports)
    answer = _answer(asked, bucket, page, most, write)
    owner = bool(asked.get("FetchOwner"))
    answer["Contents"] = [_object(entry, bucket, write, owner=owner) for entry in page.entries]
    answer["KeyCount"] = len(page.entries) + len(page.prefixes)
    if token is not None:
        answer["ContinuationToken"] = token
    if asked.get("StartAfter"):
        answer["StartAfter"] = write(asked["StartAfter"])
    if page.truncated:
        answer["NextContinuationToken"] = _TOKEN + base64.urlsafe_b64encode(page.after.encode()).decode()
    return answer


def _position(token: str) -> str:
    try:
        key = base64.b64decode(token.removeprefix(_TOKEN), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        key = None
    if key is None or not token.startswith(_TOKEN):
        raise ValidationError("The continuation token provided is incorrect")
    return key


@operation("s3", "ListObjects", access=Access.LIST, touches=touches_bucket)
async def list_objects(call: Call[Any], ports: Ports) -> Json:
    """The older form of ListObjectsV2."""
    asked, bucket = call.arguments, the_bucket(call, ports)
    write, most = writer_of(asked), page_size(asked, "MaxKeys")
    page = await _page(asked, bucket, asked.get("Marker", ""), most, ports)
    answer = _answer(asked, bucket, page, most, write)
    answer["Marker"] = write(asked.get("Marker", ""))
    answer["Contents"] = [_object(entry, bucket, write, owner=True) for entry in page.entries]
    if page.truncated:
        answer["NextMarker"] = write(page.after)
    return answer


@operation("s3", "ListObjectVersions", access=Access.LIST, touches=touches_bucket)
async def list_object_versions(call: Call[Any], ports: Ports) -> Json:
    """A page of all versions of a bucket's objects and of the marks of their deletion, newest of a key first."""
    asked, bucket = call.arguments, the_bucket(call, ports)
    write, most = writer_of(asked), page_size(asked, "MaxKeys")
    key, version = asked.get("KeyMarker", ""), asked.get("VersionIdMarker", "")
    if version and not key:
        raise ValidationError("A version-id marker cannot be specified without a key marker.")
    found = Asked(asked.get("Prefix", ""), asked.get("Delimiter", ""), key, version, most or 1, versions=True)
    page = await ports.objects.list(bucket.name, found) if most else Page()
    answer = _answer(asked, bucket, page, most, write)
    answer |= {"KeyMarker": write(key), "VersionIdMarker": version, "Versions": [], "DeleteMarkers": []}
    for entry in page.entries:
        shown = {"VersionId": entry.version, "IsLatest": entry.latest}
        if entry.marker:
            mark = {"Key": write(entry.key), "LastModified": utc(entry.modified_at), "Owner": owner_of(bucket.account)}
            answer["DeleteMarkers"].append(mark | shown)
        else:
            answer["Versions"].append(_object(entry, bucket, write, owner=True) | shown)
    if page.truncated:
        answer["NextKeyMarker"] = write(page.after)
        if page.after_version:
            answer["NextVersionIdMarker"] = page.after_version
    return answer
