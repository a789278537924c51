"""What is acknowledged is there after any end: killed, power lost, cut at any byte. What is damaged is not hidden."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.sovereignty.ledger.scenes import DONE, PowerCutDisk, abandon, intent, open_ledger, record_acts
from usina.core.errors import OperatorError
from usina.sovereignty.ledger import Ledger, verify_folder
from usina.sovereignty.ledger.frames import (
    FRAME_BYTES,
    HEADER_BYTES,
    decode_header,
    encode_frame,
    encode_header,
    frames,
)

ROOT = Path(__file__).parents[3]


def segment_files(home: Path) -> list[Path]:
    return sorted((home / "ledger").glob("*.seg"))


async def everything(ledger: Ledger) -> list[dict[str, object]]:
    return await ledger.tail(after=0, most=10_000)


async def test_an_act_that_was_running_at_the_end_is_broken_after_the_next_start(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 2)
    await ledger.open(intent(7))
    abandon(ledger)
    ledger = open_ledger(tmp_path)
    last = (await everything(ledger))[-1]
    assert (last["kind"], last["intent"], last["status"]) == ("outcome", 5, "broken")
    assert last["request_id"] == intent(7).request_id
    await ledger.shutdown()
    assert verify_folder(tmp_path / "ledger").open_intents == 0


async def test_an_act_open_since_an_older_segment_is_broken_after_the_next_start(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await ledger.open(intent(1))
    await record_acts(ledger, 150, first=10)
    assert len(segment_files(tmp_path)) > 1
    abandon(ledger)
    ledger = open_ledger(tmp_path)
    last = (await everything(ledger))[-1]
    assert (last["intent"], last["status"]) == (1, "broken")
    await ledger.shutdown()


async def test_a_segment_cut_at_any_byte_keeps_every_whole_record_before_the_cut(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    for number in range(4):
        await ledger.note("note", {"number": number})
    abandon(ledger)
    (name,) = (path.name for path in segment_files(tmp_path))
    data = (tmp_path / "ledger" / name).read_bytes()
    ends = [offset + FRAME_BYTES + len(record) for offset, record in frames(data)]
    for cut in range(HEADER_BYTES, ends[-1]):
        home = tmp_path / "cut"
        shutil.copytree(tmp_path / "ledger", home / "ledger")
        shutil.copytree(tmp_path / "keys", home / "keys")
        os.truncate(home / "ledger" / name, cut)
        whole = sum(end <= cut for end in ends)
        ledger = open_ledger(home)
        records = await everything(ledger)
        abandon(ledger)
        assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
        assert [record["kind"] for record in records[:whole]] == ["note"] * whole
        assert ("repair" in [record["kind"] for record in records]) == (cut not in {HEADER_BYTES, *ends})
        assert not verify_folder(home / "ledger").findings
        shutil.rmtree(home)


async def test_a_torn_tail_is_cut_and_the_repair_is_recorded(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 2)
    abandon(ledger)
    (path,) = segment_files(tmp_path)
    end = max(offset + FRAME_BYTES + len(record) for offset, record in frames(path.read_bytes()))
    torn = encode_frame(b'{"seq":5,"kind":"intent"}', 0)[:-4]
    with path.open("r+b") as file:
        file.seek(end)
        file.write(torn)
    assert "torn" in verify_folder(tmp_path / "ledger").findings[0].problem
    ledger = open_ledger(tmp_path)
    repair = (await everything(ledger))[-1]
    assert (repair["kind"], repair["file"], repair["offset"], repair["bytes"]) == ("repair", path.name, end, len(torn))
    await ledger.shutdown()
    assert verify_folder(tmp_path / "ledger").ok


async def test_a_damaged_record_under_a_signed_head_stops_the_start(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 3)
    await ledger.shutdown()
    (path,) = segment_files(tmp_path)
    *_, (offset, _) = frames(path.read_bytes())
    with path.open("r+b") as file:
        file.seek(offset + 40)
        file.write(b"\xff")
    with pytest.raises(OperatorError, match=rf"{path.name}, offset {offset}.*signed head"):
        open_ledger(tmp_path)


async def test_a_damaged_record_that_a_later_one_knew_durable_stops_the_start(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 3)
    abandon(ledger)
    (path,) = segment_files(tmp_path)
    offset = next(offset for position, (offset, _) in enumerate(frames(path.read_bytes())) if position == 2)
    with path.open("r+b") as file:
        file.seek(offset + 40)
        file.write(b"\xff")
    before = path.read_bytes()
    with pytest.raises(OperatorError, match="a later record says"):
        open_ledger(tmp_path)
    assert path.read_bytes() == before


async def test_a_ledger_without_the_records_of_its_head_does_not_start(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 3)
    await ledger.shutdown()
    (path,) = segment_files(tmp_path)
    data = path.read_bytes()
    *_, (offset, _) = frames(data)
    path.write_bytes(data[:offset] + bytes(len(data) - offset))
    with pytest.raises(OperatorError, match="only 5 are here"):
        open_ledger(tmp_path)
    path.unlink()
    with pytest.raises(OperatorError, match="there is no segment"):
        open_ledger(tmp_path)


async def test_a_record_changed_with_its_checksum_stops_the_start(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 3)
    await ledger.shutdown()
    (path,) = segment_files(tmp_path)
    data = path.read_bytes()
    offset, record = next(iter(frames(data)))
    forged = encode_frame(record.replace(b"Converse", b"Conversa"), 0)
    path.write_bytes(data[:offset] + forged + data[offset + len(forged) :])
    with pytest.raises(OperatorError, match="not those whose head was signed"):
        open_ledger(tmp_path)


@pytest.mark.parametrize(
    "forged", [b"not JSON", b"{}", b'{"seq":"x","kind":"intent"}', b"\xff\xfe", b'{"seq":7,"kind":"x"}']
)
async def test_a_whole_frame_that_holds_no_record_stops_the_start_unchanged(tmp_path: Path, forged: bytes) -> None:
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 2)
    abandon(ledger)
    (path,) = segment_files(tmp_path)
    end = max(offset + FRAME_BYTES + len(record) for offset, record in frames(path.read_bytes()))
    with path.open("r+b") as file:
        file.seek(end)
        file.write(encode_frame(forged, 0))
    before = path.read_bytes()
    assert verify_folder(tmp_path / "ledger").findings[0].offset == end
    with pytest.raises(OperatorError, match="damaged"):
        open_ledger(tmp_path)
    assert path.read_bytes() == before


async def test_a_header_forged_with_its_checksum_stops_the_start(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 150)
    await ledger.shutdown()
    path = segment_files(tmp_path)[-1]
    data = path.read_bytes()
    header = decode_header(data[:HEADER_BYTES])
    for change in ({"peaks": ("zz",)}, {"peaks": ()}, {"peaks": ("00" * 32,) * len(header.peaks)}, {"first": 5}):
        path.write_bytes(encode_header(msgspec.structs.replace(header, **change)) + data[HEADER_BYTES:])
        assert not verify_folder(tmp_path / "ledger").ok
        with pytest.raises(OperatorError, match="damaged"):
            open_ledger(tmp_path)
    path.write_bytes(data)
    await open_ledger(tmp_path).shutdown()


async def test_a_lost_or_wrong_cache_of_hashes_is_made_again(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 150)
    await ledger.shutdown()
    nodes = tmp_path / "ledger" / "nodes"
    whole = nodes.read_bytes()
    for wrong in (b"", bytes(len(whole)), whole[:1000]):
        nodes.write_bytes(wrong)
        await open_ledger(tmp_path).shutdown()
        assert nodes.read_bytes() == whole
        assert verify_folder(tmp_path / "ledger").ok


async def test_a_head_that_was_not_written_to_its_end_is_cut(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 1)
    await ledger.shutdown()
    heads = tmp_path / "ledger" / "heads.log"
    heads.write_bytes(heads.read_bytes() + b'{"note":"usina/usi')
    ledger = open_ledger(tmp_path)
    assert (await everything(ledger))[-1]["file"] == "heads.log"
    await ledger.shutdown()
    assert verify_folder(tmp_path / "ledger").ok


async def test_a_forged_head_stops_the_start(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 1)
    await ledger.shutdown()
    heads = tmp_path / "ledger" / "heads.log"
    heads.write_bytes(heads.read_bytes().replace(b"\\n2\\n", b"\\n1\\n"))
    with pytest.raises(OperatorError, match=r"heads\.log"):
        open_ledger(tmp_path)


@pytest.mark.parametrize("seed", range(12))
async def test_after_a_power_cut_every_acknowledged_intent_is_there(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    acknowledged: set[object] = set()
    number = 0
    for _ in range(4):
        disk = PowerCutDisk()
        ledger = open_ledger(tmp_path, disk=disk)
        for _ in range(chance.randrange(1, 120)):
            number += 1
            opened = await ledger.open(intent(number))
            acknowledged.add(intent(number).request_id)
            if chance.random() < 0.9:
                await ledger.close(opened, DONE)
        for _ in range(chance.randrange(4)):
            number += 1
            await ledger.refuse(intent(number), "access-denied")
        abandon(ledger)
        disk.cut_power(chance)
    ledger = open_ledger(tmp_path)
    records = await everything(ledger)
    assert acknowledged <= {record["request_id"] for record in records if record["kind"] == "intent"}
    closed = {record["intent"] for record in records if record["kind"] == "outcome"}
    assert {record["seq"] for record in records if record["kind"] == "intent"} == closed
    await ledger.shutdown()
    assert verify_folder(tmp_path / "ledger").ok


WRITER = """
import asyncio, os, sys
from pathlib import Path
from tests.sovereignty.ledger.scenes import DONE, SMALL, intent, open_ledger
from usina.sovereignty.ledger.disk import Disk

