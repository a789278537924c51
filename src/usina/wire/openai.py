"""OpenAI's HTTP API as a protocol: paths, JSON bodies, server-sent events and its form of errors.

Both `/v1` (OpenAI's own) and `/openai/v1` (Bedrock's) lead to the same operations. What a body means is checked by the
handlers in `usina.services.openai`; here it only has to be one JSON object of bounded depth that names a model.
Streams: chat and text completions end in `data: [DONE]`, the Responses API names its events and has no such mark.
Source: OpenAI's API reference and the event decoder of its Python client.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import msgspec

from usina.core.errors import ApiError, Kind, TooLargeError, ValidationError
from usina.core.limits import DEFAULT_LIMITS
from usina.wire.target import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from usina.core.operation import Received

ROUTES: Final[Mapping[tuple[str, str], str]] = {
    ("GET", "/models"): "ListModels",
    ("POST", "/chat/completions"): "CreateChatCompletion",
    ("POST", "/completions"): "CreateCompletion",
    ("POST", "/embeddings"): "CreateEmbedding",
    ("POST", "/responses"): "CreateResponse",
}
PREFIXES: Final = ("/v1", "/openai/v1")
_EXACT = {(method, prefix + path): operation for (method, path), operation in ROUTES.items() for prefix in PREFIXES}
_ONE_MODEL = tuple(prefix + "/models/" for prefix in PREFIXES)
_NO_LABELS: Mapping[str, str] = {}
_MODEL_NAME_CHARACTERS = 2_048  # as Bedrock bounds a modelId

_decode = msgspec.json.Decoder().decode
_encoder = msgspec.json.Encoder()

# kind -> (status, type, code). Types and codes are OpenAI's where it has one for the case.
_INVALID = "invalid_request_error"
_ERRORS: Final[Mapping[Kind, tuple[int, str, str | None]]] = {
    Kind.VALIDATION: (400, _INVALID, None),
    Kind.MALFORMED: (400, _INVALID, None),
    Kind.NOT_FOUND: (404, _INVALID, "not_found"),
    Kind.CONFLICT: (409, _INVALID, "conflict"),
    Kind.LIMIT_EXCEEDED: (429, "insufficient_quota", "insufficient_quota"),
    Kind.TOO_LARGE: (413, _INVALID, "request_too_large"),
    Kind.UNKNOWN_OPERATION: (404, _INVALID, "unknown_url"),
    Kind.ACCESS_DENIED: (403, "permission_error", "access_denied"),
    Kind.SIGNATURE_MISSING: (401, _INVALID, "missing_api_key"),
    Kind.SIGNATURE_INCOMPLETE: (401, _INVALID, "invalid_api_key"),
    Kind.SIGNATURE_MISMATCH: (401, _INVALID, "invalid_api_key"),
    Kind.SIGNATURE_EXPIRED: (401, _INVALID, "expired_signature"),
    Kind.KEY_UNKNOWN: (401, _INVALID, "invalid_api_key"),
    Kind.TOKEN_EXPIRED: (401, _INVALID, "expired_api_key"),
    Kind.TOKEN_INVALID: (401, _INVALID, "invalid_api_key"),
    Kind.PAYLOAD_MISMATCH: (400, _INVALID, "payload_mismatch"),
    Kind.REQUEST_TIMEOUT: (408, _INVALID, "request_timeout"),
    Kind.THROTTLED: (429, "rate_limit_error", "rate_limit_exceeded"),
    Kind.NOT_READY: (503, "server_error", "model_not_ready"),
    Kind.ENGINE_FAILED: (502, "server_error", "engine_failed"),
    Kind.ENGINE_TIMEOUT: (504, "server_error", "engine_timeout"),
    Kind.UNAVAILABLE: (503, "server_error", "unavailable"),
    Kind.INTERNAL: (500, "server_error", "internal_error"),
}
_UNAUTHENTICATED = 401
_COME_BACK = frozenset({Kind.THROTTLED, Kind.NOT_READY})
_LONGEST_RETRY_SECONDS = 3_600


def route(method: str, path: str) -> tuple[str, Mapping[str, str]] | None:
    """Operation and labels for a raw path; None where OpenAI's API has nothing there. Never raises."""
    operation = _EXACT.get((method, path))
    if operation is not None:
        return operation, _NO_LABELS
    if method == "GET":
        for prefix in _ONE_MODEL:
            if path.startswith(prefix) and len(path) > len(prefix):
                return "RetrieveModel", {"model": unquote(path[len(prefix) :])}
    return None


def parse(operation: str, labels: Mapping[str, str], received: Received, payload: bytes) -> dict[str, Any]:
    """The request body as a dict; the labels where the operation has no body.

    Raises:
        ValidationError: not JSON, not an object, too deep, or without a usable `model`.
    """
    if received.method == "GET":
        return dict(labels)
    del operation
    try:
        document = _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ValidationError(
            "We could not parse the JSON body of your request.", kind=Kind.MALFORMED
        ) from None  # the reason quotes nothing of value, and may hold the caller's text
    except RecursionError:
        raise _too_deep() from None
    if type(document) is not dict:
        raise ValidationError("The body of the request must be a JSON object.", kind=Kind.MALFORMED)
    # Brackets in strings count too: a document that passes this is shallow, one that does not is walked.
    if payload.count(b"{") + payload.count(b"[") > DEFAULT_LIMITS.json_depth:
        _check_depth(document, DEFAULT_LIMITS.json_depth)
    model = document.get("model")
    if type(model) is not str or not model:
        raise ValidationError("You must provide a model parameter: the id of a model.", members={"param": "model"})
    if len(model) > _MODEL_NAME_CHARACTERS:
        raise ValidationError(
            f"Invalid 'model': longer than {_MODEL_NAME_CHARACTERS} characters.", members={"param": "model"}
        )
    return document


