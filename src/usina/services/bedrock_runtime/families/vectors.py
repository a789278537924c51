"""Arithmetic on embeddings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from usina.core.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.ports import Json

_BITS = 8
_SIGN = 128


def vectors_of(answer: Json, wanted: int) -> list[list[float]]:
    """Vectors of an engine's answer, in the order of the texts.

    Raises:
        EngineError: not as many as were asked for.
    """
    data = sorted(answer.get("data") or (), key=lambda item: item.get("index", 0))
    if len(data) != wanted:
        raise EngineError("The model gave another number of embeddings than texts.")
    return [item["embedding"] for item in data]


def unit(vector: Sequence[float]) -> list[float]:
    """The vector at length 1; the zero vector stays what it is."""
    length = math.sqrt(math.fsum(value * value for value in vector))
    return [value / length for value in vector] if length else list(vector)


def signs(vector: Sequence[float]) -> list[int]:
    """1 for each value above zero, else 0."""
    return [1 if value > 0 else 0 for value in vector]


def packed_signs(vector: Sequence[float], *, signed: bool) -> list[int]:
    """Signs, eight to a byte, the first in the highest bit; a byte from 0 to 255, or from -128 to 127 where signed."""
    bits = signs(vector)
    offset = _SIGN if signed else 0
    packed: list[int] = []
    for start in range(0, len(bits), _BITS):
        byte = 0
        for place, bit in enumerate(bits[start : start + _BITS]):
            byte |= bit << (_BITS - 1 - place)
        packed.append(byte - offset)
    return packed
