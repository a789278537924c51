"""Whatever comes in, the codec gives parameters or a modelled error of the caller's, and nothing else."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.wire import oracle
from tests.wire.test_every_operation import CASES, REQUEST_ID, SEEDS, made, making
from usina import wire
from usina.core.errors import ApiError, CallerError, Kind, TooLargeError, ValidationError
from usina.core.limits import DEFAULT_LIMITS
from usina.core.operation import Received
from usina.wire import models
from usina.wire.models import event_stream

if TYPE_CHECKING:
    from collections.abc import Callable

CONVERSE = wire.Target("bedrock-runtime", "Converse", "rest-json", {"modelId": "a.b"})
HEADER_TEXT = st.text(st.characters(max_codepoint=255), max_size=40)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            (
                "authorization",
                "content-type",
                "content-encoding",
                "smithy-protocol",
                "x-amz-target",
                "x-amz-meta-a",
                "x-amzn-bedrock-trace",
            )
        ),
        st.one_of(
            HEADER_TEXT,
            st.sampled_from(
                (
                    "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request, Signature=0",
                    "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/bedrock/aws4_request, Signature=0",
                    "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/sts/aws4_request, Signature=0",
                    "Bearer x",
                    "SageMaker.CreateModel",
                    "TrentService.Encrypt",
                    "Nobody.Nothing",
                )
            ),
        ),
    ),
    max_size=4,
)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)  # surrogates and control characters as well
PATHS = st.one_of(
    st.text(max_size=60).map(lambda text: "/" + text),
    st.sampled_from(
        (
            "/model/%FF%zz/converse",
            "/model//converse",
            "/model/a/invoke",
            "/bucket/key%00",
            "//",
            "/tags/%3Asession%2F",
            "/service/GraniteServiceVersion20100801/operation/PutMetricData",
            "/service/x/operation/y",
            "/v1/chat/completions",
            "/openai/v1/nothing",
        )
    ),
)
REQUESTS = st.builds(
    Received,
    method=st.sampled_from(("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "FOO")),
    raw_path=PATHS,
    raw_query=st.one_of(st.text(max_size=60), st.sampled_from(("Action=GetCallerIdentity", "uploads", "a=1&" * 2_000))),
    headers=HEADERS.map(tuple),
    body=st.one_of(st.binary(max_size=200), st.sampled_from((b"Action=AssumeRole&X.1.2=3", b"{}", b"<a/>", b"\xa0"))),
    secure=st.booleans(),
    peer=st.just("127.0.0.1"),
    request_id=st.just("r"),
    received_at=st.just(0.0),
)


def refusal(target: wire.Target, received: Received) -> ApiError | None:
    """What the codec refuses a request with; anything but an ApiError goes up and fails the test."""
    try:
        parameters = wire.parse(target, received, received.body)
    except ApiError as error:
        return error
    assert isinstance(parameters, dict)
    return None


def must_be_read_or_refused(target: wire.Target, received: Received) -> None:
    error = refusal(target, received)
    if error is not None:
        assert isinstance(error, CallerError)
        reply = wire.serialise_error(target, error, REQUEST_ID)
        assert 400 <= reply.status < 500 or error.error_kind is Kind.UNKNOWN_OPERATION


@settings(max_examples=300)
@given(REQUESTS)
def test_any_request_is_routed_and_read_or_refused(received: Received) -> None:
    target = wire.route(received)
    must_be_read_or_refused(target, received)


def _changed(chance: random.Random, raw: bytes) -> bytes:
    position = chance.randrange(len(raw) + 1)
    way = chance.randrange(4)
    if way == 0:
        return raw[:position]
    if way == 1:
        return raw[:position] + chance.randbytes(3) + raw[position + 1 :]
    if way == 2:
        return (
            raw[:position]
            + chance.choice((b"{", b"<", b"null", b"]", b"&", b'"', b"\xff", b"[" * 300))
            + raw[position:]
        )
    return raw[position:] + raw[:position]


ODD_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 2**70, 1.5, 1e308, "", "x" * 70_000, "\u0000", "é"),
    *([], [None], {}, {"a": 1}, [[[]]], [{}], b"\x00"),
)


def _distorted(chance: random.Random, value: Any) -> Any:
    """The same value with something of another type somewhere within it."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        key = chance.choice(list(value))
        return {**value, key: _distorted(chance, value[key])}
    if isinstance(value, list) and value and chance.random() < 0.8:
        position = chance.randrange(len(value))
        return [*value[:position], _distorted(chance, value[position]), *value[position + 1 :]]
    return chance.choice(ODD_VALUES)


def _received_with(service: str, operation: str, protocol: str, seed: int) -> Received | None:
    shape = models.load(service).input(operation)
    if event_stream(shape) is not None:
        return None
    parameters = {} if shape is None else made(shape, making(protocol, operation, seed, 3))
    return None if parameters is None else oracle.sent(service, operation, parameters, protocol)


@pytest.mark.parametrize(("service", "protocol"), CASES)
@given(seed=SEEDS)
def test_a_valid_request_with_bytes_changed_is_read_or_refused(service: str, protocol: str, seed: int) -> None:
    chance = random.Random(seed)
    for operation in models.load(service).operations:
        received = _received_with(service, operation, protocol, seed)
        if received is None:
            continue
        target = wire.route(received)
        must_be_read_or_refused(target, replace(received, body=_changed(chance, received.body)))
        query = _changed(chance, received.raw_query.encode()).decode("latin-1")
        path = _changed(chance, received.raw_path.encode()).decode("latin-1")
        other = replace(received, raw_query=query, raw_path=path)
        must_be_read_or_refused(wire.route(other), other)


