"""A requirements.txt names packages; where they come from it cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from usina.core.errors import ValidationError
from usina.engine.images.requirements import read_requirements

if TYPE_CHECKING:
    from pathlib import Path

TAKEN = """\ufeff# what we use
pandas>=2.2,<4          # frames
scikit-learn
uvicorn[standard, watch] ~= 0.30 ; python_version >= "3.11" and sys_platform == 'linux'
a.b-c_d===1.0+local
lathe==1.0 \\
    --hash=sha256:00ff --hash=sha256:ff00

numpy (>=2.0)
"""


def test_names_versions_markers_and_hashes_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(TAKEN)
    assert read_requirements(path) == [
        "pandas>=2.2,<4",
        "scikit-learn",
        "uvicorn[standard, watch] ~= 0.30 ; python_version >= \"3.11\" and sys_platform == 'linux'",
        "a.b-c_d===1.0+local",
        "lathe==1.0      --hash=sha256:00ff --hash=sha256:ff00",
        "numpy (>=2.0)",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://elsewhere.invalid/simple",
        "--extra-index-url=https://elsewhere.invalid/simple",
        "-f /srv",
        "--find-links file:///etc",
        "-r /etc/passwd",
        "-c other.txt",
        "-e .",
        "--no-binary :all:",
        "lathe --no-binary :all:",
        "lathe --config-settings a=b",
        "lathe @ https://elsewhere.invalid/lathe.whl",
        "lathe @ file:///etc/passwd",
        "git+https://elsewhere.invalid/lathe.git",
        "https://elsewhere.invalid/lathe.whl",
        "./lathe-1.0-py3-none-any.whl",
        "../../etc",
        "/etc/passwd",
        "lathe==${PIP_INDEX_URL}",
        "$PIP_INDEX_URL",
        "lathe==1.0; import os",
        "lathe lathe",
        "-",
        "lathe-",
        "[extra]",
        "lathe==1.0 --hash=md5:00",
    ],
)
def test_a_line_that_says_more_is_refused_by_its_text(tmp_path: Path, line: str) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(f"pandas\n{line}\n")
    if line.startswith("lathe==1.0; import"):
        assert read_requirements(path)[1] == line, "a marker of that form is pip's to refuse: it names no place"
        return
    with pytest.raises(ValidationError, match="is not taken"):
        read_requirements(path)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a\n" * 40_000, b"a\n" * 501])
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "requirements.txt"
    path.write_bytes(content)
    with pytest.raises(ValidationError, match=r"requirements\.txt"):
        read_requirements(path)


def test_comments_alone_ask_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("# nothing\n\n   \n")
    assert read_requirements(path) == []
