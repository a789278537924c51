from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from tests.wire import oracle
from usina import wire
from usina.core.errors import NotFoundError, ValidationError

TAGGING = wire.Target("s3", "PutBucketTagging", "rest-xml", {"Bucket": "b"})


def parsed(body: bytes) -> dict[str, object]:
    return wire.parse(TAGGING, oracle.received("PUT", "http://localhost/b?tagging", [], body), body)


def answered(operation: str, result: dict[str, object]) -> ET.Element:
    reply = wire.serialise(wire.Target("s3", operation, "rest-xml", {}), result, "r-1")
    assert isinstance(reply.body, bytes)
    return ET.fromstring(reply.body)


PLAIN = "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet><Later/></Tagging>"
PREFIXED = re.sub("<(/?)", r"<\1x:", PLAIN).replace("Tagging>", "Tagging xmlns:x='urn:x'>", 1)
WIDE = f'<?xml version="1.0" encoding="UTF-16"?>{PLAIN}'


@pytest.mark.parametrize("body", [PLAIN.encode(), PREFIXED.encode(), WIDE.encode("utf-16")])
def test_a_document_is_read_whatever_its_prefixes_and_encoding(body: bytes) -> None:
    assert parsed(body)["Tagging"] == {"TagSet": [{"Key": "k", "Value": "v"}]}


@pytest.mark.parametrize("body", [b"<Tagging>", b"<Tagging></Taggin>", b"plain", b"<a>&unknown;</a>", b"<a/><b/>"])
def test_what_is_no_document_is_refused(body: bytes) -> None:
    with pytest.raises(ValidationError):
        parsed(body)


def test_the_location_of_a_bucket_is_the_text_of_its_root() -> None:
    root = answered("GetBucketLocation", {"LocationConstraint": "eu-west-1"})
    assert (root.tag, root.text) == ("LocationConstraint", "eu-west-1")


def test_attributes_and_their_namespace_are_written_on_their_element() -> None:
    grants = [{"Grantee": {"Type": "CanonicalUser", "ID": "1"}, "Permission": "READ"}]
    root = answered("GetBucketAcl", {"Grants": grants, "Owner": None})
    grantee = root.find(".//Grantee")
    assert grantee is not None
    assert grantee.attrib == {"{http://www.w3.org/2001/XMLSchema-instance}type": "CanonicalUser"}
    assert root.find("Owner") is None


def test_members_that_are_headers_are_no_elements() -> None:
    target = wire.Target("s3", "HeadObject", "rest-xml", {})
    result = {"ContentLength": 5, "LastModified": datetime(2026, 11, 23, tzinfo=UTC), "Metadata": {"a": "b\r\nc"}}
    reply = wire.serialise(target, result, "r-1")
    assert ("Content-Length", "5") in reply.headers
    assert ("Last-Modified", "Mon, 23 Nov 2026 00:00:00 GMT") in reply.headers
    assert ("x-amz-meta-a", "bc") in reply.headers
    assert reply.body == b""


def test_an_error_of_s3_has_no_wrapper() -> None:
    reply = wire.serialise_error(wire.Target("s3", "GetObject", "rest-xml", {}), NotFoundError("gone"), "r-1")
    assert isinstance(reply.body, bytes)
    root = ET.fromstring(reply.body)
    assert (root.tag, root.findtext("Code"), root.findtext("RequestId")) == ("Error", "NoSuchKey", "r-1")
