"""The program that the README shows runs as it stands there and prints what the README says."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.journeys.clients import run_quickly

if TYPE_CHECKING:
    from tests.journeys.running import Factory

README = Path(__file__).parents[2] / "README.md"


def block(language: str, after: str, page: Path = README) -> str:
    """The first fenced block of that language after some words."""
    text = page.read_text("utf-8").partition(after)[2]
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


@pytest.mark.usefixtures("confined")
def test_the_readme_trains_deploys_and_predicts_in_ten_lines(factory: Factory, tmp_path: Path) -> None:
    heading = "## Train, deploy, predict"
    (tmp_path / "train.py").write_text(block("python", heading))
    program = tmp_path / "program.py"
    program.write_text(block("python", "Once: an image"))
    assert len(program.read_text().splitlines()) <= 10
    install, commands = block("sh", heading).split("\n", 1)
    images = json.loads(factory.command("images", "list", "--json").stdout)
    assert install.rpartition(" ")[2] in {image["imageName"] for image in images if image["state"] == "READY"}
    prepared = factory.program("bash", "-ec", commands)
    assert prepared.returncode == 0, prepared.stderr
    assert run_quickly(factory, "sdk2", program).endswith(block("text", "Once: an image"))
