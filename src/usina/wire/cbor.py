"""The smithy-rpc-v2-cbor protocol (CloudWatch), compiled per operation, and bounded decoding of CBOR.

Of CBOR's tags only 1 (epoch seconds) means anything here; all others are refused, since a decoder that follows them
compiles expressions, makes cycles or counts very large numbers for whoever asks.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING, Any

import cbor2

from usina.core.errors import Kind, TooLargeError, ValidationError
from usina.core.limits import DEFAULT_LIMITS
from usina.wire import codes, timestamps
from usina.wire.events import EventReader, EventWriter, error_members, stream_bytes
from usina.wire.eventstream import CONTENT_TYPE as EVENT_STREAM
from usina.wire.json_read import MOST_CONTAINERS, JsonReaders, too_many_containers
from usina.wire.json_write import JsonWriters
from usina.wire.models import event_stream
from usina.wire.rest_write import header_text
from usina.wire.target import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from usina.core.errors import ApiError
    from usina.core.operation import Received
    from usina.wire.models import Model, Shape
    from usina.wire.target import Target

CBOR = "application/cbor"
_INDEFINITE = 31
_DIRECT = 24
_BREAK = 0xFF
_LENGTHS = {24: 1, 25: 2, 26: 4, 27: 8}
_FLOATS = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}
_SIMPLE = {20: False, 21: True, 22: None, 23: None}
_EPOCH_TAG = 1
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _LIST, _MAP, _TAG = range(7)


def _malformed() -> ValidationError:
    return ValidationError("The request body is not valid CBOR", kind=Kind.MALFORMED)


class _Reader:
    """One document. Every length is checked against the bytes that are left before anything is made of it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0
        self._containers = 0

    def take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self._data):
            raise _malformed()
        taken = self._data[self.position : end]
        self.position = end
        return taken

    def _ended(self) -> bool:
        """Whether a break comes next; takes it."""
        if self.position >= len(self._data):
            raise _malformed()
        if self._data[self.position] != _BREAK:
            return False
        self.position += 1
        return True

    def item(self, depth: int) -> Any:
        if depth > DEFAULT_LIMITS.json_depth:
            raise TooLargeError(f"The request body is nested deeper than {DEFAULT_LIMITS.json_depth} levels")
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if major > _TAG:
            return self._simple(info)
        if major in {_LIST, _MAP}:
            return self._container(major, info, depth)
        if info == _INDEFINITE and major in {_BYTES, _TEXT}:
            return self._chunked(major)
        argument = self._argument(info)
        if major == _UNSIGNED:
            return argument
        if major == _NEGATIVE:
            return -1 - argument
        if major == _TAG:
            return self._tagged(argument, depth)
        return self.take(argument) if major == _BYTES else _text(self.take(argument))

    def _container(self, major: int, info: int, depth: int) -> Any:
        self._containers += 1
        if self._containers > MOST_CONTAINERS:
            raise too_many_containers()
        if info == _INDEFINITE:
            return self._indefinite(major, depth)
        count = self._argument(info)
        # A count that the rest of the document cannot hold is refused before the first element is read.
        if count > len(self._data) - self.position:
            raise _malformed()
        if major == _LIST:
            return [self.item(depth + 1) for _ in range(count)]
        return dict(self._pair(depth) for _ in range(count))

    def _argument(self, info: int) -> int:
        if info < _DIRECT:
            return info
        length = _LENGTHS.get(info)
        if length is None:
            raise _malformed()
        return int.from_bytes(self.take(length), "big")

    def _pair(self, depth: int) -> tuple[str, Any]:
        key = self.item(depth + 1)
        if type(key) is not str:
            raise _malformed()
        return key, self.item(depth + 1)

    def _indefinite(self, major: int, depth: int) -> Any:
        if major == _LIST:
            items = []
            while not self._ended():
                items.append(self.item(depth + 1))
            return items
        pairs: dict[str, Any] = {}
        while not self._ended():
            key, value = self._pair(depth)
            pairs[key] = value
        return pairs

    def _chunked(self, major: int) -> bytes | str:
        chunks = []
        while not self._ended():
            first = self.take(1)[0]
            if first >> 5 != major:
                raise _malformed()
            chunks.append(self.take(self._argument(first & 31)))
        whole = b"".join(chunks)
        return whole if major == _BYTES else _text(whole)

    def _tagged(self, tag: int, depth: int) -> datetime:
        value = self.item(depth + 1)
        if tag != _EPOCH_TAG or type(value) not in {int, float}:
            raise _malformed()
        return timestamps.from_epoch(value)

    def _simple(self, info: int) -> Any:
        if info in _SIMPLE:
            return _SIMPLE[info]
        form = _FLOATS.get(info)
        if form is None:
            raise _malformed()
        return struct.unpack(form[0], self.take(form[1]))[0]


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise _malformed() from None