@pytest.mark.parametrize(
    ("service", "protocol"), [(service, protocol) for service, protocol in CASES if protocol in {"json", "rest-json"}]
)
@given(seed=SEEDS)
def test_a_valid_request_with_values_of_other_types_is_read_or_refused(service: str, protocol: str, seed: int) -> None:
    chance = random.Random(seed)
    for operation in models.load(service).operations:
        received = _received_with(service, operation, protocol, seed)
        try:
            document = msgspec.json.decode(received.body if received is not None else b"")
        except msgspec.DecodeError:
            continue  # a body that is no document
        assert received is not None
        changed = replace(received, body=msgspec.json.encode(_distorted(chance, document)))
        must_be_read_or_refused(wire.route(received), changed)


@pytest.mark.parametrize("protocol", ["rest-json", "json", "query", "rest-xml", "smithy-rpc-v2-cbor"])
@given(body=st.binary(max_size=300))
@example(body=b"[" * 100_000)
@example(body=b'{"a":' * 100_000)
@example(body=b"<a>" * 10_000)
@example(body=b"\x9f" * 10_000)
@example(body=b"\x81" * 10_000)
@example(body=b"\xd9\xd9\xf7" * 1_000)
@example(body=b"a." * 5_000 + b"=1")
@example(body=b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff")
@example(body=b'{"MetricData": "\\ud800"}')
@example(body=b"1" * 10_000)
@example(body=b"1e99999")
def test_any_body_in_any_protocol_is_read_or_refused(protocol: str, body: bytes) -> None:
    service, operation = {
        "rest-json": ("bedrock-runtime", "Converse"),
        "json": ("cloudwatch", "PutMetricData"),
        "query": ("sts", "AssumeRole"),
        "rest-xml": ("s3", "PutBucketTagging"),
        "smithy-rpc-v2-cbor": ("cloudwatch", "PutMetricData"),
    }[protocol]
    target = wire.Target(service, operation, protocol, {"modelId": "a.b", "Bucket": "b"})
    must_be_read_or_refused(target, oracle.received("POST", "http://localhost/", [], body))


def _refusal(body: bytes, target: wire.Target = CONVERSE) -> ApiError:
    with pytest.raises(ApiError) as caught:
        wire.parse(target, oracle.received("POST", "http://localhost/", [], body), body)
    return caught.value


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://localhost/x">%p;]><a/>',
    ],
)
def test_a_document_type_in_xml_is_refused(document: bytes) -> None:
    error = _refusal(document, wire.Target("s3", "PutBucketTagging", "rest-xml", {"Bucket": "b"}))
    assert error.error_kind is Kind.MALFORMED
    assert "document type" in error.message


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_a_document_nested_deeper_than_the_limit_is_refused_at_every_size(opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"
    for depth in (DEFAULT_LIMITS.json_depth + 1, 5_000):
        body = opening * depth + b"1" + closing * depth
        assert isinstance(_refusal(body), TooLargeError | ValidationError)


def test_a_document_as_deep_as_the_limit_is_read() -> None:
    deep: dict[str, Any] = {}
    for _ in range(DEFAULT_LIMITS.json_depth - 8):
        deep = {"a": deep}
    body = msgspec.json.encode({"messages": [], "additionalModelRequestFields": deep})
    parsed = wire.parse(CONVERSE, oracle.received("POST", "http://localhost/", [], body), body)
    assert parsed["additionalModelRequestFields"] == deep


def test_many_brackets_side_by_side_are_not_depth() -> None:
    body = b'{"messages": [], "additionalModelRequestFields": [' + b"[]," * 10_000 + b"[]]}"
    parsed = wire.parse(CONVERSE, oracle.received("POST", "http://localhost/", [], body), body)
    assert len(parsed["additionalModelRequestFields"]) == 10_001


SECRET = "the prompt that nobody else may read"


@pytest.mark.parametrize(
    "make",
    [
        lambda text: {"messages": text},
        lambda text: {"messages": [{"role": text, "content": []}]},
        lambda text: {"messages": [], "inferenceConfig": {"maxTokens": text}},
        lambda text: {"messages": [], "inferenceConfig": {"stopSequences": [text] * 3_000}},
        lambda text: {"messages": [{"role": "user", "content": [{"text": text, "image": {}}]}]},
    ],
)
def test_an_error_never_repeats_a_value(make: Callable[[str], object]) -> None:
    assert SECRET not in _refusal(msgspec.json.encode(make(SECRET))).message


@given(ANY_TEXT, ANY_TEXT)
def test_an_error_of_any_text_and_code_is_written(message: str, code: str) -> None:
    for protocol in ("rest-json", "json", "query", "rest-xml", "smithy-rpc-v2-cbor"):
        target = wire.Target("", "", protocol, {})
        reply = wire.serialise_error(target, ApiError(message, code=code, members={"x": object()}), REQUEST_ID)
        assert isinstance(reply.body, bytes)
        assert all(unicodedata.category(each) != "Cc" for _, value in reply.headers for each in value)


@pytest.mark.parametrize(
    ("target", "body"),
    [
        (CONVERSE, b'{"messages": [' + b"[]," * 600_000 + b"[]]}"),
        (wire.Target("s3", "PutBucketTagging", "rest-xml", {"Bucket": "b"}), b"<a>" + b"<b/>" * 250_000 + b"</a>"),
        (wire.Target("cloudwatch", "PutMetricData", "smithy-rpc-v2-cbor", {}), b"\x9f" + b"\x80" * 600_000 + b"\xff"),
    ],
)
def test_a_small_body_that_would_take_a_large_memory_is_refused(target: wire.Target, body: bytes) -> None:
    assert isinstance(_refusal(body, target), TooLargeError)
