"""Copies within the site: an object from another, with its facts or with new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from usina.core.clock import utc
from usina.core.errors import CallerError, ValidationError
from usina.core.objects import Entry
from usina.core.operation import Access, operation
from usina.services.s3.conditions import check_read, write_guard
from usina.services.s3.encryption import check_readable, encryption_answer, key_for
from usina.services.s3.facts import (
    HEADERS,
    checksum_answer,
    header_tags,
    refuse_unserved,
    wanted_algorithms,
    written_facts,
)
from usina.services.s3.naming import check_key, known_bucket, object_resource, the_bucket
from usina.services.s3.versions import known_object, lock_facts, new_version, version_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Call, Resource
    from usina.core.ports import Json, Ports

_REPLACE = "REPLACE"
_COPY_BYTES = 5_368_709_120  # S3's limit for one copy
_COPIED = ("headers", "metadata", "expires", "storage_class")


class Source(NamedTuple):
    """Where a copy comes from."""

    bucket: str
    key: str
    version: str | None


def source_of(call: Call[Any]) -> Source:
    """The source that `x-amz-copy-source` names: `[/]BUCKET/KEY[?versionId=ID]`, the key percent-encoded.

    Raises: ValidationError.
    """
    text = call.arguments["CopySource"]
    if isinstance(text, dict):
        text = f"{text['Bucket']}/{text['Key']}"
    path, _, version = text.partition("?versionId=")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    if not bucket or not key:
        raise ValidationError("Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
    return Source(bucket, key, version or None)


def touches_both(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The source and the destination."""
    source, asked = source_of(call), call.arguments
    return (
        object_resource(source.bucket, source.key, call, ports),
        object_resource(asked["Bucket"], asked["Key"], call, ports),
    )


async def source_entry(call: Call[Any], ports: Ports) -> Entry:
    """The object that is copied, under the request's conditions. Raises: CallerError."""
    source = source_of(call)
    known_bucket(source.bucket, call.arguments.get("ExpectedSourceBucketOwner"), call, ports)
    entry = await known_object(source.bucket, source.key, source.version, ports)
    check_read(call.arguments, entry, "CopySource")
    return entry


@operation("s3", "CopyObject", access=Access.WRITE, touches=touches_both)
async def copy_object(call: Call[Any], ports: Ports) -> Json:
    """Write an object with the bytes of another."""
    asked, bucket = call.arguments, the_bucket(call, ports)
    key = check_key(asked["Key"])
    refuse_unserved(asked)
    found = await source_entry(call, ports)
    if found.size_bytes > _COPY_BYTES:
        raise CallerError("The specified copy source is larger than the maximum allowable size", code="InvalidRequest")
    replaced = asked.get("MetadataDirective") == _REPLACE
    changes = replaced or asked.get("StorageClass") or asked.get("ServerSideEncryption")
    if (found.bucket, found.key) == (bucket.name, key) and found.latest and not changes:
        raise CallerError(
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes.",
            code="InvalidRequest",
        )
    facts = _facts(asked, found, replaced=replaced) | lock_facts(asked, bucket, ports)
    algorithms = wanted_algorithms(asked, "") or sorted(found.facts.get("checksums", {}))
    check_readable(found, call, ports)
    under = await key_for(asked, bucket, call, ports)
    facts |= under.facts
    source = await ports.objects.read(found, 0, found.size_bytes)
    kept = await ports.objects.keep(source, algorithms, under=under.key)
    the_bucket(call, ports)  # it may have gone while the bytes were written
    if algorithms:
        facts["checksums"] = {name: kept.checksums[name] for name in algorithms}
    entry = Entry(
        bucket.name,
        key,
        ports.clock.now(),
        kept.md5,
        kept.size_bytes,
        (kept.blob,),
        facts,
        new_version(bucket, ports),
    )
    await ports.objects.put(entry, kept.blob, write_guard(asked))
    answer = {
        "CopyObjectResult": {
            "ETag": f'"{entry.etag}"',
            "LastModified": utc(entry.modified_at),
            **checksum_answer(facts),
        },
        **encryption_answer(facts, sealed=bool(kept.blob.sealed)),
        **version_answer(bucket, entry.version),
    }
    if found.version != "null":
        answer["CopySourceVersionId"] = found.version
    return answer


def _facts(asked: Any, found: Entry, *, replaced: bool) -> dict[str, Any]:
    given = written_facts({**asked, "Tagging": None})
    if replaced:
        facts = given
    else:
        facts = {name: found.facts[name] for name in _COPIED if name in found.facts and name != "storage_class"}
        facts["headers"] = {name: value for name, value in facts.get("headers", {}).items() if name in HEADERS}
        if "storage_class" in given:
            facts["storage_class"] = given["storage_class"]
    if asked.get("TaggingDirective") == _REPLACE:
        facts["tags"] = header_tags(asked["Tagging"]) if asked.get("Tagging") else {}
    elif found.facts.get("tags"):
        facts["tags"] = found.facts["tags"]
    return facts
