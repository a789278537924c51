"""One changed byte anywhere is found, and the finding says where."""

from __future__ import annotations

import os
import random
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.sovereignty.ledger.scenes import abandon, intent, open_ledger, record_acts
from usina.sovereignty.ledger import verify_folder
from usina.sovereignty.ledger.frames import FRAME_BYTES, HEADER_BYTES, encode_frame, frames
from usina.sovereignty.ledger.heads import load_signing_key, public_pem

if TYPE_CHECKING:
    from pathlib import Path


def segment_files(home: Path) -> list[Path]:
    return sorted((home / "ledger").glob("*.seg"))


async def a_small_ledger(home: Path, acts: int = 4) -> Path:
    ledger = open_ledger(home)
    await record_acts(ledger, acts)
    await ledger.shutdown()
    return home / "ledger"


def flip(path: Path, offset: int, mask: int = 0x01) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ mask]))


async def test_an_unchanged_ledger_has_no_findings(tmp_path: Path) -> None:
    folder = await a_small_ledger(tmp_path, 200)
    told: list[tuple[int, int]] = []
    found = verify_folder(folder, progress=lambda done, total: told.append((done, total)))
    assert found.ok
    assert (found.records, found.signed, found.open_intents, found.live) == (400, 400, 0, False)
    assert found.segments == len(segment_files(tmp_path)) == len(told) > 1
    assert told[-1][0] == told[-1][1]


async def test_a_changed_byte_at_any_offset_of_any_file_is_found_in_that_file(tmp_path: Path) -> None:
    folder = await a_small_ledger(tmp_path)
    chance = random.Random(5)
    (segment,) = segment_files(tmp_path)
    used = max(offset + FRAME_BYTES + len(record) for offset, record in frames(segment.read_bytes()))
    padding = sorted(chance.sample(range(used, segment.stat().st_size), 40))
    offsets = {
        segment: [*range(64), *range(64, HEADER_BYTES, 61), *range(HEADER_BYTES, used + 40), *padding],
        folder / "heads.log": range((folder / "heads.log").stat().st_size),
        folder / "nodes": range((folder / "nodes").stat().st_size),
        folder / "public.pem": range((folder / "public.pem").stat().st_size),
    }
    for path, places in offsets.items():
        for offset in places:
            mask = 1 << chance.randrange(8)
            flip(path, offset, mask)
            findings = verify_folder(folder).findings
            flip(path, offset, mask)
            assert path.name in {finding.file for finding in findings}, f"{path.name} at {offset}"
    assert verify_folder(folder).ok


async def test_a_changed_record_is_located_and_the_walk_goes_on_behind_it(tmp_path: Path) -> None:
    folder = await a_small_ledger(tmp_path, 200)
    first, second = segment_files(tmp_path)[:2]
    places = [list(frames(path.read_bytes()))[9] for path in (first, second)]
    for path, (offset, _) in zip((first, second), places, strict=True):
        flip(path, offset + FRAME_BYTES + 5)
    found = verify_folder(folder)
    assert [(finding.file, finding.offset) for finding in found.findings] == [
        (first.name, places[0][0]),
        (second.name, places[1][0]),
    ]
    assert found.findings[0].seq == 10
    assert found.records == 400


async def test_a_record_changed_with_its_checksum_is_located(tmp_path: Path) -> None:
    folder = await a_small_ledger(tmp_path)
    (segment,) = segment_files(tmp_path)
    data = segment.read_bytes()
    offset, record = list(frames(data))[2]
    forged = encode_frame(record.replace(b"user/ada", b"user/eve"), 0)
    segment.write_bytes(data[:offset] + forged + data[offset + len(forged) :])
    (finding,) = verify_folder(folder).findings
    assert (finding.file, finding.offset, finding.seq) == (segment.name, offset, 3)


async def test_a_record_changed_with_checksum_and_cache_is_found_by_the_head(tmp_path: Path) -> None:
    folder = await a_small_ledger(tmp_path)
    (segment,) = segment_files(tmp_path)
    data = segment.read_bytes()
    offset, record = list(frames(data))[2]
    forged = encode_frame(record.replace(b"user/ada", b"user/eve"), 0)
    segment.write_bytes(data[:offset] + forged + data[offset + len(forged) :])
    (folder / "nodes").unlink()
    (finding,) = verify_folder(folder).findings
    assert finding.file == segment.name
    assert "the head over 8 records is over other records" in finding.problem


