"""Rows of streams and segments. Everything here blocks; each method is one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from usina.core.errors import ConflictError
from usina.stores.logs.spans import Sealed, StreamRow
from usina.stores.logs.tables import DROPPED, GROUPS, SEGMENTS, STREAMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine

    from usina.stores.logs.spans import StreamState

Key = tuple[str, str, str]  # account, group, name
_BATCH = 500


def transactional(engine: Engine) -> Engine:
    """The same database, with calls of several statements that are done as a whole."""
    level = "SERIALIZABLE" if engine.dialect.name == "sqlite" else "READ COMMITTED"
    return engine.execution_options(isolation_level=level)


def _is(key: Key) -> list[sa.ColumnElement[bool]]:
    return [STREAMS.c.account == key[0], STREAMS.c.log_group == key[1], STREAMS.c.name == key[2]]


class LogIndex:
    """Statements over the tables of streams."""

    def __init__(self, engine: Engine) -> None:
        self._engine = transactional(engine)

    def create(self, key: Key, identifier: str, now_ms: int) -> bool:
        """Add a stream; False where its group is missing. Raises: ConflictError."""
        columns: dict[str, sa.ColumnElement[Any]] = {column.name: sa.null() for column in STREAMS.c} | {
            "id": sa.literal(identifier),
            "account": sa.literal(key[0]),
            "log_group": sa.literal(key[1]),
            "name": sa.literal(key[2]),
            "created_ms": sa.literal(now_ms, sa.BigInteger()),
            "stored_bytes": sa.literal(0),
            "ordinal": sa.literal(0),
            "segment": sa.literal(0),
            "open": sa.literal(0),
        }
        group = sa.select(*list(columns.values())).where(GROUPS.c.account == key[0], GROUPS.c.name == key[1])
        try:
            with self._engine.begin() as connection:
                found = connection.execute(STREAMS.insert().from_select(list(columns), group))
                return found.rowcount == 1
        except sa.exc.IntegrityError:
            raise ConflictError("The specified log stream already exists") from None

    def find(self, key: Key) -> StreamRow | None:
        """The row of a stream."""
        with self._engine.connect() as connection:
            found = connection.execute(STREAMS.select().where(*_is(key))).one_or_none()
        return None if found is None else StreamRow(*found)

    def left_open(self) -> list[StreamRow]:
        """Streams whose summary may lag behind."""
        with self._engine.connect() as connection:
            return [StreamRow(*row) for row in connection.execute(STREAMS.select().where(STREAMS.c.open == 1))]

    def sealed(self, identifier: str) -> tuple[Sealed, ...]:
        """The sealed segments of a stream, the oldest first."""
        query = sa.select(SEGMENTS.c.number, SEGMENTS.c.first_ms, SEGMENTS.c.last_ms, SEGMENTS.c.size_bytes)
        query = query.where(SEGMENTS.c.stream == identifier).order_by(SEGMENTS.c.number)
        with self._engine.connect() as connection:
            return tuple(Sealed(*row) for row in connection.execute(query))

    def mark_open(self, identifiers: Sequence[str]) -> None:
        """Say that the summaries of these will lag behind."""
        with self._engine.begin() as connection:
            for begin in range(0, len(identifiers), _BATCH):
                some = STREAMS.c.id.in_(identifiers[begin : begin + _BATCH])
                connection.execute(STREAMS.update().where(some).values(open=1))

    def seal(self, state: StreamState, sealed: Sealed) -> None:
        """The active segment is full: the next one begins."""
        with self._engine.begin() as connection:
            connection.execute(SEGMENTS.insert().values(stream=state.row.id, **sealed._asdict()))
            _summarise(connection, [state], segment=sealed.number + 1)

    def summarise(self, states: Sequence[StreamState], *, close: bool = False) -> None:
        """Write the summaries of these; `close`: they lag no more."""
        with self._engine.begin() as connection:
            _summarise(connection, states, **({"open": 0} if close else {}))

    def forget_segment(self, identifier: str, number: int) -> None:
        """A sealed segment is gone."""
        with self._engine.begin() as connection:
            connection.execute(SEGMENTS.delete().where(SEGMENTS.c.stream == identifier, SEGMENTS.c.number == number))

    def drop(self, key: Key) -> str | None:
        """Take a stream away; its folder is noted as one to delete."""
        with self._engine.begin() as connection:
            return next(iter(_drop(connection, _is(key))), None)

    def drop_group(self, account: str, group: str) -> list[str] | None:
        """Take a group and its streams away; None where there is no such group."""
        with self._engine.begin() as connection:
            gone = connection.execute(GROUPS.delete().where(GROUPS.c.account == account, GROUPS.c.name == group))
            if gone.rowcount != 1:
                return None
            return _drop(connection, [STREAMS.c.account == account, STREAMS.c.log_group == group])

    def dropped(self) -> list[str]:
        """Streams whose folders are still there."""
        with self._engine.connect() as connection:
            return [row.id for row in connection.execute(DROPPED.select())]

    def folder_deleted(self, identifier: str) -> None:
        """A folder is gone."""
        with self._engine.begin() as connection:
            connection.execute(DROPPED.delete().where(DROPPED.c.id == identifier))


def _summarise(connection: Connection, states: Sequence[StreamState], **also: Any) -> None:
    for state in states:
        values = {
            "first_ms": state.first_ms,
            "last_ms": state.last_ms,
            "ingested_ms": state.ingested_ms,
            "stored_bytes": state.stored_bytes,
            "ordinal": state.ordinal,
        }
        connection.execute(STREAMS.update().where(STREAMS.c.id == state.row.id).values(**values, **also))


def _drop(connection: Connection, which: list[sa.ColumnElement[bool]]) -> list[str]:
    identifiers = [row.id for row in connection.execute(sa.select(STREAMS.c.id).where(*which))]
    for identifier in identifiers:
        connection.execute(DROPPED.insert().values(id=identifier))
        connection.execute(SEGMENTS.delete().where(SEGMENTS.c.stream == identifier))
        connection.execute(STREAMS.delete().where(STREAMS.c.id == identifier))
    return identifiers
