"""What S3 keeps of an object beside its bytes, and how it comes back: headers, metadata, checksums."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from usina.core.checksums import ALGORITHMS
from usina.core.clock import utc
from usina.core.errors import CallerError, UnknownOperationError
from usina.services.s3.encryption import encryption_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.objects import Entry

HEADERS = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "WebsiteRedirectLocation",
)
_DEFAULT_TYPE = "binary/octet-stream"
_METADATA_BYTES = 2_048
_MD5_BYTES = 16
MOST_OBJECT_TAGS = 10
_TAG_KEY, _TAG_VALUE = 128, 256
_CANNED = {"private", "bucket-owner-full-control"}
_STORAGE = {"STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"}
_OWN_KEYS = ("SSECustomerAlgorithm", "CopySourceSSECustomerAlgorithm")
_GRANTS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP", "GrantWrite")
# Algorithm as the store knows it -> member of S3's shapes.
CHECKSUM_MEMBERS = {name: f"Checksum{name.upper()}" for name in ALGORITHMS}


def refuse_unserved(asked: Mapping[str, Any]) -> None:
    """Say no to what would be promised and not kept: encryption by a key that comes with the request, access lists.

    Raises: UnknownOperationError, CallerError.
    """
    for member in _OWN_KEYS:
        if asked.get(member):
            raise UnknownOperationError(f"This site takes no keys with requests: leave out {member}, or use aws:kms.")
    if asked.get("ACL", "private") not in _CANNED or any(asked.get(member) for member in _GRANTS):
        raise CallerError("The bucket does not allow ACLs", code="AccessControlListNotSupported")


def written_facts(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of an object that a request writes (PutObject, CreateMultipartUpload, CopyObject with REPLACE)."""
    headers = {name: asked[name] for name in HEADERS if asked.get(name)}
    if "ContentEncoding" in headers:
        # That framing is the transfer's, not the object's.
        kept = [part for word in headers["ContentEncoding"].split(",") if (part := word.strip()) != "aws-chunked"]
        headers["ContentEncoding"] = ",".join(kept)
        if not kept:
            del headers["ContentEncoding"]
    facts: dict[str, Any] = {"headers": headers}
    if asked.get("Expires") is not None:
        expires = asked["Expires"]
        facts["expires"] = expires if isinstance(expires, str) else expires.timestamp()
    if asked.get("Metadata"):
        metadata = dict(asked["Metadata"])
        if sum(len(name) + len(value.encode()) for name, value in metadata.items()) > _METADATA_BYTES:
            raise CallerError(
                f"Your metadata headers exceed the maximum allowed metadata size of {_METADATA_BYTES} bytes.",
                code="MetadataTooLarge",
            )
        facts["metadata"] = metadata
    storage = asked.get("StorageClass", "STANDARD")
    if storage not in _STORAGE:
        raise CallerError("The storage class you specified is not valid", code="InvalidStorageClass")
    if storage != "STANDARD":
        facts["storage_class"] = storage
    if asked.get("Tagging"):
        facts["tags"] = header_tags(asked["Tagging"])
    return facts


def header_tags(text: str) -> dict[str, str]:
    """Tags as the header of PutObject has them. Raises: CallerError (InvalidTag)."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=100)
    except ValueError:
        raise _invalid_tag("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded.") from None
    return checked_tags(pairs, MOST_OBJECT_TAGS)


def checked_tags(pairs: list[tuple[str, str]], most: int) -> dict[str, str]:
    """Tags within S3's bounds. Raises: CallerError (InvalidTag, BadRequest)."""
    tags = dict(pairs)
    if len(tags) != len(pairs):
        raise _invalid_tag("Cannot provide multiple Tags with the same key")
    if len(tags) > most:
        raise CallerError(f"Object tags cannot be greater than {most}", code="BadRequest")
    for key, value in tags.items():
        if not 0 < len(key) <= _TAG_KEY or len(value) > _TAG_VALUE:
            raise _invalid_tag("The TagKey or TagValue you have provided is invalid")
    return tags


def _invalid_tag(message: str) -> CallerError:
    return CallerError(message, code="InvalidTag")


def offered_checksums(asked: Mapping[str, Any]) -> dict[str, str]:
    """What a request says its body comes to: `Content-MD5` and the checksum headers, by algorithm.

    Raises: CallerError (InvalidDigest, InvalidRequest).
    """
    offered = {name: asked[member] for name, member in CHECKSUM_MEMBERS.items() if asked.get(member)}
    for member in asked:
        if member.startswith("ChecksumXXHASH"):
            raise CallerError(f"The checksum algorithm of {member} is not supported here.", code="InvalidRequest")
    if asked.get("ContentMD5") is not None:
        try:
            whole = len(base64.b64decode(asked["ContentMD5"], validate=True)) == _MD5_BYTES
        except (binascii.Error, ValueError):
            whole = False
        if not whole:
            raise CallerError("The Content-MD5 you specified was invalid.", code="InvalidDigest")
        if offered.setdefault("md5", asked["ContentMD5"]) != asked["ContentMD5"]:
            raise CallerError("Content-MD5 and x-amz-checksum-md5 do not say the same.", code="InvalidDigest")
    return offered


def wanted_algorithms(asked: Mapping[str, Any], announced: str) -> list[str]:
    """Algorithms whose checksums the object keeps. `announced`: of the body's trailer."""
    found = [name for name, member in CHECKSUM_MEMBERS.items() if asked.get(member)]
    if announced:
        found.append(announced)
    chosen = asked.get("ChecksumAlgorithm")
    if chosen:
        if chosen.lower() not in ALGORITHMS:
            raise CallerError(f"The checksum algorithm {chosen[:32]} is not supported here.", code="InvalidRequest")
        found.append(chosen.lower())
    return sorted(set(found))


def checksum_answer(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Checksums of an object, as members of an answer."""
    checksums: Mapping[str, str] = facts.get("checksums", {})
    if not checksums:
        return {}
    answer: dict[str, Any] = {CHECKSUM_MEMBERS[name]: value for name, value in checksums.items()}
    answer["ChecksumType"] = facts.get("checksum_type", "FULL_OBJECT")
    return answer


def described(entry: Entry, bucket_is_versioned: bool) -> dict[str, Any]:
    """What GetObject and HeadObject say of an object."""
    facts = entry.facts
    answer: dict[str, Any] = {
        "AcceptRanges": "bytes",
        "LastModified": utc(int(entry.modified_at)),
        "ContentLength": entry.size_bytes,
        "ETag": f'"{entry.etag}"',
        "ContentType": _DEFAULT_TYPE,
        **facts.get("headers", {}),
        "Metadata": facts.get("metadata", {}),
        **encryption_answer(facts, sealed=any(blob.sealed for blob in entry.blobs)),
    }
    if "expires" in facts:
        answer["Expires"] = facts["expires"] if isinstance(facts["expires"], str) else utc(facts["expires"])
    if "storage_class" in facts:
        answer["StorageClass"] = facts["storage_class"]
    if bucket_is_versioned or entry.version != "null":
        answer["VersionId"] = entry.version
    if facts.get("tags"):
        answer["TagCount"] = len(facts["tags"])
    if "lock" in facts:
        answer["ObjectLockMode"] = facts["lock"]["mode"]
        answer["ObjectLockRetainUntilDate"] = utc(facts["lock"]["until"])
    if "hold" in facts:
        answer["ObjectLockLegalHoldStatus"] = facts["hold"]
    return answer
