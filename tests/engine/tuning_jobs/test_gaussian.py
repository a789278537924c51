"""Bayesian search: the process against what a Gaussian process must be, and proposals that find what is sought."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.core.tuning.ranges import Range
from usina.engine.tuning_jobs.gaussian import _Model, propose, spread
from usina.engine.tuning_jobs.space import Space

LINE = Range("x", "continuous", -10, 10)
WIDE = Range("rate", "continuous", 1e-6, 1.0, log=True)
WHOLE = Range("n", "integer", 1, 64)
KIND = Range("kind", "categorical", values=("sgd", "adam", "rms"))
NONE = np.empty((0, 1))


@given(st.floats(-10, 10), st.floats(1e-6, 1), st.integers(1, 64), st.sampled_from(KIND.values))
def test_values_come_back_from_their_place_in_the_cube(x: float, rate: float, n: int, kind: str) -> None:
    space = Space([LINE, WIDE, WHOLE, KIND])
    asked = {"x": x, "rate": rate, "n": n, "kind": kind}
    point = space.point(asked)
    assert ((point >= 0) & (point <= 1)).all()
    back = space.values(point)
    assert (back["n"], back["kind"]) == (n, kind)
    assert back["x"] == pytest.approx(x, abs=1e-9)
    assert back["rate"] == pytest.approx(rate, rel=1e-9)
    assert np.allclose(space.snapped(point[None, :])[0], point)


@settings(max_examples=25)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=8, unique_by=lambda at: round(at, 2)))
def test_the_process_says_what_conditioning_a_normal_distribution_says(at: list[float]) -> None:
    seen = np.array(at)[:, None]
    told = np.sin(5 * seen[:, 0])
    model = _Model.of(seen, told, np.array([0.3]), 1e-3)
    asked = np.linspace(0, 1, 7)[:, None]
    mean, deviation = model.predict(asked)

    def covariance(one: Any, other: Any) -> Any:
        away = np.sqrt(5) * np.abs(one - other.T) / 0.3
        return (1 + away + away**2 / 3) * np.exp(-away)

    inverse = np.linalg.inv(covariance(seen, seen) + 1e-3 * np.eye(len(seen)))
    cross = covariance(asked, seen)
    assert np.allclose(mean, cross @ inverse @ told, atol=1e-6)
    spare = np.diag(covariance(asked, asked) - cross @ inverse @ cross.T)
    assert np.allclose(deviation**2, np.maximum(spare, 0) * (told @ inverse @ told) / len(told), atol=1e-6)


def search(space: Space, objective: Any, total: int, seed: int = 1) -> list[tuple[Any, float]]:
    """Points and values of a search without anything in parallel."""
    tried: list[tuple[Any, float]] = []
    for number in range(total):
        rng = np.random.default_rng(seed * 1_000 + number)
        points = np.array([point for point, _ in tried]).reshape(-1, space.size)
        if number < 3:
            point = spread(space, points, rng)
        else:
            values = np.array([value for _, value in tried])
            point = propose(space, points, values, points[:0], rng)
        tried.append((point, objective(space.values(point))))
    return tried


@pytest.mark.parametrize("seed", [1, 2])
def test_a_search_over_ranges_of_every_kind_finds_the_least(seed: int) -> None:
    space = Space([LINE, WIDE, WHOLE, KIND])

    def objective(values: Any) -> float:
        rate = abs(np.log10(values["rate"]) + 3)
        away = (values["x"] - 3) ** 2 / 40 + rate + abs(values["n"] - 40) / 30 + (values["kind"] != "adam")
        return float(away)

    tried = search(space, objective, 30, seed)
    best, value = min(tried, key=lambda each: each[1])
    assert space.values(best)["kind"] == "adam"
    assert value < 0.5, "by chance it would be about 1.2"


def test_what_was_tried_is_not_tried_again_while_there_is_something_new() -> None:
    space = Space([Range("n", "integer", 1, 6)])
    tried = search(space, lambda values: float(values["n"]), 6)
    assert sorted(space.values(point)["n"] for point, _ in tried) == [1, 2, 3, 4, 5, 6]


def test_nothing_is_tried_beside_what_runs() -> None:
    space = Space([LINE])
    points = np.linspace(0, 1, 6)[:, None]
    values = (points[:, 0] - 0.5) ** 2
    alone = propose(space, points, values, NONE, np.random.default_rng(1))
    beside = propose(space, points, values, alone[None, :], np.random.default_rng(1))
    assert abs(float(beside[0] - alone[0])) > 0.005


def test_a_value_out_of_all_proportion_does_not_blind_the_search() -> None:
    space = Space([LINE])

    def explodes(values: Any) -> float:
        return 1e12 if values["x"] < -5 else (values["x"] - 3) ** 2

    best = min(search(space, explodes, 15), key=lambda each: each[1])
    assert abs(space.values(best[0])["x"] - 3) < 0.2


def test_equal_values_and_hundreds_of_points_are_no_trouble() -> None:
    space, rng = Space([LINE, WIDE]), np.random.default_rng(3)
    points = rng.random((400, 2))
    for values in (np.zeros(400), points[:, 0]):
        point = propose(space, points, values, points[:0], rng)
        assert ((point >= 0) & (point <= 1)).all()
