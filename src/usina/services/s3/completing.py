"""The end of a multipart upload: its parts become an object."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from usina.core.checksums import combined_crc, running, written
from usina.core.errors import CallerError, ConflictError, ValidationError
from usina.core.objects import Entry
from usina.core.operation import Access, operation
from usina.services.s3.conditions import write_guard
from usina.services.s3.encryption import encryption_answer
from usina.services.s3.facts import CHECKSUM_MEMBERS, checksum_answer
from usina.services.s3.multipart import no_such_upload, the_upload
from usina.services.s3.naming import the_bucket, touches_object
from usina.services.s3.versions import new_version, version_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.objects import Bucket, Part, Upload
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports

_LEAST_PART_BYTES = 5_242_880  # all but the last
_COMPOSITE = "COMPOSITE"


@operation("s3", "CompleteMultipartUpload", access=Access.WRITE, touches=touches_object)
async def complete_multipart_upload(call: Call[Any], ports: Ports) -> Json:
    """Make an object of the parts that are named. Asked again after it was done, it answers the same."""
    asked, bucket = call.arguments, the_bucket(call, ports)
    done = await _done_before(asked, ports)
    if done is not None:
        return _answer(bucket, done)
    upload = await the_upload(call, ports)
    guard = write_guard(asked)
    chosen = _chosen(asked.get("MultipartUpload", {}).get("Parts", ()), await ports.uploads.parts(upload.id))
    size = sum(part.size_bytes for part in chosen)
    if asked.get("MpuObjectSize") is not None and asked["MpuObjectSize"] != size:
        raise CallerError(
            "The provided 'x-amz-mp-object-size' header does not match what was computed.", code="InvalidRequest"
        )
    facts: Json = {name: value for name, value in upload.facts.items() if name != "algorithm"} | {"upload": upload.id}
    checksum = _checksum(upload, chosen)
    if checksum is not None:
        facts["checksums"] = dict([checksum])
        given = asked.get(CHECKSUM_MEMBERS[checksum[0]])
        if given is not None and given.partition("-")[0] != checksum[1].partition("-")[0]:
            raise CallerError("The checksum you specified did not match what was computed.", code="BadDigest")
    entry = Entry(
        bucket.name,
        upload.key,
        ports.clock.now(),
        _etag(chosen),
        size,
        tuple(part.blob for part in chosen),
        facts,
        new_version(bucket, ports),
    )
    try:
        await ports.uploads.complete(upload.id, entry, guard)
    except ConflictError:
        raise CallerError(_INVALID_PART, code="InvalidPart") from None
    return _answer(bucket, entry)


async def _done_before(asked: Any, ports: Ports) -> Entry | None:
    """The object that this upload became already, while it is its key's latest."""
    if await ports.uploads.find(asked["UploadId"]) is not None:
        return None
    entry = await ports.objects.find(asked["Bucket"], asked["Key"])
    if entry is None or entry.facts.get("upload") != asked["UploadId"]:
        raise no_such_upload()
    return entry


def _answer(bucket: Bucket, entry: Entry) -> Json:
    return {
        "Bucket": bucket.name,
        "Key": entry.key,
        "Location": f"/{bucket.name}/{entry.key}",
        "ETag": f'"{entry.etag}"',
        **checksum_answer(entry.facts),
        **encryption_answer(entry.facts, sealed=any(blob.sealed for blob in entry.blobs)),
        **version_answer(bucket, entry.version),
    }


_INVALID_PART = (
    "One or more of the specified parts could not be found. The part might not have been uploaded, or the specified "
    "entity tag might not have matched the part's entity tag."
)


def _chosen(named: Sequence[Any], there: Sequence[Part]) -> list[Part]:
    """The parts that the request names, checked as S3 checks them. Raises: CallerError."""
    if not named:
        raise ValidationError(
            "The XML you provided was not well-formed or did not validate against our published schema",
            code="MalformedXML",
        )
    by_number = {part.number: part for part in there}
    chosen: list[Part] = []
    for each in named:
        part = by_number.get(each.get("PartNumber", 0))
        if part is None or each.get("ETag", "").strip('"') != part.etag:
            raise CallerError(_INVALID_PART, code="InvalidPart")
        for name, value in part.checksums.items():
            if each.get(CHECKSUM_MEMBERS[name], value) != value:
                raise CallerError(_INVALID_PART, code="InvalidPart")
        if chosen and chosen[-1].number >= part.number:
            raise CallerError(
                "The list of parts was not in ascending order. Parts must be ordered by part number.",
                code="InvalidPartOrder",
            )
        chosen.append(part)
    if any(part.size_bytes < _LEAST_PART_BYTES for part in chosen[:-1]):
        raise CallerError("Your proposed upload is smaller than the minimum allowed size", code="EntityTooSmall")
    return chosen


def _etag(parts: Sequence[Part]) -> str:
    """S3's ETag of an object in parts: the MD5 of their MD5s, and how many they are."""
    digest = hashlib.md5(usedforsecurity=False)
    for part in parts:
        digest.update(bytes.fromhex(part.etag))
    return f"{digest.hexdigest()}-{len(parts)}"


def _checksum(upload: Upload, parts: Sequence[Part]) -> tuple[str, str] | None:
    """The object's checksum out of those of its parts: of the whole (CRCs can be joined), or of the checksums."""
    name: str | None = upload.facts.get("algorithm")
    if name is None:
        return None
    digests = [base64.b64decode(part.checksums[name]) for part in parts]
    if upload.facts.get("checksum_type") == _COMPOSITE:
        joined = running(name)
        if joined is None:
            raise TypeError(name)
        for digest in digests:
            joined.update(digest)
        return name, f"{written(joined.digest())}-{len(parts)}"
    sizes = [part.size_bytes for part in parts]
    return name, written(combined_crc(name, list(zip(digests, sizes, strict=True))))
