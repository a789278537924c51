"""What is open: multipart uploads of a bucket, parts of an upload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.operation import Access, operation
from usina.services.s3.facts import CHECKSUM_MEMBERS
from usina.services.s3.listing import page_size, writer_of
from usina.services.s3.multipart import the_upload
from usina.services.s3.naming import owner_of, the_bucket, touches_bucket, touches_object

if TYPE_CHECKING:
    from usina.core.objects import Upload
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports


@operation("s3", "ListParts", access=Access.LIST, touches=touches_object)
async def list_parts(call: Call[Any], ports: Ports) -> Json:
    """A page of the parts that an upload has so far."""
    asked, upload = call.arguments, await the_upload(call, ports)
    most, after = page_size(asked, "MaxParts"), asked.get("PartNumberMarker") or 0
    found = await ports.uploads.parts(upload.id, after=int(after), most=most + 1)
    page = found[:most]
    owner = the_bucket(call, ports).account
    answer: Json = {
        "Bucket": upload.bucket,
        "Key": upload.key,
        "UploadId": upload.id,
        "PartNumberMarker": int(after),
        "MaxParts": most,
        "IsTruncated": len(found) > most,
        "Parts": [
            {
                "PartNumber": part.number,
                "LastModified": utc(part.modified_at),
                "ETag": f'"{part.etag}"',
                "Size": part.size_bytes,
                **{CHECKSUM_MEMBERS[name]: value for name, value in part.checksums.items()},
            }
            for part in page
        ],
        "Initiator": owner_of(owner),
        "Owner": owner_of(owner),
        "StorageClass": upload.facts.get("storage_class", "STANDARD"),
        **_algorithm(upload),
    }
    if page:
        answer["NextPartNumberMarker"] = page[-1].number
    return answer


def _algorithm(upload: Upload) -> Json:
    if "algorithm" not in upload.facts:
        return {}
    return {
        "ChecksumAlgorithm": upload.facts["algorithm"].upper(),
        "ChecksumType": upload.facts["checksum_type"],
    }


@operation("s3", "ListMultipartUploads", access=Access.LIST, touches=touches_bucket)
async def list_multipart_uploads(call: Call[Any], ports: Ports) -> Json:
    """A page of a bucket's open uploads, in order of key."""
    asked, bucket = call.arguments, the_bucket(call, ports)
    write, most = writer_of(asked), page_size(asked, "MaxUploads")
    prefix, delimiter = asked.get("Prefix", ""), asked.get("Delimiter", "")
    position = (asked.get("KeyMarker", ""), asked.get("UploadIdMarker", ""))
    answer: Json = {
        "Bucket": bucket.name,
        "KeyMarker": write(position[0]),
        "UploadIdMarker": position[1],
        "Prefix": write(prefix),
        "MaxUploads": most,
        "IsTruncated": False,
        "Uploads": [],
        "CommonPrefixes": [],
    }
    for member in ("Delimiter", "EncodingType"):
        if asked.get(member):
            answer[member] = asked[member]
    listed_under = delimiter and position[0].endswith(delimiter) and position[0]
    shown: list[tuple[str, str]] = []
    while True:
        page = await ports.uploads.list(bucket.name, after=position)
        for upload in page:
            position = (upload.key, upload.id)
            if not upload.key.startswith(prefix) or (listed_under and upload.key.startswith(listed_under)):
                continue
            at = upload.key.find(delimiter, len(prefix)) if delimiter else -1
            common = "" if at < 0 else upload.key[: at + len(delimiter)]
            if common and shown and shown[-1] == (common, ""):
                continue
            if len(shown) == most:
                answer["IsTruncated"] = True
                break
            shown.append((common, "") if common else position)
            if common:
                answer["CommonPrefixes"].append({"Prefix": write(common)})
            else:
                answer["Uploads"].append(_upload(upload, bucket.account, write(upload.key)))
        if answer["IsTruncated"] or not page:
            break
    if answer["IsTruncated"] and shown:
        answer["NextKeyMarker"], answer["NextUploadIdMarker"] = write(shown[-1][0]), shown[-1][1]
    return answer


def _upload(upload: Upload, account: str, key: str) -> Json:
    return {
        "UploadId": upload.id,
        "Key": key,
        "Initiated": utc(upload.begun_at),
        "StorageClass": upload.facts.get("storage_class", "STANDARD"),
        "Owner": owner_of(account),
        "Initiator": owner_of(account),
        **_algorithm(upload),
    }
