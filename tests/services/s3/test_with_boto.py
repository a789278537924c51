"""boto3 as it is, over http (bodies signed whole) and https (bodies in chunks), against a site that runs."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services.s3.running import StorageSite

MEBIBYTE = 1_048_576
KEYS = ["plain", "a b/ü?#%.txt", "../../etc/passwd", "/", "//x", "tab\tnew\nline", "\N{GRINNING FACE}", "%2F"]
KEYS.append("x" * 1024)


def code(call: Callable[..., Any], **asked: Any) -> tuple[str, int]:
    """Code and status of a refusal."""
    with pytest.raises(ClientError) as refused:
        call(**asked)
    response = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("key", KEYS)
def test_any_key_names_its_object_and_nothing_else(s3: Any, bucket: str, key: str, site: StorageSite) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert {path.name for path in (site.folder / "objects").iterdir()} == {"new", *(f"{n:02x}" for n in range(256))}


def test_what_was_said_of_an_object_comes_back_with_it(s3: Any, bucket: str) -> None:
    put = s3.put_object(
        Bucket=bucket,
        Key="k",
        Body=b"hello",
        ContentType="text/plain",
        CacheControl="no-store",
        ContentLanguage="de",
        Metadata={"colour": "blue"},
        Tagging="a=1&b=2",
        StorageClass="STANDARD_IA",
    )
    assert put["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    assert put["ChecksumCRC32"] == base64.b64encode(zlib.crc32(b"hello").to_bytes(4)).decode()
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"hello"
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    for answer in (got, head):
        assert answer["ContentLength"] == 5
        assert answer["ContentType"] == "text/plain"
        assert answer["CacheControl"] == "no-store"
        assert answer["ContentLanguage"] == "de"
        assert answer["Metadata"] == {"colour": "blue"}
        assert answer["StorageClass"] == "STANDARD_IA"
        assert answer["ChecksumCRC32"] == put["ChecksumCRC32"]
        assert "ContentEncoding" not in answer
    assert got["TagCount"] == 2


@pytest.mark.parametrize("size", [0, 1, 16_384, 16_385, MEBIBYTE, 3 * MEBIBYTE + 17])
def test_content_of_any_size_comes_back_whole(s3: Any, bucket: str, size: int) -> None:
    body = os.urandom(size)
    put = s3.put_object(Bucket=bucket, Key="k", Body=body)
    assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body


def test_a_file_goes_up_in_parts_and_down_in_parts(s3: Any, bucket: str) -> None:
    body = os.urandom(20 * MEBIBYTE)
    config = TransferConfig(multipart_threshold=5 * MEBIBYTE, multipart_chunksize=5 * MEBIBYTE, max_concurrency=4)
    s3.upload_fileobj(io.BytesIO(body), bucket, "big", Config=config)
    down = io.BytesIO()
    s3.download_fileobj(bucket, "big", down, Config=config)
    assert down.getvalue() == body
    digests = b"".join(hashlib.md5(body[at : at + 5 * MEBIBYTE]).digest() for at in range(0, len(body), 5 * MEBIBYTE))
    head = s3.head_object(Bucket=bucket, Key="big", PartNumber=2)
    assert head["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-4"'
    assert (head["PartsCount"], head["ContentLength"]) == (4, 5 * MEBIBYTE)
    across = s3.get_object(Bucket=bucket, Key="big", Range=f"bytes={5 * MEBIBYTE - 3}-{5 * MEBIBYTE + 2}")
    assert across["Body"].read() == body[5 * MEBIBYTE - 3 : 5 * MEBIBYTE + 3]
    attributes = s3.get_object_attributes(Bucket=bucket, Key="big", ObjectAttributes=["ObjectParts", "ObjectSize"])
    assert (attributes["ObjectParts"]["TotalPartsCount"], attributes["ObjectSize"]) == (4, len(body))


@pytest.mark.parametrize(
    ("asked", "expected", "header"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=3-5", b"345", "bytes 3-5/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-4", b"6789", "bytes 6-9/10"),
        ("bytes=5-99", b"56789", "bytes 5-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
        ("lines=1-2", b"0123456789", None),
        ("bytes=5-2", b"0123456789", None),
    ],
)
def test_a_range_brings_these_bytes(s3: Any, bucket: str, asked: str, expected: bytes, header: str | None) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    got = s3.get_object(Bucket=bucket, Key="k", Range=asked)
    assert got["Body"].read() == expected
    assert got.get("ContentRange") == header
    assert got["ResponseMetadata"]["HTTPStatusCode"] == (200 if header is None else 206)


def test_a_range_behind_the_end_is_refused(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    assert code(s3.get_object, Bucket=bucket, Key="k", Range="bytes=10-") == ("InvalidRange", 416)


def test_an_object_is_written_only_if_it_is_not_there_or_is_the_one_meant(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"one", IfNoneMatch="*")["ETag"]
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"two", IfNoneMatch="*") == ("PreconditionFailed", 412)
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"two", IfMatch='"0"') == ("PreconditionFailed", 412)
    assert code(s3.put_object, Bucket=bucket, Key="not-there", Body=b"two", IfMatch=etag) == ("NoSuchKey", 404)
    s3.put_object(Bucket=bucket, Key="k", Body=b"two", IfMatch=etag)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"two"


def test_an_object_is_read_only_under_the_conditions_of_the_request(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["ETag"]
    assert s3.get_object(Bucket=bucket, Key="k", IfMatch=etag)["Body"].read() == b"one"
    assert code(s3.get_object, Bucket=bucket, Key="k", IfMatch='"0"') == ("PreconditionFailed", 412)
    assert code(s3.get_object, Bucket=bucket, Key="k", IfNoneMatch=etag) == ("304", 304)
    assert code(s3.head_object, Bucket=bucket, Key="k", IfNoneMatch=etag) == ("304", 304)
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    assert code(s3.get_object, Bucket=bucket, Key="k", IfModifiedSince=modified) == ("304", 304)
    assert s3.get_object(Bucket=bucket, Key="k", IfUnmodifiedSince=modified)["Body"].read() == b"one"


@pytest.mark.parametrize("signature", ["s3v4", "s3"])
def test_a_presigned_url_reads_and_writes_without_keys(site: StorageSite, bucket: str, signature: str) -> None:
    with closing(site.client(signature_version=signature)) as s3:
        put = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "a b"}, ExpiresIn=60)
        get = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b"}, ExpiresIn=60)
    assert ("X-Amz-Signature=" in put) is (signature == "s3v4")
    with urllib3.PoolManager() as web:
        assert web.request("PUT", put, body=b"hello" * 10_000).status == 200
        assert web.request("GET", get).data == b"hello" * 10_000
        assert web.request("GET", get.replace("a%20b", "other")).status == 403


def test_a_listing_comes_in_pages_in_the_order_of_bytes(s3: Any, bucket: str) -> None:
    folders = ("a", "b", "é", "\uffff", "\U00010000")
    keys = ["a-", *(f"{folder}/{number:02}" for folder in folders for number in range(5))]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 7}))
    assert [each["Key"] for page in pages for each in page["Contents"]] == sorted(keys, key=str.encode)
    assert [len(page["Contents"]) for page in pages] == [7, 7, 7, 5]
    old = s3.get_paginator("list_objects").paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 2})
    seen = [each for page in old for each in page.get("CommonPrefixes", []) + page.get("Contents", [])]
    names = sorted((each.get("Prefix", each.get("Key")) for each in seen), key=str.encode)
    assert names == ["a-", "a/", "b/", "é/", "\uffff/", "\U00010000/"]
    assert s3.list_objects_v2(Bucket=bucket, Prefix="b/", StartAfter="b/02")["KeyCount"] == 2
    assert s3.list_objects_v2(Bucket=bucket, Prefix="nothing")["KeyCount"] == 0


def test_a_copy_keeps_what_was_said_or_takes_other_words(s3: Any, bucket: str) -> None:
    said = {"Metadata": {"n": "1"}, "ContentType": "text/x", "Tagging": "t=1"}
    s3.put_object(Bucket=bucket, Key="a ü", Body=b"x" * 20_000, **said)
    s3.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "a ü"})
    copied = s3.get_object(Bucket=bucket, Key="b")
    assert copied["Body"].read() == b"x" * 20_000
    assert (copied["Metadata"], copied["ContentType"], copied["TagCount"]) == ({"n": "1"}, "text/x", 1)
    itself = {"Bucket": bucket, "Key": "b", "CopySource": {"Bucket": bucket, "Key": "b"}}
    assert code(s3.copy_object, **itself)[0] == "InvalidRequest"
    s3.copy_object(**itself, MetadataDirective="REPLACE", Metadata={"n": "2"})
    assert s3.head_object(Bucket=bucket, Key="b")["Metadata"] == {"n": "2"}


def test_objects_are_deleted_one_by_one_and_many_at_once(s3: Any, bucket: str) -> None:
    for number in range(5):
        s3.put_object(Bucket=bucket, Key=str(number), Body=b"")
    s3.delete_object(Bucket=bucket, Key="0")
    s3.delete_object(Bucket=bucket, Key="never there")
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "1"}, {"Key": "2"}, {"Key": "none"}]})
    assert {each["Key"] for each in deleted["Deleted"]} == {"1", "2", "none"}
    assert "Deleted" not in s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "3"}], "Quiet": True})
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["4"]


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256", "SHA512"])
def test_a_checksum_is_checked_kept_and_told(s3: Any, bucket: str, algorithm: str) -> None:
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ChecksumAlgorithm=algorithm)
    told = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert told[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"]
    wrong = {f"Checksum{algorithm}": put[f"Checksum{algorithm}"]}
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"other", **wrong) == ("BadDigest", 400)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"hello"


def test_a_body_that_is_not_what_its_md5_says_is_not_stored(s3: Any, bucket: str) -> None:
    md5 = base64.b64encode(hashlib.md5(b"hello").digest()).decode()
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ContentMD5=md5)
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"x" * 50_000, ContentMD5=md5) == ("BadDigest", 400)
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"", ContentMD5="nonsense") == ("InvalidDigest", 400)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"hello"


def test_what_is_not_there_is_said_as_s3_says_it(s3: Any, bucket: str) -> None:
    assert code(s3.get_object, Bucket=bucket, Key="none") == ("NoSuchKey", 404)
    assert code(s3.head_object, Bucket=bucket, Key="none") == ("404", 404)
    assert code(s3.get_object, Bucket="no-such-bucket-here", Key="k") == ("NoSuchBucket", 404)
    assert code(s3.head_bucket, Bucket="no-such-bucket-here") == ("404", 404)
    assert code(s3.put_object, Bucket="no-such-bucket-here", Key="k", Body=b"x" * 50_000) == ("NoSuchBucket", 404)
    assert code(s3.put_object, Bucket=bucket, Key="x" * 1025, Body=b"") == ("KeyTooLongError", 400)
    assert code(s3.get_bucket_website, Bucket=bucket) == ("NotImplemented", 501)


@pytest.mark.parametrize(
    "asked",
    [
        {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32},
        {"ACL": "public-read"},
        {"StorageClass": "GLACIER"},
    ],
)
def test_what_would_not_be_kept_is_not_promised(s3: Any, bucket: str, asked: dict[str, str]) -> None:
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"", **asked)[0] in {
        "NotImplemented",
        "AccessControlListNotSupported",
        "InvalidStorageClass",
    }
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
