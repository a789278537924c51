"""`usina up` to ready, with its models already imported, and the memory of the front-door process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.factory import CHAT_MODEL, Factory
from bench.processes import memory_megabytes
from bench.report import heading, median, table, target

if TYPE_CHECKING:
    from pathlib import Path

    from bench.options import Options


def run(options: Options, folder: Path) -> None:
    """Measure and report."""
    heading("start and memory")
    home = folder / "engine"
    with Factory(home, defaults=True) as first:
        first.wait_ready([CHAT_MODEL])
    seconds, memory = [], []
    for _ in range(1 if options.quick else 5):
        with Factory(home, defaults=True, ready="/readyz") as factory:
            seconds.append(factory.start_seconds)
            memory.append(memory_megabytes(factory.pid))
    table(["", "median"], [["up to ready, s", median(seconds)], ["front-door process, MB", median(memory)]])
    target("usina up to ready", median(seconds), 5.0, at_least=False, unit=" s")
    target("front-door process", median(memory), 200.0, at_least=False, unit=" MB")
