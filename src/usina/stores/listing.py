"""Listings of rows: by name, or by when they were created, whole or some members of their documents.

They run in threads of their own, once a database is open: only then is SQLAlchemy imported.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from usina.core.ports import Row
from usina.stores import partial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine, Select

    from usina.core.ports import Place

_STATEMENTS: Final = 128


def by_name(
    engine: Engine, kind: str, account: str | None, *, after: str, most: int, only: Sequence[str]
) -> Sequence[Row]:
    """Rows in order of (account, name), names above `after` only."""
    query = _by_name(engine.dialect.name, tuple(only), one=account is not None)
    return _found(engine, query, {"of": kind, "whose": account, "after": after, "most": most}, kind, only)


def by_creation(
    engine: Engine, kind: str, account: str, *, after: Place | None, descending: bool, most: int, only: Sequence[str]
) -> Sequence[Row]:
    """Rows that have `created`, in order of it and of their names, those after a place only."""
    query = _by_creation(engine.dialect.name, tuple(only), after=after is not None, descending=descending)
    at, named = after or (None, None)
    values = {"of": kind, "whose": account, "at": at, "named": named, "most": most}
    return _found(engine, query, values, kind, only)


# Statements are made once: to make one takes SQLAlchemy longer than SQLite takes to answer it.
@lru_cache(_STATEMENTS)
def _by_name(dialect: str, only: tuple[str, ...], *, one: bool) -> Select[Any]:
    import sqlalchemy as sa

    from usina.stores.schema import ROWS

    query = _columns(dialect, only).where(ROWS.c.name > sa.bindparam("after"))
    if one:
        query = query.where(ROWS.c.account == sa.bindparam("whose"))
    return query.order_by(ROWS.c.account, ROWS.c.name)


@lru_cache(_STATEMENTS)
def _by_creation(dialect: str, only: tuple[str, ...], *, after: bool, descending: bool) -> Select[Any]:
    import sqlalchemy as sa

    from usina.stores import created
    from usina.stores.schema import ROWS

    query = _columns(dialect, only).where(ROWS.c.account == sa.bindparam("whose"))
    query = query.where(created.among(dialect, after=after, descending=descending))
    return query.order_by(*[each.desc() if descending else each.asc() for each in created.place(dialect)])


def _columns(dialect: str, only: tuple[str, ...]) -> Select[Any]:
    import sqlalchemy as sa

    from usina.stores.schema import ROWS

    bodies = partial.columns(dialect, ROWS.c.body, only) if only else [ROWS.c.body]
    found = sa.select(ROWS.c.account, ROWS.c.name, ROWS.c.version, *bodies)
    return found.where(ROWS.c.kind == sa.bindparam("of")).limit(sa.bindparam("most"))


def _found(
    engine: Engine, query: Select[Any], values: Mapping[str, Any], kind: str, only: Sequence[str]
) -> Sequence[Row]:
    with engine.connect() as connection:
        found = connection.execute(query, values).all()
    if not only:
        return [Row(kind, owner, name, body, version) for owner, name, version, body in found]
    dialect = engine.dialect.name
    return [
        Row(kind, owner, name, partial.joined(only, partial.values(dialect, body, only)), version)
        for owner, name, version, *body in found
    ]
