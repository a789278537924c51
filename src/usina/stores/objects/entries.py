"""Entries of objects in SQL: how a version is found, put, amended and removed, inside a transaction that is given.

The functions that change something run one at a time (see `writer`), so what they read stays true until they commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from usina.core.errors import NotFoundError
from usina.core.objects import Blob, Entry
from usina.stores.schema import BLOBS, BUCKETS, DROPPED, OBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

_C = OBJECTS.c
# Without the blobs: a listing does not carry them.
LISTED = (_C.bucket, _C.key, _C.modified_at, _C.etag, _C.size_bytes, _C.facts, _C.version, _C.marker, _C.latest)
WHOLE = (*LISTED, _C.blobs, _C.age)
# Statements of every write and read, made once: making them costs more than running them.
_LATEST = sa.select(*WHOLE).where(_C.bucket == sa.bindparam("b"), _C.key == sa.bindparam("k")).order_by(_C.age).limit(1)
_VERSION = _LATEST.where(_C.version == sa.bindparam("v"))
_BUCKET = sa.select(BUCKETS.c.name).where(BUCKETS.c.name == sa.bindparam("b"))
_DATA = sa.select(BLOBS.c.data).where(BLOBS.c.id == sa.bindparam("i"))
_NEW_BLOB = sa.insert(BLOBS)
_NEW_OBJECT = sa.insert(OBJECTS)


def blob_of(fields: Sequence[Any]) -> Blob:
    """A blob as it stands in a row; the last field is there where the content is sealed."""
    name, size, inline, *sealed = fields
    return Blob(name, size, inline=bool(inline), sealed=sealed[0] if sealed else "")


def fields_of(blob: Blob) -> list[Any]:
    """A blob for a row."""
    return [blob.id, blob.size_bytes, int(blob.inline), *([blob.sealed] if blob.sealed else [])]


def listed_entry(row: Any) -> Entry:
    """An entry as a listing shows it."""
    return Entry(
        row.bucket,
        row.key,
        row.modified_at,
        row.etag,
        row.size_bytes,
        (),
        row.facts,
        row.version,
        bool(row.marker),
        bool(row.latest),
    )


def whole_entry(row: Any) -> Entry:
    """An entry with the blobs of its content."""
    return Entry(
        row.bucket,
        row.key,
        row.modified_at,
        row.etag,
        row.size_bytes,
        tuple(map(blob_of, row.blobs)),
        row.facts,
        row.version,
        bool(row.marker),
        bool(row.latest),
    )


def _one(bucket: str, key: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _C.bucket == bucket, _C.key == key


def find(connection: Connection, bucket: str, key: str, version: str | None) -> tuple[Entry, int] | None:
    """A version (None: the latest) and its age."""
    if version is None:
        row = connection.execute(_LATEST, {"b": bucket, "k": key}).one_or_none()
    else:
        row = connection.execute(_VERSION, {"b": bucket, "k": key, "v": version}).one_or_none()
    return None if row is None else (whole_entry(row), row.age)


def keep_blob(connection: Connection, blob: Blob) -> None:
    """Say that this blob belongs to something from now on."""
    connection.execute(_NEW_BLOB, {"id": blob.id, "data": blob.data if blob.inline else None})


def inline_data(connection: Connection, blob: Blob) -> bytes | None:
    """Bytes of an inline blob; None where it is gone."""
    data: bytes | None = connection.execute(_DATA, {"i": blob.id}).scalar_one_or_none()
    return data


def drop_blobs(connection: Connection, blobs: Iterable[Blob]) -> list[str]:
    """Say that these belong to nothing any more; gives the names of those that are files."""
    dropped = list(blobs)
    files = [blob.id for blob in dropped if not blob.inline]
    for begin in range(0, len(dropped), 500):
        names = [blob.id for blob in dropped[begin : begin + 500]]
        connection.execute(sa.delete(BLOBS).where(BLOBS.c.id.in_(names)))
    if files:
        connection.execute(sa.insert(DROPPED), [{"id": name} for name in files])
    return files


def check_bucket(connection: Connection, bucket: str) -> None:
    """Raises: NotFoundError (NoSuchBucket)."""
    if connection.execute(_BUCKET, {"b": bucket}).one_or_none() is None:
        raise NotFoundError("The specified bucket does not exist", code="NoSuchBucket")


def put(connection: Connection, entry: Entry, guard: Callable[[Entry | None], None] | None) -> list[str]:
    """Make this the latest version. Gives the files that are let go. Raises: NotFoundError, what `guard` raises."""
    check_bucket(connection, entry.bucket)
    found = find(connection, entry.bucket, entry.key, None)
    if guard is not None:
        guard(None if found is None or found[0].marker else found[0])
    files: list[str] = []
    age = -1
    if found is not None:
        latest, age = found[0], found[1] - 1
        same = found if latest.version == entry.version else find(connection, entry.bucket, entry.key, entry.version)
        if same is not None:
            files = drop_blobs(connection, same[0].blobs)
            connection.execute(sa.delete(OBJECTS).where(*_one(entry.bucket, entry.key), _C.age == same[1]))
        if same is None or same[1] != found[1]:
            connection.execute(
                sa.update(OBJECTS).where(*_one(entry.bucket, entry.key), _C.age == found[1]).values(latest=0, shown=0)
            )
    row = {
        "bucket": entry.bucket,
        "key": entry.key,
        "age": age,
        "version": entry.version,
        "marker": int(entry.marker),
        "latest": 1,
        "shown": int(not entry.marker),
        "size_bytes": entry.size_bytes,
        "etag": entry.etag,
        "modified_at": entry.modified_at,
        "blobs": [fields_of(blob) for blob in entry.blobs],
        "facts": dict(entry.facts),
    }
    connection.execute(_NEW_OBJECT, row)
    return files


def remove(
    connection: Connection, bucket: str, key: str, version: str, guard: Callable[[Entry], None] | None
) -> tuple[Entry | None, list[str]]:
    """Take a version away; the newest that is left becomes the latest. Gives it, and the files that are let go."""
    found = find(connection, bucket, key, version)
    if found is None:
        return None, []
    entry, age = found
    if guard is not None:
        guard(entry)
    connection.execute(sa.delete(OBJECTS).where(*_one(bucket, key), _C.age == age))
    if entry.latest:
        left = find(connection, bucket, key, None)
        if left is not None:
            shown = int(not left[0].marker)
            connection.execute(
                sa.update(OBJECTS).where(*_one(bucket, key), _C.age == left[1]).values(latest=1, shown=shown)
            )
    return entry, drop_blobs(connection, entry.blobs)


def amend(
    connection: Connection, bucket: str, key: str, version: str | None, change: Callable[[Entry], Mapping[str, Any]]
) -> Entry | None:
    """Give a version other facts."""
    found = find(connection, bucket, key, version)
    if found is None:
        return None
    entry, age = found
    facts = dict(change(entry))
    connection.execute(sa.update(OBJECTS).where(*_one(bucket, key), _C.age == age).values(facts=facts))
    return Entry(
        entry.bucket,
        entry.key,
        entry.modified_at,
        entry.etag,
        entry.size_bytes,
        entry.blobs,
        facts,
        entry.version,
        entry.marker,
        entry.latest,
    )
