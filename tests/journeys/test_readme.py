"""The program that the README shows runs as it stands there and prints what the README says."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.journeys.running import Factory

README = Path(__file__).parents[2] / "README.md"


def block(language: str, after: str) -> str:
    """The first fenced block of that language after some words."""
    text = README.read_text("utf-8").partition(after)[2]
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found is not None, f"no {language} block after {after!r}"
    return found[1]


def shape(text: str) -> str:
    """Text without what differs from site to site and from model to model."""
    masked = re.sub(r"^.*? (?=\{)", "TEXT ", text.strip(), flags=re.MULTILINE)
    return re.sub(r"\d+", "N", masked)


def test_the_program_of_the_readme_prints_what_the_readme_says(factory: Factory, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(block("python", "## A program for Amazon Bedrock"))
    assert len(program.read_text().splitlines()) <= 10
    done = factory.program(sys.executable, str(program))
    assert done.returncode == 0, done.stderr
    assert shape(done.stdout) == shape(block("text", "import boto3"))


def test_a_start_shows_what_the_readme_says_it_shows(factory: Factory) -> None:
    shown = factory.log.read_text()
    for line in block("text", "`make up` ends like this").splitlines():
        word = line.split("  ")[0]
        assert word in shown, f"{word!r} is not shown any more"
