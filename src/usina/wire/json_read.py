"""JSON and CBOR values -> typed parameters: one closure per shape, built once, no look at the model afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from usina.core.errors import Kind, TooLargeError, ValidationError
from usina.core.limits import DEFAULT_LIMITS
from usina.wire import scalars, timestamps
from usina.wire.faults import NOT_NULL, TypeFaultError
from usina.wire.knots import tied

if TYPE_CHECKING:
    from collections.abc import Callable

    from usina.wire.models import Shape

MOST_CONTAINERS = 500_000  # objects and lists in one document; each takes some 60 bytes of memory
_decode = msgspec.json.Decoder().decode


class JsonReaders:
    """Readers by shape. `traits_names`: whether locationName renames members (not so in CBOR)."""

    def __init__(self, *, renames: bool = True) -> None:
        self._renames = renames
        self._known: dict[str, Callable[[Any], Any]] = {}

    def of(self, shape: Shape) -> Callable[[Any], Any]:
        """The reader of a shape."""
        kind = shape.type
        if kind == "structure":
            return _document if shape.document else self._container(shape, self._structure)
        if kind == "list":
            return self._container(shape, self._list)
        if kind == "map":
            return self._container(shape, self._map)
        if kind == "timestamp":
            return timestamps.from_any
        if kind == "blob":
            return scalars.blob
        if kind == "boolean":
            return scalars.boolean
        if kind in scalars.FLOATS:
            return scalars.floating
        if kind in scalars.INTEGERS:
            return scalars.integer(kind)
        return scalars.string

    def _container(self, shape: Shape, build: Callable[[Shape], Callable[[Any], Any]]) -> Callable[[Any], Any]:
        return tied(self._known, shape.name, lambda: build(shape))

    def structure_of(self, members: list[tuple[str, Shape]]) -> Callable[[Any], dict[str, Any]]:
        """A reader of an object that holds these members; members it does not know are passed over."""
        table: dict[str, tuple[str, Callable[[Any], Any]]] = {}
        for name, member in members:
            wire_name = (member.location_name if self._renames else None) or name
            table[wire_name] = (name, self.of(member))
        find = table.get

        def read(value: Any) -> dict[str, Any]:
            if type(value) is not dict:
                raise TypeFaultError("a structure")
            out: dict[str, Any] = {}
            name = ""
            try:
                for key, item in value.items():
                    if item is not None:
                        member = find(key)
                        if member is not None:
                            name = member[0]
                            out[name] = member[1](item)
            except TypeFaultError as fault:
                raise fault.under(name) from None
            return out

        return read

    def _structure(self, shape: Shape) -> Callable[[Any], dict[str, Any]]:
        return self.structure_of(list(shape.members()))

    def _list(self, shape: Shape) -> Callable[[Any], list[Any]]:
        element, sparse = self.of(shape.element), bool(shape.trait("sparse"))

        def read(value: Any) -> list[Any]:
            if type(value) is not list:
                raise TypeFaultError("a list")
            out: list[Any] = []
            try:
                for item in value:
                    out.append(element(item) if item is not None else _null(sparse=sparse))  # noqa: PERF401 - a fault's place
            except TypeFaultError as fault:
                raise fault.under(str(len(out) + 1), "member") from None
            return out

        return read

    def _map(self, shape: Shape) -> Callable[[Any], dict[str, Any]]:
        of_value, sparse = self.of(shape.value), bool(shape.trait("sparse"))

        def read(value: Any) -> dict[str, Any]:
            if type(value) is not dict:
                raise TypeFaultError("a map")
            out: dict[str, Any] = {}
            key = ""
            try:
                for key, item in value.items():
                    out[key] = of_value(item) if item is not None else _null(sparse=sparse)
            except TypeFaultError as fault:
                raise fault.under(str(key), "member") from None
            return out

        return read


def _null(*, sparse: bool) -> Any:
    """A null among the elements: only a sparse list or map may hold one."""
    if not sparse:
        raise TypeFaultError(NOT_NULL)
    return None


def _document(value: Any) -> Any:
    return value


def too_many_containers() -> TooLargeError:
    """The answer to a small body that would take a large memory."""
    return TooLargeError(f"The request body holds more than {MOST_CONTAINERS} objects and lists")


def decode(payload: bytes) -> Any:
    """JSON bytes as plain values, no deeper than the limit.

    Raises:
        ValidationError: kind MALFORMED, not JSON.
        TooLargeError: nested too deep, or more objects and lists than any request needs.
    """
    # Brackets bound both the depth and the memory that a document takes: two counts settle nearly every request.
    brackets = payload.count(b"{") + payload.count(b"[")
    if brackets > MOST_CONTAINERS:
        raise too_many_containers()
    try:
        value = _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
        raise ValidationError("The request body is not valid JSON", kind=Kind.MALFORMED) from None
    except RecursionError:
        raise _too_deep() from None
    most = DEFAULT_LIMITS.json_depth
    if brackets > most and _deeper_than(value, most):
        raise _too_deep()
    return value


def _too_deep() -> TooLargeError:
    return TooLargeError(f"The request body is nested deeper than {DEFAULT_LIMITS.json_depth} levels")


def _deeper_than(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most):
        below: list[Any] = []
        for node in level:
            if type(node) is dict:
                below.extend(item for item in node.values() if type(item) in {dict, list})
            elif type(node) is list:
                below.extend(item for item in node if type(item) in {dict, list})
        if not below:
            return False
        level = below
    return True
