"""The part of JSONPath by which batch transform selects: parsed once, applied to every record.

    $  $.name  $.a.b  $['name']  $['a','b']  $[1]  $[-1]  $[0,2]  $[1:]  $[:]  $[0,5:]  $.*  $[*]

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html. A slice with an end is
refused: that page counts its end in, JSONPath does not, so indexes say better what is meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from usina.core.errors import UsinaError, ValidationError

_ROOT: Final = "$"
_STEP = re.compile(r"\.?\[(?P<inside>[^\[\]]*)\]|\.(?P<name>\*|[^.\[\]*'\",\s]+)")
_NAME = re.compile(r"'([^']+)'|\"([^\"]+)\"")
_INDEX = re.compile(r"(-?\d{1,9})(:?)")
_MOST_CHARACTERS = 63
_FORMS = "$, $.name, $['a','b'], $[0], $[-1], $[0,2], $[1:], $[*]"


class PathError(UsinaError):
    """The path selects nothing of this value; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A path. Each step is a list of names, of indexes (each with whether it goes on to the end), or everything."""

    steps: tuple[tuple[str, ...] | tuple[tuple[int, bool], ...] | None, ...] = ()
    single: tuple[bool, ...] = ()  # of each step: whether it leads to one value, not to several

    @classmethod
    def parse(cls, text: str) -> JsonPath:
        """Take one apart. Raises: ValidationError where it has another form."""
        if len(text) > _MOST_CHARACTERS or not text.startswith(_ROOT):
            raise _other(text)
        steps: list[Any] = []
        at = len(_ROOT)
        while at < len(text):
            found = _STEP.match(text, at)
            if found is None:
                raise _other(text)
            steps.append(_step(found, text))
            at = found.end()
        single = tuple(_is_single(step) for step in steps)
        if not all(single[:-1]):
            raise _other(text)  # a step below several values
        return cls(tuple(steps), single)

    @property
    def is_everything(self) -> bool:
        """Whether it selects the whole value."""
        return not self.steps

    @property
    def by_name(self) -> bool:
        """Whether it names members, which a row of a table has none of."""
        return any(step is not None and isinstance(step[0], str) for step in self.steps)

    def of(self, value: Any) -> Any:
        """What it selects: several names of an object are an object, several items an array.

        Raises: PathError where that is not there.
        """
        for step, single in zip(self.steps, self.single, strict=True):
            value = _taken(step, value, single=single)
        return value


def _step(found: re.Match[str], text: str) -> Any:
    name, inside = found["name"], found["inside"]
    if name is not None:
        return None if name == "*" else (name,)
    inside = inside.strip()
    if inside == "*":
        return None
    if inside == ":":
        return ((0, True),)
    parts = [part.strip() for part in inside.split(",")]
    names = [_NAME.fullmatch(part) for part in parts]
    if all(names):
        return tuple(part[1] or part[2] for part in names if part)
    indexes = [_INDEX.fullmatch(part) for part in parts]
    if not all(indexes):
        raise _other(text)
    return tuple((int(part[1]), bool(part[2])) for part in indexes if part)


def _is_single(step: Any) -> bool:
    return step is not None and len(step) == 1 and (isinstance(step[0], str) or not step[0][1])


def _taken(step: Any, value: Any, *, single: bool) -> Any:
    if step is None:
        if isinstance(value, dict):
            return list(value.values())
        if isinstance(value, list):
            return value
        raise PathError("there are no items to select from")
    if isinstance(step[0], str):
        if not isinstance(value, dict) or not all(name in value for name in step):
            raise PathError(f"there is no member {', '.join(repr(name) for name in step)}")
        return value[step[0]] if single else {name: value[name] for name in step}
    return _items(step, value, single=single)


def _items(step: tuple[tuple[int, bool], ...], value: Any, *, single: bool) -> Any:
    if not isinstance(value, list):
        raise PathError("there are no items to select from")
    found: list[Any] = []
    for index, to_the_end in step:
        if to_the_end:
            found += value[index:]
        elif -len(value) <= index < len(value):
            found.append(value[index])
        else:
            raise PathError(f"there is no item {index} among {len(value)}")
    return found[0] if single else found


def _other(text: str) -> ValidationError:
    return ValidationError(f"The JSONPath {text!r} is not one that this site takes. It may be of the form {_FORMS}.")
