"""What to try next: built from rows each time, nothing is kept. Random and Hyperband's points are Optuna's.

A suggestion is a function of the plan, its number and what is known by then, and of nothing else: each number has a
seed of its own, drawn from the job's. So a search that was interrupted goes on as it would have, and random search and
grid search try the same values in the same order whatever else happens.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from usina.core.tuning.ranges import CATEGORICAL, INTEGER, combination

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import optuna

    from usina.core.tuning.ranges import Range
    from usina.core.tuning.results import Child
    from usina.engine.tuning_jobs.plan import Plan

_SEED_BYTES = 4
_FIRST_SHARE = 4  # one in so many training jobs is tried before what they came to says where to look
_FIRST_LEAST, _FIRST_MOST = 2, 10


def suggest(plan: Plan, number: int, known: Sequence[Child]) -> dict[str, str]:
    """The hyperparameters of the training job of that number, from 1. Takes milliseconds: call it in a thread."""
    if plan.strategy == "Grid":
        return _texts(plan.ranges, combination(plan.ranges, number))
    inherited = _inherited(plan) if plan.transfer else []
    if number <= len(inherited):
        return _texts(plan.ranges, inherited[number - 1])
    if plan.strategy == "Bayesian":
        return _texts(plan.ranges, _expected(plan, number, known))
    import optuna

    study = optuna.create_study(
        sampler=_sampler(plan, number), direction="minimize" if plan.minimize else "maximize", study_name=plan.name
    )
    distributions = {each.name: _distribution(each) for each in plan.ranges}
    if plan.strategy != "Random":
        for trial in _trials(plan, known, distributions):
            study.add_trial(trial)
    return _texts(plan.ranges, study.ask(distributions).params)


def quiet() -> None:
    """Optuna says nothing of each trial in the factory's log."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)


def _sampler(plan: Plan, number: int) -> optuna.samplers.BaseSampler:
    import optuna

    seed = _seed(plan, number)
    if plan.strategy == "Random":
        return optuna.samplers.RandomSampler(seed=seed)
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=_first(plan), multivariate=True, constant_liar=True)


def _seed(plan: Plan, number: int) -> int:
    digest = hashlib.sha256(f"{plan.seed}/{number}".encode()).digest()
    return int.from_bytes(digest[:_SEED_BYTES], "big")


def _first(plan: Plan) -> int:
    """How many are tried before what they came to says where to look."""
    return min(_FIRST_MOST, max(_FIRST_LEAST, plan.total // _FIRST_SHARE))


def _distribution(each: Range) -> optuna.distributions.BaseDistribution:
    from optuna import distributions

    if each.kind == CATEGORICAL:
        return distributions.CategoricalDistribution(each.values)
    if each.kind == INTEGER:
        return distributions.IntDistribution(int(each.low), int(each.high), log=each.log)
    return distributions.FloatDistribution(each.low, each.high, log=each.log)


def _expected(plan: Plan, number: int, known: Sequence[Child]) -> dict[str, Any]:
    """By a model of the objective, once enough is known to have one; before, spread over the ranges."""
    import numpy as np

    from usina.engine.tuning_jobs.gaussian import propose, spread
    from usina.engine.tuning_jobs.space import Space

    space, sign = Space(plan.ranges), 1.0 if plan.minimize else -1.0
    told = [] if plan.transfer else [(each["parameters"], each["value"]) for each in plan.parents]
    told += [(child.parameters, child.value) for child in known if child.value is not None]
    told = [(found, value) for given, value in told if (found := _values(plan.ranges, given)) is not None]
    running = [_values(plan.ranges, child.parameters) for child in known if not child.is_over]
    points = np.array([space.point(each) for each, _ in told]).reshape(-1, space.size)
    pending = np.array([space.point(each) for each in running if each is not None]).reshape(-1, space.size)
    rng = np.random.default_rng(_seed(plan, number))
    if len(told) < _first(plan):
        return space.values(spread(space, np.vstack([points, pending]), rng))
    return space.values(propose(space, points, np.array([sign * value for _, value in told]), pending, rng))


def _trials(
    plan: Plan, known: Sequence[Child], distributions: Mapping[str, optuna.distributions.BaseDistribution]
) -> list[optuna.trial.FrozenTrial]:
    """What is known of parents and children: those that run count too, so that two do not try the same."""
    from optuna.trial import TrialState, create_trial

    made: list[optuna.trial.FrozenTrial] = []

    def add(parameters: Mapping[str, str], **more: Any) -> None:
        values = _values(plan.ranges, parameters)
        if values is not None:
            made.append(create_trial(params=values, distributions=dict(distributions), **more))

    for parent in () if plan.transfer else plan.parents:
        add(parent["parameters"], state=TrialState.COMPLETE, value=parent["value"])
    for child in known:
        if not child.is_over:
            add(child.parameters, state=TrialState.RUNNING)
        elif child.value is not None and child.may_be_best:
            add(child.parameters, state=TrialState.COMPLETE, value=child.value)
        elif child.value is not None:
            seen = dict(enumerate(child.values or [child.value], 1))
            add(child.parameters, state=TrialState.PRUNED, intermediate_values=seen)
    return made


def _inherited(plan: Plan) -> list[dict[str, float | int | str]]:
    """The parents' parameters that can be tried here, the best first, each once."""
    ordered = sorted(plan.parents, key=lambda each: each["value"] if plan.minimize else -each["value"])
    found: list[dict[str, float | int | str]] = []
    for parent in ordered:
        values = _values(plan.ranges, parent["parameters"])
        if values is not None and values not in found:
            found.append(values)
    return found[: max(1, plan.total // _FIRST_SHARE)]


def _values(ranges: Sequence[Range], parameters: Mapping[str, str]) -> dict[str, float | int | str] | None:
    """Parameters as the search sees them; None where one of them lies outside of what is searched."""
    found: dict[str, float | int | str] = {}
    for each in ranges:
        value = each.value(parameters.get(each.name, ""))
        if value is None:
            return None
        found[each.name] = value
    return found


def _texts(ranges: Sequence[Range], values: Mapping[str, Any]) -> dict[str, str]:
    return {each.name: each.text(values[each.name]) for each in ranges}
