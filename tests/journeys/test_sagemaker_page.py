"""The programs of docs/sagemaker.md run as they stand there, in the order of the page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.journeys.clients import run_quickly
from tests.journeys.test_readme import block

if TYPE_CHECKING:
    from tests.journeys.running import Factory

pytestmark = pytest.mark.usefixtures("confined")
PAGE = Path(__file__).parents[2] / "docs" / "sagemaker.md"


@pytest.fixture(scope="module")
def folder(factory: Factory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a reader of the page works: the role is made, the script is written."""
    made = tmp_path_factory.mktemp("reader")
    (made / "source").mkdir()
    (made / "source" / "train.py").write_text(block("python", "`source/train.py`", PAGE))
    (made / "role.py").write_text(block("python", "## Once", PAGE))
    done = factory.program(sys.executable, "role.py", cwd=made)
    assert done.returncode == 0, done.stderr
    return made


def run(factory: Factory, folder: Path, client: str, heading: str) -> str:
    """What the program after that heading prints."""
    (folder / "program.py").write_text(block("python", heading, PAGE))
    return run_quickly(factory, client, folder / "program.py")


def test_the_program_for_version_2_tunes_deploys_and_predicts(factory: Factory, folder: Path) -> None:
    assert "[0 2]" in run(factory, folder, "sdk2", "## Version 2 of the SDK")


def test_the_program_for_version_3_trains_builds_deploys_and_invokes(factory: Factory, folder: Path) -> None:
    assert "[0, 2]" in run(factory, folder, "sdk3", "## Version 3 of the SDK")
