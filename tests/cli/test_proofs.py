from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from usina.core.clock import SystemClock
from usina.sovereignty.ledger import Intent, Ledger, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """The ledger of a factory in the default home that did three things and stopped."""
    ledger = Ledger.open_folder(tmp_path / "home" / "ledger", tmp_path / "home" / "ledger.pem", SystemClock())
    for number in range(3):
        intent = Intent(
            request_id=f"request-{number}",
            time=1_800_000_000.0 + number,
            account="111122223333",
            principal="arn:aws:iam::111122223333:user/ada",
            key_id="AKIAEXAMPLE",
            peer="127.0.0.1",
            service="sts",
            operation="GetCallerIdentity",
        )
        await ledger.close(await ledger.open(intent), Outcome(status="done"))
    await ledger.shutdown()
    return tmp_path / "home" / "ledger"


def test_a_whole_ledger_is_told_so(run: Run, folder: Path) -> None:
    done = run("ledger", "verify")
    assert done.exit_code == 0, done.stderr
    assert "whole" in done.stdout
    assert "--key" in done.stderr
    assert json.loads(run("ledger", "verify", "--json").stdout)["ok"] is True


def test_with_the_sites_own_key_it_is_told_whose_ledger_it_is(run: Run, folder: Path) -> None:
    done = run("ledger", "verify", "--folder", str(folder), "--key", str(folder / "public.pem"))
    assert (done.exit_code, done.stderr) == (0, "")


def test_heads_that_were_kept_elsewhere_are_part_of_the_check(run: Run, folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes((folder / "heads.log").read_bytes())
    assert run("ledger", "verify", "--heads", str(kept)).exit_code == 0
    kept.write_bytes(kept.read_bytes() + b'{"note":"another history"}\n')
    done = run("ledger", "verify", "--heads", str(kept))
    assert done.exit_code == 1
    assert "kept heads" in done.stdout


def test_a_changed_byte_is_found_and_located(run: Run, folder: Path) -> None:
    segment = next(folder.glob("*.seg"))
    data = bytearray(segment.read_bytes())
    place = data.index(b"request-1")
    data[place] ^= 1
    segment.write_bytes(data)
    done = run("ledger", "verify")
    assert done.exit_code == 1
    assert segment.name in done.stdout
    assert "backup" in done.stderr
    assert json.loads(run("ledger", "verify", "--json").stdout)["ok"] is False


@pytest.mark.parametrize("record", ["request-1", "3"])
def test_a_record_is_proved_by_its_number_or_its_request(run: Run, folder: Path, record: str) -> None:
    proof = json.loads(run("ledger", "prove", record).stdout)
    found = json.loads(proof["record"])
    assert record in {found["request_id"], str(found["seq"])}
    assert proof["checkpoint"].startswith("usina/")


def test_a_record_that_is_not_there_is_told(run: Run, folder: Path) -> None:
    done = run("ledger", "prove", "9999")
    assert done.exit_code == 1
    assert "usina ledger tail" in done.stderr


def test_a_folder_that_is_not_there_is_told(run: Run, tmp_path: Path) -> None:
    for command in (("verify",), ("prove", "1")):
        done = run("ledger", *command, "--folder", str(tmp_path / "none"))
        assert done.exit_code == 1
        assert "--folder" in done.stderr


def test_a_head_is_kept_in_a_file_and_another_ledger_is_refused_there(run: Run, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "stick"
    done = run("ledger", "witness", str(file))
    assert (done.exit_code, "the newest over" in done.output) == (0, True), done.output
    assert run("ledger", "verify", "--heads", str(file)).exit_code == 0
    file.write_text("something else\n")
    refused = run("ledger", "witness", str(file), "--folder", str(folder))
    assert (refused.exit_code, "nothing was added" in refused.output) == (1, True), refused.output
    assert file.read_text() == "something else\n"
