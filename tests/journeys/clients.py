"""Clients in environments of their own, and the programs that they run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.journeys.running import Factory

CLIENTS = Path(__file__).parents[2] / ".clients"
PROGRAMS = Path(__file__).with_name("programs")


def python_of(client: str) -> Path:
    """The interpreter of a client's environment; skips where it was not installed."""
    folder = CLIENTS / client
    if not (folder / ".installed").is_file():
        pytest.skip(f"{client} is not installed: `make {folder.relative_to(CLIENTS.parent)}/.installed`")
    return folder / "bin" / "python"


def run_quickly(factory: Factory, client: str, program: Path) -> str:
    """What somebody's program prints, run in its folder and with short waits (`programs/quick.py`)."""
    done = factory.program(
        str(python_of(client)),
        "-c",
        "import quick, runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')",
        str(program),
        cwd=program.parent,
        environment={"PYTHONPATH": f"{PROGRAMS}:{factory.kit()['PYTHONPATH']}"},
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
    return done.stdout


class Told:
    """What a program printed: its output, and the JSON of its last line."""

    def __init__(self, output: str) -> None:
        self.output = output
        self.result: dict[str, Any] = json.loads(output.splitlines()[-1])

    def __getitem__(self, name: str) -> Any:
        return self.result[name]


def run_program(factory: Factory, client: str, program: str, *arguments: str) -> Told:
    """Run a program with the kit in its environment. Raises AssertionError where it fails."""
    done = factory.program(str(python_of(client)), str(PROGRAMS / program), *arguments)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return Told(done.stdout)
