from __future__ import annotations

import pytest

from usina import wire
from usina.core.errors import AccessDeniedError, ApiError, Kind, NotFoundError, ThrottledError
from usina.wire import models
from usina.wire.codes import answer

CONVERSE = ("bedrock-runtime", "Converse", "rest-json")
ASSUME = ("sts", "AssumeRole", "query")
PUT = ("s3", "PutObject", "rest-xml")
MODEL = ("sagemaker", "CreateModel", "json")
METRIC = ("cloudwatch", "PutMetricData", "smithy-rpc-v2-cbor")
KEY = ("kms", "Encrypt", "json")
ROLE = ("iam", "GetRole", "query")


@pytest.mark.parametrize(
    ("operation", "kind", "code", "status"),
    [
        (CONVERSE, Kind.VALIDATION, "ValidationException", 400),
        (CONVERSE, Kind.MALFORMED, "ValidationException", 400),
        (CONVERSE, Kind.NOT_FOUND, "ResourceNotFoundException", 404),
        (CONVERSE, Kind.ACCESS_DENIED, "AccessDeniedException", 403),
        (CONVERSE, Kind.THROTTLED, "ThrottlingException", 429),
        (CONVERSE, Kind.NOT_READY, "ModelNotReadyException", 429),
        (CONVERSE, Kind.ENGINE_FAILED, "ModelErrorException", 424),
        (CONVERSE, Kind.ENGINE_TIMEOUT, "ModelTimeoutException", 408),
        (CONVERSE, Kind.UNAVAILABLE, "ServiceUnavailableException", 503),
        (CONVERSE, Kind.INTERNAL, "InternalServerException", 500),
        (CONVERSE, Kind.SIGNATURE_MISMATCH, "InvalidSignatureException", 403),
        (CONVERSE, Kind.SIGNATURE_MISSING, "MissingAuthenticationTokenException", 403),
        (CONVERSE, Kind.TOKEN_EXPIRED, "ExpiredTokenException", 403),
        (CONVERSE, Kind.KEY_UNKNOWN, "UnrecognizedClientException", 403),
        (CONVERSE, Kind.UNKNOWN_OPERATION, "UnknownOperationException", 501),
        (CONVERSE, Kind.TOO_LARGE, "RequestEntityTooLargeException", 413),
        (ASSUME, Kind.SIGNATURE_MISMATCH, "SignatureDoesNotMatch", 403),
        (ASSUME, Kind.TOKEN_EXPIRED, "ExpiredToken", 403),
        (ASSUME, Kind.KEY_UNKNOWN, "InvalidClientTokenId", 403),
        (ASSUME, Kind.ACCESS_DENIED, "AccessDenied", 403),
        (ASSUME, Kind.UNKNOWN_OPERATION, "InvalidAction", 400),
        (ASSUME, Kind.VALIDATION, "ValidationError", 400),
        (ASSUME, Kind.THROTTLED, "Throttling", 429),
        (ROLE, Kind.NOT_FOUND, "NoSuchEntity", 404),
        (ROLE, Kind.CONFLICT, "EntityAlreadyExists", 409),
        (PUT, Kind.SIGNATURE_MISMATCH, "SignatureDoesNotMatch", 403),
        (PUT, Kind.KEY_UNKNOWN, "InvalidAccessKeyId", 403),
        (PUT, Kind.MALFORMED, "MalformedXML", 400),
        (PUT, Kind.PAYLOAD_MISMATCH, "XAmzContentSHA256Mismatch", 400),
        (PUT, Kind.UNKNOWN_OPERATION, "NotImplemented", 501),
        (PUT, Kind.THROTTLED, "SlowDown", 503),
        (MODEL, Kind.NOT_FOUND, "ResourceNotFound", 400),
        (MODEL, Kind.LIMIT_EXCEEDED, "ResourceLimitExceeded", 400),
        (MODEL, Kind.VALIDATION, "ValidationException", 400),
        (MODEL, Kind.MALFORMED, "SerializationException", 400),
        (KEY, Kind.NOT_FOUND, "NotFoundException", 400),
        (METRIC, Kind.THROTTLED, "ThrottlingException", 429),
    ],
)
def test_a_kind_has_the_code_and_status_its_clients_know(
    operation: tuple[str, str, str], kind: Kind, code: str, status: int
) -> None:
    service, name, protocol = operation
    found = answer(models.load(service), name, protocol, ApiError("m", kind=kind))
    assert (found.code, found.status) == (code, status)


def test_an_error_that_names_its_shape_has_the_status_of_the_shape() -> None:
    error = NotFoundError("gone", code="ResourceNotFoundException")
    assert answer(models.load("bedrock"), "GetFoundationModel", "rest-json", error).status == 404
    error = NotFoundError("x", code="MalformedPolicyDocument")
    assert answer(models.load("sts"), "AssumeRole", "query", error).status == 400


def test_a_code_that_no_shape_has_goes_over_the_wire_as_it_is() -> None:
    found = answer(models.load("s3"), "GetObject", "rest-xml", NotFoundError("no", code="NoSuchThing"))
    assert (found.code, found.status, found.shape) == ("NoSuchThing", 404, None)


def test_a_throttled_client_is_told_when_to_come_back() -> None:
    target = wire.Target(*CONVERSE, {})
    reply = wire.serialise_error(target, ThrottledError("full", retry_after_seconds=0.2), "r")
    assert (reply.status, dict(reply.headers)["Retry-After"]) == (429, "1")


def test_every_error_names_its_request_and_its_type() -> None:
    headers = dict(wire.serialise_error(wire.Target(*CONVERSE, {}), AccessDeniedError("no"), "r-1").headers)
    assert headers["x-amzn-RequestId"] == "r-1"
    assert headers["x-amzn-errortype"] == "AccessDeniedException"


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_an_answer_in_every_protocol(kind: Kind) -> None:
    for protocol in ("rest-json", "json", "query", "rest-xml", "smithy-rpc-v2-cbor"):
        assert 400 <= answer(None, "", protocol, ApiError("m", kind=kind)).status < 600
