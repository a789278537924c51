"""Runs Smithy's protocol vectors over our codec, turned round: `python -m tools.conformance.protocols`.

Input vectors (wire form -> parameters) go through the parser, output vectors (result -> wire form) through the
serialiser. Every vector that our side answers otherwise stands in `protocol_exceptions.toml` with its reason; exit 1
where one is missing there, or stands there although it passes.
"""

from __future__ import annotations

import fnmatch
import sys
import tomllib
from collections import Counter
from pathlib import Path

from tools.conformance.protocol_input import check_input
from tools.conformance.protocol_output import check_output
from tools.conformance.protocol_vectors import cases
from tools.conformance.source import botocore_source

EXCEPTIONS = Path(__file__).with_name("protocol_exceptions.toml")
_CHECKS = {"input": check_input, "output": check_output}


def exceptions() -> dict[str, str]:
    """Names of vectors (or patterns of names) that we answer otherwise, each with the reason."""
    found: dict[str, str] = {}
    for reason in tomllib.loads(EXCEPTIONS.read_text(encoding="utf-8"))["reason"]:
        found |= dict.fromkeys(reason["vectors"], reason["why"])
    return found


def run(folder: Path) -> tuple[Counter[tuple[str, str, str]], list[str]]:
    """Counts by (side, protocol, outcome), and one line per thing to mend."""
    known = exceptions()
    used: set[str] = set()
    counts: Counter[tuple[str, str, str]] = Counter()
    wrong: list[str] = []
    for side, check in _CHECKS.items():
        for case in cases(folder, side):
            listed = next((name for name in known if fnmatch.fnmatchcase(case.name, name)), None)
            difference = check(case) if case.protocol != "ec2" else "a protocol that nothing here speaks"
            if not difference:
                counts[side, case.protocol, "passed"] += 1
                if listed == case.name:
                    wrong.append(f"{case.name}: passes, take it off the list")
            elif listed is None:
                counts[side, case.protocol, "failed"] += 1
                wrong.append(f"{case.name}: {difference}")
            else:
                counts[side, case.protocol, "excepted"] += 1
            if listed is not None:
                used.add(listed)
    wrong += [f"{name}: no such vector, take it off the list" for name in sorted(known.keys() - used)]
    return counts, wrong


def main() -> int:
    """Run all vectors, print totals by protocol and what is to be mended."""
    counts, wrong = run(botocore_source() / "tests" / "unit" / "protocols")
    for side, protocol in sorted({(side, protocol) for side, protocol, _ in counts}):
        passed, excepted, failed = (counts[side, protocol, outcome] for outcome in ("passed", "excepted", "failed"))
        print(f"{side:7} {protocol:20} {passed:4} passed {excepted:4} excepted {failed:4} failed")
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
