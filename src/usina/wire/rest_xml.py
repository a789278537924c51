"""The rest-xml protocol (S3), compiled per operation."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from usina.core.errors import Kind, ValidationError
from usina.wire import codes, scalars
from usina.wire.events import EventReader, EventWriter, error_members, stream_bytes
from usina.wire.eventstream import CONTENT_TYPE as EVENT_STREAM
from usina.wire.faults import TypeFaultError
from usina.wire.rest_read import Bindings, payload_member
from usina.wire.rest_write import ResponseBindings
from usina.wire.target import Reply
from usina.wire.xml_read import XmlReaders, decode
from usina.wire.xml_write import XmlWriters, attributes_of, element, escape, namespace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.errors import ApiError
    from usina.core.operation import Received
    from usina.wire.models import Model, Shape
    from usina.wire.target import Target

XML = "application/xml"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_OK = 200
_PARTIAL = 206
_NOT_MODIFIED = 304


@cache
def _readers(model: Model) -> XmlReaders:
    del model
    return XmlReaders()


@cache
def _writers(model: Model) -> XmlWriters:
    del model
    return XmlWriters()


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
        structure = _readers(model).structure_of(bindings.body)
        return lambda payload: structure([decode(payload)]) if payload else {}
    name, payload_shape = member
    if payload_shape.trait("eventstream"):
        reader = EventReader(payload_shape, lambda members: _xml_bytes(_readers(model).structure_of(members)))
        return lambda payload: {name: reader.events(payload)}
    needed = name in shape.required  # an empty body is an empty value then, not an absent one
    if payload_shape.type == "blob":
        return lambda payload: {name: payload} if payload or needed else {}
    if payload_shape.type in scalars.STRINGS:
        return lambda payload: {name: _text(payload)} if payload or needed else {}
    read = _readers(model).of(payload_shape)

    def parse(payload: bytes) -> dict[str, Any]:
        try:
            return {name: read([decode(payload)])} if payload else {}
        except TypeFaultError as fault:
            raise fault.under(name) from None

    return parse


def _xml_bytes(read: Callable[[Any], Any]) -> Callable[[bytes], Any]:
    return lambda payload: read([decode(payload)]) if payload else {}


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise ValidationError("The request body is not valid UTF-8", kind=Kind.MALFORMED) from None


def _headers(request_id: str) -> list[tuple[str, str]]:
    # S3's clients read the second of these, all others the first.
    return [("x-amzn-RequestId", request_id), ("x-amz-request-id", request_id)]


def compile_serialise(model: Model, operation: str) -> Callable[[Mapping[str, Any], str], Reply]:
    """The writer of an operation's responses."""
    shape = model.output(operation)
    status = model.operations[operation].get("http", {}).get("responseCode", _OK)
    if shape is None:
        return lambda _result, request_id: Reply(status, _headers(request_id), b"")
    bindings = ResponseBindings(shape)
    content_type, write_body = _body_writer(model, operation, shape, bindings)

    def serialise(result: Mapping[str, Any], request_id: str) -> Reply:
        headers = _headers(request_id)
        bindings.write_headers(result, headers)
        body = write_body(bindings.rest(result))
        if content_type and body and not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", content_type))
        if result.get("ContentRange") is not None:  # the model has no word for the status of a part (RFC 9110, 15.3.7)
            return Reply(_PARTIAL, headers, body)
        return Reply(bindings.write_status(result, status), headers, body)

    return serialise


def _document(shape: Shape, tag: str, content: Callable[[Any], str], model: Model) -> Callable[[Any], bytes]:
    spaces = namespace(shape)
    default = model.metadata.get("xmlNamespace")
    if not spaces and default:
        spaces = f' xmlns="{escape(default if isinstance(default, str) else default["uri"])}"'
    attributes = attributes_of(shape)
    return lambda value: (_DECLARATION + element(tag + spaces, content(value), attributes(value))).encode()


def _body_writer(
    model: Model, operation: str, shape: Shape, bindings: ResponseBindings
) -> tuple[str, Callable[[Mapping[str, Any]], Any]]:
    member = payload_member(shape)
    if member is None:
        if not bindings.body:
            return "", lambda _rest: b""
        content = _writers(model).structure(shape, bindings.body)
        if model.name == "s3" and operation == "GetBucketLocation":  # its one member is the root itself
            return XML, _document(
                shape, "LocationConstraint", lambda rest: escape(rest.get("LocationConstraint") or ""), model
            )
        return XML, _document(shape, shape.location_name or shape.trait("resultWrapper") or shape.name, content, model)
    name, payload_shape = member
    if payload_shape.trait("eventstream"):
        writer = _event_writer(model, payload_shape)
        return EVENT_STREAM, lambda rest: stream_bytes(writer, rest[name], codes.stream_codes)
    if payload_shape.type == "blob":
        return "application/octet-stream", lambda rest: _or_empty(rest.get(name))
    if payload_shape.type in scalars.STRINGS:
        return "text/plain", lambda rest: (rest.get(name) or "").encode()
    tag = payload_shape.location_name or payload_shape.name
    write = _document(payload_shape, tag, _writers(model).content(payload_shape), model)
    return XML, lambda rest: b"" if rest.get(name) is None else write(rest[name])


def _or_empty(value: Any) -> Any:
    if value is None:
        return b""
    return value.encode() if isinstance(value, str) else value


def _event_writer(model: Model, stream: Shape) -> EventWriter:
    def body(shape: Shape, members: list[tuple[str, Shape]]) -> Callable[[Any], bytes]:
        content = _writers(model).structure(shape, members)
        tag = shape.location_name or shape.name
        return lambda value: element(tag, content(value)).encode()

    return EventWriter(stream, "text/xml", body)


def serialise_error(model: Model | None, operation: str, error: ApiError, request_id: str) -> Reply:
    """An error in this protocol; works without a model as well. S3's has no wrapper around it."""
    found = codes.answer(model, operation, "rest-xml", error)
    if found.status == _NOT_MODIFIED:  # it has no body, but the names by which the client knows what it has
        named = [(name, str(value)) for name, value in error.members.items()]
        return Reply(found.status, [*_headers(request_id), *named], b"")
    members = element("Code", escape(found.code)) + element("Message", escape(error.message))
    extra = ""
    headers = [*_headers(request_id), ("Content-Type", XML)]
    if found.shape is not None and model is not None:
        bindings = ResponseBindings(found.shape)
        values = error_members(found.shape, error, message=False)
        bindings.write_headers(values, headers)
        extra = _writers(model).structure(found.shape, bindings.body)(bindings.rest(values))
    ending = element("RequestId", escape(request_id))
    if model is None or model.name == "s3":
        body = element("Error", members + extra + ending)
    else:
        inner = element("Error", element("Type", found.fault) + members + extra)
        body = element("ErrorResponse" + _service_namespace(model), inner + ending)
    return Reply(found.status, headers, (_DECLARATION + body).encode())


def _service_namespace(model: Model) -> str:
    found = model.metadata.get("xmlNamespace")
    return f' xmlns="{escape(found)}"' if isinstance(found, str) else ""
