from __future__ import annotations

import gzip

import pytest

from tests.wire import oracle
from usina import wire
from usina.core.errors import Kind, TooLargeError, ValidationError
from usina.wire.compression import gunzip

METRIC = b'{"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1}]}'
TARGET = wire.Target("cloudwatch", "PutMetricData", "json", {})


@pytest.mark.parametrize("coding", ["gzip", "custom, gzip", "GZIP"])
def test_a_compressed_request_is_read_as_what_it_holds(coding: str) -> None:
    received = oracle.received("POST", "http://localhost/", [("content-encoding", coding)], gzip.compress(METRIC))
    assert wire.parse(TARGET, received, received.body)["Namespace"] == "n"


def test_a_request_that_is_not_compressed_is_read_as_it_is() -> None:
    received = oracle.received("POST", "http://localhost/", [("content-encoding", "aws-chunked")], METRIC)
    assert wire.parse(TARGET, received, received.body)["Namespace"] == "n"


def test_a_small_body_that_grows_over_the_limit_is_refused_unread() -> None:
    with pytest.raises(TooLargeError):
        gunzip(gzip.compress(bytes(5_000_000)), most_bytes=1_000_000)


def test_a_body_of_just_the_limit_is_taken() -> None:
    assert len(gunzip(gzip.compress(bytes(1_000)), most_bytes=1_000)) == 1_000


@pytest.mark.parametrize(
    "body",
    [b"", b"plain", gzip.compress(METRIC)[:-4], gzip.compress(METRIC) + b"more"],
    ids=["empty", "plain", "cut", "followed by more"],
)
def test_a_body_that_is_not_gzip_is_malformed(body: bytes) -> None:
    with pytest.raises(ValidationError) as caught:
        gunzip(body)
    assert caught.value.error_kind is Kind.MALFORMED