def decode(payload: bytes) -> Any:
    """The one item of a CBOR document.

    Raises:
        ValidationError: kind MALFORMED, not CBOR, more than one item, or a tag that no parameter has.
        TooLargeError: nested too deep.
        TypeFaultError: a timestamp outside the calendar.
    """
    reader = _Reader(payload)
    value = reader.item(0)
    if reader.position != len(payload):
        raise _malformed()
    return value


def _timestamp(value: Any) -> cbor2.CBORTag:
    return cbor2.CBORTag(_EPOCH_TAG, timestamps.to_epoch(value))


@cache
def _readers(model: Model) -> JsonReaders:
    del model
    return JsonReaders(renames=False)


@cache
def _writers(model: Model) -> JsonWriters:
    del model
    return JsonWriters(renames=False, timestamp=_timestamp)


def compile_parse(model: Model, operation: str) -> Callable[[Target, Received, bytes], dict[str, Any]]:
    """The reader of an operation's requests."""
    shape = model.input(operation)
    if shape is None:
        return lambda _target, _received, _payload: {}
    stream = event_stream(shape)
    if stream is not None:
        name, member = stream
        reader = EventReader(member, lambda members: _cbor_bytes(_readers(model).structure_of(members)))
        return lambda _target, _received, payload: {name: reader.events(payload)}
    read = _readers(model).of(shape)
    return lambda _target, _received, payload: read(decode(payload)) if payload else {}


def _cbor_bytes(read: Callable[[Any], Any]) -> Callable[[bytes], Any]:
    return lambda payload: read(decode(payload)) if payload else {}


def _headers(request_id: str, content_type: str) -> list[tuple[str, str]]:
    return [("x-amzn-RequestId", request_id), ("smithy-protocol", "rpc-v2-cbor"), ("Content-Type", content_type)]


def compile_serialise(model: Model, operation: str) -> Callable[[Mapping[str, Any], str], Reply]:
    """The writer of an operation's responses."""
    shape = model.output(operation)
    if shape is None:
        return lambda _result, request_id: Reply(200, _headers(request_id, CBOR)[:2], b"")
    stream = event_stream(shape)
    if stream is None:
        write = _writers(model).structure_of(shape.name, shape.members())
        return lambda result, request_id: Reply(200, _headers(request_id, CBOR), cbor2.dumps(write(result)))
    stream_name, member = stream
    writer = EventWriter(member, CBOR, lambda shape, members: _body(model, shape, members))
    write_rest = _writers(model).structure_of(
        shape.name, [(name, each) for name, each in shape.members() if name != stream_name]
    )

    def serialise(result: Mapping[str, Any], request_id: str) -> Reply:
        rest = {name: value for name, value in result.items() if name != stream_name}
        first = writer.initial(cbor2.dumps(write_rest(rest)))
        body = stream_bytes(writer, result[stream_name], codes.stream_codes, first)
        return Reply(200, _headers(request_id, EVENT_STREAM), body)

    return serialise


def _body(model: Model, shape: Shape, members: list[tuple[str, Shape]]) -> Callable[[Any], bytes]:
    write = _writers(model).structure_of(shape.name, members)
    return lambda value: cbor2.dumps(write(value))


def serialise_error(model: Model | None, operation: str, error: ApiError, request_id: str) -> Reply:
    """An error in this protocol; works without a model as well."""
    found = codes.answer(model, operation, "smithy-rpc-v2-cbor", error)
    headers = [*_headers(request_id, CBOR), ("x-amzn-errortype", header_text(found.code))]
    body: dict[str, Any] = {"__type": found.code}
    if found.shape is None or model is None:
        body["message"] = error.message
    else:
        body["__type"] = found.shape.name
        if codes.query_code(model, found.shape):
            headers.append(("x-amzn-query-error", f"{header_text(found.code)};{found.fault}"))
        write = _writers(model).structure_of(found.shape.name, found.shape.members())
        body |= write(error_members(found.shape, error))
        if "message" not in body and "Message" not in body:
            body["message"] = error.message
    return Reply(found.status, headers, cbor2.dumps(body))
