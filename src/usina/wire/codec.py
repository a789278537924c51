"""The codec of one operation in one protocol: built at the first request that names it, kept afterwards."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from usina.core.errors import ApiError, UnknownOperationError
from usina.core.ids import new_request_id
from usina.wire import awsjson, cbor, compression, constraints, models, query, rest_json, rest_xml
from usina.wire.faults import TypeFaultError, type_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.operation import Received
    from usina.wire.models import Model, Shape
    from usina.wire.target import Reply, Target


class _Protocol(Protocol):
    """What a protocol's module offers."""

    def compile_parse(self, model: Model, operation: str) -> Callable[[Target, Received, bytes], dict[str, Any]]: ...

    def compile_serialise(self, model: Model, operation: str) -> Callable[[Mapping[str, Any], str], Reply]: ...

    def serialise_error(self, model: Model | None, operation: str, error: ApiError, request_id: str) -> Reply: ...


PROTOCOLS: dict[str, _Protocol] = {
    "rest-json": rest_json,
    "json": awsjson,
    "query": query,
    "rest-xml": rest_xml,
    "smithy-rpc-v2-cbor": cbor,
}


class Codec(NamedTuple):
    """Reader and writer of one operation."""

    parse: Callable[[Target, Received, bytes], dict[str, Any]]
    serialise: Callable[[Mapping[str, Any], str], Reply]


def compile_codec(model: Model, operation: str, protocol: str) -> Codec:
    """Build both ways of an operation.

    Raises:
        UnknownOperationError: the service has none of that name.
    """
    if operation not in model.operations:
        raise UnknownOperationError(f"The operation {operation or 'of this request'} is unknown")
    module = PROTOCOLS[protocol]
    shape = model.input(operation)
    parse = module.compile_parse(model, operation)
    if "gzip" in model.operations[operation].get("requestcompression", {}).get("encodings", ()):
        parse = compression.gunzipped(parse)
    serialise = module.compile_serialise(model, operation)
    return Codec(parse if shape is None else _validated(model, shape, parse), serialise)


def _validated(
    model: Model, shape: Shape, parse: Callable[[Target, Received, bytes], dict[str, Any]]
) -> Callable[[Target, Received, bytes], dict[str, Any]]:
    enums = model.name not in constraints.LENIENT_ENUMS
    holds = checks(model, enums=enums).of(shape) or (lambda _parameters: True)
    tokens = [name for name, member in shape.members() if member.trait("idempotencyToken")]

    def validated(target: Target, received: Received, payload: bytes) -> dict[str, Any]:
        try:
            parameters = parse(target, received, payload)
        except TypeFaultError as fault:
            raise type_error(fault) from None
        for name in tokens:
            if name not in parameters:
                parameters[name] = new_request_id()
        if not holds(parameters):
            constraints.refuse(shape, parameters, enums=enums)
        return parameters

    return validated


@cache
def checks(model: Model, *, enums: bool) -> constraints.QuickChecks:
    """Checks of a service, shared by its operations."""
    del model
    return constraints.QuickChecks(enums=enums)


@cache
def codec_of(service: str, operation: str, protocol: str) -> Codec:
    """The codec of an operation by name.

    Raises:
        UnknownOperationError: there is no such operation.
        UnknownServiceError: there is no such service.
    """
    return compile_codec(models.load(service), operation, protocol)
