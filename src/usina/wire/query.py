"""The query protocol (STS, IAM): forms in, XML out, compiled per operation."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from usina.core.errors import Kind, TooLargeError, ValidationError
from usina.core.limits import DEFAULT_LIMITS
from usina.wire import codes
from usina.wire.events import error_members
from usina.wire.faults import TypeFaultError
from usina.wire.knots import tied
from usina.wire.rest_read import parse_form, text_reader
from usina.wire.target import Reply
from usina.wire.xml_read import other_names, wire_name
from usina.wire.xml_write import XmlWriters, element, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.errors import ApiError
    from usina.core.operation import Received
    from usina.wire.models import Model, Shape
    from usina.wire.target import Target

XML = "text/xml"
_INDEX = re.compile(r"[1-9]\d{0,5}")
_MOST_FIELDS = 10_000
Tree = dict[str, Any]  # name -> subtree; the value of the node itself under ""


def fields(received: Received, payload: bytes) -> dict[str, str]:
    """Fields of a query request, from its query string and its form.

    Raises:
        ValidationError: kind MALFORMED.
    """
    found = parse_form(received.raw_query, _MOST_FIELDS) if received.raw_query else []
    if payload:
        try:
            found += parse_form(payload.decode("ascii"), _MOST_FIELDS)
        except UnicodeDecodeError:
            raise ValidationError("The form cannot be read", kind=Kind.MALFORMED) from None
    return dict(found)


def _tree(found: Mapping[str, str]) -> Tree:
    root: Tree = {}
    for key, text in found.items():
        node = root
        parts = key.split(".")
        if len(parts) > DEFAULT_LIMITS.json_depth:
            raise TooLargeError(f"A parameter is nested deeper than {DEFAULT_LIMITS.json_depth} levels")
        for part in parts:
            node = node.setdefault(part, {}) if part else node
        node[""] = text
    return root


class _Readers:
    """Readers of a service's shapes from trees of fields."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bool, str | None], Callable[[Tree], Any]] = {}

    def of(self, shape: Shape) -> Callable[[Tree], Any]:
        if shape.type not in {"structure", "list", "map"}:
            read = text_reader(shape)

            def scalar(node: Tree) -> Any:
                if "" not in node:
                    raise TypeFaultError("a single value")
                return read(node[""])

            return scalar
        key = (shape.name, bool(shape.trait("flattened")), shape.location_name)
        build = {"structure": self._structure, "list": self._list, "map": self._map}[shape.type]
        return tied(self._known, key, lambda: build(shape))

    def _structure(self, shape: Shape) -> Callable[[Tree], Any]:
        table = [(name, wire_name(name, member), self.of(member)) for name, member in shape.members()]
        taken = {each for _, each, _ in table}
        for name, member in shape.members():
            others = [each for each in other_names(name, member) if each not in taken]
            table += [(name, each, self.of(member)) for each in dict.fromkeys(others)]

        def read(node: Tree) -> dict[str, Any]:
            out: dict[str, Any] = {}
            name = ""
            try:
                for name, key, convert in table:
                    found = node.get(key)
                    if found is not None:
                        out[name] = convert(found)
            except TypeFaultError as fault:
                raise fault.under(name) from None
            return out

        return read

    def _list(self, shape: Shape) -> Callable[[Tree], Any]:
        of_element = self.of(shape.element)
        inner = None if shape.trait("flattened") else (shape.element.location_name or "member")

        def read(node: Tree) -> list[Any]:
            items = node if inner is None else node.get(inner, {})
            out: list[Any] = []
            for number, item in _numbered(items):
                try:
                    out.append(of_element(item))
                except TypeFaultError as fault:
                    raise fault.under(str(number), "member") from None
            return out

        return read

    def _map(self, shape: Shape) -> Callable[[Tree], Any]:
        inner = None if shape.trait("flattened") else "entry"
        key_name = shape.key.location_name or "key"
        value_name = shape.value.location_name or "value"
        of_value = self.of(shape.value)

        def read(node: Tree) -> dict[str, Any]:
            items = node if inner is None else node.get(inner, {})
            out: dict[str, Any] = {}
            for _, item in _numbered(items):
                key = item.get(key_name, {}).get("")
                if key is None:
                    raise TypeFaultError("a map whose entries have keys")
                try:
                    if value_name in item:
                        out[key] = of_value(item[value_name])
                except TypeFaultError as fault:
                    raise fault.under(key, "member") from None
            return out

        return read


def _numbered(items: Tree) -> list[tuple[int, Tree]]:
    found = [(int(key), item) for key, item in items.items() if key and _INDEX.fullmatch(key)]
    found.sort(key=lambda pair: pair[0])
    return found


@cache
def _readers(model: Model) -> _Readers:
    del model
    return _Readers()


@cache
def _writers(model: Model) -> XmlWriters:
    del model
    return XmlWriters()


def compile_parse(model: Model, operation: str) -> Callable[[Target, Received, bytes], dict[str, Any]]:
    """The reader of an operation's requests."""
    shape = model.input(operation)
    if shape is None:
        return lambda _target, _received, _payload: {}
    read = _readers(model).of(shape)

    def parse(_target: Target, received: Received, payload: bytes) -> dict[str, Any]:
        parameters: dict[str, Any] = read(_tree(fields(received, payload)))
        return parameters

    return parse


def _headers(request_id: str) -> list[tuple[str, str]]:
    return [("x-amzn-RequestId", request_id), ("Content-Type", XML)]


def compile_serialise(model: Model, operation: str) -> Callable[[Mapping[str, Any], str], Reply]:
    """The writer of an operation's responses."""
    shape = model.output(operation)
    namespace = model.metadata.get("xmlNamespace", "")
    opening = f'<{operation}Response xmlns="{escape(namespace)}">'
    wrapper = shape.trait("resultWrapper", f"{operation}Result") if shape is not None else ""
    write = _writers(model).content(shape) if shape is not None else None

    def serialise(result: Mapping[str, Any], request_id: str) -> Reply:
        body = "" if write is None else element(wrapper, write(result))
        tail = f"<ResponseMetadata><RequestId>{escape(request_id)}</RequestId></ResponseMetadata></{operation}Response>"
        return Reply(200, _headers(request_id), f"{opening}{body}{tail}".encode())

    return serialise


def serialise_error(model: Model | None, operation: str, error: ApiError, request_id: str) -> Reply:
    """An error in this protocol; works without a model as well."""
    found = codes.answer(model, operation, "query", error)
    namespace = model.metadata.get("xmlNamespace", "") if model is not None else ""
    members = element("Type", found.fault) + element("Code", escape(found.code))
    members += element("Message", escape(error.message))
    extra = ""
    if found.shape is not None and model is not None:
        extra = _writers(model).content(found.shape)(error_members(found.shape, error, message=False))
    body = element("Error", members + extra) + element("RequestId", escape(request_id))
    return Reply(
        found.status,
        _headers(request_id),
        f'<ErrorResponse xmlns="{escape(namespace)}">{body}</ErrorResponse>'.encode(),
    )
