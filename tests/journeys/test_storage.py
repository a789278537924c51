"""S3 with the kit's environment and nothing else: boto3 and the AWS CLI against the whole factory."""

from __future__ import annotations

import os
import uuid
from contextlib import closing
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.running import Factory


def test_a_file_goes_up_with_boto3_and_comes_down_with_the_command_line(
    factory: Factory, kit: dict[str, str], tmp_path: Path
) -> None:
    assert kit
    bucket, body = f"journey-{uuid.uuid4()}", os.urandom(20_000_000)
    (tmp_path / "up.bin").write_bytes(body)
    with closing(boto3.Session().client("s3")) as s3:
        s3.create_bucket(Bucket=bucket)
        s3.upload_file(str(tmp_path / "up.bin"), bucket, "folder/file.bin")
        head = s3.head_object(Bucket=bucket, Key="folder/file.bin")
        assert head["ContentLength"] == len(body)
    copied = factory.program("aws", "s3", "cp", f"s3://{bucket}/folder/file.bin", "down.bin", cwd=tmp_path)
    assert copied.returncode == 0, copied.stdout + copied.stderr
    assert (tmp_path / "down.bin").read_bytes() == body
    removed = factory.program("aws", "s3", "rb", f"s3://{bucket}", "--force", cwd=tmp_path)
    assert removed.returncode == 0, removed.stdout + removed.stderr


def test_what_was_stored_is_in_the_ledger_by_name_and_not_by_content(factory: Factory, kit: dict[str, str]) -> None:
    assert kit
    bucket = f"journey-{uuid.uuid4()}"
    with closing(boto3.Session().client("s3")) as s3:
        s3.create_bucket(Bucket=bucket)
        answer = s3.put_object(Bucket=bucket, Key="secret.txt", Body=b"nobody reads this in the ledger")
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-usina-record"]
    written = b"".join(path.read_bytes() for path in (factory.home / "ledger").rglob("*") if path.is_file())
    assert f"arn:aws:s3:::{bucket}/secret.txt".encode() in written
    assert b"nobody reads this" not in written
