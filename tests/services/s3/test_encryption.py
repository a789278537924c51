"""Encryption at rest with boto3's clients of S3 and KMS against a running site."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.services.s3.test_with_boto import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.s3.running import StorageSite

SECRET = b"what nobody may find on a stolen disk "


@pytest.fixture(scope="module")
def kms(site: StorageSite) -> Iterator[Any]:
    """A developer's client of KMS."""
    with closing(site.client(service="kms")) as client:
        yield client


@pytest.fixture
def key(kms: Any) -> str:
    """A key of the developer's account, by its ARN."""
    return str(kms.create_key()["KeyMetadata"]["Arn"])


def on_disk(site: StorageSite, text: bytes) -> list[str]:
    """Files of the site in which the text stands, the database and its log among them."""
    files = [path for path in site.folder.rglob("*") if path.is_file() and path.name != "site.log"]
    return [str(path.relative_to(site.folder)) for path in files if text in path.read_bytes()]


@pytest.mark.parametrize("size", [1, 100, 3_000])
def test_no_content_stands_on_the_disk_as_it_is(s3: Any, bucket: str, site: StorageSite, size: int) -> None:
    marker = SECRET + bucket.encode()
    s3.put_object(Bucket=bucket, Key="k", Body=marker * size)
    answer = s3.get_object(Bucket=bucket, Key="k")
    assert answer["ServerSideEncryption"] == "AES256"
    assert answer["Body"].read() == marker * size
    ranged = s3.get_object(Bucket=bucket, Key="k", Range="bytes=5-44")
    assert ranged["Body"].read() == (marker * 2)[5:45]
    assert on_disk(site, marker) == []


def test_an_object_under_a_kms_key_lives_and_dies_with_the_key(s3: Any, bucket: str, kms: Any, key: str) -> None:
    put = s3.put_object(Bucket=bucket, Key="k", Body=SECRET * 2_000, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"]) == ("aws:kms", key)
    assert s3.head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == key
    kms.disable_key(KeyId=key)
    assert code(s3.get_object, Bucket=bucket, Key="k") == ("KMS.DisabledException", 400)
    refused = code(s3.put_object, Bucket=bucket, Key="l", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert refused == ("KMS.DisabledException", 400)
    kms.enable_key(KeyId=key)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == SECRET * 2_000
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert code(s3.get_object, Bucket=bucket, Key="k") == ("KMS.KMSInvalidStateException", 400)


def test_aws_kms_without_a_key_is_the_key_that_s3_keeps_for_the_account(s3: Any, bucket: str, kms: Any) -> None:
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms")
    described = kms.describe_key(KeyId=put["SSEKMSKeyId"])["KeyMetadata"]
    assert described["KeyManager"] == "AWS"
    assert "alias/aws/s3" in {alias["AliasName"] for alias in kms.list_aliases()["Aliases"]}
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    with pytest.raises(ClientError, match="kept by a service"):
        kms.schedule_key_deletion(KeyId=put["SSEKMSKeyId"])


def test_a_bucket_chooses_the_key_of_what_asks_for_none(s3: Any, bucket: str, key: str) -> None:
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    chosen = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    configuration = {"Rules": [{"ApplyServerSideEncryptionByDefault": chosen, "BucketKeyEnabled": True}]}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=configuration)
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"] == configuration
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"x")["SSEKMSKeyId"] == key
    asked = s3.put_object(Bucket=bucket, Key="l", Body=b"x", ServerSideEncryption="AES256")
    assert asked["ServerSideEncryption"] == "AES256"
    s3.delete_bucket_encryption(Bucket=bucket)
    assert s3.put_object(Bucket=bucket, Key="m", Body=b"x")["ServerSideEncryption"] == "AES256"


def test_parts_and_copies_go_under_the_key_that_was_asked_for(s3: Any, bucket: str, key: str) -> None:
    begun = s3.create_multipart_upload(Bucket=bucket, Key="k", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    sent = s3.upload_part(Bucket=bucket, Key="k", UploadId=begun["UploadId"], PartNumber=1, Body=SECRET * 1_000)
    assert sent["SSEKMSKeyId"] == key
    parts = {"Parts": [{"PartNumber": 1, "ETag": sent["ETag"]}]}
    done = s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=begun["UploadId"], MultipartUpload=parts)
    assert done["SSEKMSKeyId"] == key
    copied = s3.copy_object(Bucket=bucket, Key="l", CopySource=f"{bucket}/k", ServerSideEncryption="AES256")
    assert copied["ServerSideEncryption"] == "AES256"
    assert s3.get_object(Bucket=bucket, Key="l")["Body"].read() == SECRET * 1_000


def test_a_key_that_is_not_the_accounts_is_refused_there_or_not(s3: Any, bucket: str, site: StorageSite) -> None:
    with closing(site.client("stranger", service="kms")) as stranger:
        theirs = stranger.create_key()["KeyMetadata"]["Arn"]
    none = f"{theirs.rpartition('/')[0]}/00000000-0000-4000-8000-000000000000"
    for named in (theirs, none):
        asked = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": named}
        assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"x", **asked) == ("AccessDenied", 403)
    asked = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/none"}
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"x", **asked) == ("KMS.NotFoundException", 400)
    contradiction = {"ServerSideEncryption": "AES256", "SSEKMSKeyId": "alias/none"}
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"x", **contradiction)[1] == 400


def test_a_key_policy_that_denies_reading_is_kept_to(s3: Any, bucket: str, site: StorageSite, key: str) -> None:
    account = key.split(":")[4]
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"},
    ]
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    with closing(site.client("administrator", service="kms")) as kms:
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
        assert json.loads(kms.get_key_policy(KeyId=key)["Policy"])["Statement"] == statements
    assert code(s3.get_object, Bucket=bucket, Key="k") == ("AccessDenied", 403)