async def caller(ledger, first):
    for number in range(first, first + 100_000):
        opened = await ledger.open(intent(number))
        os.write(1, f"{intent(number).request_id}\\n".encode())
        await ledger.close(opened, DONE)

async def main():
    ledger = open_ledger(Path(sys.argv[1]), limits=SMALL, disk=Disk())
    await asyncio.gather(*(caller(ledger, first * 1_000_000) for first in range(4)))

asyncio.run(main())
"""


def write_until_killed(home: Path, acts: int) -> list[str]:
    """Request ids that a child had acknowledged when it was killed, some time after that many."""
    path = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
    command = [sys.executable, "-c", WRITER, str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={"PYTHONPATH": path}) as child:
        assert child.stdout is not None
        seen = [child.stdout.readline().decode().strip() for _ in range(acts)]
        child.send_signal(signal.SIGKILL)
        return seen + [line.decode().strip() for line in child.stdout if line.endswith(b"\n")]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
async def test_after_kill_9_every_acknowledged_intent_is_there(tmp_path: Path, seed: int) -> None:
    seen = write_until_killed(tmp_path, random.Random(seed).randrange(50, 1_500))
    assert verify_folder(tmp_path / "ledger").records >= len(seen)
    ledger = open_ledger(tmp_path)
    records = await ledger.tail(after=0, most=10_000)
    assert set(seen) <= {record["request_id"] for record in records if record["kind"] == "intent"}
    await ledger.shutdown()
    found = verify_folder(tmp_path / "ledger")
    assert found.ok
    assert found.open_intents == 0
