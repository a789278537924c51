"""Heads in a file elsewhere: they go in only where the ledger continues those that are there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.sovereignty.ledger.test_rolled_back import live, rolled_back
from usina.sovereignty.ledger import verify_folder
from usina.sovereignty.ledger.nodes import NODES_FILE
from usina.sovereignty.ledger.witness import DoesNotContinueError, witness_in_file

if TYPE_CHECKING:
    from pathlib import Path


async def test_each_time_the_newest_head_goes_in_and_the_ledger_is_held_to_all_of_them(tmp_path: Path) -> None:
    file = tmp_path / "stick"
    sizes = []
    for first in (0, 4, 8):
        await live(tmp_path, 4, first=first)
        found = witness_in_file(tmp_path / "ledger", file)
        sizes.append((found.before, found.head.size))
    assert sizes == [(0, 8), (8, 16), (16, 24)]
    assert file.read_bytes().count(b"\n") == 3
    assert verify_folder(tmp_path / "ledger", kept=file.read_bytes()).ok


async def test_a_head_that_is_there_already_is_not_added_again(tmp_path: Path) -> None:
    await live(tmp_path, 4)
    file = tmp_path / "stick"
    for _ in range(2):
        assert witness_in_file(tmp_path / "ledger", file).heads == 1
    assert file.read_bytes().count(b"\n") == 1


@pytest.mark.parametrize("told_on", [False, True])
async def test_a_history_that_was_put_back_or_told_anew_is_not_taken_in(tmp_path: Path, told_on: bool) -> None:
    file = tmp_path / "stick"
    file.write_bytes(await rolled_back(tmp_path))
    before = file.read_bytes()
    if told_on:  # past the head that was kept, under true heads
        await live(tmp_path, 8, first=90)
    with pytest.raises(DoesNotContinueError, match="does not continue the head over 16 records"):
        witness_in_file(tmp_path / "ledger", file)
    assert file.read_bytes() == before


async def test_a_file_of_another_ledger_or_of_something_else_is_left_alone(tmp_path: Path) -> None:
    await live(tmp_path / "one", 4)
    await live(tmp_path / "two", 4)
    file = tmp_path / "stick"
    witness_in_file(tmp_path / "one" / "ledger", file)
    before = file.read_bytes()
    with pytest.raises(DoesNotContinueError, match="line 1 of the file is no head of this ledger"):
        witness_in_file(tmp_path / "two" / "ledger", file)
    assert file.read_bytes() == before
    file.write_bytes(b"a shopping list\n")
    with pytest.raises(DoesNotContinueError, match="line 1"):
        witness_in_file(tmp_path / "one" / "ledger", file)
    assert file.read_bytes() == b"a shopping list\n"


async def test_a_line_that_a_failure_cut_gives_way_to_a_whole_one(tmp_path: Path) -> None:
    line = await live(tmp_path, 4)
    file = tmp_path / "stick"
    file.write_bytes(line + b'{"note":"usina/')
    await live(tmp_path, 4, first=4)
    assert witness_in_file(tmp_path / "ledger", file).heads == 2
    assert verify_folder(tmp_path / "ledger", kept=file.read_bytes()).ok


@pytest.mark.parametrize(
    "other", [b"a picture", b"\x89PNG \x00\x01", b"-----BEGIN PRIVATE KEY-----"], ids=["word", "png", "key"]
)
async def test_a_file_of_something_else_without_a_line_break_is_left_alone(tmp_path: Path, other: bytes) -> None:
    await live(tmp_path, 4)
    file = tmp_path / "stick"
    file.write_bytes(other)
    with pytest.raises(DoesNotContinueError, match="nor the beginning of one"):
        witness_in_file(tmp_path / "ledger", file)
    assert file.read_bytes() == other


async def test_taking_a_line_break_away_does_not_make_the_file_forget_its_head(tmp_path: Path) -> None:
    file = tmp_path / "stick"
    file.write_bytes((await rolled_back(tmp_path)).rstrip(b"\n"))
    before = file.read_bytes()
    with pytest.raises(DoesNotContinueError, match="lacks the end of its line"):
        witness_in_file(tmp_path / "ledger", file)
    assert file.read_bytes() == before


async def test_two_that_come_at_once_leave_whole_lines(tmp_path: Path) -> None:
    file = tmp_path / "stick"
    await live(tmp_path, 4)
    both = [asyncio.to_thread(witness_in_file, tmp_path / "ledger", file) for _ in range(8)]
    assert {found.heads for found in await asyncio.gather(*both)} == {1}
    assert file.read_bytes().count(b"\n") == 1


async def test_a_ledger_whose_records_were_changed_is_not_witnessed_on(tmp_path: Path) -> None:
    await live(tmp_path, 4)
    file = tmp_path / "stick"
    witness_in_file(tmp_path / "ledger", file)
    await live(tmp_path, 4, first=4)
    (tmp_path / "ledger" / NODES_FILE).unlink()  # what remembers the hashes
    segment = next((tmp_path / "ledger").glob("*.seg"))
    data = bytearray(segment.read_bytes())
    data[data.index(b"Converse")] ^= 1
    segment.write_bytes(bytes(data))
    with pytest.raises(DoesNotContinueError):
        witness_in_file(tmp_path / "ledger", file)


async def test_before_the_first_head_there_is_nothing_to_keep(tmp_path: Path) -> None:
    await live(tmp_path, 1)
    (tmp_path / "ledger" / "heads.log").write_bytes(b"")
    with pytest.raises(LookupError):
        witness_in_file(tmp_path / "ledger", tmp_path / "stick")
    assert not (tmp_path / "stick").exists()
