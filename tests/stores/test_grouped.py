"""Writes that share a transaction: one flush for many, and an answer of its own for each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from usina.core.errors import ConflictError
from usina.core.ports import Row
from usina.stores.grouped import GroupedWrites
from usina.stores.records import SqlRecords, open_records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[SqlRecords]:
    opened = await open_records(tmp_path / "usina.db")
    yield opened
    await opened.close()


@pytest.fixture
def said(records: SqlRecords) -> list[str]:
    """What the database was told."""
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(str(arguments[2]).split(maxsplit=1)[0].lower())

    sa.event.listen(records.engine, "before_cursor_execute", note)
    return statements


async def test_writes_that_come_together_share_a_transaction(records: SqlRecords, said: list[str]) -> None:
    await asyncio.gather(*(records.put(Row("alias", "1", str(number), {"n": number})) for number in range(100)))
    assert said.count("insert") == 100
    assert said.count("commit") <= 3
    assert len(await records.list("alias", "1")) == 100


async def test_a_conflict_is_told_to_its_own_writer_alone(records: SqlRecords) -> None:
    await records.put(Row("alias", "1", "taken", {}))
    rows = [Row("alias", "1", name, {}) for name in ("a", "taken", "b")]
    results = await asyncio.gather(*(records.put(row) for row in rows), return_exceptions=True)
    assert [type(each) for each in results] == [Row, ConflictError, Row]
    assert [row.name for row in await records.list("alias", "1")] == ["a", "b", "taken"]


async def test_a_document_that_cannot_be_stored_fails_alone(records: SqlRecords) -> None:
    bodies: list[dict[str, Any]] = [{"n": 1}, {"n": float("nan")}, {"n": object()}, {"n": 2}]
    rows = [Row("alias", "1", str(number), body) for number, body in enumerate(bodies)]
    results = await asyncio.gather(*(records.put(row) for row in rows), return_exceptions=True)
    assert [isinstance(each, Row) for each in results] == [True, False, False, True]
    assert len(await records.list("alias", "1")) == 2


async def test_a_statement_that_the_database_refuses_fails_alone(records: SqlRecords) -> None:
    writes = GroupedWrites(records.engine)

    def insert(name: str) -> Any:
        row = f"insert into rows (kind, account, name, body, version) values ('k', '1', '{name}', '{{}}', 1)"
        return lambda connection: connection.exec_driver_sql(row).rowcount

    wrong = lambda connection: connection.exec_driver_sql("insert into nothing values (1)")  # noqa: E731
    results = await asyncio.gather(
        *(writes.run(act) for act in (insert("a"), insert("b"), wrong, insert("c"))), return_exceptions=True
    )
    assert [each for each in results if not isinstance(each, Exception)] == [1, 1, 1]
    assert isinstance(results[2], OperationalError)
    assert [row.name for row in await records.list("k", "1")] == ["a", "b", "c"]
    await writes.close()


async def test_who_is_gone_takes_nobody_along(records: SqlRecords) -> None:
    puts = [asyncio.ensure_future(records.put(Row("alias", "1", str(number), {}))) for number in range(20)]
    await asyncio.sleep(0)
    puts[5].cancel()
    results = await asyncio.gather(*puts, return_exceptions=True)
    assert sum(isinstance(each, Row) for each in results) == 19
    assert await records.get("alias", "1", "19") is not None


async def test_what_was_begun_is_written_before_the_files_are_let_go(tmp_path: Path) -> None:
    opened = await open_records(tmp_path / "other.db")
    puts = [asyncio.ensure_future(opened.put(Row("alias", "1", str(number), {}))) for number in range(20)]
    await asyncio.sleep(0)
    await opened.close()
    assert all(isinstance(each, Row) for each in await asyncio.gather(*puts))
