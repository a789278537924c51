"""The tables of log groups, streams and segments. Imported only when a database is opened."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from usina.stores.schema import METADATA


def _name() -> sa.types.TypeEngine[str]:
    """Text that sorts by code point everywhere."""
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def group_columns() -> list[sa.Column[Any]]:
    """Columns of `log_groups`."""
    return [
        sa.Column("account", _name(), primary_key=True),
        sa.Column("name", _name(), primary_key=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
    ]


def stream_columns() -> list[sa.Column[Any]]:
    """Columns of `log_streams`. `id` names the folder, so that no name of a caller's ever does.

    The summary (times, bytes, ordinal) lags behind the files while `open` is 1; opening the store renews it then.
    """
    return [
        sa.Column("id", _name(), primary_key=True),
        sa.Column("account", _name(), nullable=False),
        sa.Column("log_group", _name(), nullable=False),
        sa.Column("name", _name(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_ms", sa.BigInteger(), nullable=True),
        sa.Column("ingested_ms", sa.BigInteger(), nullable=True),
        sa.Column("stored_bytes", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),  # of the next event
        sa.Column("segment", sa.BigInteger(), nullable=False),  # number of the one that is written to
        sa.Column("open", sa.SmallInteger(), nullable=False),
    ]


def segment_columns() -> list[sa.Column[Any]]:
    """Columns of `log_segments`: the sealed ones."""
    return [
        sa.Column("stream", _name(), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
    ]


def dropped_columns() -> list[sa.Column[Any]]:
    """Columns of `log_dropped`: streams whose folders are still to be deleted."""
    return [sa.Column("id", _name(), primary_key=True)]


GROUPS = sa.Table("log_groups", METADATA, *group_columns())
STREAMS = sa.Table(
    "log_streams",
    METADATA,
    *stream_columns(),
    sa.Index("log_streams_name", "account", "log_group", "name", unique=True),
    sa.Index("log_streams_last", "account", "log_group", "last_ms", "name"),
    sa.Index("log_streams_open", "open"),
)
SEGMENTS = sa.Table("log_segments", METADATA, *segment_columns())
DROPPED = sa.Table("log_dropped", METADATA, *dropped_columns())
