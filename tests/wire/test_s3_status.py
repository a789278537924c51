"""What S3 says by its status alone: a part, an object that did not change, codes its model has no shape for."""

from __future__ import annotations

import pytest

from usina import wire
from usina.core.errors import CallerError
from usina.wire.target import Target

GET = Target("s3", "GetObject", "rest-xml", {"Bucket": "b", "Key": "k"})


def test_a_part_of_an_object_is_a_206_and_the_whole_a_200() -> None:
    assert wire.serialise(GET, {"Body": b"x", "ContentRange": "bytes 0-0/2"}, "r").status == 206
    assert wire.serialise(GET, {"Body": b"x"}, "r").status == 200


def test_an_object_that_did_not_change_is_named_and_not_sent() -> None:
    error = CallerError("Not Modified", code="NotModified", members={"ETag": '"e"'})
    reply = wire.serialise_error(GET, error, "r")
    assert (reply.status, reply.body) == (304, b"")
    assert ("ETag", '"e"') in reply.headers


@pytest.mark.parametrize(
    ("code", "status"),
    [("PreconditionFailed", 412), ("InvalidRange", 416), ("MethodNotAllowed", 405), ("BadDigest", 400)],
)
def test_a_code_has_its_status(code: str, status: int) -> None:
    reply = wire.serialise_error(GET, CallerError("no", code=code), "r")
    assert reply.status == status
    assert isinstance(reply.body, bytes)
    assert f"<Code>{code}</Code>".encode() in reply.body


@pytest.mark.parametrize(
    ("operation", "member"),
    [("PutObject", "Body"), ("UploadPart", "Body"), ("PutObjectTagging", ""), ("GetObject", ""), ("", "")],
)
def test_only_a_streaming_blob_is_taken_as_it_comes(operation: str, member: str) -> None:
    assert wire.streams_in(Target("s3", operation, "rest-xml", {})) == member


def test_a_body_that_is_not_a_stream_in_its_model_is_read_whole() -> None:
    assert wire.streams_in(Target("bedrock-runtime", "InvokeModel", "rest-json", {})) == ""
    assert wire.streams_in(Target("sts", "GetCallerIdentity", "query", {})) == ""
