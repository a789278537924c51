"""What a run is asked to do."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """How long and how often. Two cores: the gateway on one, load client and mock engine on the other."""

    quick: bool = False
    rounds: int = 5
    seconds: float = 3.0
    warmup_seconds: float = 0.5
    connections: tuple[int, ...] = (1, 8, 32)
    delay_ms: float = 0.0
    gateway_cpu: str = ""
    client_cpu: str = ""

    def tell(self, line: str) -> None:
        """Progress, beside the report."""
        print(line, file=sys.stderr, flush=True)


def options(*, quick: bool, rounds: int | None, seconds: float | None, delay_ms: float, pin: bool) -> Options:
    """Defaults filled in."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    pinned = pin and len(cores) > 1 and shutil.which("taskset") is not None
    return Options(
        quick=quick,
        rounds=rounds or (1 if quick else 5),
        seconds=seconds or (1.0 if quick else 3.0),
        connections=(8,) if quick else (1, 8, 32),
        delay_ms=delay_ms,
        gateway_cpu=str(cores[0]) if pinned else "",
        client_cpu=str(cores[1]) if pinned else "",
    )
