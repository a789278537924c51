"""Event streams by their shapes: batches of events -> bytes, and bytes -> events.

An `ApiError` that rises while a stream runs becomes the stream's own error message, so that a client never takes a
broken answer for a whole one, and then rises on, so that the pipeline can close its record as broken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError, Kind, TooLargeError, ValidationError
from usina.wire import eventstream, scalars, timestamps
from usina.wire.faults import TypeFaultError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from usina.wire.models import Shape


_PIECE_BYTES = 65_536  # messages of one piece are in memory together
_MOST_EVENTS = 100_000  # of one request; each takes some 500 bytes of memory


def _type_headers(message_type: str, type_name: str, name: str, content_type: str) -> dict[str, Any]:
    headers: dict[str, Any] = {f":{type_name}-type": name}
    if content_type:
        headers[":content-type"] = content_type
    headers[":message-type"] = message_type
    return headers


class EventWriter:
    """Writer of one event stream. `body_writer` makes the payload of a structure in the service's protocol."""

    def __init__(
        self,
        stream: Shape,
        content_type: str,
        body_writer: Callable[[Shape, list[tuple[str, Shape]]], Callable[[Any], bytes]],
    ) -> None:
        self._content_type = content_type
        self._events: dict[str, Callable[[Mapping[str, Any]], bytes]] = {}
        self._errors: dict[str, tuple[str, Shape, Callable[[Any], bytes]]] = {}
        for name, member in stream.members():
            if member.trait("exception"):
                self._errors[member.name] = (name, member, body_writer(member, list(member.members())))
            else:
                self._events[name] = self._compile(name, member, body_writer)

    def _compile(
        self,
        name: str,
        shape: Shape,
        body_writer: Callable[[Shape, list[tuple[str, Shape]]], Callable[[Any], bytes]],
    ) -> Callable[[Mapping[str, Any]], bytes]:
        in_headers = [each for each, member in shape.members() if member.trait("eventheader")]
        payload = next(((each, member) for each, member in shape.members() if member.trait("eventpayload")), None)
        content_type = self._content_type
        write: Callable[[Mapping[str, Any]], bytes]
        if payload is None:
            rest = [(each, member) for each, member in shape.members() if each not in in_headers]
            if not rest and not shape.document:
                content_type = "" if in_headers else content_type
            body = body_writer(shape, rest)
            names = frozenset(in_headers)
            write = (
                (lambda event: body({key: item for key, item in event.items() if key not in names})) if names else body
            )
        else:
            payload_name, member = payload
            if member.type == "blob":
                content_type = "application/octet-stream"
                write = lambda event: event.get(payload_name) or b""  # noqa: E731 - one of three forms of one thing
            elif member.type in scalars.STRINGS:
                content_type = "text/plain"
                write = lambda event: (event.get(payload_name) or "").encode()  # noqa: E731 - as above
            else:
                of_member = body_writer(member, list(member.members()))
                write = lambda event: of_member(event.get(payload_name) or {})  # noqa: E731 - as above
        fixed = eventstream.encode_headers(_type_headers("event", "event", name, content_type))
        if not in_headers:
            framed = eventstream.framer(fixed)
            return lambda event: framed(write(event))

        def with_headers(event: Mapping[str, Any]) -> bytes:
            values = {each: event[each] for each in in_headers if event.get(each) is not None}
            return eventstream.frame(fixed + eventstream.encode_headers(values), write(event))

        return with_headers

    def batch(self, events: Sequence[Mapping[str, Any]]) -> bytes:
        """Events as the bytes of one write. KeyError where the stream has no event of that name (a handler's bug)."""
        out: list[bytes] = []
        for event in events:
            for name, value in event.items():
                if value is not None:
                    out.append(self._events[name](value))
        return out[0] if len(out) == 1 else b"".join(out)

    def initial(self, payload: bytes) -> bytes:
        """The first message of RPC protocols, which holds the members that do not stream."""
        headers = _type_headers("event", "event", "initial-response", self._content_type)
        return eventstream.encode(headers, payload)

    def error(self, error: ApiError, codes: Sequence[str]) -> bytes:
        """The message that ends a broken stream: the first of these codes that the stream models, else unmodelled."""
        for code in codes:
            found = self._errors.get(code)
            if found is not None:
                name, shape, write = found
                headers = _type_headers("exception", "exception", name, self._content_type)
                return eventstream.encode(headers, write(error_members(shape, error)))
        headers = {
            ":error-code": codes[0] if codes else "InternalFailure",
            ":error-message": error.message[:4_096],
            ":message-type": "error",
        }
        return eventstream.encode(headers, b"")


