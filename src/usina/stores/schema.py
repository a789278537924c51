"""The tables of the site's database, for SQLite and PostgreSQL alike. Imported only when a database is opened."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

METADATA = sa.MetaData()


def _name() -> sa.types.TypeEngine[str]:
    """Text that sorts by code point everywhere: PostgreSQL would use the locale's order, SQLite never does."""
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def rows_columns() -> list[sa.Column[Any]]:
    """Columns of `rows`. The key's order is the order of `Records.list`, so that listing reads the index."""
    return [
        sa.Column("kind", _name(), primary_key=True),
        sa.Column("account", _name(), primary_key=True),
        sa.Column("name", _name(), primary_key=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
    ]


ROWS = sa.Table("rows", METADATA, *rows_columns())


def bucket_columns() -> list[sa.Column[Any]]:
    """Columns of `s3_buckets`."""
    return [
        sa.Column("name", _name(), primary_key=True),
        sa.Column("account", _name(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
    ]


def object_columns() -> list[sa.Column[Any]]:
    """Columns of `s3_objects`: one row a version. `age` is below zero and falls, so that the newest comes first."""
    return [
        sa.Column("bucket", _name(), primary_key=True),
        sa.Column("key", _name(), primary_key=True),
        sa.Column("age", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("version", _name(), nullable=False),
        sa.Column("marker", sa.SmallInteger(), nullable=False),
        sa.Column("latest", sa.SmallInteger(), nullable=False),
        sa.Column("shown", sa.SmallInteger(), nullable=False),  # latest and no marker: what a plain listing shows
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("etag", _name(), nullable=False),
        sa.Column("modified_at", sa.Double(), nullable=False),
        sa.Column("blobs", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
    ]


def upload_columns() -> list[sa.Column[Any]]:
    """Columns of `s3_uploads`."""
    return [
        sa.Column("id", _name(), primary_key=True),
        sa.Column("bucket", _name(), nullable=False),
        sa.Column("key", _name(), nullable=False),
        sa.Column("begun_at", sa.Double(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
    ]


def part_columns() -> list[sa.Column[Any]]:
    """Columns of `s3_parts`."""
    return [
        sa.Column("upload", _name(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("etag", _name(), nullable=False),
        sa.Column("modified_at", sa.Double(), nullable=False),
        sa.Column("blob", sa.JSON(), nullable=False),
        sa.Column("checksums", sa.JSON(), nullable=False),
    ]


def blob_columns() -> list[sa.Column[Any]]:
    """Columns of `s3_blobs`: content that belongs to something; `data` where it is small enough to stand here."""
    return [
        sa.Column("id", _name(), primary_key=True),
        sa.Column("data", sa.LargeBinary(), nullable=True),
    ]


def dropped_columns() -> list[sa.Column[Any]]:
    """Columns of `s3_dropped`: files that belong to nothing any more and are still there."""
    return [sa.Column("id", _name(), primary_key=True)]


BUCKETS = sa.Table("s3_buckets", METADATA, *bucket_columns())
OBJECTS = sa.Table("s3_objects", METADATA, *object_columns(), sa.Index("s3_objects_shown", "bucket", "shown", "key"))
UPLOADS = sa.Table("s3_uploads", METADATA, *upload_columns(), sa.Index("s3_uploads_key", "bucket", "key", "id"))
PARTS = sa.Table("s3_parts", METADATA, *part_columns())
BLOBS = sa.Table("s3_blobs", METADATA, *blob_columns())
DROPPED = sa.Table("s3_dropped", METADATA, *dropped_columns())
