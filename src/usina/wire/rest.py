"""What the REST protocols share: members in URI, query and headers around a body, compiled per operation.

A `Form` says how bodies are read and written; rest-json and rest-xml each make one per service.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from usina.core.errors import Kind, ValidationError
from usina.wire import codes, scalars
from usina.wire.events import EventReader, stream_bytes
from usina.wire.eventstream import CONTENT_TYPE as EVENT_STREAM
from usina.wire.faults import TypeFaultError
from usina.wire.rest_read import Bindings, payload_member
from usina.wire.rest_write import ResponseBindings
from usina.wire.target import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.operation import Received
    from usina.wire.events import EventWriter
    from usina.wire.models import Model, Shape
    from usina.wire.target import Target

_OK = 200
_PARTIAL = 206
Members = list[tuple[str, "Shape"]]


@dataclass(frozen=True, slots=True)
class Form:
    """How one REST protocol writes the bodies of a service."""

    content_type: str
    headers: Callable[[str], list[tuple[str, str]]]  # those of every answer, from the request id
    empty: bytes  # the body where a payload is absent; a body of that form without members is written all the same
    read_members: Callable[[Members], Callable[[bytes], dict[str, Any]]]
    read_shape: Callable[[Shape], Callable[[bytes], Any]]  # gives None where the body says that nothing is there
    write_members: Callable[[Shape, Members], Callable[[Mapping[str, Any]], bytes]]
    write_shape: Callable[[Shape], Callable[[Any], bytes]]
    event_writer: Callable[[Shape], EventWriter]


def compile_parse(form: Form, model: Model, operation: str) -> Callable[[Target, Received, bytes], dict[str, Any]]:
    """The reader of an operation's requests."""
    shape = model.input(operation)
    if shape is None:
        return lambda _target, _received, _payload: {}
    bindings = Bindings(shape)
    read_body = _body_reader(form, shape, bindings)

    def parse(target: Target, received: Received, payload: bytes) -> dict[str, Any]:
        parameters = read_body(payload)
        bindings.read(target.labels, received, parameters)
        return parameters

    return parse


def _body_reader(form: Form, shape: Shape, bindings: Bindings) -> Callable[[bytes], dict[str, Any]]:
    member = payload_member(shape)
    if member is None:
        if not bindings.body:
            return lambda _payload: {}
        read_members = form.read_members(bindings.body)
        return lambda payload: read_members(payload) if payload else {}
    name, payload_shape = member
    if payload_shape.trait("eventstream"):
        reader = EventReader(payload_shape, form.read_members)
        return lambda payload: {name: reader.events(payload)}
    needed = name in shape.required  # an empty body is an empty value then, not an absent one
    if payload_shape.type == "blob":
        return lambda payload: {name: payload} if payload or needed else {}
    if payload_shape.type in scalars.STRINGS:
        return lambda payload: {name: _text(payload)} if payload or needed else {}
    read = form.read_shape(payload_shape)

    def parse(payload: bytes) -> dict[str, Any]:
        try:
            value = read(payload) if payload else None
        except TypeFaultError as fault:
            raise fault.under(name) from None
        return {} if value is None else {name: value}

    return parse


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise ValidationError("The request body is not valid UTF-8", kind=Kind.MALFORMED) from None


def compile_serialise(form: Form, model: Model, operation: str) -> Callable[[Mapping[str, Any], str], Reply]:
    """The writer of an operation's responses."""
    shape = model.output(operation)
    status = model.operations[operation].get("http", {}).get("responseCode", _OK)
    if shape is None:
        return lambda _result, request_id: Reply(status, form.headers(request_id), b"")
    bindings = ResponseBindings(shape)
    content_type, write_body = _body_writer(form, shape, bindings)

    def serialise(result: Mapping[str, Any], request_id: str) -> Reply:
        headers = form.headers(request_id)
        bindings.write_headers(result, headers)
        body = write_body(bindings.rest(result))
        if content_type and body and not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", content_type))
        if result.get("ContentRange") is not None:  # the model has no word for the status of a part (RFC 9110, 15.3.7)
            return Reply(_PARTIAL, headers, body)
        return Reply(bindings.write_status(result, status), headers, body)

    return serialise


def _body_writer(
    form: Form, shape: Shape, bindings: ResponseBindings
) -> tuple[str, Callable[[Mapping[str, Any]], Any]]:
    member = payload_member(shape)
    if member is None:
        if not bindings.body and not form.empty:
            return "", lambda _rest: b""
        return form.content_type, form.write_members(shape, bindings.body)
    name, payload_shape = member
    if payload_shape.trait("eventstream"):
        writer = form.event_writer(payload_shape)
        return EVENT_STREAM, lambda rest: stream_bytes(writer, rest[name], codes.stream_codes)
    if payload_shape.type == "blob":
        return "application/octet-stream", lambda rest: _or_empty(rest.get(name))
    if payload_shape.type in scalars.STRINGS:
        return "text/plain", lambda rest: (rest.get(name) or "").encode()
    write = form.write_shape(payload_shape)
    return form.content_type, lambda rest: form.empty if rest.get(name) is None else write(rest[name])


def _or_empty(value: Any) -> Any:
    """A blob: bytes, an iterator of them, or text that a handler made."""
    if value is None:
        return b""
    return value.encode() if isinstance(value, str) else value
