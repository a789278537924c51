"""`make fuzz`: at least 100,000 inputs, and the seed to have them again."""

from __future__ import annotations

import argparse
import asyncio
import logging
import secrets
import sys
import tempfile
from pathlib import Path

from tests.fuzz.campaign import Findings, fuzz_codec, fuzz_door
from tests.fuzz.factory import LIMITS, fuzzed_factory
from tests.fuzz.sockets import fuzz_sockets
from tests.journeys.running import free_ports
from usina.core.clock import SystemClock
from usina.door.listeners import Listeners
from usina.door.tls import ensure_tls

_SHOWN = 20
SOCKET_SHARE, CODEC_SHARE = 0.05, 0.2


async def run(inputs: int, seed: int, folder: Path) -> dict[str, Findings]:
    """All campaigns over one factory."""

    def tell(campaign: str, index: int) -> None:
        sys.stderr.write(f"\r{campaign} {index:,}   ")
        sys.stderr.flush()

    sockets, codec = round(inputs * SOCKET_SHARE), round(inputs * CODEC_SHARE)
    clock = SystemClock()
    async with fuzzed_factory(folder) as fuzzed:
        found = {"codec": fuzz_codec(codec, seed)}
        found["door"] = await fuzz_door(fuzzed, inputs - sockets - codec, seed, lambda index: tell("door", index))
        listeners = Listeners(fuzzed.door, LIMITS, clock)
        port, tls_port = free_ports()
        await listeners.start("127.0.0.1", port, tls_port, ensure_tls(folder / "keys", ["localhost"], clock))
        try:
            found["sockets"] = await fuzz_sockets(port, sockets, seed, tell=lambda index: tell("sockets", index))
        finally:
            await listeners.stop()
    sys.stderr.write("\n")
    return found


def say(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run it; 1 where something was found."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--inputs", type=int, default=100_000)
    arguments.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    given = arguments.parse_args()
    logging.getLogger("usina").propagate = False
    say(f"seed {given.seed}")
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(run(given.inputs, given.seed, Path(folder)))
    for campaign, findings in found.items():
        statuses = ", ".join(f"{status}: {count:,}" for status, count in sorted(findings.statuses.items()))
        say(f"{campaign}: {findings.inputs:,} inputs, {len(findings.problems)} problems ({statuses})")
        for problem in findings.problems[:_SHOWN]:
            say(f"  {problem}")
    return 1 if any(findings.problems for findings in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
