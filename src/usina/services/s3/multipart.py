"""Multipart uploads: begun, filled part by part in any order, completed without writing a byte again."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import CallerError
from usina.core.objects import Part, Upload
from usina.core.operation import Access, operation
from usina.services.s3.conditions import span_of
from usina.services.s3.copying import source_entry, touches_both
from usina.services.s3.encryption import check_readable, encryption_answer, key_for
from usina.services.s3.facts import (
    CHECKSUM_MEMBERS,
    offered_checksums,
    refuse_unserved,
    wanted_algorithms,
    written_facts,
)
from usina.services.s3.naming import check_key, the_bucket, touches_object
from usina.services.s3.objects import body_of
from usina.services.s3.versions import lock_facts

if TYPE_CHECKING:
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports

_ID_BYTES = 24
_MOST_PARTS = 10_000
_CRCS = ("crc32", "crc32c", "crc64nvme")
_WHOLE, _COMPOSITE = "FULL_OBJECT", "COMPOSITE"


def no_such_upload() -> CallerError:
    """There is no such upload (any more)."""
    return CallerError(
        "The specified multipart upload does not exist. The upload ID might be invalid, or the multipart upload might "
        "have been aborted or completed.",
        code="NoSuchUpload",
    )


async def the_upload(call: Call[Any], ports: Ports) -> Upload:
    """The open upload that a request names, if it is of this bucket and key. Raises: CallerError (NoSuchUpload)."""
    asked = call.arguments
    the_bucket(call, ports)
    found = await ports.uploads.find(asked["UploadId"])
    if found is None or (found.bucket, found.key) != (asked["Bucket"], asked["Key"]):
        raise no_such_upload()
    return found


@operation("s3", "CreateMultipartUpload", access=Access.WRITE, touches=touches_object)
async def create_multipart_upload(call: Call[Any], ports: Ports) -> Json:
    """Begin an upload; what the object will say of itself is said now."""
    asked, bucket = call.arguments, the_bucket(call, ports)
    key = check_key(asked["Key"])
    refuse_unserved(asked)
    facts = written_facts(asked) | lock_facts(asked, bucket, ports)
    chosen = wanted_algorithms(asked, "")
    answer: Json = {}
    if chosen:
        facts["algorithm"] = chosen[0]
        facts["checksum_type"] = _checksum_type(chosen[0], asked.get("ChecksumType"))
        answer = {"ChecksumAlgorithm": chosen[0].upper(), "ChecksumType": facts["checksum_type"]}
    facts |= (await key_for(asked, bucket, call, ports)).facts
    answer |= encryption_answer(facts)
    upload_id = base64.urlsafe_b64encode(ports.dice.token(_ID_BYTES)).decode().replace("-", ".")
    await ports.uploads.begin(Upload(upload_id, bucket.name, key, ports.clock.now(), facts))
    return {"Bucket": bucket.name, "Key": key, "UploadId": upload_id, **answer}


def _checksum_type(algorithm: str, asked: str | None) -> str:
    kind = asked or (_WHOLE if algorithm == "crc64nvme" else _COMPOSITE)
    if (kind == _WHOLE and algorithm not in _CRCS) or (kind == _COMPOSITE and algorithm == "crc64nvme"):
        raise CallerError(
            f"The {kind} checksum type cannot be used with the {algorithm.upper()} checksum algorithm.",
            code="InvalidRequest",
        )
    return kind


def _check_number(number: int) -> int:
    if not 1 <= number <= _MOST_PARTS:
        raise CallerError(
            f"Part number must be an integer between 1 and {_MOST_PARTS}, inclusive", code="InvalidArgument"
        )
    return number


@operation("s3", "UploadPart", access=Access.WRITE, touches=touches_object)
async def upload_part(call: Call[Any], ports: Ports) -> Json:
    """Write one part as it comes."""
    asked, number = call.arguments, _check_number(call.arguments["PartNumber"])
    refuse_unserved(asked)
    upload, body = await the_upload(call, ports), body_of(call)
    algorithms = sorted({*wanted_algorithms(asked, body.checksum), *_algorithm(upload)})
    under = upload.facts.get("encryption", "")
    kept = await ports.objects.keep(body.pieces, algorithms, offered=offered_checksums(asked), under=under)
    checksums = {name: kept.checksums[name] for name in algorithms}
    await ports.uploads.add(upload.id, Part(number, kept.md5, ports.clock.now(), kept.blob, checksums))
    return {"ETag": f'"{kept.md5}"', **_members(checksums), **encryption_answer(upload.facts)}


@operation("s3", "UploadPartCopy", access=Access.WRITE, touches=touches_both)
async def upload_part_copy(call: Call[Any], ports: Ports) -> Json:
    """Write one part with a run of another object's bytes."""
    asked, number = call.arguments, _check_number(call.arguments["PartNumber"])
    refuse_unserved(asked)
    upload, found = await the_upload(call, ports), await source_entry(call, ports)
    wanted = asked.get("CopySourceRange")
    span = span_of(wanted, found.size_bytes)
    if wanted is not None and (span.header is None or int(wanted.rpartition("-")[2] or 0) >= found.size_bytes):
        raise CallerError(
            f"Range specified is not valid for source object of size: {found.size_bytes}", code="InvalidArgument"
        )
    algorithms = _algorithm(upload)
    check_readable(found, call, ports)
    source = await ports.objects.read(found, span.start, span.size)
    kept = await ports.objects.keep(source, algorithms, under=upload.facts.get("encryption", ""))
    checksums = {name: kept.checksums[name] for name in algorithms}
    now = ports.clock.now()
    await ports.uploads.add(upload.id, Part(number, kept.md5, now, kept.blob, checksums))
    answer: Json = {"CopyPartResult": {"ETag": f'"{kept.md5}"', "LastModified": utc(now), **_members(checksums)}}
    answer |= encryption_answer(upload.facts)
    if found.version != "null":
        answer["CopySourceVersionId"] = found.version
    return answer


def _algorithm(upload: Upload) -> list[str]:
    found = upload.facts.get("algorithm")
    return [] if found is None else [found]


def _members(checksums: Any) -> Json:
    return {CHECKSUM_MEMBERS[name]: value for name, value in checksums.items()}


@operation("s3", "AbortMultipartUpload", access=Access.WRITE, touches=touches_object)
async def abort_multipart_upload(call: Call[Any], ports: Ports) -> Json:
    """End an upload and forget its parts."""
    upload = await the_upload(call, ports)
    if not await ports.uploads.abort(upload.id):
        raise no_such_upload()
    return {}
