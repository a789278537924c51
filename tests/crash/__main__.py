"""`make crash`: a factory that is killed fifty times under its clients, and the seed to have them again."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

from tests.crash.campaign import Campaign
from tests.journeys.running import Factory, free_ports


def main() -> int:
    """Run it; an AssertionError says what was not kept."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--kills", type=int, default=50)
    arguments.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    given = arguments.parse_args()

    def tell(line: str) -> None:
        sys.stderr.write(f"\r{line}   ")
        sys.stderr.flush()

    tell(f"seed {given.seed}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        factory = Factory(Path(folder) / "home", *free_ports())
        factory.start()
        try:
            report = Campaign(factory, given.seed, long=True).run(given.kills, tell)
        finally:
            factory.stop()
    sys.stdout.write("\n" + "\n".join(report.lines()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
