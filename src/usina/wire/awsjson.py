"""The json protocols 1.0 and 1.1 (`X-Amz-Target`), compiled per operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.wire import codes
from usina.wire.events import EventReader, error_members, stream_bytes
from usina.wire.eventstream import CONTENT_TYPE as EVENT_STREAM
from usina.wire.json_read import decode
from usina.wire.json_write import encode
from usina.wire.models import event_stream
from usina.wire.rest_json import event_writer, members_reader, readers, writers
from usina.wire.rest_write import header_text
from usina.wire.target import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.errors import ApiError
    from usina.core.operation import Received
    from usina.wire.models import Model
    from usina.wire.target import Target

_LATEST = "1.1"


def compile_parse(model: Model, operation: str) -> Callable[[Target, Received, bytes], dict[str, Any]]:
    """The reader of an operation's requests."""
    shape = model.input(operation)
    if shape is None:
        return lambda _target, _received, _payload: {}
    stream = event_stream(shape)
    if stream is not None:
        name, member = stream
        reader = EventReader(member, lambda members: members_reader(model, members))
        return lambda _target, _received, payload: {name: reader.events(payload)}
    read = readers(model).of(shape)
    return lambda _target, _received, payload: read(decode(payload)) if payload else {}


def _content_type(model: Model | None) -> str:
    version = model.metadata.get("jsonVersion", _LATEST) if model is not None else _LATEST
    return f"application/x-amz-json-{version}"


def compile_serialise(model: Model, operation: str) -> Callable[[Mapping[str, Any], str], Reply]:
    """The writer of an operation's responses."""
    shape = model.output(operation)
    content_type = _content_type(model)
    if shape is None:
        return lambda _result, request_id: Reply(200, _headers(request_id, content_type), b"{}")
    stream = event_stream(shape)
    if stream is None:
        write = writers(model).structure_of(shape.name, shape.members())
        return lambda result, request_id: Reply(200, _headers(request_id, content_type), encode(write(result)))
    stream_name, member = stream
    writer = event_writer(model, member, content_type)
    write_rest = writers(model).structure_of(
        shape.name, [(name, each) for name, each in shape.members() if name != stream_name]
    )

    def serialise(result: Mapping[str, Any], request_id: str) -> Reply:
        rest = {name: value for name, value in result.items() if name != stream_name}
        first = writer.initial(encode(write_rest(rest)))
        body = stream_bytes(writer, result[stream_name], codes.stream_codes, first)
        return Reply(200, _headers(request_id, EVENT_STREAM), body)

    return serialise


def _headers(request_id: str, content_type: str) -> list[tuple[str, str]]:
    return [("x-amzn-RequestId", request_id), ("Content-Type", content_type)]


def serialise_error(model: Model | None, operation: str, error: ApiError, request_id: str) -> Reply:
    """An error in this protocol; works without a model as well."""
    found = codes.answer(model, operation, "json", error)
    headers = [*_headers(request_id, _content_type(model)), ("x-amzn-errortype", header_text(found.code))]
    body: dict[str, Any] = {"__type": found.code}
    if found.shape is None or model is None:
        body["message"] = error.message
    else:
        if codes.query_code(model, found.shape):
            body["__type"] = found.shape.name
            headers.append(("x-amzn-query-error", f"{header_text(found.code)};{found.fault}"))
        write = writers(model).structure_of(found.shape.name, found.shape.members())
        body |= write(error_members(found.shape, error))
        if "message" not in body and "Message" not in body:
            body["message"] = error.message
    return Reply(found.status, headers, encode(body))
