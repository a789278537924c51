"""A `Permitted` is the proof that policy said yes: one file makes it, and every proof is made by its own stage."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "usina"
STAGES = "pipeline/stages"
PROOFS = {
    "Permitted": f"{STAGES}/authorise.py",
    "Parsed": f"{STAGES}/parse.py",
    "Authenticated": f"{STAGES}/authenticate.py",
    "Recorded": f"{STAGES}/record.py",
}


def constructors_of(proof: str) -> set[str]:
    """Files that call the class, by its name or as an attribute, or that copy one with other fields."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == proof:
                found.add(path.relative_to(SOURCE).as_posix())
    return found


@pytest.mark.parametrize("proof", sorted(PROOFS))
def test_a_proof_is_made_by_its_own_stage_only(proof: str) -> None:
    assert constructors_of(proof) == {PROOFS[proof]}


def test_no_stage_makes_a_proof_by_copying_another() -> None:
    copied = [
        path.name
        for path in (SOURCE / "pipeline").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"replace", "dataclasses.replace", "copy.copy"}
    ]
    assert not copied
