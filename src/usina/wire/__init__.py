"""AWS protocols and event streams <-> typed parameters and results, from service models. No policy, no domain.

`route` says which operation a request is for, `parse` makes its parameters, `serialise` and `serialise_error` make the
answer's bytes. Codecs are compiled per operation when a request first names it; after that no request looks at a model.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError, UnknownOperationError
from usina.wire import models
from usina.wire.codec import PROTOCOLS, codec_of
from usina.wire.rest_read import payload_member
from usina.wire.routing import route
from usina.wire.target import Reply, Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Received

__all__ = ["Reply", "Target", "parse", "route", "serialise", "serialise_error", "streams_in"]

_STREAMING_PROTOCOLS = frozenset({"rest-json", "rest-xml"})


def parse(target: Target, received: Received, payload: bytes) -> dict[str, Any]:
    """Parameters of a request, decoded and validated by the service model.

    `payload` is the body after aws-chunked decoding.

    Raises:
        ApiError: the request is malformed, breaks a trait of the model, or names no operation.
    """
    if target.protocol == "openai":
        from usina.wire import openai

        return openai.parse(target.operation, target.labels, received, payload)
    if not target.service or not target.operation:
        raise UnknownOperationError("This service has no such operation")
    return codec_of(target.service, target.operation, target.protocol).parse(target, received, payload)


def streams_in(target: Target) -> str:
    """The parameter that holds the body as it comes, where the operation takes it so; else empty."""
    if not target.operation or target.protocol not in _STREAMING_PROTOCOLS:
        return ""
    return _streamed_member(target.service, target.operation)


@cache
def _streamed_member(service: str, operation: str) -> str:
    shape = models.load(service).input(operation)
    found = payload_member(shape) if shape is not None else None
    if found is None or found[1].type != "blob" or not found[1].trait("streaming"):
        return ""
    return found[0]


def serialise(target: Target, result: Mapping[str, Any], request_id: str) -> Reply:
    """A result as the answer's bytes. KeyError where it has a member that its shape does not have (a handler's bug)."""
    if target.protocol == "openai":
        from usina.wire import openai

        return openai.serialise(target.operation, result, request_id)
    return codec_of(target.service, target.operation, target.protocol).serialise(result, request_id)


def serialise_error(target: Target, error: ApiError, request_id: str) -> Reply:
    """An error as the answer's bytes, code and status by service and protocol; never fails."""
    if target.protocol == "openai":
        from usina.wire import openai

        return openai.serialise_error(error, request_id)
    try:
        model = models.load(target.service) if target.service else None
    except models.UnknownServiceError:
        model = None
    module = PROTOCOLS.get(target.protocol, PROTOCOLS["rest-json"])
    try:
        reply = module.serialise_error(model, target.operation, error, request_id)
    except (TypeError, ValueError):  # a text or a member that has no form on the wire must not hide that it failed
        reply = module.serialise_error(None, "", ApiError("The error could not be written"), request_id)
    if error.retry_after_seconds is not None:
        reply.headers.append(("Retry-After", str(max(1, round(error.retry_after_seconds)))))
    return reply
