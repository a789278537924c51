"""What is known of an object, by the names the caller asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.operation import Access, operation
from usina.services.s3.facts import checksum_answer
from usina.services.s3.listing import page_size
from usina.services.s3.naming import the_bucket, touches_object
from usina.services.s3.versions import the_object, version_answer

if TYPE_CHECKING:
    from usina.core.objects import Entry
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports


@operation("s3", "GetObjectAttributes", access=Access.READ, touches=touches_object)
async def get_object_attributes(call: Call[Any], ports: Ports) -> Json:
    """ETag, checksum, parts, storage class and size, as asked for."""
    asked, bucket = call.arguments, the_bucket(call, ports)
    entry = await the_object(call, ports)
    wanted = set(asked["ObjectAttributes"])
    answer: Json = {"LastModified": utc(int(entry.modified_at)), **version_answer(bucket, entry.version)}
    if "ETag" in wanted:
        answer["ETag"] = entry.etag
    if "Checksum" in wanted and (checksums := checksum_answer(entry.facts)):
        answer["Checksum"] = checksums
    if "ObjectParts" in wanted and "-" in entry.etag:
        answer["ObjectParts"] = _parts(asked, entry)
    if "StorageClass" in wanted:
        answer["StorageClass"] = entry.facts.get("storage_class", "STANDARD")
    if "ObjectSize" in wanted:
        answer["ObjectSize"] = entry.size_bytes
    return answer


def _parts(asked: Any, entry: Entry) -> Json:
    most, after = page_size(asked, "MaxParts"), int(asked.get("PartNumberMarker") or 0)
    page = list(enumerate(entry.blobs, 1))[after : after + most]
    return {
        "TotalPartsCount": len(entry.blobs),
        "PartNumberMarker": after,
        "NextPartNumberMarker": page[-1][0] if page else after,
        "MaxParts": most,
        "IsTruncated": after + most < len(entry.blobs),
        "Parts": [{"PartNumber": number, "Size": blob.size_bytes} for number, blob in page],
    }
