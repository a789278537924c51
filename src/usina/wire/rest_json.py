"""The rest-json protocol: how requests are read and responses written, compiled per operation."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from usina.core.errors import Kind, ValidationError
from usina.wire import codes, scalars
from usina.wire.events import EventReader, EventWriter, error_members, stream_bytes
from usina.wire.eventstream import CONTENT_TYPE as EVENT_STREAM
from usina.wire.faults import TypeFaultError
from usina.wire.json_read import JsonReaders, decode
from usina.wire.json_write import JsonWriters, encode
from usina.wire.rest_read import Bindings, payload_member
from usina.wire.rest_write import ResponseBindings, header_text
from usina.wire.target import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.errors import ApiError
    from usina.core.operation import Received
    from usina.wire.models import Model, Shape
    from usina.wire.target import Target

JSON = "application/json"
_OK = 200


@cache
def readers(model: Model) -> JsonReaders:
    """Readers of a service, shared by its operations."""
    del model
    return JsonReaders()


@cache
def writers(model: Model) -> JsonWriters:
    """Writers of a service, shared by its operations."""
    del model
    return JsonWriters()


def compile_parse(model: Model, operation: str) -> Callable[[Target, Received, bytes], dict[str, Any]]:
    """The reader of an operation's requests."""
    shape = model.input(operation)
    if shape is None:
        return lambda _target, _received, _payload: {}
    bindings = Bindings(shape)
    read_body = _body_reader(model, shape, bindings)

    def parse(target: Target, received: Received, payload: bytes) -> dict[str, Any]:
        parameters = read_body(payload)
        bindings.read(target.labels, received, parameters)
        return parameters

    return parse


def _body_reader(model: Model, shape: Shape, bindings: Bindings) -> Callable[[bytes], dict[str, Any]]:
    member = payload_member(shape)
    if member is None:
        if not bindings.body:
            return lambda _payload: {}
        structure = readers(model).structure_of(bindings.body)
        return lambda payload: structure(decode(payload)) if payload else {}
    name, payload_shape = member
    if payload_shape.trait("eventstream"):
        reader = EventReader(payload_shape, lambda members: json_bytes(readers(model).structure_of(members)))
        return lambda payload: {name: reader.events(payload)}
    needed = name in shape.required  # an empty body is an empty value then, not an absent one
    if payload_shape.type == "blob":
        return lambda payload: {name: payload} if payload or needed else {}
    if payload_shape.type in scalars.STRINGS:
        return lambda payload: {name: _text(payload)} if payload or needed else {}
    read = readers(model).of(payload_shape)

    def parse(payload: bytes) -> dict[str, Any]:
        value = decode(payload) if payload else None
        try:
            return {} if value is None else {name: read(value)}
        except TypeFaultError as fault:
            raise fault.under(name) from None

    return parse


def json_bytes(read: Callable[[Any], Any]) -> Callable[[bytes], Any]:
    """A reader of values as a reader of their bytes; nothing at all is an empty structure."""
    return lambda payload: read(decode(payload)) if payload else read({})


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise ValidationError("The request body is not valid UTF-8", kind=Kind.MALFORMED) from None


def compile_serialise(model: Model, operation: str) -> Callable[[Mapping[str, Any], str], Reply]:
    """The writer of an operation's responses."""
    shape = model.output(operation)
    status = model.operations[operation].get("http", {}).get("responseCode", _OK)
    if shape is None:
        return lambda _result, request_id: Reply(status, [("x-amzn-RequestId", request_id)], b"")
    bindings = ResponseBindings(shape)
    content_type, write_body = _body_writer(model, shape, bindings)

    def serialise(result: Mapping[str, Any], request_id: str) -> Reply:
        headers = [("x-amzn-RequestId", request_id)]
        bindings.write_headers(result, headers)
        body = write_body(bindings.rest(result))
        if content_type and not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", content_type))
        return Reply(bindings.write_status(result, status), headers, body)

    return serialise


def event_writer(model: Model, stream: Shape, content_type: str = JSON) -> EventWriter:
    """Writer of an event stream whose payloads are JSON."""

    def body(shape: Shape, members: list[tuple[str, Shape]]) -> Callable[[Any], bytes]:
        write = writers(model).structure_of(shape.name, members)
        return lambda value: encode(write(value))

    return EventWriter(stream, content_type, body)


def _body_writer(
    model: Model, shape: Shape, bindings: ResponseBindings
) -> tuple[str, Callable[[Mapping[str, Any]], Any]]:
    member = payload_member(shape)
    if member is None:
        structure = writers(model).structure_of(shape.name, bindings.body)
        return JSON, lambda rest: encode(structure(rest))
    name, payload_shape = member
    if payload_shape.trait("eventstream"):
        writer = event_writer(model, payload_shape)
        return EVENT_STREAM, lambda rest: stream_bytes(writer, rest[name], codes.stream_codes)
    if payload_shape.type == "blob":
        return "application/octet-stream", lambda rest: _or_empty(rest.get(name))
    if payload_shape.type in scalars.STRINGS:
        return "text/plain", lambda rest: (rest.get(name) or "").encode()
    write = writers(model).of(payload_shape)

    def payload(rest: Mapping[str, Any]) -> bytes:
        value = rest.get(name)
        if value is None:
            return b"{}"
        return encode(value if write is None else write(value))

    return JSON, payload


def _or_empty(value: Any) -> Any:
    if value is None:
        return b""
    return value.encode() if isinstance(value, str) else value


def serialise_error(model: Model | None, operation: str, error: ApiError, request_id: str) -> Reply:
    """An error in this protocol; works without a model as well."""
    found = codes.answer(model, operation, "rest-json", error)
    headers = [
        ("x-amzn-RequestId", request_id),
        ("x-amzn-errortype", header_text(found.code)),
        ("Content-Type", JSON),
    ]
    if found.shape is None or model is None:
        return Reply(found.status, headers, encode({"message": error.message}))
    bindings = ResponseBindings(found.shape)
    members = error_members(found.shape, error)
    bindings.write_headers(members, headers)
    body = writers(model).structure_of(found.shape.name, bindings.body)(bindings.rest(members))
    return Reply(found.status, headers, encode(body or {"message": error.message}))
