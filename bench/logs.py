"""Log events put durably: events a second and the middle latency of a put, at the store itself.

    python -m bench.logs [FOLDER]

Beside: the same bytes appended to one file and synced after each put, on the same disk in the same run.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from usina.core.clock import SystemClock, SystemDice
from usina.core.logs import LogEvent
from usina.stores.logs.store import LogStore, open_logs
from usina.stores.records import open_records

MESSAGE = "epoch 3 step 1200 loss 0.4321 lr 0.0001 " * 3  # 120 bytes: a line of a training log
CASES = ((1, 1, 300), (1, 100, 200), (16, 1, 60), (16, 100, 60), (16, 1_000, 12))  # writers, events a put, puts each


async def writer(logs: LogStore, stream: str, events: int, puts: int, took: list[float]) -> None:
    for number in range(puts):
        batch = [LogEvent(number, MESSAGE)] * events
        begin = time.perf_counter()
        await logs.write("111111111111", "group", stream, batch, make=True)
        took.append(time.perf_counter() - begin)


def appended(folder: Path, size: int, puts: int) -> float:
    """Middle seconds of an append with its sync, in a file of its own."""
    took = []
    with (folder / "plain").open("ab", buffering=0) as file:
        for _ in range(puts):
            begin = time.perf_counter()
            file.write(b"x" * size)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - begin)
    return statistics.median(took)


async def main(folder: Path) -> None:
    records = await open_records(folder / "usina.db")
    logs = await open_logs(records, folder / "streams", SystemClock(), SystemDice())
    print(f"{'writers':>8}{'events/put':>12}{'events/s':>12}{'puts/s':>9}{'p50 ms':>9}{'plain append+sync ms':>23}")
    for number, (writers, events, puts) in enumerate(CASES):
        took: list[float] = []
        begin = time.perf_counter()
        await asyncio.gather(*(writer(logs, f"{number}/{each}", events, puts, took) for each in range(writers)))
        seconds = time.perf_counter() - begin
        plain = appended(folder, events * len(MESSAGE), 100)
        rate, middle = writers * puts / seconds, statistics.median(took)
        print(
            f"{writers:>8}{events:>12}{rate * events:>12,.0f}{rate:>9,.0f}{middle * 1_000:>9.2f}{plain * 1_000:>23.2f}"
        )
    await logs.close()
    await records.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as scratch:
        asyncio.run(main(Path(scratch)))
