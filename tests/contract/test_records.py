"""The contract of the `Records` port, over every implementation."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.core.errors import ConflictError, OperatorError, ValidationError
from usina.core.ports import Row
from usina.stores.migrate import head_revision
from usina.stores.records import HEAD, SqlRecords, open_records
from usina.stores.schema import METADATA, ROWS
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

A, B = "111111111111", "222222222222"


@pytest.fixture(params=["memory", "sqlite"])
async def records(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MemoryRecords | SqlRecords]:
    opened = MemoryRecords() if request.param == "memory" else await open_records(tmp_path / "usina.db")
    yield opened
    await opened.close()


Both = MemoryRecords | SqlRecords


async def test_what_was_put_can_be_read_back_with_its_version(records: Both) -> None:
    body = {"text": "grüße \N{GRINNING FACE}\n\0", "list": [1, 2.5, None, True], "big": 2**70, "deep": {"a": {"b": {}}}}
    stored = await records.put(Row("alias", A, "one", body))
    assert stored.version == 1
    assert await records.get("alias", A, "one") == Row("alias", A, "one", body, 1)


async def test_what_was_never_put_is_none(records: Both) -> None:
    await records.put(Row("alias", A, "one", {}))
    assert await records.get("alias", B, "one") is None
    assert await records.get("model", A, "one") is None
    assert await records.get("alias", A, "One") is None


async def test_a_new_row_must_not_exist_yet(records: Both) -> None:
    await records.put(Row("alias", A, "one", {"n": 1}))
    with pytest.raises(ConflictError):
        await records.put(Row("alias", A, "one", {"n": 2}))
    assert (await records.get("alias", A, "one")) == Row("alias", A, "one", {"n": 1}, 1)


async def test_only_the_first_of_two_writers_with_one_version_wins(records: Both) -> None:
    first = await records.put(Row("alias", A, "one", {"n": 0}))
    results = await asyncio.gather(
        *(records.put(Row("alias", A, "one", {"n": n}, first.version)) for n in range(8)), return_exceptions=True
    )
    assert sum(isinstance(each, Row) for each in results) == 1
    assert sum(isinstance(each, ConflictError) for each in results) == 7
    stored = await records.get("alias", A, "one")
    assert stored in results


async def test_a_change_of_a_row_that_is_gone_is_a_conflict(records: Both) -> None:
    row = await records.put(Row("alias", A, "one", {}))
    assert await records.delete("alias", A, "one")
    with pytest.raises(ConflictError):
        await records.put(row)


async def test_delete_says_whether_it_was_there(records: Both) -> None:
    await records.put(Row("alias", A, "one", {}))
    assert await records.delete("alias", A, "one")
    assert not await records.delete("alias", A, "one")


async def test_a_list_is_in_order_of_account_and_name_by_code_point(records: Both) -> None:
    names = ["b", "a", "B", "é", "z", "\N{GRINNING FACE}", "\uffee", "-"]
    for account in (B, A, ""):
        for name in names:
            await records.put(Row("model", account, name, {}))
    await records.put(Row("alias", A, "a", {}))
    found = [(row.account, row.name) for row in await records.list("model")]
    assert found == sorted((account, name) for account in ("", A, B) for name in names)


async def test_a_list_can_be_of_one_account_in_pages(records: Both) -> None:
    for n in range(10):
        await records.put(Row("model", A, f"m{n}", {"n": n}))
        await records.put(Row("model", B, f"m{n}", {"n": n}))
    seen, after = [], ""
    while page := await records.list("model", A, after=after, most=3):
        assert len(page) <= 3
        seen += [row.body["n"] for row in page]
        after = page[-1].name
    assert seen == list(range(10))
    assert await records.list("model", "", most=3) == []


async def test_rows_are_listed_by_their_creation_in_pages_both_ways(records: Both) -> None:
    times = [3.25, 1.0, 2.0, 2.0, 1764273600.123456, 2.0]
    for n, created in enumerate(times):
        await records.put(Row("model", A, f"m{n}", {"created": created, "n": n, "more": "x" * 100}))
    await records.put(Row("model", B, "m9", {"created": 9.0}))
    await records.put(Row("model", A, "without", {"n": 7}))
    inorder = sorted((created, f"m{n}") for n, created in enumerate(times))
    for descending in (True, False):
        seen: list[tuple[float, str]] = []
        while page := await records.list_by_creation(
            "model", A, after=seen[-1] if seen else None, descending=descending, most=2, only=("created",)
        ):
            assert all(set(row.body) == {"created"} for row in page)
            seen += [(row.body["created"], row.name) for row in page]
        assert seen == (inorder[::-1] if descending else inorder)
    newest = await records.list_by_creation("model", A, most=1)
    assert newest == [await records.get("model", A, "m4")]


async def test_a_row_whose_document_changed_is_listed_by_what_it_says_now(records: Both) -> None:
    first = await records.put(Row("model", A, "one", {"created": 1.0}))
    await records.put(Row("model", A, "two", {"created": 2.0}))
    await records.put(Row("model", A, "one", {"created": 3.0}, first.version))
    assert [row.name for row in await records.list_by_creation("model", A)] == ["one", "two"]


async def test_a_change_of_a_read_document_does_not_change_the_stored_one(records: Both) -> None:
    body = {"list": [1]}
    await records.put(Row("model", A, "m", body))
    body["list"].append(2)
    read = await records.get("model", A, "m")
    assert read is not None
    assert read.body == {"list": [1]}
    read.body["list"].append(3)
    again = await records.get("model", A, "m")
    assert again is not None
    assert again.body == {"list": [1]}


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
async def test_a_name_that_no_database_can_hold_is_refused(records: Both, name: str) -> None:
    with pytest.raises(ValidationError):
        await records.put(Row("model", A, name, {}))
    with pytest.raises(ValidationError):
        await records.get("model", A, name)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
@settings(max_examples=30, deadline=None)
def test_any_other_name_is_kept_as_it_is(name: str) -> None:
    async def both() -> None:
        records = MemoryRecords()
        await records.put(Row("model", A, name, {"name": name}))
        assert await records.get("model", A, name) == Row("model", A, name, {"name": name}, 1)

    asyncio.run(both())


# --- what only a database on disk can show --------------------------------------------------------------------------

_WRITER = """
import asyncio, sys
from usina.core.ports import Row
from usina.stores.records import open_records

