"""From what went wrong to the code and status that a client of that service and protocol expects.

A service that models an error of a kind answers with that shape's name and status; else the protocol's common error
stands in (https://docs.aws.amazon.com/IAM/latest/UserGuide/common-errors.html and S3's list of error responses).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from usina.core.errors import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.errors import ApiError
    from usina.wire.models import Model, Shape


class Answer(NamedTuple):
    """Code, status and, where the service models the error, its shape."""

    code: str
    status: int
    shape: Shape | None
    fault: str  # Sender or Receiver


# Shapes that say a kind, the most telling first.
_SHAPES: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.VALIDATION: (
        "ValidationException",
        "ValidationError",
        "InvalidParameterValueException",
        "InvalidInputException",
    ),
    Kind.NOT_FOUND: (
        "ResourceNotFoundException",
        "ResourceNotFound",
        "NotFoundException",
        "NoSuchEntityException",
    ),
    Kind.CONFLICT: ("ConflictException", "ResourceInUse", "ResourceInUseException", "EntityAlreadyExistsException"),
    Kind.LIMIT_EXCEEDED: (
        "ServiceQuotaExceededException",
        "LimitExceededException",
        "ResourceLimitExceeded",
    ),
    Kind.ACCESS_DENIED: ("AccessDeniedException",),
    Kind.THROTTLED: ("ThrottlingException",),
    Kind.NOT_READY: ("ModelNotReadyException", "ServiceUnavailableException"),
    Kind.ENGINE_FAILED: ("ModelErrorException", "ModelStreamErrorException", "ModelError", "InternalServerException"),
    Kind.ENGINE_TIMEOUT: ("ModelTimeoutException", "ModelNotReadyException", "ServiceUnavailableException"),
    Kind.UNAVAILABLE: ("ServiceUnavailableException", "ServiceUnavailable"),
    Kind.INTERNAL: ("InternalServerException", "InternalFailure", "KMSInternalException", "ServiceFailureException"),
}
# Once a stream has begun, an engine that fails is told by the stream's own error.
_STREAM_SHAPES: Final[dict[Kind, tuple[str, ...]]] = {
    **_SHAPES,
    Kind.MALFORMED: _SHAPES[Kind.VALIDATION],
    Kind.ENGINE_FAILED: ("ModelStreamErrorException", "ModelStreamError", "InternalServerException"),
    Kind.ENGINE_TIMEOUT: ("ModelTimeoutException", "ModelStreamErrorException", "ServiceUnavailableException"),
    Kind.NOT_READY: ("ServiceUnavailableException", "ThrottlingException"),
}
_JSON: Final[dict[Kind, tuple[str, int]]] = {
    Kind.VALIDATION: ("ValidationException", 400),
    Kind.MALFORMED: ("SerializationException", 400),
    Kind.NOT_FOUND: ("ResourceNotFoundException", 404),
    Kind.CONFLICT: ("ConflictException", 409),
    Kind.LIMIT_EXCEEDED: ("LimitExceededException", 400),
    Kind.TOO_LARGE: ("RequestEntityTooLargeException", 413),
    Kind.UNKNOWN_OPERATION: ("UnknownOperationException", 501),
    Kind.ACCESS_DENIED: ("AccessDeniedException", 403),
    Kind.SIGNATURE_MISSING: ("MissingAuthenticationTokenException", 403),
    Kind.SIGNATURE_INCOMPLETE: ("IncompleteSignatureException", 403),
    Kind.SIGNATURE_MISMATCH: ("InvalidSignatureException", 403),
    Kind.SIGNATURE_EXPIRED: ("InvalidSignatureException", 403),
    Kind.KEY_UNKNOWN: ("UnrecognizedClientException", 403),
    Kind.TOKEN_EXPIRED: ("ExpiredTokenException", 403),
    Kind.TOKEN_INVALID: ("UnrecognizedClientException", 403),
    Kind.PAYLOAD_MISMATCH: ("InvalidSignatureException", 403),
    Kind.REQUEST_TIMEOUT: ("RequestTimeoutException", 408),
    Kind.THROTTLED: ("ThrottlingException", 429),
    Kind.NOT_READY: ("ServiceUnavailableException", 503),
    Kind.ENGINE_FAILED: ("InternalServerException", 500),
    Kind.ENGINE_TIMEOUT: ("ServiceUnavailableException", 503),
    Kind.UNAVAILABLE: ("ServiceUnavailableException", 503),
    Kind.INTERNAL: ("InternalServerException", 500),
}
_QUERY: Final[dict[Kind, tuple[str, int]]] = {
    Kind.VALIDATION: ("ValidationError", 400),
    Kind.MALFORMED: ("MalformedInput", 400),
    Kind.NOT_FOUND: ("NoSuchEntity", 404),
    Kind.CONFLICT: ("EntityAlreadyExists", 409),
    Kind.LIMIT_EXCEEDED: ("LimitExceeded", 409),
    Kind.TOO_LARGE: ("RequestEntityTooLarge", 413),
    Kind.UNKNOWN_OPERATION: ("InvalidAction", 400),
    Kind.ACCESS_DENIED: ("AccessDenied", 403),
    Kind.SIGNATURE_MISSING: ("MissingAuthenticationToken", 403),
    Kind.SIGNATURE_INCOMPLETE: ("IncompleteSignature", 403),
    Kind.SIGNATURE_MISMATCH: ("SignatureDoesNotMatch", 403),
    Kind.SIGNATURE_EXPIRED: ("SignatureDoesNotMatch", 403),
    Kind.KEY_UNKNOWN: ("InvalidClientTokenId", 403),
    Kind.TOKEN_EXPIRED: ("ExpiredToken", 403),
    Kind.TOKEN_INVALID: ("InvalidClientTokenId", 403),
    Kind.PAYLOAD_MISMATCH: ("SignatureDoesNotMatch", 403),
    Kind.REQUEST_TIMEOUT: ("RequestTimeout", 408),
    Kind.THROTTLED: ("Throttling", 429),
    Kind.NOT_READY: ("ServiceUnavailable", 503),
    Kind.ENGINE_FAILED: ("InternalFailure", 500),
    Kind.ENGINE_TIMEOUT: ("ServiceUnavailable", 503),
    Kind.UNAVAILABLE: ("ServiceUnavailable", 503),
    Kind.INTERNAL: ("InternalFailure", 500),
}
_REST_XML: Final[dict[Kind, tuple[str, int]]] = {
    **_QUERY,
    Kind.VALIDATION: ("InvalidArgument", 400),
    Kind.MALFORMED: ("MalformedXML", 400),
    Kind.NOT_FOUND: ("NoSuchKey", 404),
    Kind.CONFLICT: ("OperationAborted", 409),
    Kind.LIMIT_EXCEEDED: ("TooManyBuckets", 400),
    Kind.TOO_LARGE: ("EntityTooLarge", 400),
    Kind.UNKNOWN_OPERATION: ("NotImplemented", 501),
    Kind.SIGNATURE_MISSING: ("AccessDenied", 403),
    Kind.SIGNATURE_INCOMPLETE: ("AuthorizationHeaderMalformed", 400),
    Kind.SIGNATURE_EXPIRED: ("RequestTimeTooSkewed", 403),
    Kind.KEY_UNKNOWN: ("InvalidAccessKeyId", 403),
    Kind.TOKEN_EXPIRED: ("ExpiredToken", 400),
    Kind.TOKEN_INVALID: ("InvalidToken", 400),
    Kind.PAYLOAD_MISMATCH: ("XAmzContentSHA256Mismatch", 400),
    Kind.REQUEST_TIMEOUT: ("RequestTimeout", 400),
    Kind.THROTTLED: ("SlowDown", 503),
    Kind.ENGINE_FAILED: ("InternalError", 500),
    Kind.INTERNAL: ("InternalError", 500),
}
# Codes of S3 that its model has no shape for, and whose status their kind does not say.
_S3_STATUS: Final = {
    "NotModified": 304,
    "MethodNotAllowed": 405,
    "MissingContentLength": 411,
    "PreconditionFailed": 412,
    "InvalidRange": 416,
}
_TABLES: Final = {"query": _QUERY, "rest-xml": _REST_XML}
# Bytes that are not JSON are a ValidationException to these, as they are to AWS's own.
_MALFORMED_IS_VALIDATION: Final = ("bedrock",)
_FIRST_SERVER_STATUS: Final = 500
_CALLER_STATUS: Final = 400
_PLAIN_IN_JSON: Final = frozenset({Kind.NOT_FOUND, Kind.CONFLICT})


def answer(model: Model | None, operation: str, protocol: str, error: ApiError) -> Answer:
    """Code and status for an error of an operation; works without a model as well."""
    kind = error.error_kind
    if kind is Kind.MALFORMED and model is not None and model.name.startswith(_MALFORMED_IS_VALIDATION):
        kind = Kind.VALIDATION
    default_code, default_status = _TABLES.get(protocol, _JSON)[kind]
    names = (error.code,) if error.code is not None else _SHAPES.get(kind, ())
    if model is not None:
        modelled = _by_name(model, operation)
        for name in names:
            shape = modelled.get(name)
            if shape is not None:
                # Unless its shape says otherwise, an error named by its code is the caller's, and the json protocol
                # tells nothing of an error by its status.
                plain = error.code is not None or (protocol == "json" and kind in _PLAIN_IN_JSON)
                return _of_shape(shape, _CALLER_STATUS if plain else default_status)
    code = error.code if error.code is not None else default_code
    if protocol == "rest-xml":
        default_status = _S3_STATUS.get(code, default_status)
    return Answer(code, default_status, None, "Receiver" if default_status >= _FIRST_SERVER_STATUS else "Sender")


def stream_codes(error: ApiError) -> Sequence[str]:
    """Names of shapes that say an error within a stream, the best first; never empty."""
    names = _STREAM_SHAPES.get(error.error_kind, ())
    return (*((error.code,) if error.code is not None else ()), *names, _JSON[error.error_kind][0])


def status_of(shape: Shape, default: int) -> int:
    """HTTP status of an error shape."""
    status: int | None = shape.own.get("error", {}).get("httpStatusCode")
    if status is None:
        status = 500 if shape.own.get("fault") else default
    return status


def code_of(shape: Shape) -> str:
    """The code that goes over the wire for an error shape."""
    code: str = shape.own.get("error", {}).get("code", shape.name)
    return code


def _of_shape(shape: Shape, default_status: int) -> Answer:
    status = status_of(shape, default_status)
    receiver = bool(shape.own.get("fault")) or status >= _FIRST_SERVER_STATUS
    return Answer(code_of(shape), status, shape, "Receiver" if receiver else "Sender")


@cache
def _by_name(model: Model, operation: str) -> dict[str, Shape]:
    """Error shapes by name and by code: the service's, and over them the operation's own."""
    found: dict[str, Shape] = {}
    for shape in (*model.exceptions(), *model.errors(operation)):
        found[code_of(shape)] = shape
        found[shape.name] = shape
    return found


def query_code(model: Model, shape: Shape) -> bool:
    """Whether older clients know this error by another code, that of the query protocol the service once spoke."""
    return "awsQueryCompatible" in model.metadata and code_of(shape) != shape.name
