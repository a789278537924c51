"""Uploads in parts: any order, parts replaced and copied, checksums of parts and whole, what S3 refuses."""

from __future__ import annotations

import base64
import os
import zlib
from typing import Any

from tests.services.s3.test_with_boto import MEBIBYTE, code

LEAST = 5 * MEBIBYTE


def begin(s3: Any, bucket: str, **said: Any) -> dict[str, str]:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", **said)
    return {"Bucket": bucket, "Key": "k", "UploadId": upload["UploadId"]}


def named(*parts: Any) -> dict[str, Any]:
    return {"Parts": [{"PartNumber": number, "ETag": part["ETag"]} for number, part in parts]}


def test_parts_may_come_in_any_order_and_be_replaced(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket, Metadata={"a": "b"})
    last = s3.upload_part(**upload, PartNumber=7, Body=b"end")
    s3.upload_part(**upload, PartNumber=2, Body=b"first try")
    body = os.urandom(LEAST)
    first = s3.upload_part(**upload, PartNumber=2, Body=body)
    s3.upload_part(**upload, PartNumber=9, Body=b"not named at the end")
    listed = s3.list_parts(**upload, MaxParts=2)
    assert [(each["PartNumber"], each["Size"]) for each in listed["Parts"]] == [(2, LEAST), (7, 3)]
    assert listed["IsTruncated"]
    assert [each["UploadId"] for each in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload["UploadId"]]
    whole = named((2, first), (7, last))
    done = s3.complete_multipart_upload(**upload, MultipartUpload=whole)
    again = s3.complete_multipart_upload(**upload, MultipartUpload=whole)
    assert done["ETag"] == again["ETag"]
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == body + b"end"
    assert got["Metadata"] == {"a": "b"}
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    assert code(s3.list_parts, **upload) == ("NoSuchUpload", 404)


def test_parts_are_copied_from_other_objects(s3: Any, bucket: str) -> None:
    body = os.urandom(LEAST + 100)
    s3.put_object(Bucket=bucket, Key="source", Body=body)
    upload = begin(s3, bucket)
    source = {"Bucket": bucket, "Key": "source"}
    first = s3.upload_part_copy(**upload, PartNumber=1, CopySource=source)["CopyPartResult"]
    asked = {**upload, "PartNumber": 2, "CopySource": source}
    second = s3.upload_part_copy(**asked, CopySourceRange="bytes=10-19")["CopyPartResult"]
    assert code(s3.upload_part_copy, **asked, CopySourceRange=f"bytes=0-{len(body)}")[0] == "InvalidArgument"
    s3.complete_multipart_upload(**upload, MultipartUpload=named((1, first), (2, second)))
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body + body[10:20]


def test_an_upload_that_is_ended_leaves_nothing(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket)
    s3.upload_part(**upload, PartNumber=1, Body=b"x" * 100_000)
    assert code(s3.delete_bucket, Bucket=bucket) == ("BucketNotEmpty", 409)
    s3.abort_multipart_upload(**upload)
    assert code(s3.abort_multipart_upload, **upload) == ("NoSuchUpload", 404)
    assert code(s3.upload_part, **upload, PartNumber=1, Body=b"") == ("NoSuchUpload", 404)
    s3.delete_bucket(Bucket=bucket)


def test_what_does_not_fit_together_is_refused(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket)
    small = s3.upload_part(**upload, PartNumber=1, Body=b"small")
    other = s3.upload_part(**upload, PartNumber=2, Body=b"other")
    complete = s3.complete_multipart_upload
    assert code(complete, **upload, MultipartUpload=named((1, small), (2, other)))[0] == "EntityTooSmall"
    assert code(complete, **upload, MultipartUpload=named((2, other), (1, small)))[0] == "InvalidPartOrder"
    assert code(complete, **upload, MultipartUpload=named((1, other)))[0] == "InvalidPart"
    assert code(complete, **upload, MultipartUpload=named((3, other)))[0] == "InvalidPart"
    assert code(complete, **upload)[0] in {"MalformedXML", "InvalidRequest"}
    assert code(s3.upload_part, **upload, PartNumber=10_001, Body=b"")[0] == "InvalidArgument"
    complete(**upload, MultipartUpload=named((2, other)))
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"other"


def test_the_checksum_of_the_whole_is_joined_from_those_of_the_parts(s3: Any, bucket: str) -> None:
    body = os.urandom(LEAST + 1_000)
    upload = begin(s3, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    parts = [
        (number, s3.upload_part(**upload, PartNumber=number, Body=piece, ChecksumAlgorithm="CRC32"))
        for number, piece in ((1, body[:LEAST]), (2, body[LEAST:]))
    ]
    done = s3.complete_multipart_upload(**upload, MultipartUpload=named(*parts))
    assert done["ChecksumCRC32"] == base64.b64encode(zlib.crc32(body).to_bytes(4)).decode()
    assert done["ChecksumType"] == "FULL_OBJECT"
    upload = begin(s3, bucket, ChecksumAlgorithm="CRC32")
    part = s3.upload_part(**upload, PartNumber=1, Body=b"hello", ChecksumAlgorithm="CRC32")
    done = s3.complete_multipart_upload(**upload, MultipartUpload=named((1, part)))
    composite = base64.b64encode(zlib.crc32(zlib.crc32(b"hello").to_bytes(4)).to_bytes(4)).decode()
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (f"{composite}-1", "COMPOSITE")
