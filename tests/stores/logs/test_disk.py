"""What only a log store on a disk can show: crashes, torn tails, full segments, retention, full disks."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import stat
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import usina
from usina.core.errors import LimitExceededError, NotFoundError, ThrottledError, TooLargeError, UnavailableError
from usina.core.logs import LogEvent, LogGroup, LogQuery
from usina.stores.logs import spans, store, writing
from usina.stores.logs.store import LogStore, open_logs
from usina.stores.records import open_records
from usina.testing.clock import CountingDice, VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

A, G = "111111111111", "group"
DAY = 86_400


@asynccontextmanager
async def opened(home: Path, clock: VirtualClock | None = None, *, crash: bool = False) -> AsyncIterator[LogStore]:
    """A store; `crash`: it is left as a power cut leaves it."""
    records = await open_records(home / "usina.db")
    logs = await open_logs(records, home / "streams", clock or VirtualClock(), CountingDice())
    try:
        yield logs
    finally:
        if not crash:
            await logs.close()
        await records.close()


async def write(logs: LogStore, *messages: str, stream: str = "s", at_ms: int = 1) -> None:
    await logs.write(A, G, stream, [LogEvent(at_ms, message) for message in messages], make=True)


async def read(logs: LogStore, query: LogQuery = LogQuery()) -> list[str]:  # noqa: B008 - frozen
    return [event.message for event in (await logs.read(A, G, query)).events]


def segments(home: Path) -> list[Path]:
    return sorted((home / "streams").rglob("*.seg"))


async def test_events_are_there_after_a_stop_and_after_a_crash(tmp_path: Path) -> None:
    for number, crash in enumerate((False, True, True, False)):
        async with opened(tmp_path, crash=crash) as logs:
            await write(logs, str(number))
    async with opened(tmp_path) as logs:
        assert await read(logs) == ["0", "1", "2", "3"]
        (stream,) = await logs.streams(A, G)
        assert (stream.first_ms, stream.last_ms) == (1, 1)


async def test_after_a_crash_summaries_say_what_the_files_hold(tmp_path: Path) -> None:
    async with opened(tmp_path, crash=True) as logs:
        await write(logs, "a", at_ms=10)
        await logs.streams(A, G)  # writes summaries
        await write(logs, "b", at_ms=20)
    async with opened(tmp_path) as logs:
        (stream,) = await logs.streams(A, G)
        assert stream.last_ms == 20
        assert await read(logs, LogQuery(start_ms=15)) == ["b"]


@pytest.mark.parametrize(
    "tail", [b"U", b"ULF1" + bytes(60), b"\xff" * 100, b"ULF1\xff\xff\xff\xff" + bytes(52), b"ULF1" * 9]
)
async def test_a_torn_tail_is_cut_off_and_written_over(tmp_path: Path, tail: bytes) -> None:
    async with opened(tmp_path, crash=True) as logs:
        await write(logs, "whole")
    (file,) = segments(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole + tail)
    async with opened(tmp_path) as logs:
        assert await read(logs) == ["whole"]
        await write(logs, "next")
        assert file.read_bytes().startswith(whole + b"ULF1")
        assert await read(logs) == ["whole", "next"]


async def test_a_frame_that_was_cut_short_does_not_count(tmp_path: Path) -> None:
    async with opened(tmp_path, crash=True) as logs:
        await write(logs, "first")
        await write(logs, "second")
    (file,) = segments(tmp_path)
    os.truncate(file, file.stat().st_size - 1)
    async with opened(tmp_path) as logs:
        assert await read(logs) == ["first"]


async def test_damage_is_told_and_not_passed_over(tmp_path: Path) -> None:
    async with opened(tmp_path) as logs:
        await write(logs, "secret", at_ms=1)
        await write(logs, "fine", at_ms=2)
        (file,) = segments(tmp_path)
        file.write_bytes(file.read_bytes().replace(b"secret", b"public"))
        with pytest.raises(UnavailableError, match="damaged"):
            await read(logs)
        assert await read(logs, LogQuery(start_ms=2)) == ["fine"]


@pytest.mark.parametrize("place", [0, 4, 12])
async def test_damage_of_a_header_is_told_too(tmp_path: Path, place: int) -> None:
    async with opened(tmp_path) as logs:
        await write(logs, "first")
        await write(logs, "second")
        (file,) = segments(tmp_path)
        data = bytearray(file.read_bytes())
        data[place] ^= 0x40
        file.write_bytes(data)
        with pytest.raises(UnavailableError, match="damaged"):
            await read(logs)


async def test_a_damaged_file_is_set_aside_as_it_was_before_it_is_written_to(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path, crash=True) as logs:
        for message in ("first", "second", "third"):
            await write(logs, message)
    (file,) = segments(tmp_path)
    data = bytearray(file.read_bytes())
    data[data.index(b"second")] ^= 1
    file.write_bytes(data)
    async with opened(tmp_path) as logs:
        await write(logs, "fourth")
        assert await read(logs) == ["first", "fourth"]
    assert file.with_suffix(".damaged").read_bytes() == data
    assert "set aside" in caplog.text


async def test_full_segments_are_sealed_and_read_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "SEGMENT_FRAMES", 3)
    for crash in (True, False):
        async with opened(tmp_path, crash=crash) as logs:
            for number in range(10):
                await write(logs, f"{number}", at_ms=number)
    assert len(segments(tmp_path)) == 7
    async with opened(tmp_path) as logs:
        assert await read(logs) == sorted(f"{number}" for number in range(10) for _ in range(2))
        seen, at = [], None
        while True:
            page = await logs.read(A, G, LogQuery(("s",), at=at, backward=True, most=3))
            seen += [event.message for event in page.events]
            if not page.more:
                break
            at = page.events[-1].before
        assert seen == sorted(seen, reverse=True)
        assert len(seen) == 20


async def test_streams_that_were_put_aside_are_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "OPEN_STREAMS", 2)
    async with opened(tmp_path) as logs:
        for turn in range(2):
            for number in range(5):
                await write(logs, f"{turn}", stream=f"s{number}")
        assert len(await read(logs)) == 10
        assert [stream.last_ms for stream in await logs.streams(A, G)] == [1] * 5


async def test_retention_deletes_files_and_leaves_the_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "SEGMENT_FRAMES", 1)
    clock = VirtualClock()
    now_ms = int(clock.now() * 1_000)
    async with opened(tmp_path, clock) as logs:
        await write(logs, "old", at_ms=now_ms - DAY * 1_000)
        await write(logs, "new", at_ms=now_ms)
        await logs.groups.change(A, G, retention_days=3)
        await logs.expire()
        assert len(segments(tmp_path)) == 2
        clock.advance(2 * DAY + 1)
        await logs.expire()
        assert len(segments(tmp_path)) == 1
        assert await read(logs) == ["new"]
        clock.advance(2 * DAY)
        await logs.expire()
        assert segments(tmp_path) == []
        (stream,) = await logs.streams(A, G)
        assert (stream.first_ms, stream.stored_bytes) == (None, 0)
        await write(logs, "newer", at_ms=int(clock.now() * 1_000))
    async with opened(tmp_path, clock) as logs:
        assert await read(logs) == ["newer"]


async def test_a_folder_that_a_crash_kept_from_being_deleted_goes_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path, crash=True) as logs:
        await write(logs, "x")
        with monkeypatch.context() as patched:
            patched.setattr(writing.StreamWriter, "_delete_folder", lambda *_: None)
            await logs.groups.delete(A, G)
    assert len(segments(tmp_path)) == 1
    async with opened(tmp_path):
        assert segments(tmp_path) == []


@pytest.mark.parametrize("call", ["pwrite", "fdatasync"])
async def test_a_full_disk_refuses_the_write_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with opened(tmp_path) as logs:
        await write(logs, "before")
        with monkeypatch.context() as patched:
            patched.setattr(os, call, full)
            with pytest.raises(UnavailableError, match="Nothing was stored") as caught:
                await write(logs, "lost")
            assert str(tmp_path) not in caught.value.message
        await write(logs, "after")
        kept = await read(logs)
    assert [message for message in kept if message != "lost"] == ["before", "after"]


async def test_writers_are_sent_away_when_too_much_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "WAITING_BYTES", 100)
    async with opened(tmp_path) as logs:
        outcomes = await asyncio.gather(*(write(logs, "x" * 60) for _ in range(4)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [type(None), *[ThrottledError] * 3]
        await write(logs, "x" * 200)
        with pytest.raises(TooLargeError):
            await write(logs, "x" * 1_048_577)


async def test_an_error_of_one_stream_is_not_anothers(tmp_path: Path) -> None:
    async with opened(tmp_path) as logs:
        await logs.groups.create(LogGroup(A, G, 1))
        await logs.create_stream(A, G, "there")
        good = logs.write(A, G, "there", [LogEvent(1, "x")])
        bad = logs.write(A, G, "missing", [LogEvent(1, "x")])
        outcomes = await asyncio.gather(good, bad, return_exceptions=True)
        assert outcomes[0] is None
        assert isinstance(outcomes[1], NotFoundError)
        assert await read(logs) == ["x"]


async def test_no_name_of_a_caller_is_on_the_disk_and_nobody_else_may_read(tmp_path: Path) -> None:
    async with opened(tmp_path) as logs:
        await write(logs, "x", stream="../../../escape")
    (file,) = segments(tmp_path)
    assert "escape" not in str(file.relative_to(tmp_path))
    assert file.resolve().is_relative_to(tmp_path / "streams")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "streams").stat().st_mode) == 0o700


_WRITER = """
import asyncio, sys
from pathlib import Path
from usina.core.clock import SystemClock, SystemDice
from usina.core.logs import LogEvent
from usina.stores.logs import spans
from usina.stores.logs.store import open_logs
from usina.stores.records import open_records

