"""Group commit, and what happens when the disk does not do its part: nothing is acknowledged that is not durable."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sovereignty.ledger.scenes import DONE, SMALL, FaultyDisk, abandon, intent, open_ledger, record_acts
from usina.core.errors import OperatorError, UnavailableError
from usina.sovereignty.ledger import Ledger, LedgerLimits, Opened, verify_folder
from usina.testing.clock import VirtualClock

ROOT = Path(__file__).parents[3]
FAILED = OSError(errno.EIO, "input/output error")


async def test_callers_of_one_turn_share_one_sync(tmp_path: Path) -> None:
    disk = FaultyDisk()
    ledger = open_ledger(tmp_path, disk=disk)
    before = disk.syncs
    opened = await asyncio.gather(*(ledger.open(intent(number)) for number in range(20)))
    assert disk.syncs == before + 1
    assert [act.seq for act in opened] == list(range(1, 21))
    await ledger.shutdown()


async def test_a_full_disk_refuses_new_acts_but_records_how_running_ones_end(tmp_path: Path) -> None:
    disk = FaultyDisk()
    ledger = open_ledger(tmp_path, disk=disk)
    disk.full = True
    running: list[Opened] = []
    refused: UnavailableError | None = None
    while refused is None:
        try:
            running.append(await ledger.open(intent(len(running))))
        except UnavailableError as error:
            refused = error
    assert len(running) > 10
    for opened in running:
        await ledger.close(opened, DONE)
    assert ledger.status.records == 2 * len(running)
    assert not ledger.status.problem
    disk.full = False
    await record_acts(ledger, 40, first=20_000)
    await ledger.shutdown()
    found = verify_folder(tmp_path / "ledger")
    assert found.ok
    assert found.open_intents == 0


async def test_after_a_failed_sync_nothing_is_acknowledged_until_restart(tmp_path: Path) -> None:
    disk = FaultyDisk()
    ledger = open_ledger(tmp_path, disk=disk)
    await record_acts(ledger, 2)
    disk.sync_error = FAILED
    results = await asyncio.gather(*(ledger.open(intent(9)) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(result, UnavailableError) for result in results)
    disk.sync_error = None
    with pytest.raises(UnavailableError):
        await ledger.open(intent(10))
    with pytest.raises(UnavailableError):
        await ledger.refuse(intent(10), "access-denied")
    with pytest.raises(UnavailableError):
        await ledger.note("start", {})
    assert "input/output error" in ledger.status.problem
    abandon(ledger)
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 1, first=11)
    await ledger.shutdown()
    found = verify_folder(tmp_path / "ledger")
    assert found.ok
    assert found.open_intents == 0


async def test_after_a_failed_write_nothing_is_acknowledged_until_restart(tmp_path: Path) -> None:
    disk = FaultyDisk()
    ledger = open_ledger(tmp_path, disk=disk)
    opened = await ledger.open(intent(1))
    disk.write_error = FAILED
    with pytest.raises(UnavailableError):
        await ledger.open(intent(2))
    await ledger.close(opened, DONE)
    assert ledger.status.problem
    await ledger.shutdown()
    ledger = open_ledger(tmp_path)
    records = await ledger.tail(after=0, most=10)
    assert [(record["kind"], record.get("status")) for record in records] == [("intent", None), ("outcome", "broken")]
    await ledger.shutdown()


async def test_a_disk_that_fails_at_the_start_is_said_to_the_operator(tmp_path: Path) -> None:
    disk = FaultyDisk()
    disk.full = True
    with pytest.raises(OperatorError, match="See to the disk"):
        open_ledger(tmp_path, disk=disk)
    disk.full, disk.sync_error = False, FAILED
    with pytest.raises(OperatorError, match="input/output error"):
        open_ledger(tmp_path, disk=disk)
    disk.sync_error = None
    await open_ledger(tmp_path, disk=disk).shutdown()


class SlowDisk(FaultyDisk):
    """A disk whose syncs take a long time by the clock."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock
        self.threads: set[int] = set()

    def sync(self, descriptor: int) -> None:
        import threading

        self._clock.advance(0.5)
        self.threads.add(threading.get_ident())
        super().sync(descriptor)


class StillClock(VirtualClock):
    """Time passes only at the disk; whoever sleeps, sleeps for ever."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.get_running_loop().create_future()


async def test_a_slow_disk_is_waited_for_in_a_thread(tmp_path: Path) -> None:
    clock = StillClock()
    disk = SlowDisk(clock)
    key = tmp_path / "keys" / "ledger.pem"
    ledger = Ledger.open_folder(tmp_path / "ledger", key, clock, limits=SMALL, disk=disk)
    await ledger.open(intent(1))
    assert len(disk.threads) == 1
    opened = await asyncio.gather(*(ledger.open(intent(number)) for number in range(2, 6)))
    assert len(disk.threads) == 2
    for act in opened:
        await ledger.close(act, DONE)
    await record_acts(ledger, 200, first=100)
    disk.sync_error = FAILED
    with pytest.raises(UnavailableError):
        await ledger.open(intent(2))
    await ledger.shutdown()


async def test_outcomes_nobody_waits_for_become_durable_soon(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "ledger.pem"
    limits = LedgerLimits(segment_bytes=65_536, head_seconds=1e9)
    ledger = Ledger.open_folder(tmp_path / "ledger", key, VirtualClock(), limits=limits, disk=FaultyDisk())
    await ledger.refuse(intent(), "access-denied")
    for _ in range(10):
        await asyncio.sleep(0)
    assert ledger.status.durable == ledger.status.records == 1
    await ledger.shutdown()


LIMITED = """
import asyncio, resource, signal, sys
from pathlib import Path
from tests.sovereignty.ledger.scenes import SMALL, DONE, intent, open_ledger
from usina.core.errors import UnavailableError
from usina.sovereignty.ledger.disk import Disk

async def main():
    ledger = open_ledger(Path(sys.argv[1]), disk=Disk())
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    done = 0
    try:
        while True:
            await ledger.close(await ledger.open(intent(done)), DONE)
            done += 1
    except UnavailableError:
        print(done)
    await ledger.shutdown()

asyncio.run(main())
"""


def run_limited(home: Path) -> int:
    """Acts that a child acknowledged before it met its limit."""
    path = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
    command = [sys.executable, "-c", LIMITED, str(home)]
    return int(subprocess.run(command, capture_output=True, env={"PYTHONPATH": path}, check=True, timeout=60).stdout)


async def test_a_file_size_limit_of_the_system_is_met_closed_and_mended_after(tmp_path: Path) -> None:
    done = run_limited(tmp_path)
    ledger = open_ledger(tmp_path)
    records = await ledger.tail(after=0, most=10_000)
    assert sum(record["kind"] == "intent" for record in records) >= done
    await record_acts(ledger, 3, first=90_000)
    await ledger.shutdown()
    found = verify_folder(tmp_path / "ledger")
    assert found.ok
    assert found.open_intents == 0
