"""Rows of the site's database: SQLAlchemy Core over SQLite (WAL, synchronous=FULL) or PostgreSQL.

Each call of the port is one SQL statement, and it returns after the commit: what returned is durable. With SQLite the
statements that come together share a transaction. Who was first is decided by the statement too (`... where version =
:version`), not by a read before it. Calls run in threads: the event loop never waits for a disk.

Left out: queries into the documents. What must be found by something else than its name gets a row of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from usina.core.errors import ConflictError, OperatorError, UnavailableError, ValidationError
from usina.core.ports import Row
from usina.stores import listing
from usina.stores.grouped import GroupedWrites

if TYPE_CHECKING:
    import builtins
    import sqlite3
    from collections.abc import Awaitable, Callable, Sequence

    from sqlalchemy import Connection, Engine, Select
    from sqlalchemy.engine import URL

    from usina.core.ports import Place

T = TypeVar("T")

HEAD = "0004"  # newest schema revision; a test compares it with the packaged migrations
_THREADS = 4  # SQLite has one writer at a time; the others read
_WAIT_SECONDS = 30.0  # for another writer to finish
_CONFLICT = "This was changed or created by somebody else meanwhile. Read it again and repeat."


def check_names(*names: str) -> None:
    """Refuse names that not every database can hold: NUL and lone surrogates. Raises: ValidationError."""
    for name in names:
        if "\0" in name or not _encodable(name):
            raise ValidationError("A name holds a character that cannot be stored.")


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class SqlRecords:
    """The `Records` port over one database. Made by `open_records`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="records")
        self._grouped = GroupedWrites(engine) if engine.dialect.name == "sqlite" else None

    @property
    def engine(self) -> Engine:
        """The database, for stores that keep tables of their own in it."""
        return self._engine

    async def get(self, kind: str, account: str, name: str) -> Row | None:
        """The row, or None."""
        check_names(kind, account, name)
        return await self._run(lambda: self._get(kind, account, name))

    async def put(self, row: Row) -> Row:
        """Store; the row's version must be the stored one (0: must not exist). Raises: ConflictError."""
        check_names(row.kind, row.account, row.name)
        return await self._write(lambda connection: _put(connection, row))

    async def delete(self, kind: str, account: str, name: str) -> bool:
        """Delete; False where it was not there."""
        check_names(kind, account, name)
        return await self._write(lambda connection: _delete(connection, kind, account, name))

    async def list(
        self, kind: str, account: str | None = None, *, after: str = "", most: int = 1_000, only: Sequence[str] = ()
    ) -> list[Row]:
        """Rows of a kind in order of (account, name), of one account or of all (None), names above `after` only."""
        check_names(kind, account or "", after)
        return [
            *await self._run(lambda: listing.by_name(self._engine, kind, account, after=after, most=most, only=only))
        ]

    async def list_by_creation(
        self,
        kind: str,
        account: str,
        *,
        after: Place | None = None,
        descending: bool = True,
        most: int = 1_000,
        only: Sequence[str] = (),
    ) -> builtins.list[Row]:
        """An account's rows that have `created`, in order of it and of their names, those after a place only."""
        check_names(kind, account, "" if after is None else after[1])
        return [
            *await self._run(
                lambda: listing.by_creation(
                    self._engine, kind, account, after=after, descending=descending, most=most, only=only
                )
            )
        ]

    async def scrub(self) -> None:
        """Take what was deleted or written over out of the database's files, its log among them.

        SQLite zeroes freed room as it frees it; its log keeps pages as they were, until it is emptied. With PostgreSQL
        nothing is done: its vacuum and the life of its archived log are its operator's.

        Raises: UnavailableError where somebody still reads a page as it was; try again later.
        """
        if self._grouped is not None and not await self._run(self._emptied):
            raise UnavailableError("The database's log is being read and cannot be emptied now. It is tried again.")

    async def close(self) -> None:
        """Wait for running calls and let the files go."""
        if self._grouped is not None:
            await self._grouped.close()
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()

    async def _run(self, act: Callable[[], T]) -> T:
        return await self._told(asyncio.get_running_loop().run_in_executor(self._threads, act))

    async def _write(self, act: Callable[[Connection], T]) -> T:
        if self._grouped is not None:
            return await self._told(self._grouped.run(act))
        return await self._run(lambda: self._alone(act))

    def _alone(self, act: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            return act(connection)

    async def _told(self, work: Awaitable[T]) -> T:
        """What the work gives. Raises: what it raises; UnavailableError where the database fails."""
        from sqlalchemy.exc import DBAPIError

        try:
            return await work
        except DBAPIError as error:
            # The driver's words may hold the row: they stay out of the answer.
            raise UnavailableError(
                f"The site's database did not take the call ({type(error.orig).__name__})."
            ) from None

    def _emptied(self) -> bool:
        with self._engine.connect() as connection:
            busy: int = connection.exec_driver_sql("pragma wal_checkpoint(truncate)").one()[0]
        return busy == 0

    def _get(self, kind: str, account: str, name: str) -> Row | None:
        with self._engine.connect() as connection:
            found = connection.execute(_one(), {"of": kind, "whose": account, "named": name}).one_or_none()
        return None if found is None else Row(*found)


@cache
def _one() -> Select[Any]:
    """Made once: to make it takes longer than to run it."""
    import sqlalchemy as sa

    from usina.stores.schema import ROWS

    return ROWS.select().where(
        ROWS.c.kind == sa.bindparam("of"),
        ROWS.c.account == sa.bindparam("whose"),
        ROWS.c.name == sa.bindparam("named"),
    )


def _put(connection: Connection, row: Row) -> Row:
    from sqlalchemy.exc import IntegrityError

    from usina.stores.schema import ROWS

    values = {"body": row.body, "version": row.version + 1}
    if row.version == 0:
        values |= {"kind": row.kind, "account": row.account, "name": row.name}
        try:
            connection.execute(ROWS.insert().values(**values))
        except IntegrityError:
            raise ConflictError(_CONFLICT) from None
    else:
        change = ROWS.update().where(
            ROWS.c.kind == row.kind,
            ROWS.c.account == row.account,
            ROWS.c.name == row.name,
            ROWS.c.version == row.version,
        )
        if connection.execute(change.values(**values)).rowcount != 1:
            raise ConflictError(_CONFLICT)
    return Row(row.kind, row.account, row.name, row.body, row.version + 1)


def _delete(connection: Connection, kind: str, account: str, name: str) -> bool:
    from usina.stores.schema import ROWS

    change = ROWS.delete().where(ROWS.c.kind == kind, ROWS.c.account == account, ROWS.c.name == name)
    return bool(connection.execute(change).rowcount)


async def open_records(path: str | Path) -> SqlRecords:
    """Open the site's database, made or brought up to date where needed.

    `path` is a file of SQLite, or an SQLAlchemy URL (`postgresql+psycopg://...`).

    Raises: OperatorError where the file is no database of ours, cannot be written or is of a newer release.
    """
    return SqlRecords(await asyncio.to_thread(_open, path))


def _open(path: str | Path) -> Engine:
    import msgspec
    import sqlalchemy as sa
    from sqlalchemy.exc import DBAPIError

    url = sa.make_url(path) if isinstance(path, str) and "://" in path else sa.URL.create("sqlite", database=str(path))
    embedded = url.get_backend_name() == "sqlite"
    try:
        if embedded:
            _make_private(Path(url.database or ""))
        if (found := _revision(url)) != HEAD:
            _upgrade(url, found)
        engine = sa.create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            pool_size=_THREADS,
            json_serializer=_to_json,
            json_deserializer=msgspec.json.decode,
            connect_args={"timeout": _WAIT_SECONDS} if embedded else {},
        )
        if embedded:
            sa.event.listen(engine, "connect", _make_durable)
        with engine.connect():
            return engine
    except (DBAPIError, OSError) as error:
        reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        shown = url.render_as_string(hide_password=True)
        raise OperatorError(
            f"Cannot open the site's database {shown}: {reason}. Check the file and its rights."
        ) from None


def _to_json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _make_private(path: Path) -> None:
    """The file before SQLite makes it, so that nobody else may read it; its log files take over its mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _make_durable(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma secure_delete = on")


def _revision(url: URL) -> str | None:
    """The schema's revision as the database says, without Alembic (it takes longer to import than to run)."""
    import sqlalchemy as sa
    from sqlalchemy.pool import NullPool

    engine = sa.create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("select version_num from alembic_version")).scalar_one_or_none()


def _upgrade(url: URL, found: str | None) -> None:
    if found is not None and found > HEAD:
        raise OperatorError(
            f"The site's database has schema {found}, made by a newer release; this one knows {HEAD}. "
            "Install that release, or restore the backup made before the upgrade."
        )
    from usina.stores.migrate import migrate

    migrate(url, _WAIT_SECONDS)
