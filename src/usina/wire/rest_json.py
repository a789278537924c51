"""The rest-json protocol: how bodies, events and errors are read and written."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from usina.wire import codes, rest
from usina.wire.events import EventWriter, error_members
from usina.wire.json_read import JsonReaders, decode
from usina.wire.json_write import JsonWriters, encode
from usina.wire.rest_write import ResponseBindings, header_text
from usina.wire.target import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.errors import ApiError
    from usina.core.operation import Received
    from usina.wire.models import Model, Shape
    from usina.wire.target import Target

JSON = "application/json"


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


def members_reader(model: Model, members: rest.Members) -> Callable[[bytes], dict[str, Any]]:
    """What reads these members from the bytes of an object; no bytes at all are an empty one."""
    read = readers(model).structure_of(members)
    return lambda payload: read(decode(payload)) if payload else {}


def event_writer(model: Model, stream: Shape, content_type: str = JSON) -> EventWriter:
    """Writer of an event stream whose payloads are JSON."""
    return EventWriter(stream, content_type, lambda shape, members: _members_writer(model, shape, members))


def _members_writer(model: Model, shape: Shape, members: rest.Members) -> Callable[[Mapping[str, Any]], bytes]:
    write = writers(model).structure_of(shape.name, members)
    return lambda value: encode(write(value))


def _shape_reader(model: Model, shape: Shape) -> Callable[[bytes], Any]:
    read = readers(model).of(shape)

    def parse(payload: bytes) -> Any:
        value = decode(payload)
        return None if value is None else read(value)

    return parse


def _shape_writer(model: Model, shape: Shape) -> Callable[[Any], bytes]:
    write = writers(model).of(shape)
    return encode if write is None else lambda value: encode(write(value))


def _headers(request_id: str) -> list[tuple[str, str]]:
    return [("x-amzn-RequestId", request_id)]


@cache
def _form(model: Model) -> rest.Form:
    return rest.Form(
        content_type=JSON,
        headers=_headers,
        empty=b"{}",
        read_members=lambda members: members_reader(model, members),
        read_shape=lambda shape: _shape_reader(model, shape),
        write_members=lambda shape, members: _members_writer(model, shape, members),
        write_shape=lambda shape: _shape_writer(model, shape),
        event_writer=lambda stream: event_writer(model, stream),
    )


def compile_parse(model: Model, operation: str) -> Callable[[Target, Received, bytes], dict[str, Any]]:
    """The reader of an operation's requests."""
    return rest.compile_parse(_form(model), model, operation)


def compile_serialise(model: Model, operation: str) -> Callable[[Mapping[str, Any], str], Reply]:
    """The writer of an operation's responses."""
    return rest.compile_serialise(_form(model), model, operation)


def serialise_error(model: Model | None, operation: str, error: ApiError, request_id: str) -> Reply:
    """An error in this protocol; works without a model as well."""
    found = codes.answer(model, operation, "rest-json", error)
    headers = [
        *_headers(request_id),
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
