"""The page for users says of every member of Converse, every block and every family what happens to it."""

from __future__ import annotations

import re
from pathlib import Path

from usina.services import operations
from usina.services.bedrock_runtime.families import BY_PREFIX, UNSERVED
from usina.wire.models import load

PAGE = (Path(__file__).parents[3] / "docs" / "bedrock.md").read_text("utf-8")
ROW = re.compile(r"^\| `([^`]+)` \| (.*?) \|", re.MULTILINE)
MODEL = load("bedrock-runtime")


# Pages that have operations of their own, by words in their names.
ELSEWHERE = {
    "batch.md": ("ModelInvocation", "ModelImport", "ImportedModel"),
    "customization.md": ("ModelCustomization", "CustomModel", "ProvisionedModel"),
}


def rows(beginning: str) -> dict[str, str]:
    """First cell -> second cell of the table with that head."""
    table = PAGE[PAGE.index(f"| {beginning} |") :].split("\n\n", 1)[0]
    return dict(ROW.findall(table))


def test_every_member_of_converse_is_spoken_of() -> None:
    request = MODEL.input("Converse")
    assert request is not None
    assert list(rows("Member")) == [name for name, _ in request.members()]


def test_every_block_is_spoken_of() -> None:
    request = MODEL.input("Converse")
    assert request is not None
    turns = request.member("messages")
    assert turns is not None
    content = turns.element.member("content")
    assert content is not None
    assert set(rows("Block")) == {name for name, _ in content.element.members()}


def test_every_family_is_there_with_its_ids() -> None:
    known: dict[str, set[str]] = {}
    for prefix, family in BY_PREFIX:
        known.setdefault(family.name, set()).add(prefix)
    assert {name: set(re.findall(r"`([^`]+)`", ids)) for name, ids in rows("Family").items()} == known


def test_every_form_that_is_not_served_is_named() -> None:
    assert all(f"`{prefix}`" in PAGE for prefix in UNSERVED)


def test_every_control_operation_is_there_or_on_a_page_of_its_own() -> None:
    served = {name for service, name in operations() if service == "bedrock"}
    here = set(rows("Operation"))
    assert here <= served
    elsewhere = {name for name in served if any(word in name for page in ELSEWHERE for word in ELSEWHERE[page])}
    assert served - here == elsewhere
    assert all(f"({page})" in PAGE for page in ELSEWHERE)
