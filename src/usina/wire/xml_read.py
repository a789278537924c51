"""XML -> typed parameters, for rest-xml: a bounded tree without DTD or entities, then one closure per shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from usina.core.errors import Kind, TooLargeError, ValidationError
from usina.core.limits import DEFAULT_LIMITS
from usina.wire.faults import TypeFaultError
from usina.wire.knots import tied
from usina.wire.rest_read import text_reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from usina.wire.models import Shape


_MOST_ELEMENTS = 200_000  # in one document; each takes some 400 bytes of memory


class Node:
    """An element: names without their namespace prefix, which clients choose as they like."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Node] = []
        self.text: list[str] = []


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Builder:
    """Handlers for expat that build the tree and stop at what a request has no use for."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        node = Node(_local(name), attributes)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)
        self._count += 1
        if self._count > _MOST_ELEMENTS:
            raise TooLargeError(f"The request body holds more than {_MOST_ELEMENTS} elements")
        if len(self._open) > DEFAULT_LIMITS.json_depth:
            raise TooLargeError(f"The request body is nested deeper than {DEFAULT_LIMITS.json_depth} levels")

    def end(self, _name: str) -> None:
        self._open.pop()

    def data(self, text: str) -> None:
        if self._open:
            self._open[-1].text.append(text)

    @staticmethod
    def refuse(*_: object) -> None:
        raise ValidationError("A document type is not allowed in a request", kind=Kind.MALFORMED)


def decode(payload: bytes) -> Node:
    """The root element of a document.

    Raises:
        ValidationError: kind MALFORMED, not XML, or XML with a document type.
        TooLargeError: nested too deep, or more elements than any request needs.
    """
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        parser.Parse(payload, True)  # noqa: FBT003 - expat takes no names; it says that this is all
    except (expat.ExpatError, ValueError, LookupError):
        raise ValidationError("The request body is not valid XML", kind=Kind.MALFORMED) from None
    if builder.root is None:
        raise ValidationError("The request body is not valid XML", kind=Kind.MALFORMED)
    return builder.root


class XmlReaders:
    """Readers of a service's shapes from elements. Each takes all elements that bear the member's name."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bool], Callable[[Any], Any]] = {}

    def of(self, shape: Shape) -> Callable[[list[Node]], Any]:
        """The reader of a shape."""
        if shape.type not in {"structure", "list", "map"}:
            read = text_reader(shape)

            def scalar(nodes: list[Node]) -> Any:
                if nodes[0].children:
                    raise TypeFaultError("a single value")
                return read("".join(nodes[0].text))

            return scalar
        build = {"structure": self._structure, "list": self._list, "map": self._map}[shape.type]
        return tied(self._known, (shape.name, bool(shape.trait("flattened"))), lambda: build(shape))

    def structure_of(self, members: list[tuple[str, Shape]]) -> Callable[[list[Node]], dict[str, Any]]:
        """A reader of an element that holds these members; what it does not know is passed over."""
        table: dict[str, tuple[str, Callable[[list[Node]], Any]]] = {}
        attributes: dict[str, tuple[str, Callable[[Any], Any]]] = {}
        for name, member in members:
            if member.trait("xmlAttribute"):
                attributes[_local(member.location_name or name)] = (name, text_reader(member))
            else:
                table[wire_name(name, member)] = (name, self.of(member))
        for name, member in members:
            for other in other_names(name, member):
                table.setdefault(other, (name, self.of(member)))

        def read(nodes: list[Node]) -> dict[str, Any]:
            out: dict[str, Any] = {}
            name = ""
            found: dict[str, list[Node]] = {}
            for child in nodes[0].children:
                found.setdefault(child.name, []).append(child)
            try:
                for key, children in found.items():
                    member = table.get(key)
                    if member is not None:
                        name = member[0]
                        out[name] = member[1](children)
                for key, text in nodes[0].attributes.items() if attributes else ():
                    attribute = attributes.get(_local(key))
                    if attribute is not None:
                        name = attribute[0]
                        out[name] = attribute[1](text)
            except TypeFaultError as fault:
                raise fault.under(name) from None
            return out

        return read

    def _structure(self, shape: Shape) -> Callable[[list[Node]], dict[str, Any]]:
        return self.structure_of(list(shape.members()))

    def _list(self, shape: Shape) -> Callable[[list[Node]], list[Any]]:
        of_element = self.of(shape.element)
        inner = None if shape.trait("flattened") else (shape.element.location_name or "member")

        def read(nodes: list[Node]) -> list[Any]:
            items = nodes if inner is None else [child for child in nodes[0].children if child.name == inner]
            out: list[Any] = []
            try:
                for item in items:
                    out.append(of_element([item]))  # noqa: PERF401 - the count is the place of the fault
            except TypeFaultError as fault:
                raise fault.under(str(len(out) + 1), "member") from None
            return out

        return read

    def _map(self, shape: Shape) -> Callable[[list[Node]], dict[str, Any]]:
        flattened = bool(shape.trait("flattened"))
        key_name = shape.key.location_name or "key"
        value_name = shape.value.location_name or "value"
        of_value = self.of(shape.value)

        def read(nodes: list[Node]) -> dict[str, Any]:
            entries = nodes if flattened else [child for child in nodes[0].children if child.name == "entry"]
            out: dict[str, Any] = {}
            for entry in entries:
                keys = [child for child in entry.children if child.name == key_name]
                values = [child for child in entry.children if child.name == value_name]
                if not keys:
                    raise TypeFaultError("a map whose entries have keys")
                key = "".join(keys[0].text)
                try:
                    if values:
                        out[key] = of_value(values)
                except TypeFaultError as fault:
                    raise fault.under(key, "member") from None
            return out

        return read


def wire_name(name: str, member: Shape) -> str:
    """The name a member goes under: a flattened list under the name of its elements, where they have one."""
    if member.type == "list" and member.trait("flattened") and member.element.location_name:
        return member.element.location_name
    return member.location_name or name


def other_names(name: str, member: Shape) -> list[str]:
    """Names that some clients send a member under instead.

    They differ from botocore where a flattened list and its elements both have a name, and where a structure has one of
    its own beside its member's.
    """
    own = member.reference.get("locationName") or name
    return [] if member.trait("xmlAttribute") else [member.location_name or own, own]
