"""Rows by when they were created: an index over the `created` of their documents, for listings of the newest.

A listing that shows ten of a hundred thousand reads ten. Rows without `created` are not in the index, and cost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

INDEX: Final = "rows_created"
# Spelled as one text: an index over an expression serves queries that have the same one.
_CREATED: Final = {
    "sqlite": "json_extract(body, '$.created')",
    "postgresql": "((body ->> 'created')::double precision)",
}


def make_index(dialect: str) -> str:
    """The statement that makes the index."""
    created = _CREATED[dialect]
    return f"create index {INDEX} on rows (kind, account, {created}, name) where {created} is not null"


def place(dialect: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """What rows are ordered by: when they were created, then their name."""
    return sa.literal_column(_CREATED[dialect], sa.Double()), sa.column("name")


def among(dialect: str, *, after: bool, descending: bool) -> ColumnElement[bool]:
    """The condition on rows: they have a time, and come after a place, the parameters `at` and `named`."""
    created, name = place(dialect)
    if not after:
        return created.is_not(None)
    at: sa.BindParameter[float] = sa.bindparam("at")
    named: sa.BindParameter[str] = sa.bindparam("named")
    beyond, further = (created < at, name < named) if descending else (created > at, name > named)
    # The first bound is what the index is entered by; the rest decides among those of the same moment.
    bound = created <= at if descending else created >= at
    return sa.and_(created.is_not(None), bound, sa.or_(beyond, sa.and_(created == at, further)))
