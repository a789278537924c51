"""Bayesian search: a Gaussian process over what is known, and the point from which most improvement is expected.

As SageMaker's own Bayesian search does. Optuna's sampler of this kind needs PyTorch and SciPy, which the base install
does not have, and its tree-structured estimator needs dozens of jobs before it is better than chance; tuning jobs often
have ten. Matern 5/2 with a length for each range, lengths and noise by likelihood over a grid (Rasmussen and Williams,
"Gaussian Processes for Machine Learning", chapters 4 and 5), expected improvement over drawn points.

Left out: more than `_MOST` points (the best and the newest are taken), gradients.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from usina.engine.tuning_jobs.space import Points, Space

_MOST = 120
_DRAWN, _NEAR = 2_048, 256
_STEPS = (0.1, 0.02)  # how far from the best point is looked around
_FIRST = 64  # points of which the first ones are chosen
_LENGTHS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
_NOISES = (1e-6, 1e-3, 1e-1)  # shares of the variance
_SWEEPS = 2
_USUAL_LENGTH = 0.4
_CUT = 3.0  # what is worse than the median by so many times its distance from the best, counts no more than that
_SAME, _BESIDE = 1e-6, 0.01  # sides of the cube: what was tried, and what is being tried, is not tried again
_TINY = 1e-12
Vector = np.ndarray[Any, np.dtype[np.float64]]


def spread(space: Space, taken: Points, rng: np.random.Generator) -> Points:
    """A point for the beginning: far from those that were taken."""
    drawn = space.snapped(rng.random((_FIRST, space.size)))
    if not len(taken):
        return np.asarray(drawn[0])
    apart = _apart(space.features(drawn), space.features(taken), np.ones(len(space.owners())))
    return np.asarray(drawn[int(np.argmax(apart.min(axis=1)))])


def propose(space: Space, points: Points, values: Vector, pending: Points, rng: np.random.Generator) -> Points:
    """The point to try next, where the smallest value is sought; `pending` are those whose values are not known yet."""
    points, values = _chosen(points, values)
    told = _scaled(values)
    model = _fitted(space, space.features(points), told)
    if len(pending):  # they are taken to come to what is expected, so that nothing is tried beside them
        expected = model.predict(space.features(pending))[0]
        model = _Model.of(
            space.features(np.vstack([points, pending])), np.concatenate([told, expected]), model.lengths, model.noise
        )
    around = points[int(np.argmin(values))]
    near = [np.clip(around + rng.normal(0, step, (_NEAR, space.size)), 0, 1) for step in _STEPS]
    drawn = space.snapped(np.vstack([rng.random((_DRAWN, space.size)), *near]))
    whole = np.ones(space.size)
    new = _apart(drawn, points, whole).min(axis=1) > _SAME
    if len(pending):
        new &= _apart(drawn, pending, whole).min(axis=1) > _BESIDE
    drawn = drawn[new] if new.any() else drawn
    mean, deviation = model.predict(space.features(drawn))
    return np.asarray(drawn[int(np.argmax(_improvement(float(told.min()), mean, deviation)))])


@dataclass(frozen=True, slots=True)
class _Model:
    """A process that was conditioned on what is known."""

    seen: Points
    lengths: Vector
    noise: float
    lower: Points  # Cholesky factor of the covariance
    weights: Vector
    variance: float
    likelihood: float

    @classmethod
    def of(cls, seen: Points, told: Vector, lengths: Vector, noise: float) -> _Model:
        covariance = _matern(_apart(seen, seen, lengths)) + noise * np.eye(len(seen))
        lower = np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
        weights = np.asarray(np.linalg.solve(covariance, told), dtype=np.float64)
        variance = max(float(told @ weights) / len(told), _TINY)
        likelihood = -0.5 * len(told) * math.log(variance) - float(np.log(np.diag(lower)).sum())
        return cls(seen, lengths, noise, lower, weights, variance, likelihood)

    def predict(self, asked: Points) -> tuple[Vector, Vector]:
        """Mean and standard deviation at each point."""
        shared = _matern(_apart(asked, self.seen, self.lengths))
        left = np.linalg.solve(self.lower, shared.T)
        spare = np.maximum(1.0 - (left**2).sum(axis=0), _TINY)
        return shared @ self.weights, np.sqrt(spare * self.variance)


def _fitted(space: Space, seen: Points, told: Vector) -> _Model:
    """The likeliest of a grid of lengths and noises: one length for all first, then one range after the other."""
    owners = np.array(space.owners())

    def scored(model: _Model) -> float:
        unusual = float((np.log(model.lengths / _USUAL_LENGTH) ** 2).sum())
        return model.likelihood - 0.5 * unusual / (len(owners) / space.size)

    tried = [_Model.of(seen, told, np.full(len(owners), length), noise) for length in _LENGTHS for noise in _NOISES]
    best = max(tried, key=scored)
    for _ in range(_SWEEPS):
        for which in range(space.size if space.size > 1 else 0):
            others = [
                _Model.of(seen, told, np.where(owners == which, length, best.lengths), best.noise)
                for length in _LENGTHS
            ]
            best = max([best, *others], key=scored)
    return best


def _chosen(points: Points, values: Vector) -> tuple[Points, Vector]:
    """At most so many: half of them the best, the rest the newest."""
    if len(values) <= _MOST:
        return points, values
    best = np.argsort(values)[: _MOST // 2]
    newest = np.setdiff1d(np.arange(len(values)), best)[-(_MOST - len(best)) :]
    kept = np.sort(np.concatenate([best, newest]))
    return points[kept], values[kept]


def _scaled(values: Vector) -> Vector:
    """Mean 0, deviation 1; one value that is out of all proportion does not flatten the rest."""
    median, least = float(np.median(values)), float(values.min())
    cut = np.minimum(values, median + _CUT * (median - least)) if median > least else values
    deviation = float(cut.std())
    return np.asarray((cut - cut.mean()) / (deviation if deviation > 0 else 1.0))


def _apart(one: Points, other: Points, lengths: Vector) -> Points:
    """Distances between all points of the one and the other, each coordinate in its length."""
    left, right = one / lengths, other / lengths
    squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None, :] - 2.0 * left @ right.T
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


def _matern(distances: Points) -> Points:
    scaled = math.sqrt(5.0) * distances
    return np.asarray((1.0 + scaled + scaled**2 / 3.0) * np.exp(-scaled))


def _improvement(least: float, mean: Vector, deviation: Vector) -> Vector:
    """Expected improvement below the least."""
    gain = least - mean
    scaled = gain / deviation
    below = 0.5 * (1.0 + np.array([math.erf(each) for each in scaled / math.sqrt(2.0)]))
    return np.asarray(gain * below + deviation * np.exp(-0.5 * scaled**2) / math.sqrt(2.0 * math.pi))
