"""Smithy's protocol vectors as botocore's source archive carries them, read into cases over a model of their own."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from usina.wire import timestamps
from usina.wire.models import Model, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_SPECIAL_FLOATS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


class Case(NamedTuple):
    """One vector: `name` is its file and its id, or its place where it has none."""

    name: str
    protocol: str
    model: Model
    operation: str
    vector: Mapping[str, Any]


def cases(folder: Path, side: str) -> Iterator[Case]:
    """All vectors of a side (input or output), the older ones under `legacy` included."""
    for path in (*sorted((folder / side).glob("*.json")), *sorted((folder / "legacy" / side).glob("*.json"))):
        file_name = path.relative_to(folder).with_suffix("").as_posix()
        for suite_number, suite in enumerate(json.loads(path.read_text(encoding="utf-8"))):
            for number, vector in enumerate(suite["cases"]):
                given = vector["given"]
                operation = given.get("name", "OperationName")
                document = {
                    "metadata": suite["metadata"],
                    "shapes": suite["shapes"],
                    "operations": {operation: {"http": {"method": "POST", "requestUri": "/"}, **given}},
                }
                place = vector.get("id") or f"{suite_number}.{number}"
                name = f"{file_name}/{place}"
                yield Case(name, suite["metadata"]["protocol"], Model(name, document), operation, vector)


def typed(shape: Shape, value: Any) -> Any:
    """A vector's value as our codec has it: vectors write timestamps as numbers, blobs as text, NaN as a word."""
    if value is None or shape.document:
        return value
    if shape.type == "structure":
        if not isinstance(value, dict):
            return value
        members = {name: member for name, member in shape.members() if name in value}
        return {name: typed(member, value[name]) for name, member in members.items() if value[name] is not None}
    if shape.type == "list":
        return [typed(shape.element, item) for item in value]
    if shape.type == "map":
        return {key: typed(shape.value, item) for key, item in value.items()}
    if shape.type == "timestamp":
        return timestamps.from_any(value)
    if shape.type == "blob":
        return value.encode() if isinstance(value, str) else value
    if shape.type in {"float", "double"} and isinstance(value, str):
        return _SPECIAL_FLOATS[value]
    return value


def same(left: Any, right: Any) -> bool:
    """Equality that takes NaN for itself and does not tell 1 from 1.0."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(one, other) for one, other in zip(left, right, strict=True))
    if isinstance(left, float) and isinstance(right, float) and left != left and right != right:  # noqa: PLR0124 - NaN
        return True
    return bool(left == right)


def wire_body(protocol: str, body: str) -> bytes:
    """A vector's body as bytes: CBOR and event streams are written as base64."""
    return base64.b64decode(body) if protocol == "smithy-rpc-v2-cbor" else body.encode()
