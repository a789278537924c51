"""Arithmetic on embeddings."""

from __future__ import annotations

import math

import pytest

from usina.core.errors import EngineError
from usina.services.bedrock_runtime.families.vectors import packed_signs, signs, unit, vectors_of
from usina.testing.engines import embedding_answer


def test_a_unit_vector_has_length_one_and_zero_stays_zero() -> None:
    assert unit([3.0, 4.0]) == [0.6, 0.8]
    assert unit([0.0, 0.0]) == [0.0, 0.0]
    assert math.isclose(math.hypot(*unit([0.1] * 384)), 1.0)


def test_signs_are_packed_first_value_in_the_highest_bit() -> None:
    vector = [1.0, -1.0, 0.0, -1.0, -1.0, -1.0, -1.0, 1.0, 1.0]
    assert signs(vector) == [1, 0, 0, 0, 0, 0, 0, 1, 1]
    assert packed_signs(vector, signed=False) == [129, 128]
    assert packed_signs(vector, signed=True) == [1, 0]


def test_vectors_come_in_the_order_of_the_texts() -> None:
    answer = embedding_answer([[1.0], [2.0]], 2)
    answer["data"].reverse()
    assert vectors_of(answer, 2) == [[1.0], [2.0]]


def test_another_number_of_vectors_is_the_engines_failure() -> None:
    with pytest.raises(EngineError, match="another number"):
        vectors_of(embedding_answer([[1.0]], 1), 2)
