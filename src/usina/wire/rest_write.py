"""Results -> REST responses: status, headers, and what of a result belongs into the body."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from usina.wire import scalars, timestamps
from usina.wire.json_write import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.wire.models import Shape

_CONTROL = dict.fromkeys((*range(32), *range(127, 160)))


def header_text(value: Any) -> str:
    """Text that may stand in a header: control characters would end it."""
    return str(value).translate(_CONTROL)


def header_writer(shape: Shape) -> Callable[[Any], str]:
    """What writes a member as a header's value."""
    if shape.type == "list":
        element = shape.element
        of_element = header_writer(element)
        if element.type in scalars.STRINGS:
            return lambda value: ", ".join(_list_text(of_element(item)) for item in value if item is not None)
        return lambda value: ", ".join(of_element(item) for item in value if item is not None)
    if shape.type == "timestamp":
        write = timestamps.writer(shape.trait("timestampFormat"), "rfc822")
        return lambda value: str(write(value))
    if shape.type == "blob":
        return lambda value: base64.b64encode(value).decode()
    if shape.trait("jsonvalue"):
        return lambda value: base64.b64encode(encode(value)).decode()
    return lambda value: header_text(scalars.written_text(value))


def _list_text(text: str) -> str:
    if '"' in text or "," in text:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text


class ResponseBindings:
    """Members of an output that do not go into the body."""

    def __init__(self, shape: Shape) -> None:
        self.status: str | None = None
        self.headers: list[tuple[str, str, Callable[[Any], str]]] = []
        self.prefixes: list[tuple[str, str]] = []
        self.body: list[tuple[str, Shape]] = []
        for name, member in shape.members():
            location = member.trait("location")
            wire_name = member.location_name or name
            if location == "statusCode":
                self.status = name
            elif location == "header":
                self.headers.append((name, wire_name, header_writer(member)))
            elif location == "headers":
                self.prefixes.append((name, member.location_name or ""))
            else:
                self.body.append((name, member))
        self.outside = frozenset(
            [name for name, _, _ in self.headers]
            + [name for name, _ in self.prefixes]
            + ([self.status] if self.status is not None else [])
        )

    def write_headers(self, result: Mapping[str, Any], into: list[tuple[str, str]]) -> None:
        """Append the headers that the result asks for."""
        for name, wire_name, write in self.headers:
            value = result.get(name)
            if value is not None and not (isinstance(value, list) and not value):
                into.append((wire_name, write(value)))
        for name, prefix in self.prefixes:
            for key, value in (result.get(name) or {}).items():
                if value is not None:
                    into.append((header_text(prefix + key), header_text(value)))

    def write_status(self, result: Mapping[str, Any], default: int) -> int:
        """HTTP status of the response."""
        if self.status is None:
            return default
        status: int = result.get(self.status) or default
        return status

    def rest(self, result: Mapping[str, Any]) -> Mapping[str, Any]:
        """What of the result goes into the body."""
        if not self.outside:
            return result
        return {key: value for key, value in result.items() if key not in self.outside}
