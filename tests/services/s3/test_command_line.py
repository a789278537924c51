"""The AWS CLI as it is: what people type to move files."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.services.s3.running import StorageSite


@pytest.fixture(params=["http", "https"])
def aws(request: pytest.FixtureRequest, site: StorageSite, tmp_path: Path) -> Callable[..., str]:
    """Runs `aws s3 ...` in a folder of its own; gives what it wrote."""

    def run(*arguments: str) -> str:
        done = subprocess.run(
            ["aws", *arguments],
            env=site.environment(tls=request.param == "https"),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_files_go_up_are_listed_come_down_and_are_removed(aws: Callable[..., str], bucket: str, tmp_path: Path) -> None:
    big = os.urandom(20_000_000)
    (tmp_path / "big.bin").write_bytes(big)
    aws("s3", "cp", "big.bin", f"s3://{bucket}/deep/big.bin", "--quiet")
    listed = aws("s3", "ls", f"s3://{bucket}", "--recursive", "--summarize")
    assert "deep/big.bin" in listed
    assert "Total Size: 20000000" in listed
    assert "PRE deep/" in aws("s3", "ls", f"s3://{bucket}")
    aws("s3", "cp", f"s3://{bucket}/deep/big.bin", f"s3://{bucket}/copy.bin", "--quiet")
    aws("s3", "cp", f"s3://{bucket}/copy.bin", "back.bin", "--quiet")
    assert (tmp_path / "back.bin").read_bytes() == big
    aws("s3", "mv", f"s3://{bucket}/copy.bin", f"s3://{bucket}/moved.bin", "--quiet")
    aws("s3", "rm", f"s3://{bucket}", "--recursive", "--quiet")
    assert aws("s3", "ls", f"s3://{bucket}", "--recursive", "--summarize").split()[2] == "0"


def test_a_folder_is_kept_the_same_on_both_sides(aws: Callable[..., str], bucket: str, tmp_path: Path) -> None:
    folder = tmp_path / "from"
    for number in range(5):
        path = folder / f"sub {number % 2}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(number))
    assert aws("s3", "sync", "from", f"s3://{bucket}/in").count("upload:") == 5
    assert aws("s3", "sync", "from", f"s3://{bucket}/in") == ""
    (folder / "sub 1" / "1.txt").unlink()
    assert aws("s3", "sync", "from", f"s3://{bucket}/in", "--delete").count("delete:") == 1
    aws("s3", "sync", f"s3://{bucket}/in", "to", "--quiet")
    assert {path.relative_to(folder) for path in folder.rglob("*.txt")} == {
        path.relative_to(tmp_path / "to") for path in (tmp_path / "to").rglob("*.txt")
    }


def test_a_bucket_is_made_and_removed(aws: Callable[..., str], bucket: str) -> None:
    aws("s3", "mb", f"s3://{bucket}-cli")
    assert f"{bucket}-cli" in aws("s3", "ls")
    aws("s3", "rb", f"s3://{bucket}-cli")
    assert f"{bucket}-cli" not in aws("s3", "ls")