def error_members(shape: Shape, error: ApiError, *, message: bool = True) -> dict[str, Any]:
    """Members of an error shape: the message under the name that the shape has for it, and what the error carries.

    `message` False: without the message, where the protocol has a place of its own for it.
    """
    members: dict[str, Any] = {}
    for name, _ in shape.members():
        if name.lower() == "message":
            if message:
                members[name] = error.message
        elif name in error.members:
            members[name] = error.members[name]
    return members


async def stream_bytes(
    writer: EventWriter,
    batches: AsyncIterator[Sequence[Mapping[str, Any]]],
    codes: Callable[[ApiError], Sequence[str]],
    first: bytes = b"",
) -> AsyncIterator[bytes]:
    """The bytes of a stream, one write per batch. Closing this closes the handler's iterator."""
    try:
        if first:
            yield first
        async for batch in batches:
            data = writer.batch(batch)
            if data:
                yield data
    except ApiError as error:
        yield writer.error(error, codes(error))
        raise
    finally:
        close = getattr(batches, "aclose", None)
        if close is not None:
            await close()


def _header_reader(shape: Shape) -> Callable[[Any], Any]:
    """What takes an event's header as a member: it has a type already, which must be the member's."""
    if shape.type == "timestamp":
        return timestamps.from_any
    if shape.type == "boolean":
        return scalars.boolean
    if shape.type in scalars.INTEGERS:
        return scalars.integer(shape.type)
    return scalars.blob if shape.type == "blob" else scalars.string


class EventReader:
    """Reader of one event stream that a client sends."""

    def __init__(self, stream: Shape, body_reader: Callable[[list[tuple[str, Shape]]], Callable[[bytes], Any]]) -> None:
        self._events: dict[str, Callable[[eventstream.Message], dict[str, Any]]] = {
            name: self._compile(member, body_reader)
            for name, member in stream.members()
            if not member.trait("exception")
        }

    @staticmethod
    def _compile(
        shape: Shape, body_reader: Callable[[list[tuple[str, Shape]]], Callable[[bytes], Any]]
    ) -> Callable[[eventstream.Message], dict[str, Any]]:
        in_headers = {name: _header_reader(member) for name, member in shape.members() if member.trait("eventheader")}
        payload = next(((name, member) for name, member in shape.members() if member.trait("eventpayload")), None)
        rest = [(name, member) for name, member in shape.members() if name not in in_headers]
        if payload is None or payload[1].type in {"structure", "list", "map"}:
            of_body = body_reader(rest if payload is None else list(payload[1].members()))
        else:
            of_body = bytes.decode if payload[1].type in scalars.STRINGS else bytes

        def read(message: eventstream.Message) -> dict[str, Any]:
            event = {
                name: of_header(message.headers[name])
                for name, of_header in in_headers.items()
                if name in message.headers
            }
            if payload is None:
                event.update(of_body(message.payload))
            else:
                event[payload[0]] = of_body(message.payload)
            return event

        return read

    def events(self, data: bytes) -> list[dict[str, Any]]:
        """All events of a whole body. Events that the model does not know are passed over.

        Raises:
            ValidationError: not an event stream, or an event does not fit its shape.
        """
        decoder = eventstream.Decoder()
        found: list[dict[str, Any]] = []
        pieces = (data[start : start + _PIECE_BYTES] for start in range(0, len(data), _PIECE_BYTES))
        for message in (message for piece in pieces for message in decoder.feed(piece)):
            if len(found) >= _MOST_EVENTS:
                raise TooLargeError(f"The request holds more than {_MOST_EVENTS} events")
            name = message.headers.get(":event-type")
            read = self._events.get(name) if isinstance(name, str) else None
            if read is None or message.headers.get(":message-type") != "event":
                continue
            try:
                found.append({str(name): read(message)})
            except TypeFaultError as fault:
                raise fault.under(str(name)) from None
            except UnicodeDecodeError:
                raise ValidationError("An event is not valid UTF-8", kind=Kind.MALFORMED) from None
        decoder.finish()
        return found
