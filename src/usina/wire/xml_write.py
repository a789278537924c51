"""Results -> XML, for the query and rest-xml protocols: one closure per shape."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from usina.wire import scalars, timestamps
from usina.wire.knots import tied

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.wire.models import Shape

_ESCAPES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\r": "&#xD;",
    "\n": "&#xA;",
    "\x85": "&#x85;",
    "\u2028": "&#x2028;",
}
_SPECIAL = re.compile('[&<>"\r\n\x85\u2028]')
# XML 1.0 has no way to write these at all.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def escape(text: str) -> str:
    """Text as it may stand in an element or an attribute; what XML cannot hold becomes U+FFFD."""
    return _SPECIAL.sub(lambda found: _ESCAPES[found.group()], _UNWRITABLE.sub("\ufffd", text))


def element(name: str, content: str, attributes: str = "") -> str:
    """An element whose content is XML already."""
    return f"<{name}{attributes}>{content}</{name.partition(' ')[0]}>"


def namespace(shape: Shape) -> str:
    """The namespace attribute that a shape asks for, with the blank before it."""
    found = shape.trait("xmlNamespace")
    if not found:
        return ""
    if isinstance(found, str):
        return f' xmlns="{escape(found)}"'
    prefix = f":{found['prefix']}" if found.get("prefix") else ""
    return f' xmlns{prefix}="{escape(found["uri"])}"'


def scalar_writer(shape: Shape) -> Callable[[Any], str]:
    """What writes a single value as text."""
    if shape.type == "timestamp":
        write = timestamps.writer(shape.trait("timestampFormat"), "iso8601")
        return lambda value: str(write(value))
    if shape.type == "blob":
        return lambda value: base64.b64encode(value).decode()
    if shape.type in scalars.FLOATS:
        return lambda value: str(scalars.written_float(value))
    if shape.type in scalars.STRINGS:
        return lambda value: escape(str(value))
    return lambda value: escape(scalars.written_text(value))


def attributes_of(shape: Shape) -> Callable[[Mapping[str, Any]], str]:
    """What writes the members of a structure that are attributes of its element."""
    found = [
        (name, member.location_name or name, scalar_writer(member))
        for name, member in shape.members()
        if member.trait("xmlAttribute")
    ]

    def write(value: Mapping[str, Any]) -> str:
        texts = [(tag, of_member(value[name])) for name, tag, of_member in found if value.get(name) is not None]
        # A parser makes blanks of tabs in attributes, unless they are written as references.
        return "".join([' {}="{}"'.format(tag, text.replace("\t", "&#x9;")) for tag, text in texts])

    return write


class XmlWriters:
    """Writers of a service's shapes. `content` gives what goes between a shape's own tags."""

    def __init__(self) -> None:
        self._known: dict[str, Callable[[Any], Any]] = {}

    def content(self, shape: Shape) -> Callable[[Any], str]:
        """Writer of a shape's content: members of a structure, elements of a list, text of a scalar."""
        if shape.type not in {"structure", "list", "map"}:
            return scalar_writer(shape)
        if shape.type == "structure":
            return tied(self._known, shape.name, lambda: self.structure(shape, list(shape.members())))
        inner = shape.element.location_name or "member" if shape.type == "list" else "entry"
        return tied(self._known, shape.name, lambda: self._items(shape, inner))

    def structure(self, shape: Shape, members: list[tuple[str, Shape]]) -> Callable[[Mapping[str, Any]], str]:
        """Writer of some members of a structure. It raises KeyError on a member that the shape does not have."""
        table = {
            name: self.member(name, member)
            for name, member in members
            if not member.trait("xmlAttribute") and not member.trait("eventheader")
        }
        ignored = frozenset(name for name, _ in shape.members()) - table.keys()

        def write(value: Mapping[str, Any]) -> str:
            out: list[str] = []
            for name, item in value.items():
                if item is not None and name not in ignored:
                    convert = table.get(name)
                    if convert is None:
                        raise KeyError(f"{shape.name} has no member {name}")
                    out.append(convert(item))
            return "".join(out)

        return write

    def member(self, name: str, shape: Shape) -> Callable[[Any], str]:
        """Writer of a member with its tags: one element, or several where it is flattened."""
        tag = shape.location_name or name
        if shape.trait("flattened") and shape.type in {"list", "map"}:
            return self._items(shape, (shape.type == "list" and shape.element.location_name) or tag)
        return self._tagged(tag, shape)

    def _tagged(self, tag: str, shape: Shape) -> Callable[[Any], str]:
        content = self.content(shape)
        opening = tag + namespace(shape)
        if not any(item.trait("xmlAttribute") for _, item in shape.members()):
            return lambda value: element(opening, content(value))
        attributes = attributes_of(shape)
        return lambda value: element(opening, content(value), attributes(value))

    def _items(self, shape: Shape, tag: str) -> Callable[[Any], str]:
        if shape.type == "list":
            write = self._element(shape.element, tag)
            return lambda value: "".join([write(item) for item in value if item is not None])
        of_key = self._element(shape.key, shape.key.location_name or "key")
        of_value = self._element(shape.value, shape.value.location_name or "value")
        return lambda value: "".join(
            [element(tag, of_key(key) + of_value(item)) for key, item in value.items() if item is not None]
        )

    def _element(self, shape: Shape, tag: str) -> Callable[[Any], str]:
        """An element of a list or map: never flattened, whatever its shape says."""
        return self._tagged(tag, shape)
