"""`python -m tools.reference`: write docs/reference/ from the program itself; `--check` only compares."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.reference.commands import commands_page
from tools.reference.operations import operations_page
from tools.reference.settings import settings_page

FOLDER = Path(__file__).parents[2] / "docs" / "reference"


def pages() -> dict[str, str]:
    """Every generated page: file name -> text."""
    return {"operations.md": operations_page(), "settings.md": settings_page(), "commands.md": commands_page()}


def stale() -> list[str]:
    """Names of pages that differ from what the program says now."""
    return [
        name
        for name, text in pages().items()
        if not (FOLDER / name).is_file() or (FOLDER / name).read_text("utf-8") != text
    ]


def main() -> int:
    """Write the pages, or with `--check` exit 1 where one is stale."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="compare only")
    if arguments.parse_args().check:
        names = stale()
        if names:
            print(f"stale, run `make docs`: {', '.join(names)}", file=sys.stderr)
        return 1 if names else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
