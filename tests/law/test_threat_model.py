"""The threat model is no list of good intentions: every row names a test that attacks, or says that nothing holds."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "threat-model.md"
HEADS = ("", "threat", "what holds against it", "what does not", "test that attacks")
DOORS = (
    "Front door",
    "Accounts, roles and ids",
    "Ledger",
    "Database",
    "Objects on disk",
    "Keys: KMS and keyring",
    "Model files",
    "Jobs and endpoints",
    "Engines",
    "The way out",
    "Cloud link",
    "Client kit and command line",
    "Operators",
    "Installed software",
    "Evidence",
)
STRIDE = frozenset("STRIDE")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
NOT_HELD = re.compile(r"not held: \S.{20,}")


@dataclass(frozen=True)
class Threat:
    """One row of the page."""

    door: str
    kinds: str
    cells: tuple[str, ...]

    @property
    def proof(self) -> str:
        """What the last column says."""
        return self.cells[-1]


def threats(text: str) -> list[Threat]:
    """Every row of every table under a door."""
    found, door = [], ""
    for line in text.splitlines():
        if line.startswith("## "):
            door = line.removeprefix("## ").strip()
        elif line.startswith("|"):
            cells = tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
            if cells != HEADS and set(line) - set("|- "):
                found.append(Threat(door, cells[0], cells))
    return found


ROWS = threats(PAGE.read_text("utf-8"))


@cache
def names_in(path: str) -> frozenset[str]:
    """Names of the tests in a file; none where it is not there."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    nodes = ast.walk(ast.parse(file.read_text("utf-8")))
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def wrong(threat: Threat) -> str:
    """What is wrong with a row; empty where nothing is."""
    if len(threat.cells) != len(HEADS) or not all(threat.cells):
        return f"a row has {len(HEADS)} cells, none of them empty"
    if not set(threat.kinds) <= STRIDE:
        return f"{threat.kinds} is not of {''.join(STRIDE)}"
    named = NAMED.findall(threat.proof)
    missing = [f"{path}::{name}" for path, name in named if name not in names_in(path)]
    if missing:
        return f"these tests do not exist: {missing}"
    return "" if named or NOT_HELD.fullmatch(threat.proof) else "it names no test, and does not say `not held: REASON`"


@pytest.mark.parametrize("threat", ROWS, ids=lambda threat: f"{threat.door}: {threat.cells[1][:40]}")
def test_every_threat_names_a_test_that_is_there_or_says_why_none_is(threat: Threat) -> None:
    assert not wrong(threat)


def test_every_door_has_its_threats_and_every_kind_of_threat_is_thought_of() -> None:
    assert {threat.door for threat in ROWS} == set(DOORS)
    assert set().union(*(threat.kinds for threat in ROWS)) == STRIDE


def test_what_the_page_says_is_not_held_is_few_and_what_is_held_is_most() -> None:
    open_ones = [threat for threat in ROWS if not NAMED.search(threat.proof)]
    assert open_ones, "a threat model without anything open is not an honest one"
    assert len(open_ones) * 3 < len(ROWS)


@pytest.mark.parametrize(
    ("proof", "problem"),
    [
        ("", "none of them empty"),
        ("trust us", "names no test"),
        ("not held: ", "names no test"),
        ("`tests/law/test_threat_model.py::test_that_nobody_wrote`", "do not exist"),
        ("`tests/none.py::test_every_door_has_its_threats`", "do not exist"),
    ],
)
def test_a_row_without_a_proof_is_found(proof: str, problem: str) -> None:
    (row,) = threats(f"## Ledger\n| S | a threat | this | that | {proof} |\n")
    assert problem in wrong(row)
