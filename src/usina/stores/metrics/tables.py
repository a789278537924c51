"""The tables of metrics. Imported only when a database is opened."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from usina.stores.schema import METADATA


def _name() -> sa.types.TypeEngine[str]:
    """Text that sorts by code point everywhere."""
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def series_columns() -> list[sa.Column[Any]]:
    """Columns of `metric_series`. `id` is made from the others, so that a point needs no look-up."""
    return [
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("account", _name(), nullable=False),
        sa.Column("namespace", _name(), nullable=False),
        sa.Column("name", _name(), nullable=False),
        sa.Column("dimensions", _name(), nullable=False),  # JSON: [[name, value], ...] in order of name
        sa.Column("unit", _name(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),  # epoch seconds of the newest put, to the minute
    ]


def point_columns() -> list[sa.Column[Any]]:
    """Columns of `metric_points`: what one period of `tier` seconds from `start` holds."""
    return [
        sa.Column("series", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("tier", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("start", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("samples", sa.Double(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.Column("lowest", sa.Double(), nullable=False),
        sa.Column("highest", sa.Double(), nullable=False),
    ]


def bin_columns() -> list[sa.Column[Any]]:
    """Columns of `metric_bins`: how many samples of a point lie in which bin, for percentiles."""
    return [
        sa.Column("series", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("tier", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("start", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("bin", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("samples", sa.Double(), nullable=False),
    ]


SERIES = sa.Table(
    "metric_series",
    METADATA,
    *series_columns(),
    sa.Index("metric_series_name", "account", "namespace", "name", "dimensions", "unit"),
)
POINTS = sa.Table("metric_points", METADATA, *point_columns(), sqlite_with_rowid=False)
BINS = sa.Table("metric_bins", METADATA, *bin_columns(), sqlite_with_rowid=False)
