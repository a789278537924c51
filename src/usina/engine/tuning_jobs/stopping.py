"""Whether a training job that runs is worth going on with. Pure; the values of the objective come in as they were told.

Early stopping (`Auto`) is SageMaker's median rule: a job ends whose value is worse than the median of the running means
of the jobs before it at the same point. Hyperband is Optuna's pruner over a study that is built from what is known.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.engine.tuning_jobs.plan import Plan

_COMPARED = 3  # jobs that must have come as far before anything is stopped
_REDUCTION = 3  # Hyperband: one job in three goes on at each rung


def median_stops(plan: Plan, values: Sequence[float], others: Sequence[Sequence[float]]) -> bool:
    """Whether the median rule ends a job; `others` are the values of the jobs that went all their way."""
    step = len(values)
    means = [statistics.fmean(each[:step]) for each in others if len(each) >= step]
    if not step or len(means) < _COMPARED:
        return False
    median = statistics.median(means)
    return values[-1] > median if plan.minimize else values[-1] < median


def rungs(plan: Plan) -> list[int]:
    """After how many values Hyperband looks at a job."""
    found, step = [], plan.least
    while step < plan.most:
        found.append(step)
        step *= _REDUCTION
    return found


def hyperband_stops(
    plan: Plan, number: int, values: Sequence[float], judged: int, others: Mapping[int, Sequence[float]]
) -> bool:
    """Whether Hyperband ends the job of that number, which was judged by its first `judged` values before.

    `others`: number -> the values up to where each was judged. A number decides in which bracket a job competes.
    """
    import optuna

    pruner = optuna.pruners.HyperbandPruner(
        min_resource=plan.least, max_resource=max(plan.most, plan.least), reduction_factor=_REDUCTION
    )
    study = optuna.create_study(
        study_name=plan.name, direction="minimize" if plan.minimize else "maximize", pruner=pruner
    )
    known = {**others, number: values}
    for _ in range(max(known)):
        study.add_trial(optuna.trial.create_trial(state=optuna.trial.TrialState.RUNNING))

    def looks(which: int, step: int) -> bool:
        trial = study.get_trials()[which - 1]
        trial.intermediate_values = dict(enumerate(known[which][:step], 1))
        return bool(pruner.prune(study, trial))

    for which, seen in others.items():
        for step in rungs(plan):
            if step <= len(seen):
                looks(which, step)
    for step in rungs(plan):
        if step <= judged:
            looks(number, step)
    return any(looks(number, step) for step in rungs(plan) if judged < step <= len(values))