def _check_depth(document: dict[str, Any], most: int) -> None:
    level: list[Any] = [document]
    for _ in range(most):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> TooLargeError:
    return TooLargeError(
        f"The JSON body is nested more than {DEFAULT_LIMITS.json_depth} levels deep.", kind=Kind.MALFORMED
    )


def serialise(operation: str, result: Mapping[str, Any], request_id: str) -> Reply:
    """A whole answer as JSON, or its member `events` as server-sent events."""
    events = result.get("events")
    if events is None:
        return Reply(200, [("content-type", "application/json"), ("x-request-id", request_id)], _encoder.encode(result))
    headers = [
        ("content-type", "text/event-stream; charset=utf-8"),
        ("cache-control", "no-cache"),
        ("x-accel-buffering", "no"),  # proxies of the nginx family would hold tokens back
        ("x-request-id", request_id),
    ]
    return Reply(200, headers, NamedEvents(events) if operation == "CreateResponse" else DataEvents(events))


class DataEvents:
    """Batches of chunks -> bytes of server-sent events, one write a batch, `[DONE]` at the end.

    A class and not a generator: closing it before its first read still closes the source behind it, which frees the
    engine's slot.
    """

    __slots__ = ("_failure", "_finished", "_source")

    def __init__(self, source: AsyncIterator[Sequence[Any]]) -> None:
        self._source = source
        self._finished = False
        self._failure: ApiError | None = None

    def __aiter__(self) -> DataEvents:
        return self

    async def __anext__(self) -> bytes:
        """The next write.

        Raises:
            ApiError: what broke the stream, after it was told to the client as an event.
        """
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if self._finished:
            raise StopAsyncIteration
        try:
            batch = await self._source.__anext__()
        except StopAsyncIteration:
            self._finished = True
            last = self._end()
            if last:
                return last
            raise
        except ApiError as error:
            self._finished = True
            self._failure = error
            return self._broken(error)
        return self._frames(batch)

    async def aclose(self) -> None:
        """Close the source, read or not."""
        self._finished = True
        close = getattr(self._source, "aclose", None)
        if close is not None:
            await close()

    def _frames(self, batch: Sequence[Any]) -> bytes:
        frames = bytearray()
        for event in batch:
            frames += b"data: "
            if type(event) is bytes:
                frames += event
            else:
                _encoder.encode_into(event, frames, -1)
            frames += b"\n\n"
        return bytes(frames)

    def _end(self) -> bytes:
        return b"data: [DONE]\n\n"

    def _broken(self, error: ApiError) -> bytes:
        return b"data: " + _encoder.encode({"error": error_body(error)}) + b"\n\n"


class NamedEvents(DataEvents):
    """Events of the Responses API: each is framed under its `type`, and an `error` event ends what broke."""

    __slots__ = ("_sent",)

    def __init__(self, source: AsyncIterator[Sequence[Any]]) -> None:
        super().__init__(source)
        self._sent = 0

    def _frames(self, batch: Sequence[Any]) -> bytes:
        frames = bytearray()
        self._sent += len(batch)
        for event in batch:
            frames += b"event: " + event["type"].encode() + b"\ndata: "
            _encoder.encode_into(event, frames, -1)
            frames += b"\n\n"
        return bytes(frames)

    def _end(self) -> bytes:
        return b""

    def _broken(self, error: ApiError) -> bytes:
        body = error_body(error)
        # OpenAI's event has code, message and param at its top; its Python client raises only where `error` stands.
        event = {**body, "type": "error", "sequence_number": self._sent, "error": body}
        return b"event: error\ndata: " + _encoder.encode(event) + b"\n\n"


def error_body(error: ApiError) -> dict[str, str | None]:
    """The `error` object of an answer. Codes of AWS (`...Exception`) are not OpenAI's and are left out."""
    _, error_type, code = _ERRORS[error.error_kind]
    if error.code is not None and error.code.islower():
        code = error.code
    param = error.members.get("param")
    return {
        "message": _clean(error.message),
        "type": error_type,
        "param": _clean(param) if isinstance(param, str) else None,
        "code": code,
    }


def serialise_error(error: ApiError, request_id: str) -> Reply:
    """An error as OpenAI's clients expect it, with `retry-after` where the caller may come back. Never fails."""
    status = _ERRORS[error.error_kind][0]
    headers = [("content-type", "application/json"), ("x-request-id", request_id)]
    wait = error.retry_after_seconds
    if wait is None and error.error_kind in _COME_BACK:
        wait = 1.0
    if wait is not None and math.isfinite(wait):
        headers.append(("retry-after", str(min(max(math.ceil(wait), 1), _LONGEST_RETRY_SECONDS))))
    if status == _UNAUTHENTICATED:
        headers.append(("www-authenticate", "Bearer"))
    return Reply(status, headers, _encoder.encode({"error": error_body(error)}))


def _clean(text: str) -> str:
    """Text that JSON can carry: a lone surrogate would fail the encoder."""
    return text.encode("utf-8", "replace").decode()
