"""Acts to record, disks that fail, and a way to end a ledger without its leave."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from usina.sovereignty.ledger import Intent, Ledger, LedgerLimits, Outcome
from usina.sovereignty.ledger.disk import Disk
from usina.testing.clock import VirtualClock

if TYPE_CHECKING:
    import random
    from pathlib import Path

SMALL = LedgerLimits(segment_bytes=65_536)
DONE = Outcome(status="done", http_status=200, response_sha256="cd" * 32, response_bytes=9, input_tokens=3)


class PatientClock(VirtualClock):
    """A clock on which background tasks sleep for ever: a test says itself what happens when."""

    async def sleep(self, seconds: float) -> None:
        import asyncio

        await asyncio.get_running_loop().create_future()


def intent(number: int = 0) -> Intent:
    """Somebody is about to use a model."""
    return Intent(
        request_id=f"00000000-0000-4000-8000-{number:012d}",
        time=1_800_000_000.25,
        account="111122223333",
        principal="arn:aws:iam::111122223333:user/ada",
        key_id="AKIDEXAMPLE",
        peer="127.0.0.1",
        service="bedrock-runtime",
        operation="Converse",
        resources=("acme.model",),
        request_sha256="ab" * 32,
        request_bytes=5,
        policy_ids=("developer.models",),
    )


def abandon(ledger: Ledger) -> None:
    """End it as a kill would: nothing more is written or signed."""
    ledger._commit.problem = "killed"
    ledger._log.nodes._buffer.clear()
    ledger._log.close()
    os.close(ledger._place.lock)


async def record_acts(ledger: Ledger, count: int, *, first: int = 0) -> None:
    """That many acts, begun and done."""
    for number in range(first, first + count):
        await ledger.close(await ledger.open(intent(number)), DONE)


class QuickDisk(Disk):
    """A disk that keeps nobody waiting; these tests outlive no loss of power."""

    def sync(self, descriptor: int) -> None:
        pass

    def truncate(self, descriptor: int, size_bytes: int) -> None:
        os.ftruncate(descriptor, size_bytes)

    def sync_folder(self, folder: Path) -> None:
        pass


class FaultyDisk(QuickDisk):
    """A disk that fails when it is told to."""

    def __init__(self) -> None:
        self.write_error: OSError | None = None
        self.sync_error: OSError | None = None
        self.full = False
        self.syncs = 0

    def write(self, descriptor: int, data: bytes, offset: int) -> None:
        if self.write_error:
            raise self.write_error
        super().write(descriptor, data, offset)

    def sync(self, descriptor: int) -> None:
        self.syncs += 1
        if self.sync_error:
            raise self.sync_error
        super().sync(descriptor)

    def create_zeroed(self, path: Path, size_bytes: int) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "no space left on device")
        super().create_zeroed(path, size_bytes)

    def free_bytes(self, folder: Path) -> int:
        return 0 if self.full else super().free_bytes(folder)


class PowerCutDisk(QuickDisk):
    """A disk that may forget, sector by sector, what was written and not synced."""

    SECTOR = 512

    def __init__(self) -> None:
        self._names: dict[int, Path] = {}
        self._before: dict[Path, tuple[int, dict[int, bytes]]] = {}

    def open(self, path: Path, *, create: bool = False) -> int:
        descriptor = super().open(path, create=create)
        self._names[descriptor] = path
        return descriptor

    def write(self, descriptor: int, data: bytes, offset: int) -> None:
        path = self._names[descriptor]
        _, sectors = self._before.setdefault(path, (os.fstat(descriptor).st_size, {}))
        for sector in range(offset // self.SECTOR, (offset + len(data) - 1) // self.SECTOR + 1):
            if sector not in sectors:
                sectors[sector] = os.pread(descriptor, self.SECTOR, sector * self.SECTOR)
        super().write(descriptor, data, offset)

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        self._before.pop(self._names[descriptor], None)

    def truncate(self, descriptor: int, size_bytes: int) -> None:
        super().truncate(descriptor, size_bytes)
        self._before.pop(self._names[descriptor], None)

    def rename(self, old: Path, new: Path) -> None:
        super().rename(old, new)
        for descriptor, path in list(self._names.items()):
            if path == old:
                self._names[descriptor] = new

    def cut_power(self, chance: random.Random) -> None:
        """Every unsynced sector is old or new, as chance will have it; so is the size of a file that grew."""
        for path, (size_bytes, sectors) in self._before.items():
            with path.open("r+b") as file:
                for sector, before in sectors.items():
                    if chance.random() < 0.5:
                        file.seek(sector * self.SECTOR)
                        file.write(before.ljust(self.SECTOR, b"\0"))
                if chance.random() < 0.5 or path.suffix == ".seg":
                    file.truncate(max(size_bytes, path.stat().st_size) if path.suffix == ".seg" else size_bytes)


def open_ledger(home: Path, *, limits: LedgerLimits = SMALL, disk: Disk | None = None) -> Ledger:
    """The ledger of a home."""
    return Ledger.open_folder(
        home / "ledger", home / "keys" / "ledger.pem", PatientClock(), limits=limits, disk=disk or QuickDisk()
    )
