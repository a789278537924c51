"""Every served operation is judged, documented and tried; what is exempt is named, and a stale exemption fails."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from botocore import xform_name

from tools.reference.operations import operations_page
from usina.services import operations

TESTS = Path(__file__).parents[1]
DOCS = TESTS.parent / "docs"

# Operations that no test names yet, each with the reason. The list may only shrink.
UNTRIED: dict[str, str] = {}


@cache
def served() -> tuple[str, ...]:
    return tuple(sorted(operation.id for operation in operations().values()))


@cache
def words_of_tests() -> frozenset[str]:
    """Every word in tests of behaviour; this folder's own lists do not count as tests."""
    files = [path for path in TESTS.rglob("*") if path.suffix in {".py", ".mjs"} and "node_modules" not in path.parts]
    return frozenset(
        word
        for path in files
        if path.parent != Path(__file__).parent
        for word in re.findall(r"[A-Za-z][A-Za-z0-9_-]+", path.read_text("utf-8"))
    )


def test_something_is_served() -> None:
    assert {"bedrock-runtime:Converse", "sts:GetCallerIdentity"} <= set(served())


def test_every_operation_has_a_row_of_authorisation() -> None:
    rows = (TESTS / "law" / "authz_matrix.txt").read_text("utf-8").split()
    assert not set(served()) - set(rows)


def test_every_operation_has_its_line_in_the_reference() -> None:
    assert (DOCS / "reference" / "operations.md").read_text("utf-8") == operations_page(), "run `make docs`"


def test_every_operation_says_what_it_does() -> None:
    silent = [operation.id for operation in operations().values() if not operation.handle.__doc__]
    assert not silent


def is_tried(operation: str) -> bool:
    name = operation.partition(":")[2]
    snake = xform_name(name)
    return bool({name, snake, snake.replace("_", "-")} & words_of_tests())


def test_every_operation_is_named_by_a_test() -> None:
    untried = [operation for operation in served() if operation not in UNTRIED and not is_tried(operation)]
    assert not untried


@pytest.mark.parametrize("operation", sorted(UNTRIED) or ["(none)"])
def test_an_exemption_is_not_stale(operation: str) -> None:
    if operation == "(none)":
        return
    assert operation in served(), "no longer served: take it out of the list"
    assert not is_tried(operation), "a test names it now: take it out of the list"
