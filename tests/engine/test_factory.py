from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.factories import QUICK, fake_factory, user
from usina.core.clock import SystemClock, SystemDice
from usina.core.errors import OperatorError
from usina.core.limits import Limits
from usina.core.ports import Row
from usina.engine.factory import EngineFactory
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder for sockets: the path of one has at most 107 bytes, and pytest's own folders are long."""
    with tempfile.TemporaryDirectory(prefix="u-", dir="/tmp") as folder:
        yield Path(folder)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def inside(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern))


async def test_a_home_with_a_long_path_has_its_sockets_elsewhere(
    short_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(short_path))
    async with fake_factory(short_path / ("x" * 90)) as (factory, card):
        assert await factory.ready()
        assert (await factory.engines.call(card, "chat", user("hello")))["choices"]
        [folder] = inside(short_path, "usina-*")
        assert mode(folder) == 0o700
    assert not inside(short_path, "usina-*")


async def test_a_socket_folder_that_is_not_ours_is_refused(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(short_path))
    home = short_path / ("x" * 90)
    async with fake_factory(home):
        [folder] = inside(short_path, "usina-*")
    folder.symlink_to(short_path)
    factory = EngineFactory(home, MemoryRecords(), SystemClock(), SystemDice(), Limits(), QUICK)
    with pytest.raises(OperatorError, match="shorter path"):
        await factory.start()


def leave_behind(home: Path) -> None:
    (home / "run").mkdir()
    (home / "run" / "old.sock").touch()
    (home / "models" / ".staging" / "gone").mkdir(parents=True)


async def test_what_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    leave_behind(tmp_path)
    async with fake_factory(tmp_path) as (factory, _):
        assert await factory.ready()
        assert not inside(tmp_path, "run/old.sock")
        assert not inside(tmp_path, "models/.staging/gone")
        assert mode(tmp_path / "run") == 0o700


async def test_stopping_twice_does_no_harm(tmp_path: Path) -> None:
    async with fake_factory(tmp_path) as (factory, _):
        await factory.ready()
        await factory.stop()
        assert not factory.models.engines()


async def test_an_engine_that_cannot_start_has_failed_and_the_others_run(tmp_path: Path) -> None:
    records = MemoryRecords()
    await records.put(Row("model", "", "no.runtime", {"runtime": "another", "state": "READY", "task": "chat"}))
    async with fake_factory(tmp_path, records=records) as (factory, card):
        await factory.ready()
        assert [(status.model, status.state) for status in factory.models.engines()] == [
            (card.id, "READY"),
            ("no.runtime", "FAILED"),
        ]
        found = {card.id: card.state_reason for card in factory.catalogue.cards() if card.state == "FAILED"}
        assert found == {"no.runtime": "no engine of kind 'another' is here"}
        assert (await factory.engines.call(card, "chat", user("hello")))["choices"]
