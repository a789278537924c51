"""REST requests -> parameters: URI labels, query, headers and the body, for rest-json and rest-xml."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from usina.core.errors import Kind, ValidationError
from usina.wire import json_read, scalars, timestamps
from usina.wire.faults import TypeFaultError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.operation import Received
    from usina.wire.models import Shape

_MOST_QUERY_FIELDS = 1_000


def query_fields(raw_query: str) -> list[tuple[str, str]]:
    """Fields of a query string, unquoted, order and repeats kept.

    Raises:
        ValidationError: kind MALFORMED, more fields than any operation takes.
    """
    return parse_form(raw_query, _MOST_QUERY_FIELDS)


def parse_form(text: str, most_fields: int) -> list[tuple[str, str]]:
    """Fields of a form, unquoted, order and repeats kept.

    Raises:
        ValidationError: kind MALFORMED, too many fields.
    """
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=most_fields)
    except ValueError:
        raise ValidationError(f"A request has at most {most_fields} fields", kind=Kind.MALFORMED) from None


def text_reader(shape: Shape) -> Callable[[Any], Any]:
    """What reads a single value from text: a label, a query field, an XML element."""
    kind = shape.type
    if kind == "boolean":
        return scalars.text_boolean
    if kind in scalars.INTEGERS:
        return scalars.text_integer(kind)
    if kind in scalars.FLOATS:
        return scalars.text_floating
    if kind == "timestamp":
        return timestamps.from_any
    if kind == "blob":
        return scalars.blob
    return str


def split_header_list(text: str) -> list[str]:
    """Elements of a header that is a list: commas apart, quoted where an element holds one."""
    out: list[str] = []
    current: list[str] = []
    quoted = escaped = False
    was_quoted = False
    for character in text:
        if escaped:
            current.append(character)
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"' and (quoted or not "".join(current).strip()):
            if not quoted:
                current.clear()
            quoted = not quoted
            was_quoted = True
        elif character == "," and not quoted:
            out.append("".join(current) if was_quoted else "".join(current).strip())
            current, was_quoted = [], False
        elif quoted or not was_quoted:
            current.append(character)
    out.append("".join(current) if was_quoted else "".join(current).strip())
    return out


def _split_dates(text: str) -> list[str]:
    """HTTP dates hold a comma themselves."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > 1 and len(parts) % 2 == 0 and parts[0].isalpha():
        return [f"{parts[index]}, {parts[index + 1]}" for index in range(0, len(parts), 2)]
    return parts


def header_reader(shape: Shape) -> Callable[[str], Any]:
    """What reads a member from a header's value."""
    if shape.type == "list":
        element = shape.element
        of_element = header_reader(element)
        split = _split_dates if element.type == "timestamp" else split_header_list
        return lambda text: [of_element(part) for part in split(text)] if text.strip() else []
    if shape.trait("jsonvalue"):
        return _json_header
    return text_reader(shape)


def _json_header(text: str) -> Any:
    try:
        return json_read.decode(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, ValidationError):
        raise TypeFaultError("base64 of JSON") from None


class Bindings:
    """Members of an input that do not come in the body, each with its reader."""

    def __init__(self, shape: Shape) -> None:
        self.labels: list[tuple[str, str, Callable[[Any], Any]]] = []
        self.query: dict[str, tuple[str, Callable[[Any], Any], bool]] = {}
        self.query_map: tuple[str, Shape] | None = None
        self.headers: dict[str, tuple[str, Callable[[str], Any]]] = {}
        self.prefixes: list[tuple[str, str]] = []
        self.body: list[tuple[str, Shape]] = []
        for name, member in shape.members():
            wire_name = member.location_name or name
            location = member.trait("location")
            if location == "uri":
                self.labels.append((name, wire_name, text_reader(member)))
            elif location == "querystring" and member.type == "map":
                self.query_map = (name, member)
            elif location == "querystring":
                many = member.type == "list"
                self.query[wire_name] = (name, text_reader(member.element if many else member), many)
            elif location == "header":
                self.headers[wire_name.lower()] = (name, header_reader(member))
            elif location == "headers":
                prefix = name if member.location_name is None else member.location_name
                self.prefixes.append((prefix.lower(), name))
            else:
                self.body.append((name, member))

    def read(self, labels: Mapping[str, str], received: Received, into: dict[str, Any]) -> None:
        """Put all members found outside the body into `into`.

        Raises:
            TypeFaultError: one is of a wrong type.
            ValidationError: the query cannot be read.
        """
        name = ""
        try:
            for name, wire_name, read in self.labels:
                text = labels.get(wire_name)
                if text is not None:
                    into[name] = read(text)
            if received.raw_query and (self.query or self.query_map is not None):
                self._read_query(received.raw_query, into)
            if self.headers or self.prefixes:
                self._read_headers(received, into)
        except TypeFaultError as fault:
            raise (fault if fault.path else fault.under(name)) from None

    def _read_query(self, raw_query: str, into: dict[str, Any]) -> None:
        rest: list[tuple[str, str]] = []
        name = ""
        try:
            for key, text in query_fields(raw_query):
                rest.append((key, text))
                found = self.query.get(key)
                if found is None:
                    continue
                name, read, many = found
                if many:
                    into.setdefault(name, []).append(read(text))
                elif name not in into:
                    into[name] = read(text)
        except TypeFaultError as fault:
            raise fault.under(name) from None
        if self.query_map is not None and rest:
            name, shape = self.query_map
            many = shape.value.type == "list"
            fields: dict[str, Any] = into.setdefault(name, {})
            for key, text in rest:
                if many:
                    fields.setdefault(key, []).append(text)
                else:
                    fields.setdefault(key, text)

    def _read_headers(self, received: Received, into: dict[str, Any]) -> None:
        name = ""
        try:
            for key, text in received.headers:
                found = self.headers.get(key)
                if found is not None:
                    name, read = found
                    value = read(text)
                    if isinstance(value, list) and name in into:
                        into[name].extend(value)
                    else:
                        into[name] = value
                for prefix, member in self.prefixes:
                    if key.startswith(prefix) and key not in self.headers:
                        into.setdefault(member, {})[key[len(prefix) :]] = text
        except TypeFaultError as fault:
            raise fault.under(name) from None


def payload_member(shape: Shape) -> tuple[str, Shape] | None:
    """The member that is the whole body, where there is one."""
    name = shape.trait("payload")
    member = shape.member(name) if name is not None else None
    return None if member is None else (name, member)
