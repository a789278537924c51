"""Reads safetensors files under bounds, whatever their number type: numpy has no bfloat16 of its own.

Format: 8 bytes of length, that many bytes of JSON (name -> dtype, shape, data_offsets), then the data. Nothing is read
before its place and size were checked against the file.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LENGTH_BYTES = 8
_MOST_HEADER_BYTES = 100_000_000  # the format's own bound
_MOST_TENSORS = 100_000
_WIDTHS = {"F32": 4, "F16": 2, "BF16": 2}


@dataclass(frozen=True, slots=True)
class _Place:
    path: Path
    kind: str
    shape: tuple[int, ...]
    start: int


class TensorFiles:
    """The tensors of one or several files together."""

    def __init__(self, paths: Iterable[Path]) -> None:
        """Raises: ValidationError where a file is not safetensors, or two hold one tensor."""
        self._places: dict[str, _Place] = {}
        for path in paths:
            for name, place in _read(path).items():
                if name in self._places:
                    raise ValidationError(f"The tensor {name[:100]} is in two files.")
                self._places[name] = place

    def names(self) -> list[str]:
        """Names of all tensors."""
        return list(self._places)

    def shape(self, name: str) -> tuple[int, ...]:
        """A tensor's shape."""
        return self._places[name].shape

    def floats(self, name: str) -> Any:
        """A tensor as an array of 32-bit floats."""
        import numpy as np

        place = self._places[name]
        count = math.prod(place.shape)
        kinds = {"F32": np.float32, "F16": np.float16, "BF16": np.uint16}
        mapped = np.memmap(place.path, dtype=kinds[place.kind], mode="r", offset=place.start, shape=(count,))
        if place.kind == "BF16":  # the upper half of a 32-bit float
            return (mapped.astype(np.uint32) << 16).view(np.float32).reshape(place.shape)
        return mapped.astype(np.float32).reshape(place.shape)


def _read(path: Path) -> dict[str, _Place]:
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        if size < _LENGTH_BYTES or length > min(_MOST_HEADER_BYTES, size - _LENGTH_BYTES):
            raise ValidationError(f"{path.name} is not a safetensors file, or is cut short.")
        try:
            header = json.loads(file.read(length))
        except (ValueError, RecursionError):
            header = None
    if not isinstance(header, dict) or len(header) > _MOST_TENSORS:
        raise ValidationError(f"{path.name} is not a safetensors file.")
    header.pop("__metadata__", None)
    data = _LENGTH_BYTES + length
    return {name: _place(path, name, entry, data, size) for name, entry in header.items()}


def _place(path: Path, name: str, entry: Any, data: int, size: int) -> _Place:
    try:
        kind, shape = str(entry["dtype"]), tuple(entry["shape"])
        start, end = entry["data_offsets"]
    except (KeyError, TypeError, ValueError):
        kind, shape, start, end = "", (), -1, -1
    whole = all(type(number) is int and number >= 0 for number in (*shape, start, end))
    if not whole or not 0 <= start <= end <= size - data:
        raise ValidationError(f"{path.name}: the tensor {name[:100]} is not described soundly.")
    if kind not in _WIDTHS:
        raise ValidationError(
            f"{path.name}: the tensor {name[:100]} is of type {kind[:20]}; F32, F16 and BF16 are read."
        )
    if math.prod(shape) * _WIDTHS[kind] != end - start or not math.prod(shape):
        raise ValidationError(f"{path.name}: the tensor {name[:100]} has not the bytes of its shape.")
    return _Place(path, kind, shape, data + start)
