"""Rows of groups, and pages of groups and streams. Everything here blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from usina.core.errors import ConflictError
from usina.core.logs import LogGroup
from usina.stores.logs.index import transactional
from usina.stores.logs.spans import StreamRow
from usina.stores.logs.tables import GROUPS, STREAMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine

    from usina.core.logs import LogQuery, LogStream


def _stored(account: str) -> sa.ScalarSelect[int]:
    of_group = (STREAMS.c.account == account, STREAMS.c.log_group == GROUPS.c.name)
    total = sa.func.coalesce(sa.func.sum(STREAMS.c.stored_bytes), 0)
    return sa.select(total).where(*of_group).correlate(GROUPS).scalar_subquery()


def begins_with(column: sa.Column[str], prefix: str) -> sa.ColumnElement[bool]:
    """Names with that beginning; compares code points, as the index does."""
    return sa.true() if not prefix else sa.and_(column >= prefix, sa.func.substr(column, 1, len(prefix)) == prefix)


class Listing:
    """Statements over groups, and over the streams of one group."""

    def __init__(self, engine: Engine) -> None:
        self._engine = transactional(engine)

    def create_group(self, group: LogGroup) -> None:
        """Add a group. Raises: ConflictError."""
        values = {
            "account": group.account,
            "name": group.name,
            "created_ms": group.created_ms,
            "retention_days": group.retention_days,
            "tags": dict(group.tags),
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(GROUPS.insert().values(**values))
        except sa.exc.IntegrityError:
            raise ConflictError("The specified log group already exists") from None

    def count_groups(self, account: str) -> int:
        """How many groups the account has."""
        query = sa.select(sa.func.count()).select_from(GROUPS).where(GROUPS.c.account == account)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def groups(
        self, account: str, *, prefix: str = "", containing: str = "", after: str = "", most: int = 50
    ) -> list[LogGroup]:
        """Groups in order of name."""
        query = sa.select(GROUPS, _stored(account)).where(GROUPS.c.account == account, GROUPS.c.name > after)
        query = query.where(begins_with(GROUPS.c.name, prefix)).order_by(GROUPS.c.name).limit(most)
        if containing:
            query = query.where(sa.func.lower(GROUPS.c.name).contains(containing.lower(), autoescape=True))
        with self._engine.connect() as connection:
            return [LogGroup(*row) for row in connection.execute(query)]

    def group(self, account: str, name: str) -> LogGroup | None:
        """One group, its bytes not summed up."""
        query = GROUPS.select().where(GROUPS.c.account == account, GROUPS.c.name == name)
        with self._engine.connect() as connection:
            found = connection.execute(query).one_or_none()
        return None if found is None else LogGroup(*found)

    def change_group(self, account: str, name: str, retention_days: int | None, tags: Mapping[str, str] | None) -> bool:
        """Set what is given; False where there is no such group."""
        values = {"retention_days": retention_days, "tags": None if tags is None else dict(tags)}
        change = GROUPS.update().where(GROUPS.c.account == account, GROUPS.c.name == name)
        given = {key: value for key, value in values.items() if value is not None}
        with self._engine.begin() as connection:
            return connection.execute(change.values(**given)).rowcount == 1

    def retention_days(self, account: str, name: str) -> int | None:
        """Retention of a group; None where there is no such group."""
        query = sa.select(GROUPS.c.retention_days).where(GROUPS.c.account == account, GROUPS.c.name == name)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none()

    def expiring(self) -> list[tuple[str, str, int]]:
        """Account, name and days of every group with a retention."""
        query = sa.select(GROUPS.c.account, GROUPS.c.name, GROUPS.c.retention_days).where(GROUPS.c.retention_days > 0)
        with self._engine.connect() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(query)]

    def streams(
        self,
        account: str,
        group: str,
        prefix: str,
        after: LogStream | None,
        most: int,
        *,
        by_time: bool,
        descending: bool,
    ) -> list[StreamRow]:
        """Streams in the order asked for, behind `after`."""
        query = STREAMS.select().where(STREAMS.c.account == account, STREAMS.c.log_group == group)
        query = query.where(begins_with(STREAMS.c.name, prefix))
        last = sa.func.coalesce(STREAMS.c.last_ms, -1)
        columns = [last, STREAMS.c.name] if by_time else [STREAMS.c.name]
        if after is not None:
            place = [-1 if after.last_ms is None else after.last_ms, after.name] if by_time else [after.name]
            mine, theirs = sa.tuple_(*columns), sa.tuple_(*(sa.literal(each) for each in place))
            query = query.where(mine < theirs if descending else mine > theirs)
        query = query.order_by(*(column.desc() if descending else column for column in columns)).limit(most)
        with self._engine.connect() as connection:
            return [StreamRow(*row) for row in connection.execute(query)]

    def sources(self, account: str, group: str, query: LogQuery, most: int) -> Sequence[StreamRow]:
        """The streams a query names, or those of its prefix that have events in its time range, by name."""
        rows = STREAMS.select().where(STREAMS.c.account == account, STREAMS.c.log_group == group)
        if query.streams:
            rows = rows.where(STREAMS.c.name.in_(query.streams))
        else:
            rows = rows.where(begins_with(STREAMS.c.name, query.prefix))
            rows = rows.where(STREAMS.c.last_ms >= query.start_ms, STREAMS.c.first_ms < query.end_ms)
        with self._engine.connect() as connection:
            return [StreamRow(*row) for row in connection.execute(rows.order_by(STREAMS.c.name).limit(most))]

    def expired(self, account: str, group: str, before_ms: int) -> list[tuple[str, str, str]]:
        """Keys of streams that hold events from before that time."""
        query = sa.select(STREAMS.c.name).where(
            STREAMS.c.account == account, STREAMS.c.log_group == group, STREAMS.c.first_ms < before_ms
        )
        with self._engine.connect() as connection:
            return [(account, group, row.name) for row in connection.execute(query)]