async def main():
    records = await open_records(sys.argv[1])
    for n in range(100_000):
        await records.put(Row("n", "", f"{n:06}", {"n": n}))
        print(n, flush=True)

asyncio.run(main())
"""


def _write_until_killed(path: Path) -> set[int]:
    child = subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    acknowledged = [int(child.stdout.readline()) for _ in range(50)]
    os.kill(child.pid, signal.SIGKILL)
    acknowledged += [int(line) for line in child.stdout.read().split(b"\n")[:-1]]
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    return set(acknowledged)


async def test_every_acknowledged_row_survives_kill_9(tmp_path: Path) -> None:
    acknowledged = _write_until_killed(tmp_path / "usina.db")
    records = await open_records(tmp_path / "usina.db")
    kept = {row.body["n"] for row in await records.list("n", most=100_000)}
    await records.close()
    assert acknowledged <= kept
    assert kept == set(range(len(kept)))


async def test_the_database_waits_for_the_disk_and_is_private(tmp_path: Path) -> None:
    records = await open_records(tmp_path / "deep" / "usina.db")
    await records.put(Row("n", "", "n", {}))
    with records._engine.connect() as connection:
        assert connection.exec_driver_sql("pragma synchronous").scalar() == 2
        assert connection.exec_driver_sql("pragma journal_mode").scalar() == "wal"
    for file in (tmp_path / "deep").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    await records.close()


async def test_a_listing_by_creation_reads_its_page_and_no_more(tmp_path: Path) -> None:
    records = await open_records(tmp_path / "usina.db")
    seen: list[tuple[str, Any]] = []
    sa.event.listen(
        records.engine, "before_cursor_execute", lambda _c, _cu, text, values, *_: seen.append((text, values))
    )
    await records.list_by_creation("model", A, after=(2.0, "x"), most=10)
    text, values = seen[-1]
    with records.engine.connect() as connection:
        plan = str(connection.exec_driver_sql(f"explain query plan {text}", values).all())
    assert "rows_created" in plan
    assert "TEMP B-TREE" not in plan
    await records.close()


async def test_rows_are_there_after_a_second_opening(tmp_path: Path) -> None:
    for version in range(3):
        records = await open_records(tmp_path / "usina.db")
        await records.put(Row("n", A, "n", {"v": version}, version))
        await records.close()


async def test_two_processes_worth_of_stores_see_each_others_rows(tmp_path: Path) -> None:
    one, two = await open_records(tmp_path / "u.db"), await open_records(tmp_path / "u.db")
    row = await one.put(Row("n", A, "n", {"by": 1}))
    assert await two.get("n", A, "n") == row
    await two.put(Row("n", A, "n", {"by": 2}, row.version))
    with pytest.raises(ConflictError):
        await one.put(Row("n", A, "n", {"by": 1}, row.version))
    await one.close()
    await two.close()


# An index over an expression cannot be reflected: that listings use it is tested above.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index rows_created")
async def test_the_migrations_lead_to_the_schema_that_the_code_uses(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    assert head_revision() == HEAD
    records = await open_records(tmp_path / "usina.db")
    with records._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    await records.close()


async def test_a_database_of_a_newer_release_is_refused_with_what_to_do(tmp_path: Path) -> None:
    records = await open_records(tmp_path / "usina.db")
    with records._engine.connect() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    await records.close()
    with pytest.raises(OperatorError, match="newer release"):
        await open_records(tmp_path / "usina.db")


async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "usina.db"
    path.write_bytes(b"this is not a database, it only has its name." * 100)
    with pytest.raises(OperatorError, match="Cannot open"):
        await open_records(path)
    assert path.read_bytes().startswith(b"this is not")


def test_the_same_statements_compile_for_postgresql() -> None:
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateTable

    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    assert 'name TEXT COLLATE "C" NOT NULL' in str(CreateTable(ROWS).compile(dialect=dialect))
    query = ROWS.select().where(ROWS.c.name > "a").order_by(ROWS.c.account, ROWS.c.name).limit(sa.bindparam("most"))
    assert "ORDER BY rows.account, rows.name" in str(query.compile(dialect=dialect))


def test_importing_the_store_loads_neither_sqlalchemy_nor_alembic() -> None:
    code = "import sys, usina.stores.records; print([m for m in ('sqlalchemy', 'alembic') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.strip() == b"[]"


def test_opening_an_up_to_date_database_does_not_load_alembic(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys; from usina.stores.records import open_records\n"
        "async def main(): await (await open_records(sys.argv[1])).close()\n"
        "asyncio.run(main()); print('alembic' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "u.db")]
    assert subprocess.run(command, capture_output=True, check=True).stdout.strip() == b"True"
    assert subprocess.run(command, capture_output=True, check=True).stdout.strip() == b"False"


async def test_calls_do_not_hold_the_event_loop(tmp_path: Path) -> None:
    records = await open_records(tmp_path / "u.db")
    blocker = sa.create_engine(f"sqlite:///{tmp_path / 'u.db'}")
    raw = blocker.raw_connection()
    raw.cursor().execute("begin immediate")
    writing = asyncio.create_task(records.put(Row("n", A, "n", {})))
    for _ in range(100):
        await asyncio.sleep(0)
    assert not writing.done()
    raw.rollback()
    raw.close()
    blocker.dispose()
    assert (await writing).version == 1
    await records.close()


async def test_a_listing_of_some_members_has_these_alone(records: Both) -> None:
    bodies: list[dict[str, Any]] = [
        {"created": 1_800_000_000.123456, "seen": {"status": "InProgress", "ended": None, "more": "x" * 9}, "big": {}},
        {"created": 2, "seen": {"status": 'grüße "\n\0', "ended": 3.5e-7}, "request": {"deep": [1, {"a": True}]}},
        {"seen": "no document"},
    ]
    for number, body in enumerate(bodies):
        await records.put(Row("alias", A, str(number), body))
    await records.put(Row("alias", B, "0", {}))
    only = ("created", "seen.status", "seen.ended", "request.deep")
    found = await records.list("alias", A, only=only)
    assert [row.name for row in found] == ["0", "1", "2"]
    assert [row.version for row in found] == [1, 1, 1]
    assert found[0].body == {
        "created": 1_800_000_000.123456,
        "seen": {"status": "InProgress", "ended": None},
        "request": {"deep": None},
    }
    assert found[1].body["seen"] == bodies[1]["seen"]
    assert found[1].body["request"] == bodies[1]["request"]
    assert found[2].body == {"created": None, "seen": {"status": None, "ended": None}, "request": {"deep": None}}
    assert (await records.list("alias", A, only=("created",), after="0", most=1))[0].body == {"created": 2}
    assert len(await records.list("alias", only=only)) == 4
