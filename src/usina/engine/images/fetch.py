"""Fetches wheels for a stranger's requirements: `python -m usina.engine.images.fetch ORDER`, run as a child.

ORDER is a JSON file: `python` (of the environment they are for), `wanted` (lines), `into` (a folder), `most_bytes`,
`seconds`. Packages that the environment has are not fetched. Nothing of a package runs: pip reads what wheels say of
themselves, and no other form of a package is taken. `result.json` beside ORDER says what became of it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usina.core.clock import SystemClock
from usina.engine.images.child import leave
from usina.engine.images.folder import size_of
from usina.engine.images.pip import InstallError, facts_of, pip
from usina.engine.images.places import hidden

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Fetch them; 1 where they could not be had."""
    path = Path(arguments[0])
    order = json.loads(path.read_text("utf-8"))
    result: dict[str, Any]
    try:
        result = {"packages": fetch(order, path.parent)}
    except (InstallError, OSError) as error:
        result = {"error": hidden(str(error))}
    return leave(path.parent, result)


def fetch(order: dict[str, Any], work: Path) -> list[dict[str, str]]:
    """Find out what is missing, and fetch exactly that; gives what it is.

    Raises: InstallError.
    """
    clock, into = SystemClock(), Path(order["into"])
    ends_at = clock.monotonic() + order["seconds"]

    def watch(_count: int) -> None:
        if size_of(work) > order["most_bytes"]:
            raise InstallError(f"the packages are larger than {order['most_bytes']} bytes together")
        if clock.monotonic() > ends_at:
            raise InstallError(f"the packages were not there after {order['seconds']} seconds")

    python, wanted = Path(order["python"]), work / "wanted.txt"
    wanted.write_text("".join(f"{line}\n" for line in order["wanted"]), "utf-8")
    found = [facts_of(each) for each in pip(python, work, "install", ["--dry-run", "-r", str(wanted)], watch)]
    watch(len(found))
    if not found:
        return []
    exact = work / "exact.txt"
    exact.write_text("".join(f"{each['name']}=={each['version']}{_hash(each)}\n" for each in found), "utf-8")
    hashed = ["--require-hashes"] if all(each["sha256"] for each in found) else []
    pip(python, work, "download", ["--no-deps", *hashed, "--dest", str(into), "-r", str(exact)], watch)
    watch(len(found))
    return found


def _hash(package: dict[str, str]) -> str:
    return f" --hash=sha256:{package['sha256']}" if package["sha256"] else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
