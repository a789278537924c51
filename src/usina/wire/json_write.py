"""Results -> JSON and CBOR values: one closure per shape. Absent members (None) are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from usina.wire import scalars, timestamps
from usina.wire.knots import tied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from usina.wire.models import Shape

encode = msgspec.json.Encoder().encode


class JsonWriters:
    """Writers by shape; None where a value goes as it is (msgspec itself writes bytes as base64)."""

    def __init__(self, *, renames: bool = True, timestamp: Callable[[Any], Any] | None = None) -> None:
        self._renames = renames
        self._timestamp = timestamp
        self._known: dict[str, Callable[[Any], Any]] = {}

    def of(self, shape: Shape) -> Callable[[Any], Any] | None:
        """The writer of a shape, or None where nothing is to be done."""
        kind = shape.type
        if kind == "structure":
            return None if shape.document else self._container(shape, self._structure)
        if kind == "list":
            return self._container(shape, self._list)
        if kind == "map":
            return self._container(shape, self._map)
        if kind == "timestamp":
            return self._timestamp or timestamps.writer(shape.trait("timestampFormat"), "unixtimestamp")
        if kind in scalars.FLOATS and self._timestamp is None:
            return scalars.written_float
        return None

    def _container(self, shape: Shape, build: Callable[[Shape], Callable[[Any], Any]]) -> Callable[[Any], Any]:
        return tied(self._known, shape.name, lambda: build(shape))

    def structure_of(
        self, name: str, members: Iterable[tuple[str, Shape]]
    ) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """A writer of these members of the structure `name`.

        The writer raises KeyError on a member that the shape does not have: a handler's bug must not pass unseen.
        """
        table = {
            member_name: ((member.location_name if self._renames else None) or member_name, self.of(member))
            for member_name, member in members
        }
        find = table.get

        def write(value: Mapping[str, Any]) -> dict[str, Any]:
            out: dict[str, Any] = {}
            for key, item in value.items():
                if item is not None:
                    member = find(key)
                    if member is None:
                        raise KeyError(f"{name} has no member {key}")
                    convert = member[1]
                    out[member[0]] = item if convert is None else convert(item)
            return out

        return write

    def _structure(self, shape: Shape) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        return self.structure_of(shape.name, shape.members())

    def _list(self, shape: Shape) -> Callable[[Any], Any]:
        element = self.of(shape.element)
        if element is None:
            return list
        convert = element
        return lambda value: [None if item is None else convert(item) for item in value]

    def _map(self, shape: Shape) -> Callable[[Any], Any]:
        of_value = self.of(shape.value)
        if of_value is None:
            return dict
        convert = of_value
        return lambda value: {key: None if item is None else convert(item) for key, item in value.items()}
