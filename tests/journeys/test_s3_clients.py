"""S3 through clients that people work with: `aws s3` and s3fs, as processes of their own against a running factory."""

from __future__ import annotations

import os
import ssl
import uuid
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.journeys.clients import run_program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.journeys.running import Factory

ODD = ("ä ö.txt", "plus+and space.txt", "per%20cent.txt", "quote'&=;,@$.txt", "日本/語.txt", "paren(1)[2]{3}.txt")
LARGE_BYTES = 40_000_000  # the CLI sends more than 8 MB in parts


@pytest.fixture
def aws(factory: Factory, tmp_path: Path) -> Callable[..., str]:
    """Runs `aws s3 ...` in the test's folder; gives what it printed."""

    def run(*arguments: str) -> str:
        done = factory.program("aws", "s3", *arguments, cwd=tmp_path)
        assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    return run


def tree(folder: Path) -> dict[str, bytes]:
    """The files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_sync_sends_what_changed_and_once(aws: Callable[..., str], tmp_path: Path) -> None:
    bucket, here = f"s3://sync-{uuid.uuid4()}", tmp_path / "here"
    for name in (*ODD, "sub/folder/deep.txt", "gone.txt"):
        path = here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, "utf-8")
    (here / "large.bin").write_bytes(os.urandom(LARGE_BYTES))
    aws("mb", bucket)
    first = aws("sync", "here", f"{bucket}/tree", "--no-progress")
    assert first.count("upload: ") == len(ODD) + 3
    assert aws("sync", "here", f"{bucket}/tree", "--no-progress") == ""
    (here / "gone.txt").unlink()
    (here / "sub/folder/deep.txt").write_text("changed: longer than before", "utf-8")
    second = aws("sync", "here", f"{bucket}/tree", "--delete", "--no-progress").splitlines()
    assert sorted(line.partition(":")[0] for line in second) == ["delete", "upload"]
    aws("sync", f"{bucket}/tree", "there", "--no-progress")
    assert tree(tmp_path / "there") == tree(here)
    assert aws("sync", f"{bucket}/tree", "there", "--no-progress") == ""
    aws("rb", bucket, "--force")


def test_objects_are_copied_moved_listed_linked_and_removed(
    aws: Callable[..., str], factory: Factory, tmp_path: Path
) -> None:
    bucket, here = f"s3://acts-{uuid.uuid4()}", tmp_path / "here"
    (here / "sub").mkdir(parents=True)
    for name in ("a.txt", "b.log", "sub/c.txt"):
        (here / name).write_text(name, "utf-8")
    aws("mb", bucket)
    aws("cp", "here", f"{bucket}/in", "--recursive", "--exclude", "*.log", "--no-progress")
    aws("cp", f"{bucket}/in", f"{bucket}/copied", "--recursive", "--no-progress")
    aws("mv", f"{bucket}/in/a.txt", f"{bucket}/moved/a.txt", "--no-progress")
    keys = [line.split(maxsplit=3)[3] for line in aws("ls", bucket, "--recursive").splitlines()]
    assert keys == ["copied/a.txt", "copied/sub/c.txt", "in/sub/c.txt", "moved/a.txt"]
    assert [line.strip() for line in aws("ls", f"{bucket}/").splitlines()] == ["PRE copied/", "PRE in/", "PRE moved/"]
    link = aws("presign", f"{bucket}/moved/a.txt", "--expires-in", "60").strip()
    trust = ssl.create_default_context(cafile=factory.kit()["AWS_CA_BUNDLE"])
    assert httpx.get(link, verify=trust, trust_env=False).text == "a.txt"
    assert httpx.get(link.replace("a.txt", "b.txt"), verify=trust, trust_env=False).status_code == 403
    aws("rm", f"{bucket}/copied", "--recursive", "--exclude", "*/c.txt")
    assert "copied/a.txt" not in (left := aws("ls", bucket, "--recursive"))
    assert "copied/sub/c.txt" in left
    missing = factory.program("aws", "s3", "cp", f"{bucket}/nothing.txt", "-", cwd=tmp_path)
    assert missing.returncode == 1
    assert "Not Found" in missing.stderr
    aws("rb", bucket, "--force")


def test_a_file_system_of_s3fs_reads_and_writes_as_on_a_disk(factory: Factory) -> None:
    bucket = f"s3fs-{uuid.uuid4()}"
    told = run_program(factory, "s3fs", "s3fs_objects.py", bucket)
    assert told["lines"] == ["one", "two"]
    assert told["appended"] == "one\ntwo\nthree\n"
    assert told["large"]
    assert told["middle"]
    assert told["etag_of_parts"]
    assert told["size"] == 24 << 20
    assert told["listed"] == [f"{bucket}/notes/{name}.txt" for name in ("first", "moved", "second")]
    assert told["folders"] == [f"{bucket}/{name}" for name in ("back", "copies", "large.bin", "notes", "odd")]
    assert len(told["globbed"]) == 7
    assert told["fetched"] == ["notes/first.txt", "notes/moved.txt", "notes/second.txt"]
    assert told["odd"] == "odd"
    assert told["missing"] == "FileNotFoundError"
    assert told["exists"] == [False, True, True]
    assert told["left"] is False
