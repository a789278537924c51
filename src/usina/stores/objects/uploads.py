"""Multipart uploads in SQL: what is open, and its parts. Completing one writes no content again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from usina.core.errors import ConflictError, NotFoundError
from usina.core.objects import Part, Upload
from usina.stores.objects.entries import blob_of, check_bucket, drop_blobs, fields_of, keep_blob, put
from usina.stores.schema import PARTS, UPLOADS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Row

    from usina.core.objects import Entry

_U, _P = UPLOADS.c, PARTS.c


def _upload(row: Row[Any]) -> Upload:
    return Upload(row.id, row.bucket, row.key, row.begun_at, row.facts)


def _part(row: Row[Any]) -> Part:
    return Part(row.number, row.etag, row.modified_at, blob_of(row.blob), row.checksums)


def begin(connection: Connection, upload: Upload) -> None:
    """Open an upload. Raises: NotFoundError where the bucket is gone."""
    check_bucket(connection, upload.bucket)
    connection.execute(
        sa.insert(UPLOADS).values(
            id=upload.id, bucket=upload.bucket, key=upload.key, begun_at=upload.begun_at, facts=dict(upload.facts)
        )
    )


def find(connection: Connection, upload_id: str) -> Upload | None:
    """The upload, while it is open."""
    row = connection.execute(sa.select(UPLOADS).where(_U.id == upload_id)).one_or_none()
    return None if row is None else _upload(row)


def missing() -> NotFoundError:
    """There is no such upload (any more)."""
    return NotFoundError(
        "The specified multipart upload does not exist. The upload ID might be invalid, or the multipart upload might "
        "have been aborted or completed.",
        code="NoSuchUpload",
    )


def add(connection: Connection, upload_id: str, part: Part) -> list[str]:
    """Add a part; gives the files of the one it takes the place of. Raises: NotFoundError."""
    if find(connection, upload_id) is None:
        raise missing()
    this = (_P.upload == upload_id, _P.number == part.number)
    former = connection.execute(sa.select(PARTS).where(*this)).one_or_none()
    files: list[str] = []
    if former is not None:
        files = drop_blobs(connection, (_part(former).blob,))
        connection.execute(sa.delete(PARTS).where(*this))
    keep_blob(connection, part.blob)
    connection.execute(
        sa.insert(PARTS).values(
            upload=upload_id,
            number=part.number,
            etag=part.etag,
            modified_at=part.modified_at,
            blob=fields_of(part.blob),
            checksums=dict(part.checksums),
        )
    )
    return files


def parts(connection: Connection, upload_id: str, after: int, most: int) -> list[Part]:
    """Parts above that number."""
    query = sa.select(PARTS).where(_P.upload == upload_id, _P.number > after).order_by(_P.number).limit(most)
    return [_part(row) for row in connection.execute(query)]


def complete(
    connection: Connection, upload_id: str, entry: Entry, guard: Callable[[Entry | None], None] | None
) -> list[str]:
    """Make the entry out of parts; gives the files that are let go. Raises: see the port."""
    if find(connection, upload_id) is None:
        raise missing()
    there = {
        part.blob.id: part.blob
        for part in map(_part, connection.execute(sa.select(PARTS).where(_P.upload == upload_id)))
    }
    wanted = {blob.id for blob in entry.blobs}
    if not wanted <= there.keys():
        raise ConflictError("A part of the upload was replaced meanwhile. List the parts and complete it again.")
    files = put(connection, entry, guard)
    files += drop_blobs(connection, [blob for name, blob in there.items() if name not in wanted])
    _forget(connection, upload_id)
    return files


def abort(connection: Connection, upload_id: str) -> tuple[bool, list[str]]:
    """End an upload; gives whether it was open, and the files that are let go."""
    if find(connection, upload_id) is None:
        return False, []
    rows = connection.execute(sa.select(PARTS).where(_P.upload == upload_id)).all()
    files = drop_blobs(connection, [_part(row).blob for row in rows])
    _forget(connection, upload_id)
    return True, files


def _forget(connection: Connection, upload_id: str) -> None:
    connection.execute(sa.delete(PARTS).where(_P.upload == upload_id))
    connection.execute(sa.delete(UPLOADS).where(_U.id == upload_id))


def open_uploads(connection: Connection, bucket: str, after: tuple[str, str], most: int) -> list[Upload]:
    """Open uploads of a bucket above that (key, id)."""
    key, upload_id = after
    query = sa.select(UPLOADS).where(_U.bucket == bucket)
    if key and not upload_id:
        query = query.where(_U.key > key)
    elif key:
        query = query.where(sa.tuple_(_U.key, _U.id) > sa.tuple_(sa.literal(key), sa.literal(upload_id)))
    return [_upload(row) for row in connection.execute(query.order_by(_U.key, _U.id).limit(most))]
