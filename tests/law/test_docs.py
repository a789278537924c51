"""What the pages say is there is there: links lead somewhere, code parses, every command and setting is described."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tools.reference.__main__ import stale

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
FENCE = re.compile(r"^( *)```(\w+)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
PARSERS: dict[str, Callable[[str], object]] = {
    "python": ast.parse,
    "toml": tomllib.loads,
    "json": json.loads,
}


def page_name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(path: Path) -> set[str]:
    """Anchors of a page's headings, in the form that the site generator makes."""
    text = FENCE.sub("", path.read_text("utf-8"))
    heads = re.findall(r"^#+ +(.+?)\s*$", text, re.MULTILINE)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", head.lower()).strip()) for head in heads}


def blocks() -> list[tuple[str, str, str]]:
    """(page, language, code) of every fenced block that has a language."""
    return [
        (page_name(page), language, re.sub(rf"^{indent}", "", code, flags=re.MULTILINE))
        for page in PAGES
        for indent, language, code in FENCE.findall(page.read_text("utf-8"))
    ]


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
        target, _, anchor = link.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        path = (page.parent / target).resolve() if target else page
        if not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(path)):
            broken.append(link)
    assert not broken


def test_every_code_block_parses() -> None:
    for page, language, code in blocks():
        if language in PARSERS:
            try:
                PARSERS[language](code)
            except (SyntaxError, ValueError) as error:
                pytest.fail(f"{page}: a {language} block does not parse: {error}\n{code}")


def test_every_shell_block_parses() -> None:
    for page, language, code in blocks():
        if language in {"sh", "bash", "shell"}:
            done = subprocess.run(["bash", "-n"], input=code, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{page}: {done.stderr}\n{code}"


def test_every_make_target_that_is_written_about_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    told = {target for page in PAGES for target in re.findall(r"`make ([a-z]+)[^`]*`", page.read_text("utf-8"))}
    assert told <= targets


def test_every_page_is_in_the_navigation() -> None:
    def files(entry: object) -> set[str]:
        if isinstance(entry, str):
            return {entry}
        children = entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ()
        return set().union(*(files(child) for child in children)) if children else set()

    navigation = files(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"])
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in PAGES if path.is_relative_to(ROOT / "docs")}
    assert navigation == pages


def test_the_reference_of_commands_settings_and_operations_is_what_the_program_says() -> None:
    assert not stale(), "run `make docs`"
