"""Proofs hold for a program that shares nothing with this one: the one printed in docs/security.md."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.sovereignty.ledger.scenes import open_ledger, record_acts
from usina.sovereignty.ledger import ProofError, prove_consistency, prove_record, verify_folder
from usina.sovereignty.ledger.tree import verify_consistency

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).parents[3] / "docs" / "security.md"


@pytest.fixture
def check(tmp_path: Path) -> Callable[[dict[str, Any], bytes], subprocess.CompletedProcess[bytes]]:
    """Runs the page's program over a proof and a public key."""
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (tmp_path / "check.py").write_text(program)

    def run(proof: dict[str, Any], key: bytes) -> subprocess.CompletedProcess[bytes]:
        (tmp_path / "proof.json").write_text(json.dumps(proof))
        (tmp_path / "key.pem").write_bytes(key)
        command = [sys.executable, "check.py", "proof.json", "key.pem"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)

    return run


async def a_ledger(home: Path, acts: int) -> Path:
    ledger = open_ledger(home)
    await record_acts(ledger, acts)
    await ledger.shutdown()
    return home / "ledger"


async def test_the_program_of_the_page_accepts_true_proofs_and_no_others(
    tmp_path: Path, check: Callable[[dict[str, Any], bytes], subprocess.CompletedProcess[bytes]]
) -> None:
    folder = await a_ledger(tmp_path, 7)
    key = (folder / "public.pem").read_bytes()
    for seq in (1, 6, 13, 14):
        proved = check(prove_record(folder, str(seq)).json(), key)
        assert proved.returncode == 0, proved.stderr
        assert proved.stdout.startswith(b"proved: ")
    true = prove_record(folder, "6").json()
    other_key = (await a_ledger(tmp_path / "other", 1) / "public.pem").read_bytes()
    false = [
        ({**true, "record": true["record"].replace("done", "gone")}, key),
        ({**true, "record": true["record"].replace('"seq":6', '"seq":5')}, key),
        ({**true, "path": true["path"][1:]}, key),
        ({**true, "path": [*true["path"], "00" * 32]}, key),
        ({**true, "checkpoint": true["checkpoint"].replace("\n14\n", "\n13\n")}, key),
        (true, other_key),
    ]
    for proof, with_key in false:
        assert check(proof, with_key).returncode != 0


async def test_the_program_of_the_page_has_no_more_than_thirty_lines() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len([line for line in program.splitlines() if line.strip()]) <= 30


async def test_every_record_of_every_size_of_ledger_can_be_proved(tmp_path: Path) -> None:
    for acts in (1, 2, 3, 5):
        folder = await a_ledger(tmp_path / str(acts), acts)
        for seq in range(1, 2 * acts + 1):
            assert prove_record(folder, str(seq)).head.size == 2 * acts


async def test_a_proof_does_not_need_the_cache_of_hashes(tmp_path: Path) -> None:
    folder = await a_ledger(tmp_path, 60)
    proof = prove_record(folder, "77")
    size = (folder / "nodes").stat().st_size
    (folder / "nodes").write_bytes(bytes(size))
    assert prove_record(folder, "77") == proof
    (folder / "nodes").unlink()
    assert prove_record(folder, "77") == proof


async def test_a_later_head_is_proved_to_continue_an_earlier_one(tmp_path: Path) -> None:
    for _ in range(2):
        await a_ledger(tmp_path, 40)
    folder = await a_ledger(tmp_path, 40)
    proof = prove_consistency(folder, 80, 240)
    assert verify_consistency(80, 240, proof.path, proof.first.root, proof.second.root)
    assert set(proof.json()) == {"first", "second", "path"}
    assert prove_consistency(folder, 80, 80).path == ()
    for first, second in ((81, 240), (240, 80), (0, 80)):
        with pytest.raises(LookupError):
            prove_consistency(folder, first, second)


async def test_what_no_head_covers_yet_is_not_proved(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 1)
    with pytest.raises(ProofError, match="no signed head covers"):
        prove_record(tmp_path / "ledger", "1")
    await ledger.shutdown()
    assert prove_record(tmp_path / "ledger", "1").seq == 1


async def test_a_changed_record_is_not_proved(tmp_path: Path) -> None:
    folder = await a_ledger(tmp_path, 4)
    (segment,) = folder.glob("*.seg")
    data = segment.read_bytes()
    from usina.sovereignty.ledger.frames import encode_frame, frames

    offset, record = list(frames(data))[2]
    forged = encode_frame(record.replace(b"user/ada", b"user/eve"), 0)
    segment.write_bytes(data[:offset] + forged + data[offset + len(forged) :])
    with pytest.raises(ProofError, match="damaged"):
        prove_record(folder, "3")
    assert not verify_folder(folder).ok
    (folder / "public.pem").unlink()
    with pytest.raises(ProofError, match="cannot be used"):
        prove_record(folder, "1")
    with pytest.raises(ProofError, match="cannot be used"):
        prove_consistency(folder, 1, 8)