async def main():
    spans.SEGMENT_FRAMES = 20
    home = Path(sys.argv[1])
    records = await open_records(home / "usina.db")
    logs = await open_logs(records, home / "streams", SystemClock(), SystemDice())
    async def one(stream):
        for n in range(100_000):
            await logs.write("111111111111", "group", stream, [LogEvent(n, f"{stream}-{n}")], make=True)
            print(f"{stream}-{n}", flush=True)
    await asyncio.gather(*(one(f"s{n}") for n in range(4)))

asyncio.run(main())
"""


def _write_until_killed(home: Path) -> list[str]:
    environment = os.environ | {"PYTHONPATH": str(Path(usina.__file__).parents[1])}
    child = subprocess.Popen([sys.executable, "-c", _WRITER, str(home)], stdout=subprocess.PIPE, env=environment)
    assert child.stdout is not None
    acknowledged = [child.stdout.readline().strip().decode() for _ in range(150)]
    os.kill(child.pid, signal.SIGKILL)
    acknowledged += [line.decode() for line in child.stdout.read().split(b"\n")[:-1]]
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    return acknowledged


async def test_every_acknowledged_event_survives_kill_9(tmp_path: Path) -> None:
    acknowledged = _write_until_killed(tmp_path)
    async with opened(tmp_path) as logs:
        kept = await read(logs)
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))
    for stream in range(4):
        mine = [message for message in kept if message.startswith(f"s{stream}-")]
        assert mine == [f"s{stream}-{number}" for number in range(len(mine))]


async def test_a_read_that_would_look_into_too_many_streams_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_SOURCES", 2)
    async with opened(tmp_path) as logs:
        for number in range(3):
            await write(logs, "x", stream=f"s{number}", at_ms=number)
        with pytest.raises(LimitExceededError, match="narrow"):
            await read(logs)
        assert await read(logs, LogQuery(start_ms=1)) == ["x", "x"]