async def test_records_missing_below_a_signed_head_are_found(tmp_path: Path) -> None:
    folder = await a_small_ledger(tmp_path)
    (segment,) = segment_files(tmp_path)
    data = segment.read_bytes()
    offset, _ = list(frames(data))[-2]
    for shorter in (data[:offset], data[:offset] + bytes(len(data) - offset)):
        segment.write_bytes(shorter)
        (finding,) = verify_folder(folder).findings
        assert (finding.file, finding.offset, finding.seq) == (segment.name, offset, 7)
        assert "missing" in finding.problem


async def test_swapped_missing_and_doubled_segments_are_found(tmp_path: Path) -> None:
    folder = await a_small_ledger(tmp_path, 400)
    files = segment_files(tmp_path)
    assert len(files) >= 4
    one, two = files[1].read_bytes(), files[2].read_bytes()
    files[1].write_bytes(two)
    files[2].write_bytes(one)
    assert {finding.file for finding in verify_folder(folder).findings} >= {files[1].name}
    files[1].write_bytes(one)
    assert {finding.file for finding in verify_folder(folder).findings} >= {files[2].name}
    files[2].unlink()
    assert {finding.file for finding in verify_folder(folder).findings} >= {files[3].name}
    files[2].write_bytes(two)
    assert verify_folder(folder).ok


async def test_a_whole_history_told_anew_without_the_key_is_found(tmp_path: Path) -> None:
    folder = await a_small_ledger(tmp_path / "true")
    pem = (folder / "public.pem").read_bytes()
    forged = await a_small_ledger(tmp_path / "forged", 3)
    assert verify_folder(forged).ok
    found = verify_folder(forged, pem)
    assert not found.ok
    assert found.trusted_key
    shutil.copy(folder / "public.pem", forged / "public.pem")
    assert {finding.file for finding in verify_folder(forged, pem).findings} == {"heads.log", "public.pem"}
    assert verify_folder(folder, pem).ok
    assert not verify_folder(folder, b"not a key").ok


async def test_heads_out_of_order_are_found(tmp_path: Path) -> None:
    folder = await a_small_ledger(tmp_path)
    heads = folder / "heads.log"
    lines = heads.read_bytes().splitlines(keepends=True)
    heads.write_bytes(b"".join(reversed(lines)))
    assert "fewer records" in verify_folder(folder).findings[0].problem


async def test_a_running_ledger_is_verified_without_disturbing_it(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 20)
    await ledger.head()
    await ledger.open(intent(99))
    found = verify_folder(tmp_path / "ledger")
    assert found.ok
    assert found.live
    assert (found.records, found.signed, found.open_intents) == (41, 40, 1)
    *_, (offset, _) = frames(segment_files(tmp_path)[-1].read_bytes())
    flip(segment_files(tmp_path)[-1], offset + 30)
    assert verify_folder(tmp_path / "ledger").ok  # half written, for all a reader can know
    flip(segment_files(tmp_path)[-1], offset + 30)
    await ledger.shutdown()


async def test_a_torn_head_is_a_finding_once_nobody_writes(tmp_path: Path) -> None:
    folder = await a_small_ledger(tmp_path)
    os.truncate(folder / "heads.log", (folder / "heads.log").stat().st_size - 1)
    assert verify_folder(folder).findings[0].file == "heads.log"


async def test_after_a_kill_the_unsigned_end_is_still_checked_frame_by_frame(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 5)
    abandon(ledger)
    folder = tmp_path / "ledger"
    assert verify_folder(folder).ok
    assert verify_folder(folder).signed == 0
    offset, _ = list(frames(segment_files(tmp_path)[0].read_bytes()))[4]
    flip(segment_files(tmp_path)[0], offset + 20)
    assert verify_folder(folder).findings[0].offset == offset


@pytest.mark.parametrize("missing", ["public.pem", "heads.log", "nodes"])
async def test_a_missing_file_never_makes_a_damaged_ledger_whole(tmp_path: Path, missing: str) -> None:
    folder = await a_small_ledger(tmp_path)
    (folder / missing).unlink()
    found = verify_folder(folder)
    assert found.ok == (missing != "public.pem")
    assert missing != "heads.log" or found.signed == 0
    pem = public_pem(load_signing_key(tmp_path / "keys" / "ledger.pem").public_key())
    offset, _ = list(frames(segment_files(tmp_path)[0].read_bytes()))[1]
    flip(segment_files(tmp_path)[0], offset + 20)
    assert not verify_folder(folder, pem).ok
