"""Service models: botocore's own files by name, ours from `usina/shapes/models`, read once and without their prose.

botocore's classes are not used: the front door stays small in memory (documentation is most of a model's size) and
needs traits that botocore drops. The file format is botocore's `service-2.json`.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OWN_MODELS = Path(__file__).parents[1] / "shapes" / "models"
_PROSE = frozenset({"documentation", "documentationUrl", "examples", "deprecatedMessage"})
_NO_TRAITS: Mapping[str, Any] = {}


class UnknownServiceError(LookupError):
    """There is no service model of that name; a bug where a route led to it."""


class Shape:
    """A shape as one member refers to it: the traits of the reference win over those of the shape itself."""

    __slots__ = ("model", "name", "own", "reference")

    def __init__(self, model: Model, name: str, reference: Mapping[str, Any] = _NO_TRAITS) -> None:
        self.model = model
        self.name = name
        self.own: Mapping[str, Any] = model.shapes[name]
        self.reference = reference

    def trait(self, name: str, default: Any = None) -> Any:
        """A trait by its name in the model file."""
        if name in self.reference:
            return self.reference[name]
        return self.own.get(name, default)

    @property
    def type(self) -> str:
        """Type as the model names it: structure, list, map, string, integer, timestamp, ..."""
        name: str = self.own["type"]
        return name

    @property
    def location_name(self) -> str | None:
        """Name on the wire, where the model gives one."""
        name: str | None = self.trait("locationName")
        return name

    @property
    def document(self) -> bool:
        """Whether any JSON may stand here."""
        return self.type == "structure" and bool(self.trait("document"))

    @property
    def required(self) -> list[str]:
        """Names of the members that must be there."""
        names: list[str] = self.own.get("required", [])
        return names

    def members(self) -> Iterator[tuple[str, Shape]]:
        """Members of a structure, in order."""
        for name, reference in self.own.get("members", {}).items():
            yield name, Shape(self.model, reference["shape"], reference)

    def member(self, name: str) -> Shape | None:
        """One member of a structure, or None."""
        reference = self.own.get("members", {}).get(name)
        return None if reference is None else Shape(self.model, reference["shape"], reference)

    def _part(self, key: str) -> Shape:
        reference = self.own[key]
        return Shape(self.model, reference["shape"], reference)

    @property
    def element(self) -> Shape:
        """Element of a list."""
        return self._part("member")

    @property
    def key(self) -> Shape:
        """Key of a map."""
        return self._part("key")

    @property
    def value(self) -> Shape:
        """Value of a map."""
        return self._part("value")


class Model:
    """One service: its operations and shapes."""

    __slots__ = ("metadata", "name", "operations", "shapes")

    def __init__(self, name: str, document: Mapping[str, Any]) -> None:
        self.name = name
        self.metadata: Mapping[str, Any] = document["metadata"]
        self.operations: Mapping[str, Mapping[str, Any]] = document["operations"]
        self.shapes: Mapping[str, Mapping[str, Any]] = document["shapes"]

    @property
    def protocol(self) -> str:
        """The protocol the service's clients choose first."""
        name: str = self.metadata["protocol"]
        return name

    @property
    def protocols(self) -> list[str]:
        """All protocols the service speaks."""
        return list(self.metadata.get("protocols", (self.protocol,)))

    def input(self, operation: str) -> Shape | None:
        """Input shape of an operation, or None where it takes nothing."""
        return self._reference(self.operations[operation].get("input"))

    def output(self, operation: str) -> Shape | None:
        """Output shape of an operation, or None where it gives nothing."""
        return self._reference(self.operations[operation].get("output"))

    def errors(self, operation: str) -> list[Shape]:
        """Error shapes that an operation declares; none for an operation that is not there."""
        found = self.operations.get(operation, {}).get("errors", [])
        return [Shape(self, reference["shape"], reference) for reference in found]

    def exceptions(self) -> list[Shape]:
        """All error shapes of the service."""
        return [Shape(self, name) for name, shape in self.shapes.items() if shape.get("exception")]

    def _reference(self, reference: Mapping[str, Any] | None) -> Shape | None:
        return None if reference is None else Shape(self, reference["shape"], reference)


def event_stream(shape: Shape | None) -> tuple[str, Shape] | None:
    """The member of an input or output that is an event stream, if it has one."""
    if shape is None:
        return None
    for name, member in shape.members():
        if member.type == "structure" and member.trait("eventstream"):
            return name, member
    return None


def model_path(service: str) -> Path:
    """The newest model file of a service, ours first.

    Raises:
        UnknownServiceError: neither we nor botocore have one.
    """
    if not service.replace("-", "").isalnum():
        raise UnknownServiceError(service)
    spec = find_spec("botocore")
    theirs = Path(next(iter(spec.submodule_search_locations or ()))) / "data" if spec is not None else OWN_MODELS
    for folder in (OWN_MODELS / service, theirs / service):
        found = sorted(folder.glob("*/service-2.json*"))
        if found:
            return found[-1]
    raise UnknownServiceError(service)


def read_document(path: Path) -> Any:
    """A model file as JSON, prose taken out, with what the SDK adds to it (`service-2.sdk-extras.json` beside it)."""
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    document = _without_prose(msgspec.json.decode(content))
    extras = path.with_name("service-2.sdk-extras.json")
    if extras.exists():
        _merge(document, msgspec.json.decode(extras.read_bytes()).get("merge", {}))
    return document


def _merge(into: dict[str, Any], extra: Mapping[str, Any]) -> None:
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _without_prose(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: _without_prose(value)
            for key, value in node.items()
            if not (key in _PROSE and isinstance(value, (str, list)))
        }
    if isinstance(node, list):
        return [_without_prose(value) for value in node]
    return node


@cache
def load(service: str) -> Model:
    """The model of a service; read at the first call for it, kept afterwards.

    Raises:
        UnknownServiceError: there is none.
    """
    return Model(service, read_document(model_path(service)))
