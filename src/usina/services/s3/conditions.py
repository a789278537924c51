"""Conditional requests and ranges (RFC 9110, sections 13 and 14), as S3 reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from usina.core.errors import CallerError, NotFoundError, UnknownOperationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.objects import Entry

_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII)


def no_such_key(key: str) -> NotFoundError:
    """There is no such object."""
    return NotFoundError("The specified key does not exist.", code="NoSuchKey", members={"Key": key})


def failed_condition(name: str) -> CallerError:
    """A condition of the request does not hold."""
    return CallerError(
        f"At least one of the pre-conditions you specified did not hold ({name})", code="PreconditionFailed"
    )


def _names(etag: str, given: str) -> bool:
    """Whether an `If-...-Match` header names this ETag."""
    tags = [word.strip().removeprefix("W/").strip('"') for word in given.split(",")]
    return given.strip() == "*" or etag in tags


def check_read(asked: Mapping[str, Any], entry: Entry, prefix: str = "") -> None:
    """Whether the object is read under the request's conditions. `prefix`: CopySource, for the source of a copy.

    Raises: CallerError (PreconditionFailed; NotModified, which a copy does not know).
    """
    modified = int(entry.modified_at)
    match, none_match = asked.get(f"{prefix}IfMatch"), asked.get(f"{prefix}IfNoneMatch")
    since, unmodified = asked.get(f"{prefix}IfModifiedSince"), asked.get(f"{prefix}IfUnmodifiedSince")
    if match is not None:
        if not _names(entry.etag, match):
            raise failed_condition("If-Match")
    elif unmodified is not None and modified > unmodified.timestamp():
        raise failed_condition("If-Unmodified-Since")
    if none_match is not None:
        unchanged = _names(entry.etag, none_match)
    else:
        unchanged = since is not None and modified <= since.timestamp()
    if unchanged:
        if prefix:
            raise failed_condition("If-None-Match")
        raise CallerError("Not Modified", code="NotModified", members={"ETag": f'"{entry.etag}"'})


def write_guard(asked: Mapping[str, Any]) -> Callable[[Entry | None], None] | None:
    """The request's condition on what it replaces, for the moment when it does."""
    match, none_match = asked.get("IfMatch"), asked.get("IfNoneMatch")
    if match is None and none_match is None:
        return None
    if none_match is not None and none_match.strip() != "*":
        raise UnknownOperationError("A header you provided implies functionality that is not served: If-None-Match.")
    key = asked["Key"]

    def guard(entry: Entry | None) -> None:
        if none_match is not None and entry is not None:
            raise failed_condition("If-None-Match")
        if match is not None:
            if entry is None:
                raise no_such_key(key)
            if not _names(entry.etag, match):
                raise failed_condition("If-Match")

    return guard


class Span(NamedTuple):
    """A run of an object's bytes."""

    start: int
    size: int
    header: str | None  # Content-Range, where it is not the whole


def span_of(text: str | None, size_bytes: int) -> Span:
    """The bytes that a `Range` header asks for; a header that is none of S3's form is not there, as RFC 9110 says.

    Raises: CallerError (InvalidRange).
    """
    found = _RANGE.fullmatch(text.strip()) if text else None
    if found is None or found[1] == found[2] == "":
        return Span(0, size_bytes, None)
    if found[1] == "":
        wanted = min(int(found[2]), size_bytes)
        start, end = size_bytes - wanted, size_bytes - 1
        satisfiable = wanted > 0
    else:
        start = int(found[1])
        end = min(int(found[2]), size_bytes - 1) if found[2] else size_bytes - 1
        if found[2] and int(found[2]) < start:
            return Span(0, size_bytes, None)
        satisfiable = start < size_bytes
    if not satisfiable:
        raise CallerError("The requested range is not satisfiable", code="InvalidRange")
    return Span(start, end - start + 1, f"bytes {start}-{end}/{size_bytes}")


def span_of_part(entry: Entry, number: int) -> Span:
    """The bytes of one part of an object that came in parts. Raises: CallerError (InvalidPartNumber)."""
    sizes = [blob.size_bytes for blob in entry.blobs] if "-" in entry.etag else [entry.size_bytes]
    if not 0 < number <= len(sizes):
        raise CallerError("The requested partnumber is not satisfiable", code="InvalidRange")
    start, size = sum(sizes[: number - 1]), sizes[number - 1]
    return Span(start, size, f"bytes {start}-{start + size - 1}/{entry.size_bytes}" if size else None)
