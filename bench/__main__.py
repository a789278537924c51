"""`make bench`: every figure beside what it is compared with. `--only` takes some parts, `--quick` less time."""

from __future__ import annotations

import argparse
import platform
import tempfile
from pathlib import Path

from bench import control, customization, endpoints, engine, gateways, identity, sovereignty, stages, start, storage
from bench.options import options

PARTS = {
    "stages": stages.run,
    "sovereignty": sovereignty.run,
    "identity": identity.run,
    "start": start.run,
    "storage": storage.run,
    "control": control.run,
    "endpoints": endpoints.run,
    "engine": engine.run,
    "customization": customization.run,
    "gateways": gateways.run,
}


def main() -> None:
    """Command line."""
    arguments = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    arguments.add_argument(
        "--only", action="append", choices=sorted(PARTS), help="this part; may be given several times"
    )
    arguments.add_argument("--quick", action="store_true", help="one short round: whether it runs, not how fast")
    arguments.add_argument("--rounds", type=int, help="interleaved rounds, at least (default 5)")
    arguments.add_argument("--seconds", type=float, help="length of one run under load (default 3)")
    arguments.add_argument("--delay-ms", type=float, default=0.0, help="pause of the mock engine before each chunk")
    arguments.add_argument("--no-pin", action="store_true", help="leave the placing on cores to the kernel")
    given = arguments.parse_args()
    chosen = options(
        quick=given.quick,
        rounds=given.rounds,
        seconds=given.seconds,
        delay_ms=given.delay_ms,
        pin=not given.no_pin,
    )
    print(f"Python {platform.python_version()}, {platform.machine()}; medians of {chosen.rounds} interleaved rounds")
    with tempfile.TemporaryDirectory(prefix="usina-bench-") as folder:
        for name, run in PARTS.items():
            if given.only is None or name in given.only:
                run(chosen, Path(folder))


if __name__ == "__main__":
    main()
