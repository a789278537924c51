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
