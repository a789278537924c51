"""Validation by a model's traits: required, bounds, patterns, enumerations, unions, in two speeds.

`quick(shape)` gives a closure that only says whether parameters keep the traits; parts of a shape without traits cost
nothing. Only where it says no does `report` walk the shape again and word every failure as AWS words it. Values are
never repeated in a message: they may be prompts or secrets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.wire import scalars
from usina.wire.faults import constraint_error, spoken_path
from usina.wire.patterns import compile_pattern, matches

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.wire.models import Shape

_MOST_FAILURES = 10  # AWS lists some and stops; an answer must stay small whatever came in
# These take values their models do not list yet; the handler says no in words of its own.
LENIENT_ENUMS = frozenset({"s3"})


class QuickChecks:
    """Closures by shape; None where nothing is to be checked."""

    def __init__(self, *, enums: bool = True) -> None:
        self._enums = enums
        self._known: dict[tuple[str, int, int], Callable[[Any], bool] | None] = {}

    def of(self, shape: Shape) -> Callable[[Any], bool] | None:
        """The check of a shape."""
        if shape.type in {"structure", "list", "map"}:
            return None if shape.document else self._container(shape)
        return self._scalar(shape)

    def _container(self, shape: Shape) -> Callable[[Any], bool] | None:
        key = (shape.name, 0, 0)
        if key in self._known:
            return self._known[key]
        built: list[Callable[[Any], bool] | None] = []

        def again(value: Any) -> bool:  # a shape that holds itself meets this
            check = built[0]
            return check is None or check(value)

        self._known[key] = again
        build = {"structure": self._structure, "list": self._list, "map": self._map}[shape.type]
        built.append(build(shape))
        self._known[key] = built[0]
        return built[0]

    def _structure(self, shape: Shape) -> Callable[[Any], bool] | None:
        required = tuple(name for name in shape.required if shape.member(name) is not None)
        checks = {name: check for name, member in shape.members() if (check := self.of(member)) is not None}
        if shape.trait("eventstream"):
            return _all_events(checks) if checks else None
        if shape.trait("union"):
            find = checks.get

            def holds_union(value: dict[str, Any]) -> bool:
                if len(value) != 1:
                    return False
                for name, item in value.items():
                    check = find(name)
                    return check is None or check(item)
                return False

            return holds_union
        if not checks:
            return (lambda value: all(name in value for name in required)) if required else None
        pairs = tuple(checks.items())
        mandatory = frozenset(required)

        def holds(value: dict[str, Any]) -> bool:
            for name, check in pairs:
                if name in value and not check(value[name]):
                    return False
            return mandatory <= value.keys()

        return holds

    def _list(self, shape: Shape) -> Callable[[Any], bool] | None:
        least, most = bounds(shape)
        element = self.of(shape.element)
        bounded = least is not None or most is not None
        if element is None and not bounded:
            return None
        low, high = least or 0, most if most is not None else float("inf")

        def holds(value: list[Any]) -> bool:
            if not low <= len(value) <= high:
                return False
            if element is not None:
                for item in value:
                    if item is not None and not element(item):
                        return False
            return True

        return holds

    def _map(self, shape: Shape) -> Callable[[Any], bool] | None:
        least, most = bounds(shape)
        of_key, of_value = self.of(shape.key), self.of(shape.value)
        if of_key is None and of_value is None and least is None and most is None:
            return None
        low, high = least or 0, most if most is not None else float("inf")

        def holds(value: dict[str, Any]) -> bool:
            if not low <= len(value) <= high:
                return False
            for key, item in value.items():
                if of_key is not None and not of_key(key):
                    return False
                if of_value is not None and item is not None and not of_value(item):
                    return False
            return True

        return holds

    def _scalar(self, shape: Shape) -> Callable[[Any], bool] | None:
        least, most = bounds(shape)
        if shape.type in scalars.STRINGS:
            return self._text(shape, least, most)
        if shape.type == "blob":
            if least is None and most is None:
                return None
            low, high = least or 0, most if most is not None else float("inf")
            return lambda value: not isinstance(value, bytes) or low <= len(value) <= high
        if shape.type in scalars.INTEGERS | scalars.FLOATS and (least is not None or most is not None):
            low = least if least is not None else float("-inf")
            high = most if most is not None else float("inf")
            return lambda value: low <= value <= high
        return None

    def _text(self, shape: Shape, least: float | None, most: float | None) -> Callable[[Any], bool] | None:
        if _json_header(shape):
            return None
        allowed = frozenset(shape.trait("enum", ())) if self._enums else frozenset()
        if allowed:
            return lambda value: value in allowed
        pattern = shape.trait("pattern")
        expression = compile_pattern(pattern) if pattern is not None else None
        if least is None and most is None and expression is None:
            return None
        low, high = least or 0, most if most is not None else float("inf")
        if expression is None:
            return lambda value: low <= len(value) <= high
        found = expression
        return lambda value: low <= len(value) <= high and matches(found, value)


def _all_events(checks: Mapping[str, Callable[[Any], bool]]) -> Callable[[Any], bool]:
    """The check of a stream that was read whole: a list of events, each under its name."""

    def holds(events: list[dict[str, Any]]) -> bool:
        return all(name not in checks or checks[name](item) for event in events for name, item in event.items())

    return holds


def _json_header(shape: Shape) -> bool:
    """Whether the text is JSON in a header: what the parameters hold is its value then, not the text."""
    return bool(shape.trait("jsonvalue")) and shape.trait("location") == "header"


def bounds(shape: Shape) -> tuple[float | None, float | None]:
    """Least and most of a shape: of a number its value, of anything else its length."""
    return shape.trait("min"), shape.trait("max")


def refuse(shape: Shape, parameters: Mapping[str, Any], *, enums: bool = True) -> None:
    """Raise the `ValidationError` that lists what is wrong with parameters that a quick check refused.

    Raises:
        ValidationError: always, where the quick check was right.
    """
    failures: list[str] = []
    _Report(failures, enums=enums).visit(shape, parameters, [])
    if failures:
        raise constraint_error(failures[:_MOST_FAILURES])


class _Report:
    """The slow walk: collects one sentence per failure."""

    def __init__(self, failures: list[str], *, enums: bool) -> None:
        self._failures = failures
        self._enums = enums

    def _add(self, path: list[str], constraint: str, subject: str = "Value at") -> None:
        self._failures.append(f"{subject} '{spoken_path(path)}' failed to satisfy constraint: {constraint}")

    def visit(self, shape: Shape, value: Any, path: list[str]) -> None:
        if len(self._failures) >= _MOST_FAILURES or shape.document:
            return
        if shape.type == "structure" and shape.trait("eventstream"):
            for number, event in enumerate(value, 1):
                self._structure(shape, event, [*path, str(number), "member"])
        elif shape.type == "structure":
            self._structure(shape, value, path)
        elif shape.type == "list":
            for constraint in self._length(shape, value):
                self._add(path, constraint)
            self._elements(shape.element, value, path)
        elif shape.type == "map":
            for constraint in self._length(shape, value):
                self._add(path, constraint)
            self._entries(shape, value, path)
        else:
            for constraint in self.scalar(shape, value):
                self._add(path, constraint)

    def _structure(self, shape: Shape, value: Mapping[str, Any], path: list[str]) -> None:
        for name in shape.required:
            if name not in value and shape.member(name) is not None:
                self._add([*path, name], "Member must not be null", "Value null at")
        if shape.trait("union") and not shape.trait("eventstream") and len(value) != 1:
            self._add(path, "Member must have exactly one of its members set")
        for name, member in shape.members():
            if name in value:
                self.visit(member, value[name], [*path, name])

    def _elements(self, element: Shape, value: list[Any], path: list[str]) -> None:
        if element.type in {"structure", "list", "map"}:
            for number, item in enumerate(value, 1):
                if item is not None:
                    self.visit(element, item, [*path, str(number), "member"])
            return
        self._inner(element, [item for item in value if item is not None], path, "Member must satisfy constraint")

    def _entries(self, shape: Shape, value: Mapping[str, Any], path: list[str]) -> None:
        self._inner(shape.key, list(value), path, "Map keys must satisfy constraint")
        if shape.value.type in {"structure", "list", "map"}:
            for key, item in value.items():
                if item is not None:
                    self.visit(shape.value, item, [*path, key, "member"])
            return
        items = [item for item in value.values() if item is not None]
        self._inner(shape.value, items, path, "Map value must satisfy constraint")

    def _inner(self, shape: Shape, items: list[Any], path: list[str], words: str) -> None:
        found: dict[str, None] = {}
        for item in items:
            found.update(dict.fromkeys(self.scalar(shape, item)))
        if found:
            self._add(path, f"{words}: [{', '.join(found)}]")

    def _length(self, shape: Shape, value: Any) -> list[str]:
        least, most = bounds(shape)
        found = []
        if least is not None and len(value) < least:
            found.append(f"Member must have length greater than or equal to {least}")
        if most is not None and len(value) > most:
            found.append(f"Member must have length less than or equal to {most}")
        return found

    def scalar(self, shape: Shape, value: Any) -> list[str]:
        """Constraints that a single value breaks."""
        if shape.type in scalars.STRINGS:
            return self._text(shape, value)
        if shape.type == "blob":
            return self._length(shape, value) if isinstance(value, bytes) else []
        if shape.type not in scalars.INTEGERS | scalars.FLOATS:
            return []
        least, most = bounds(shape)
        found = []
        if least is not None and not value >= least:
            found.append(f"Member must have value greater than or equal to {least}")
        if most is not None and not value <= most:
            found.append(f"Member must have value less than or equal to {most}")
        return found

    def _text(self, shape: Shape, value: Any) -> list[str]:
        if _json_header(shape):
            return []
        allowed = shape.trait("enum")
        if allowed and self._enums:
            return [] if value in allowed else [f"Member must satisfy enum value set: [{', '.join(allowed)}]"]
        found = self._length(shape, value)
        pattern = shape.trait("pattern")
        expression = compile_pattern(pattern) if pattern is not None else None
        if expression is not None and not found and not matches(expression, value):
            found.append(f"Member must satisfy regular expression pattern: {pattern}")
        return found
