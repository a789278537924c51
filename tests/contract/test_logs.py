"""The contract of the `Logs` and `LogGroups` ports, over every implementation."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.core.errors import ConflictError, NotFoundError
from usina.core.logs import LogEvent, LogGroup, LogQuery, Position
from usina.stores.logs.store import LogStore, open_logs
from usina.stores.records import open_records
from usina.testing.clock import CountingDice, VirtualClock
from usina.testing.logs import MemoryLogs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from usina.core.logs import KeptEvent

A, B = "111111111111", "222222222222"
G = "/aws/sagemaker/TrainingJobs"
Both = MemoryLogs | LogStore


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture(params=["memory", "files"])
async def logs(request: pytest.FixtureRequest, tmp_path: Path, clock: VirtualClock) -> AsyncIterator[Both]:
    async with AsyncExitStack() as stack:
        store: Both = MemoryLogs(clock)
        if request.param == "files":
            records = await open_records(tmp_path / "usina.db")
            stack.push_async_callback(records.close)
            store = await open_logs(records, tmp_path / "streams", clock, CountingDice())
            stack.push_async_callback(store.close)
        await store.groups.create(LogGroup(A, G, 1))
        yield store


def events(*pairs: tuple[int, str]) -> list[LogEvent]:
    return [LogEvent(*pair) for pair in pairs]


def texts(found: list[KeptEvent]) -> list[str]:
    return [event.message for event in found]


async def read(logs: Both, query: LogQuery = LogQuery()) -> list[str]:  # noqa: B008 - frozen
    return [event.message for event in (await logs.read(A, G, query)).events]


async def test_groups_are_made_found_changed_listed_and_deleted(logs: Both) -> None:
    groups = logs.groups
    await groups.create(LogGroup(A, "b", 5, tags={"x": "y"}))
    await groups.create(LogGroup(B, "a", 5))
    with pytest.raises(ConflictError):
        await groups.create(LogGroup(A, "b", 6))
    await groups.change(A, "b", retention_days=7)
    await groups.change(A, "b", tags={"z": "1"})
    found = await groups.find(A, "b")
    assert found is not None
    assert (found.created_ms, found.retention_days, dict(found.tags)) == (5, 7, {"z": "1"})
    assert [group.name for group in await groups.list(A)] == [G, "b"]
    assert [group.name for group in await groups.list(A, after=G, most=1)] == ["b"]
    assert [group.name for group in await groups.list(A, prefix="/aws")] == [G]
    assert [group.name for group in await groups.list(A, containing="TRAINING")] == [G]
    await groups.delete(A, "b")
    assert await groups.find(A, "b") is None
    for act in (groups.delete(A, "b"), groups.change(A, "b", retention_days=1)):
        with pytest.raises(NotFoundError):
            await act


async def test_a_stream_needs_its_group_and_a_name_of_its_own(logs: Both) -> None:
    await logs.create_stream(A, G, "s")
    with pytest.raises(ConflictError):
        await logs.create_stream(A, G, "s")
    for group in ("missing", G):
        with pytest.raises(NotFoundError):
            await logs.create_stream(B, group, "s")
    for act in (
        logs.write(A, G, "missing", events((1, "x"))),
        logs.write(A, "missing", "s", events((1, "x"))),
        logs.read(A, G, LogQuery(("missing",))),
        logs.read(A, "missing", LogQuery()),
        logs.streams(A, "missing"),
        logs.delete_stream(A, G, "missing"),
    ):
        with pytest.raises(NotFoundError):
            await act


async def test_events_come_in_order_of_time_and_those_of_one_time_as_they_were_put(logs: Both) -> None:
    await logs.create_stream(A, G, "s")
    await logs.write(A, G, "s", events((20, "c"), (20, "d"), (10, "a")))
    await logs.write(A, G, "s", events((15, "b"), (20, "e")))
    assert await read(logs) == ["a", "b", "c", "d", "e"]
    assert await read(logs, LogQuery(("s",), backward=True)) == ["e", "d", "c", "b", "a"]
    assert await read(logs, LogQuery(("s",), start_ms=15, end_ms=20)) == ["b"]


async def test_streams_are_read_as_one_in_order_of_time(logs: Both) -> None:
    for stream, each in (
        ("x/1", events((1, "a"), (4, "d"))),
        ("x/2", events((2, "b"), (4, "e"))),
        ("y", events((3, "c"))),
    ):
        await logs.write(A, G, stream, each, make=True)
    assert await read(logs) == ["a", "b", "c", "d", "e"]
    assert await read(logs, LogQuery(prefix="x/")) == ["a", "b", "d", "e"]
    assert await read(logs, LogQuery(("y", "x/2"))) == ["b", "c", "e"]
    assert await read(logs, LogQuery(backward=True)) == ["e", "d", "c", "b", "a"]


async def test_pages_by_position_bring_each_event_once_in_both_directions(logs: Both) -> None:
    for number in range(7):
        await logs.write(A, G, f"s{number % 2}", events((number // 3, str(number))), make=True)
    whole = list((await logs.read(A, G, LogQuery())).events)
    for backward in (False, True):
        seen: list[KeptEvent] = []
        at: Position | None = None
        while True:
            page = await logs.read(A, G, LogQuery(at=at, backward=backward, most=2))
            seen += page.events
            if not page.more:
                break
            at = page.events[-1].before if backward else page.events[-1].behind
        assert seen == (whole[::-1] if backward else whole)


async def test_a_page_is_bounded_by_bytes_but_never_empty(logs: Both) -> None:
    await logs.write(A, G, "s", events((1, "é" * 100), (2, "b"), (3, "c")), make=True)
    page = await logs.read(A, G, LogQuery(most_bytes=10))
    assert (texts(list(page.events)), page.more) == (["é" * 100], True)
    page = await logs.read(A, G, LogQuery(most_bytes=200 + 26 + 27))
    assert (len(page.events), page.more) == (2, True)


async def test_streams_are_listed_by_name_and_by_their_last_event(logs: Both) -> None:
    for stream, at_ms in (("a", 30), ("b", 10), ("c", 20)):
        await logs.write(A, G, stream, events((at_ms, "x")), make=True)
    await logs.create_stream(A, G, "new")
    by_name = await logs.streams(A, G)
    assert [stream.name for stream in by_name] == ["a", "b", "c", "new"]
    assert (by_name[0].first_ms, by_name[0].last_ms, by_name[3].last_ms) == (30, 30, None)
    assert by_name[0].stored_bytes > 0
    for by_time, descending, expected in (
        (True, False, ["new", "b", "c", "a"]),
        (True, True, ["a", "c", "b", "new"]),
        (False, True, ["new", "c", "b", "a"]),
    ):
        seen: list[str] = []
        after = None
        while page := await logs.streams(A, G, by_time=by_time, descending=descending, after=after, most=3):
            seen += [stream.name for stream in page]
            after = page[-1]
        assert seen == expected
    assert [stream.name for stream in await logs.streams(A, G, prefix="n")] == ["new"]


async def test_what_was_deleted_is_gone_and_its_name_free(logs: Both) -> None:
    await logs.write(A, G, "s", events((1, "old")), make=True)
    await logs.delete_stream(A, G, "s")
    await logs.create_stream(A, G, "s")
    assert await read(logs) == []
    await logs.write(A, G, "s", events((1, "new")))
    assert await read(logs, LogQuery(("s",))) == ["new"]
    await logs.groups.delete(A, G)
    await logs.groups.create(LogGroup(A, G, 1))
    assert await read(logs) == []
    assert list(await logs.streams(A, G)) == []


async def test_events_behind_the_retention_are_not_seen(logs: Both, clock: VirtualClock) -> None:
    now_ms = int(clock.now() * 1_000)
    await logs.write(A, G, "s", events((now_ms - 2 * 86_400_000, "old"), (now_ms, "new")), make=True)
    await logs.groups.change(A, G, retention_days=1)
    assert await read(logs) == ["new"]
    clock.advance(86_401)
    assert await read(logs) == []


async def test_accounts_see_nothing_of_each_other(logs: Both) -> None:
    await logs.write(A, G, "s", events((1, "mine")), make=True)
    await logs.write(B, G, "s", events((1, "theirs")), make=True)
    assert await read(logs) == ["mine"]
    assert [group.name for group in await logs.groups.list(B)] == [G]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b/../c", "/", ".", "..", "x" * 512, "grüße \N{GRINNING FACE}", "a%_b"]
)
async def test_any_name_of_a_stream_is_kept_as_it_is(logs: Both, name: str) -> None:
    await logs.write(A, G, name, events((1, name)), make=True)
    assert [stream.name for stream in await logs.streams(A, G, prefix=name[:3])] == [name]
    assert await read(logs, LogQuery((name,))) == [name]


async def test_many_writers_at_once_lose_nothing(logs: Both) -> None:
    await asyncio.gather(
        *(logs.write(A, G, f"s{number % 5}", events((number, str(number))), make=True) for number in range(100))
    )
    assert await read(logs) == [str(number) for number in range(100)]


_PUTS = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), st.lists(st.integers(0, 6), min_size=1, max_size=4)), min_size=1, max_size=6
)


_WINDOWS = st.tuples(st.integers(0, 6), st.integers(1, 7))


@given(_PUTS, _WINDOWS, st.booleans(), st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_files_and_memory_answer_alike(
    tmp_path_factory: pytest.TempPathFactory,
    puts: list[tuple[str, list[int]]],
    window: tuple[int, int],
    backward: bool,
    most: int,
) -> None:
    async def both() -> None:
        clock, folder = VirtualClock(), tmp_path_factory.mktemp("logs")
        records = await open_records(folder / "usina.db")
        stores: list[Both] = [MemoryLogs(clock), await open_logs(records, folder / "streams", clock, CountingDice())]
        answers = []
        for logs in stores:
            number = 0
            await logs.groups.create(LogGroup(A, G, 1))
            for stream, times in puts:
                await logs.write(
                    A, G, stream, [LogEvent(at, f"{at}-{number + n}") for n, at in enumerate(times)], make=True
                )
                number += len(times)
            seen: list[tuple[list[str], bool]] = []
            at: Position | None = None
            for _ in range(30):
                query = LogQuery((), "", window[0], sum(window), at, backward, most)
                page = await logs.read(A, G, query)
                seen.append((texts(list(page.events)), page.more))
                if not page.more:
                    break
                at = page.events[-1].before if backward else page.events[-1].behind
            answers.append(seen)
        assert answers[0] == answers[1]
        assert isinstance(stores[1], LogStore)
        await stores[1].close()
        await records.close()

    asyncio.run(both())
