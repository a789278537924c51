"""Reads the header of a GGUF file under bounds, without mapping its tensors.

Format: ggml/docs/gguf.md in ggml-org/ggml, versions 2 and 3, little-endian. Nothing is allocated before its size is
checked against the bounds and against what the file can hold.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_MOST_KEYS = 4_096
_MOST_TENSORS = 100_000
_MOST_STRING_BYTES = 4_194_304  # the longest are chat templates
_MOST_ARRAY_ITEMS = 4_000_000  # the longest are vocabularies
_KEPT_ARRAY_ITEMS = 16  # longer arrays are skipped: the catalogue has no use for a vocabulary
_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_MOST_DEPTH = 4
_FILE_TYPES = {0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
               12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K",
               32: "BF16"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Header:
    """What the header says. Arrays of more than a few items are left out of `values`; `lengths` has their sizes."""

    values: Mapping[str, Any]
    lengths: Mapping[str, int]
    tensor_count: int

    @property
    def architecture(self) -> str:
        """llama, bert, qwen2, ..."""
        return str(self.values.get("general.architecture", ""))

    def number(self, key: str, default: int = 0) -> int:
        """A whole number of this architecture, by its short key; the first where it differs by layer."""
        value = self.values.get(f"{self.architecture}.{key}", default)
        if isinstance(value, list):
            value = max(value, default=default)
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default

    @property
    def quantisation(self) -> str:
        """Name of the file type; empty where it is not known."""
        return _FILE_TYPES.get(self.values.get("general.file_type", -1), "")

    @property
    def cache_bytes_per_token(self) -> int:
        """Bytes of attention cache that one token takes in 16-bit floats."""
        heads = self.number("attention.head_count", 1) or 1
        width = self.number("attention.key_length") or self.number("embedding_length") // heads
        return self.number("block_count") * self.number("attention.head_count_kv", heads) * width * 2 * 2


def read_header(path: Path) -> Header:
    """Read it.

    Raises: ValidationError where it is not GGUF, is cut short or passes a bound.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        reader = _Reader(file, size, path.name)
        if reader.take(4) != MAGIC:
            raise ValidationError(f"{path.name} is not a GGUF file.")
        version = reader.number("<I")
        if version not in _VERSIONS:
            raise ValidationError(f"{path.name} is GGUF of version {version}; versions 2 and 3 are known.")
        tensors, keys = reader.number("<Q"), reader.number("<Q")
        if keys > _MOST_KEYS or tensors > _MOST_TENSORS:
            raise ValidationError(f"{path.name} claims {keys} keys and {tensors} tensors: more than a model has.")
        values: dict[str, Any] = {}
        lengths: dict[str, int] = {}
        for _ in range(keys):
            key = reader.text()
            value = reader.value(reader.number("<I"))
            if isinstance(value, _Skipped):
                lengths[key] = value.length
            else:
                values[key] = value
    return Header(values, lengths, tensors)


@dataclass(frozen=True, slots=True)
class _Skipped:
    length: int


class _Reader:
    def __init__(self, file: BinaryIO, size: int, name: str) -> None:
        self._file = file
        self._size = size
        self._name = name

    def take(self, count: int) -> bytes:
        if count > self._size - self._file.tell():
            raise ValidationError(f"{self._name} is cut short.")
        return self._file.read(count)

    def number(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def text(self) -> str:
        length = self.number("<Q")
        if length > _MOST_STRING_BYTES:
            raise ValidationError(f"{self._name} has a text of {length} bytes; at most {_MOST_STRING_BYTES} are read.")
        return self.take(length).decode("utf-8", "replace")

    def value(self, kind: int, depth: int = 0) -> Any:
        if kind in _NUMBERS:
            return self.number(_NUMBERS[kind])
        if kind == _STRING:
            return self.text()
        if kind != _ARRAY or depth >= _MOST_DEPTH:
            raise ValidationError(f"{self._name} has a value of unknown kind {kind}.")
        inner, length = self.number("<I"), self.number("<Q")
        if length > _MOST_ARRAY_ITEMS:
            raise ValidationError(f"{self._name} has an array of {length} items; at most {_MOST_ARRAY_ITEMS} are read.")
        if inner in _NUMBERS and length > _KEPT_ARRAY_ITEMS:
            width = struct.calcsize(_NUMBERS[inner]) * length
            if width > self._size - self._file.tell():
                raise ValidationError(f"{self._name} is cut short.")
            self._file.seek(width, 1)
            return _Skipped(length)
        items = []
        for index in range(length):
            item = self.value(inner, depth + 1)
            if index < _KEPT_ARRAY_ITEMS:
                items.append(item)
        return items if length <= _KEPT_ARRAY_ITEMS else _Skipped(length)
