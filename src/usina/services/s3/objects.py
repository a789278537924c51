"""Objects: written whole, read whole or in part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.objects import Entry
from usina.core.operation import Access, BodyStream, operation
from usina.services.s3.conditions import check_read, span_of, span_of_part, write_guard
from usina.services.s3.encryption import check_readable, encryption_answer, key_for
from usina.services.s3.facts import (
    checksum_answer,
    described,
    offered_checksums,
    refuse_unserved,
    wanted_algorithms,
    written_facts,
)
from usina.services.s3.naming import check_key, the_bucket, touches_object
from usina.services.s3.versions import lock_facts, new_version, the_object, version_answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports

_OVERRIDES = {
    "ResponseCacheControl": "CacheControl",
    "ResponseContentDisposition": "ContentDisposition",
    "ResponseContentEncoding": "ContentEncoding",
    "ResponseContentLanguage": "ContentLanguage",
    "ResponseContentType": "ContentType",
    "ResponseExpires": "Expires",
}


def body_of(call: Call[Any]) -> BodyStream:
    """The body of a request, as it comes or as it is."""
    body = call.arguments.get("Body", b"")
    if isinstance(body, BodyStream):
        return body
    return BodyStream(_whole(body), len(body))


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    if body:
        yield body


@operation("s3", "PutObject", access=Access.WRITE, touches=touches_object)
async def put_object(call: Call[Any], ports: Ports) -> Json:
    """Write an object as it comes; it is there, whole and on disk, or not at all."""
    asked, bucket = call.arguments, the_bucket(call, ports)
    key = check_key(asked["Key"])
    refuse_unserved(asked)
    body, guard = body_of(call), write_guard(asked)
    algorithms = wanted_algorithms(asked, body.checksum)
    facts = written_facts(asked) | lock_facts(asked, bucket, ports)
    under = await key_for(asked, bucket, call, ports)
    facts |= under.facts
    kept = await ports.objects.keep(body.pieces, algorithms, offered=offered_checksums(asked), under=under.key)
    the_bucket(call, ports)  # it may have gone while the bytes came
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
    await ports.objects.put(entry, kept.blob, guard)
    return {
        "ETag": f'"{kept.md5}"',
        **checksum_answer(facts),
        **encryption_answer(facts, sealed=bool(kept.blob.sealed)),
        **version_answer(bucket, entry.version),
    }


@operation("s3", "GetObject", access=Access.USE, touches=touches_object)
async def get_object(call: Call[Any], ports: Ports) -> Json:
    """Read an object, a run of its bytes, or one of the parts it came in."""
    answer, entry, start, size = await _described(call, ports)
    check_readable(entry, call, ports)
    answer["Body"] = await ports.objects.read(entry, start, size) if size else b""
    return answer


@operation("s3", "HeadObject", access=Access.READ, touches=touches_object)
async def head_object(call: Call[Any], ports: Ports) -> Json:
    """All that GetObject says of an object, without its bytes."""
    answer, entry, _start, _size = await _described(call, ports)
    answer.pop("TagCount", None)
    if "-" in entry.etag and call.arguments.get("PartNumber"):
        answer["PartsCount"] = len(entry.blobs)
    return answer


async def _described(call: Call[Any], ports: Ports) -> tuple[Json, Entry, int, int]:
    asked, bucket = call.arguments, the_bucket(call, ports)
    refuse_unserved(asked)
    entry = await the_object(call, ports)
    check_read(asked, entry)
    if asked.get("PartNumber") is not None:
        span = span_of_part(entry, asked["PartNumber"])
    else:
        span = span_of(asked.get("Range"), entry.size_bytes)
    answer = described(entry, "versioning" in bucket.settings)
    answer["ContentLength"] = span.size
    if span.header is not None:
        answer["ContentRange"] = span.header
    elif asked.get("ChecksumMode") == "ENABLED":
        answer |= checksum_answer(entry.facts)
    if asked.get("PartNumber") and "-" in entry.etag:
        answer["PartsCount"] = len(entry.blobs)
    answer |= {name: asked[member] for member, name in _OVERRIDES.items() if asked.get(member)}
    return answer, entry, span.start, span.size
