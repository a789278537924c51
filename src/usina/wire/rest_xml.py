"""The rest-xml protocol (S3): how bodies, events and errors are read and written."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from usina.wire import codes, rest
from usina.wire.events import EventWriter, error_members
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
_LOCATION = "GetBucketLocationOutput"  # S3's one answer whose only member is the text of the root element
_NOT_MODIFIED = 304


@cache
def _readers(model: Model) -> XmlReaders:
    del model
    return XmlReaders()


@cache
def _writers(model: Model) -> XmlWriters:
    del model
    return XmlWriters()


def _members_reader(model: Model, members: rest.Members) -> Callable[[bytes], dict[str, Any]]:
    read = _readers(model).structure_of(members)
    return lambda payload: read([decode(payload)]) if payload else {}


def _shape_reader(model: Model, shape: Shape) -> Callable[[bytes], Any]:
    read = _readers(model).of(shape)
    return lambda payload: read([decode(payload)])


def _members_writer(model: Model, shape: Shape, members: rest.Members) -> Callable[[Mapping[str, Any]], bytes]:
    if model.name == "s3" and shape.name == _LOCATION:
        return _document(model, shape, "LocationConstraint", lambda rest: escape(rest.get("LocationConstraint") or ""))
    tag = shape.location_name or shape.trait("resultWrapper") or shape.name
    return _document(model, shape, tag, _writers(model).structure(shape, members))


def _shape_writer(model: Model, shape: Shape) -> Callable[[Any], bytes]:
    return _document(model, shape, shape.location_name or shape.name, _writers(model).content(shape))


def _document(model: Model, shape: Shape, tag: str, content: Callable[[Any], str]) -> Callable[[Any], bytes]:
    opening = tag + (namespace(shape) or _service_namespace(model))
    attributes = attributes_of(shape)
    return lambda value: (_DECLARATION + element(opening, content(value), attributes(value))).encode()


def _service_namespace(model: Model) -> str:
    found = model.metadata.get("xmlNamespace")
    if not found:
        return ""
    return f' xmlns="{escape(found if isinstance(found, str) else found["uri"])}"'


def _event_writer(model: Model, stream: Shape) -> EventWriter:
    def body(shape: Shape, members: rest.Members) -> Callable[[Any], bytes]:
        content = _writers(model).structure(shape, members)
        tag = shape.location_name or shape.name
        return lambda value: element(tag, content(value)).encode()

    return EventWriter(stream, "text/xml", body)


def _headers(request_id: str) -> list[tuple[str, str]]:
    # S3's clients read the second of these, all others the first.
    return [("x-amzn-RequestId", request_id), ("x-amz-request-id", request_id)]


@cache
def _form(model: Model) -> rest.Form:
    return rest.Form(
        content_type=XML,
        headers=_headers,
        empty=b"",
        read_members=lambda members: _members_reader(model, members),
        read_shape=lambda shape: _shape_reader(model, shape),
        write_members=lambda shape, members: _members_writer(model, shape, members),
        write_shape=lambda shape: _shape_writer(model, shape),
        event_writer=lambda stream: _event_writer(model, stream),
    )


def compile_parse(model: Model, operation: str) -> Callable[[Target, Received, bytes], dict[str, Any]]:
    """The reader of an operation's requests."""
    return rest.compile_parse(_form(model), model, operation)


def compile_serialise(model: Model, operation: str) -> Callable[[Mapping[str, Any], str], Reply]:
    """The writer of an operation's responses."""
    return rest.compile_serialise(_form(model), model, operation)


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
