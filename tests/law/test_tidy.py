"""The size of the unit: no file over 400 lines, function over 60, class over 200; tests, bench and tools included.

Generated files are exempt by name, and an exemption that matches nothing fails: the list may only shrink.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "bench", "tools", "docs")
FILE_LINES = 400
FUNCTION_LINES = 60
CLASS_LINES = 200
GENERATED = ("src/usina/shapes/*_types.py",)
VAGUE_NAMES = frozenset({"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"})
# Words of work that was left for later. Spelt apart here, so that this page does not accuse itself.
LATER = re.compile(
    r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b"
    r"|(?i:not implemented" + r" yet|place" + r"holder (for|until)|for now" + r",? (we|this) )"
)
EMPTY = "raise NotImplemented" + "Error"


@cache
def sources() -> tuple[Path, ...]:
    """Every Python file of ours that a person wrote."""
    found = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    return tuple(
        sorted(
            path
            for path in found
            if "node_modules" not in path.parts and not any(path.relative_to(ROOT).match(form) for form in GENERATED)
        )
    )


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_of(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_longer_than_its_limit() -> None:
    long = {name(path): count for path in sources() if (count := len(path.read_text().splitlines())) > FILE_LINES}
    assert not long, f"files over {FILE_LINES} lines: {long}"


def test_no_function_and_no_class_is_longer_than_its_limit() -> None:
    long = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and lines_of(node) > FUNCTION_LINES:
                long.append(f"{name(path)}:{node.lineno} {node.name} has {lines_of(node)} lines")
            if isinstance(node, ast.ClassDef) and lines_of(node) > CLASS_LINES:
                long.append(f"{name(path)}:{node.lineno} class {node.name} has {lines_of(node)} lines")
    assert not long, "\n".join(long)


def test_every_exemption_still_matches_something() -> None:
    stale = [form for form in GENERATED if not list(ROOT.glob(form))]
    assert not stale, f"exemptions that match nothing: {stale}"


def test_no_file_has_a_name_that_says_nothing() -> None:
    vague = [name(path) for path in sources() if VAGUE_NAMES & {part.removesuffix(".py") for part in path.parts}]
    assert not vague


def test_nothing_is_left_for_later() -> None:
    left = [
        f"{name(path)}:{number} {line.strip()}"
        for path in sources()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if LATER.search(line) or (EMPTY in line and path.is_relative_to(ROOT / "src"))
    ]
    assert not left, "\n".join(left)


def test_every_error_class_says_so_in_its_name() -> None:
    wrong = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in sources()
        if path.is_relative_to(ROOT / "src")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).endswith(("Error", "Exception")) for base in node.bases)
        and not node.name.endswith("Error")
    ]
    assert not wrong


def test_the_name_of_every_test_is_a_sentence() -> None:
    short = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in sources()
        if path.is_relative_to(ROOT / "tests")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and node.name.count("_") < 3
    ]
    assert not short, "\n".join(short)


def test_the_names_of_tests_are_the_same_in_every_process(request: pytest.FixtureRequest) -> None:
    # A parameter of bytes is shown in the name of its test: those of an archive hold the second it was made in.
    odd = [item.nodeid for item in request.session.items if "\\x1f\\x8b\\x08" in item.nodeid]
    assert not odd, "give these parameters ids"
