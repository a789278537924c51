"""A ledger that was put back to an earlier copy of itself is whole, and is found by a head that was kept elsewhere."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.sovereignty.ledger.scenes import open_ledger, record_acts
from usina.sovereignty.ledger import verify_folder
from usina.sovereignty.ledger.verify import KEPT

if TYPE_CHECKING:
    from pathlib import Path


async def live(home: Path, acts: int, *, first: int = 0) -> bytes:
    """Acts of a factory that starts and stops; gives the newest head, as somebody elsewhere would keep it."""
    ledger = open_ledger(home)
    await record_acts(ledger, acts, first=first)
    await ledger.shutdown()
    return (home / "ledger" / "heads.log").read_bytes().splitlines(keepends=True)[-1]


async def rolled_back(home: Path) -> bytes:
    """The head of 16 records was kept; then somebody put the copy with 8 in the ledger's place."""
    await live(home, 4)
    shutil.copytree(home / "ledger", home / "copy")
    kept = await live(home, 4, first=4)
    shutil.rmtree(home / "ledger")
    (home / "copy").rename(home / "ledger")
    return kept


async def test_a_ledger_that_goes_on_continues_every_head_that_was_kept(tmp_path: Path) -> None:
    kept = await live(tmp_path, 4) + await live(tmp_path, 4, first=4)
    await live(tmp_path, 4, first=8)
    found = verify_folder(tmp_path / "ledger", kept=kept)
    assert found.ok
    assert found.signed == 24


async def test_a_copy_that_was_put_back_is_found_by_a_kept_head(tmp_path: Path) -> None:
    kept = await rolled_back(tmp_path)
    assert verify_folder(tmp_path / "ledger").ok  # nothing in the folder itself tells
    (finding,) = verify_folder(tmp_path / "ledger", kept=kept).findings
    assert (finding.seq, "are missing: a head over them was signed" in finding.problem) == (9, True)


async def test_a_history_that_was_told_on_from_a_copy_is_found_by_a_kept_head(tmp_path: Path) -> None:
    kept = await rolled_back(tmp_path)
    await live(tmp_path, 4, first=90)  # other acts, under true heads: the factory that runs on has the key
    assert verify_folder(tmp_path / "ledger").ok
    (finding,) = verify_folder(tmp_path / "ledger", kept=kept).findings
    assert (finding.file, "was over others" in finding.problem) == (KEPT, True)
    await live(tmp_path, 4, first=100)  # and where the kept head lies inside the new history
    assert not verify_folder(tmp_path / "ledger", kept=kept).ok


async def test_a_history_under_another_key_does_not_fit_a_kept_head(tmp_path: Path) -> None:
    kept = await live(tmp_path, 4)
    shutil.rmtree(tmp_path / "ledger")
    shutil.rmtree(tmp_path / "keys")
    await live(tmp_path, 4)
    assert verify_folder(tmp_path / "ledger").ok
    assert [finding.file for finding in verify_folder(tmp_path / "ledger", kept=kept).findings] == [KEPT]


async def test_what_is_no_head_is_told_by_its_line(tmp_path: Path) -> None:
    kept = await live(tmp_path, 4)
    (finding,) = verify_folder(tmp_path / "ledger", kept=kept + b"{}\n").findings
    assert finding.problem.startswith("line 2: ")
