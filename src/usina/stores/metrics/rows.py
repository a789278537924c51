"""Statements over the tables of metrics. Everything here blocks; each method is one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from usina.core.metrics import MetricName, MetricPoint
from usina.stores.metrics.store import KEPT_SECONDS, read_back, written
from usina.stores.metrics.tables import BINS, POINTS, SERIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine

    from usina.core.metrics import Periods
    from usina.stores.metrics.store import Batch

_BATCH: Final = 200
_POINT_KEY: Final = ("series", "tier", "start")


class MetricRows:
    """Series, points and bins."""

    def __init__(self, engine: Engine) -> None:
        embedded = engine.dialect.name == "sqlite"
        level = "SERIALIZABLE" if embedded else "READ COMMITTED"
        self._engine = engine.execution_options(isolation_level=level)
        self._insert: Any = sqlite.insert if embedded else postgresql.insert

    def add(self, batch: Batch) -> None:
        """Add sums to what the rows hold already, in order of key, so that two writers cannot wait for each other."""
        points, bins = [], []
        for (series, tier, start), point in sorted(batch.points.items(), key=lambda item: item[0]):
            key = {"series": series, "tier": tier, "start": start}
            points.append(
                key | {"samples": point.samples, "total": point.total, "lowest": point.lowest, "highest": point.highest}
            )
            bins += [key | {"bin": number, "samples": point.bins[number]} for number in sorted(point.bins)]
        with self._engine.begin() as connection:
            connection.execute(self._add_series(), [batch.series[key] for key in sorted(batch.series)])
            connection.execute(self._add_points(), points)
            if bins:
                connection.execute(self._add_bins(), bins)

    def _add_series(self) -> Any:
        statement = self._insert(SERIES)
        new = statement.excluded.seen_at
        return statement.on_conflict_do_update(
            index_elements=["id"], set_={"seen_at": new}, where=SERIES.c.seen_at < new
        )

    def _add_points(self) -> Any:
        statement = self._insert(POINTS)
        new, old = statement.excluded, POINTS.c
        summed = {
            "samples": old.samples + new.samples,
            "total": old.total + new.total,
            "lowest": sa.case((new.lowest < old.lowest, new.lowest), else_=old.lowest),
            "highest": sa.case((new.highest > old.highest, new.highest), else_=old.highest),
        }
        return statement.on_conflict_do_update(index_elements=list(_POINT_KEY), set_=summed)

    def _add_bins(self) -> Any:
        statement = self._insert(BINS)
        return statement.on_conflict_do_update(
            index_elements=[*_POINT_KEY, "bin"], set_={"samples": BINS.c.samples + statement.excluded.samples}
        )

    def count(self, account: str, ids: set[int]) -> tuple[int, int]:
        """How many series the account has, and how many of these are not among them."""
        known, whole = 0, sorted(ids)
        with self._engine.connect() as connection:
            for begin in range(0, len(whole), _BATCH):
                query = sa.select(sa.func.count()).where(SERIES.c.id.in_(whole[begin : begin + _BATCH]))
                known += int(connection.execute(query).scalar_one())
            query = sa.select(sa.func.count()).where(SERIES.c.account == account)
            return int(connection.execute(query).scalar_one()), len(ids) - known

    def metrics(
        self,
        *,
        account: str,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str | None],
        seen_since: int,
        after: MetricName | None,
        most: int,
    ) -> list[MetricName]:
        """Metrics in order of namespace, name and dimensions."""
        columns = (SERIES.c.namespace, SERIES.c.name, SERIES.c.dimensions)
        query = sa.select(*columns).distinct().where(SERIES.c.account == account, SERIES.c.seen_at >= seen_since)
        if namespace:
            query = query.where(SERIES.c.namespace == namespace)
        if name:
            query = query.where(SERIES.c.name == name)
        if after is not None:
            place = (after.namespace, after.name, written(after.dimensions))
            query = query.where(sa.tuple_(*columns) > sa.tuple_(*(sa.literal(each) for each in place)))
        found: list[MetricName] = []
        with self._engine.connect() as connection:
            for row in connection.execute(query.order_by(*columns)):
                pairs = read_back(row.dimensions)
                known = dict(pairs)
                if all(key in known and value in {None, known[key]} for key, value in dimensions.items()):
                    found.append(MetricName(row.namespace, row.name, pairs))
                    if len(found) >= most:
                        break
        return found

    def points(self, account: str, metric: MetricName, unit: str, tier: int, periods: Periods) -> list[MetricPoint]:
        """Points of a tier, summed up to periods."""
        series = sa.select(SERIES.c.id, SERIES.c.unit).where(
            SERIES.c.account == account,
            SERIES.c.namespace == metric.namespace,
            SERIES.c.name == metric.name,
            SERIES.c.dimensions == written(metric.dimensions),
        )
        if unit:
            series = series.where(SERIES.c.unit == unit)
        start, end, period = periods
        found: dict[tuple[int, str], MetricPoint] = {}
        with self._engine.connect() as connection:
            for identifier, each_unit in connection.execute(series).all():
                which = (identifier, tier, start, end)
                for point in _read(connection, each_unit, which):
                    point.at = start + (point.at - start) // period * period
                    known = found.setdefault((point.at, each_unit), point)
                    if known is not point:
                        known.add(point)
        return [found[key] for key in sorted(found)]

    def expire(self, after: int, now: int) -> int | None:
        """Delete old points of the next series above that id; gives the last of them, None at the end."""
        ids = sa.select(SERIES.c.id).where(SERIES.c.id > after).order_by(SERIES.c.id).limit(_BATCH)
        with self._engine.begin() as connection:
            some = [row.id for row in connection.execute(ids)]
            for table in (POINTS, BINS):
                for tier, kept in KEPT_SECONDS.items():
                    old = (table.c.series.in_(some), table.c.tier == tier, table.c.start < now - kept)
                    connection.execute(table.delete().where(*old))
            forgotten = SERIES.c.seen_at < now - max(KEPT_SECONDS.values())
            connection.execute(SERIES.delete().where(SERIES.c.id.in_(some), forgotten))
        return some[-1] if some else None


def _read(connection: sa.Connection, unit: str, which: tuple[int, int, int, int]) -> list[MetricPoint]:
    """Points of one series and tier, with their bins."""
    series, tier, start, end = which
    columns = POINTS.c
    query = sa.select(columns.start, columns.samples, columns.total, columns.lowest, columns.highest).where(
        columns.series == series, columns.tier == tier, columns.start >= start, columns.start < end
    )
    points = {row.start: MetricPoint(row.start, unit, *row[1:]) for row in connection.execute(query)}
    bins = sa.select(BINS.c.start, BINS.c.bin, BINS.c.samples).where(
        BINS.c.series == series, BINS.c.tier == tier, BINS.c.start >= start, BINS.c.start < end
    )
    for row in connection.execute(bins):
        if row.start in points:
            points[row.start].bins[row.bin] = row.samples
    return [points[key] for key in sorted(points)]
