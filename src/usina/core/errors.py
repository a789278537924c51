"""The errors a caller can meet, and what each of them asks of whom.

    UsinaError
      ApiError               becomes an answer in the protocol of the request
        CallerError          the caller fixes the request
          ValidationError      a member is missing, of the wrong type or out of bounds
          NotFoundError        the named thing is not here
          ConflictError        the thing is in a state that does not allow this
          LimitExceededError   a quota of the site would be passed
          TooLargeError        the request is over a size limit
          UnknownOperationError  this factory does not serve the operation
          AccessDeniedError    policy says no
          SignatureError       who is asking could not be proved
        WaitError            the caller tries again later
          ThrottledError       the queue is full; `retry_after_seconds` says when to come back
          NotReadyError        the model is still starting
        FactoryError         the operator acts
          EngineError          the engine failed while it worked on this request
          EngineTimeoutError   the engine gave nothing in time
          UnavailableError     a part that is needed is not there
          InternalError        we have a bug; the answer says nothing of its inside
      OperatorError          said to the person at the keyboard, never to a caller

An `ApiError` names a `kind`, not a wire code: `usina.wire` knows which code and status each protocol and service
uses for a kind. An error that a service models by a name of its own (a `...Exception` shape) sets `code`, and
`members` for the members of that shape beside the message.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """What went wrong, free of any protocol's words."""

    VALIDATION = "validation"
    MALFORMED = "malformed"  # bytes that are not the format they claim to be
    NOT_FOUND = "not-found"
    CONFLICT = "conflict"
    LIMIT_EXCEEDED = "limit-exceeded"
    TOO_LARGE = "too-large"
    UNKNOWN_OPERATION = "unknown-operation"
    ACCESS_DENIED = "access-denied"
    SIGNATURE_MISSING = "signature-missing"
    SIGNATURE_INCOMPLETE = "signature-incomplete"
    SIGNATURE_MISMATCH = "signature-mismatch"
    SIGNATURE_EXPIRED = "signature-expired"  # clock skew or an old presigned request
    KEY_UNKNOWN = "key-unknown"  # access key or bearer key that this site does not know
    TOKEN_EXPIRED = "token-expired"  # noqa: S105 - the name of an error
    TOKEN_INVALID = "token-invalid"  # noqa: S105 - the name of an error
    PAYLOAD_MISMATCH = "payload-mismatch"
    REQUEST_TIMEOUT = "request-timeout"  # the client sent its request too slowly
    THROTTLED = "throttled"
    NOT_READY = "not-ready"
    ENGINE_FAILED = "engine-failed"
    ENGINE_TIMEOUT = "engine-timeout"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class UsinaError(Exception):
    """Root of all errors of this package."""


class OperatorError(UsinaError):
    """Something only the person who runs the factory can mend; the message says what to do next."""


class ApiError(UsinaError):
    """An error that becomes an answer. `message` is shown to the caller: no secret, no prompt, no path of ours."""

    kind: ClassVar[Kind] = Kind.INTERNAL

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        members: Mapping[str, object] | None = None,
        retry_after_seconds: float | None = None,
        kind: Kind | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.members = dict(members or {})
        self.retry_after_seconds = retry_after_seconds
        self.error_kind = kind or type(self).kind


class CallerError(ApiError):
    """The caller fixes the request."""

    kind = Kind.VALIDATION


class ValidationError(CallerError):
    """A member is missing, of the wrong type or out of bounds. The message names the member."""


class NotFoundError(CallerError):
    """The named thing is not here (or not the caller's to see: the answer is the same)."""

    kind = Kind.NOT_FOUND


class ConflictError(CallerError):
    """The thing is in a state that does not allow this, or exists already."""

    kind = Kind.CONFLICT


class LimitExceededError(CallerError):
    """A quota of the site would be passed."""

    kind = Kind.LIMIT_EXCEEDED


class TooLargeError(CallerError):
    """The request is over a size limit; the message gives the limit with its unit."""

    kind = Kind.TOO_LARGE


class UnknownOperationError(CallerError):
    """This factory does not serve the operation."""

    kind = Kind.UNKNOWN_OPERATION


class AccessDeniedError(CallerError):
    """Policy says no."""

    kind = Kind.ACCESS_DENIED


class SignatureError(CallerError):
    """Who is asking could not be proved. Set `kind` to say which of the signature kinds."""

    kind = Kind.SIGNATURE_MISMATCH


class WaitError(ApiError):
    """The caller tries again later."""

    kind = Kind.THROTTLED


class ThrottledError(WaitError):
    """The queue is full; `retry_after_seconds` says when to come back."""


class NotReadyError(WaitError):
    """The model is still starting."""

    kind = Kind.NOT_READY


class FactoryError(ApiError):
    """The operator acts."""

    kind = Kind.INTERNAL


class EngineError(FactoryError):
    """The engine failed while it worked on this request."""

    kind = Kind.ENGINE_FAILED


class EngineTimeoutError(FactoryError):
    """The engine gave nothing in time."""

    kind = Kind.ENGINE_TIMEOUT


class UnavailableError(FactoryError):
    """A part that is needed is not there (ledger disk full, database locked)."""

    kind = Kind.UNAVAILABLE


class InternalError(FactoryError):
    """We have a bug. The message is a constant: the inside goes to the log, under the request id."""

    kind = Kind.INTERNAL
