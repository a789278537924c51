"""The statements of logs and metrics, as PostgreSQL would get them."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from usina.stores.logs import tables as logs
from usina.stores.metrics import tables as metrics
from usina.stores.metrics.rows import MetricRows


class _Engine:
    """An engine's dialect, and no database."""

    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped

    def execution_options(self, **options: str) -> _Engine:
        assert options == {"isolation_level": "READ COMMITTED"}
        return self


def test_sums_are_made_by_the_database_in_postgresql_too() -> None:
    rows = MetricRows(_Engine())  # type: ignore[arg-type]  # as much of one as is asked of it
    for statement in (rows._add_series(), rows._add_points(), rows._add_bins()):
        assert "ON CONFLICT" in str(statement.compile(dialect=_Engine.dialect))


def test_tables_are_made_in_postgresql_too() -> None:
    for table in (logs.GROUPS, logs.STREAMS, logs.SEGMENTS, logs.DROPPED, metrics.SERIES, metrics.POINTS, metrics.BINS):
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=_Engine.dialect))
