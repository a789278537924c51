"""Searches in virtual time: each strategy, each way to end, and every moment at which a factory can be killed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.tuning_jobs.laboratory import Laboratory, request
from usina.core.tuning.results import best
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.ports import Row

GRID: dict[str, Any] = {
    "ParameterRanges": {
        "CategoricalParameterRanges": [{"Name": "a", "Values": ["1", "2"]}, {"Name": "b", "Values": ["u", "v", "w"]}]
    }
}
PAIRS = [{"a": a, "b": b} for a in "12" for b in "uvw"]


def of_grid(parameters: Mapping[str, str], _epoch: int) -> float:
    return float(parameters["a"]) + "uvw".index(parameters["b"])


async def best_of(laboratory: Laboratory, asked: dict[str, Any]) -> Any:
    return best(asked, await laboratory.children())


async def test_grid_search_tries_each_combination_once() -> None:
    laboratory, asked = Laboratory(of_grid), request("Grid", total=None, **GRID)
    await laboratory.create(asked)
    assert (await laboratory.run())["status"] == "Completed"
    assert await laboratory.tried() == PAIRS
    assert laboratory.at_once == 2
    assert (await best_of(laboratory, asked)).parameters == {"a": "1", "b": "u"}
    names = [child.name for child in await laboratory.children()]
    assert names[0].startswith("tune-001-")
    assert len(names[0]) == len("tune-001-01234567")


async def test_random_search_is_the_same_for_the_same_seed_whatever_runs_beside() -> None:
    tried = []
    for parallel, seed in ((1, 7), (4, 7), (1, 8)):
        laboratory = Laboratory()
        await laboratory.create(request("Random", total=8, parallel=parallel), seed=seed)
        assert (await laboratory.run())["status"] == "Completed"
        assert laboratory.at_once == parallel
        tried.append(await laboratory.tried())
    assert tried[0] == tried[1] != tried[2]
    assert all(-10 <= float(each["x"]) <= 10 for each in tried[0])
    assert len({each["x"] for each in tried[0]}) == 8


async def test_bayesian_search_ends_near_the_optimum_and_nearer_than_chance() -> None:
    found = {}
    for strategy in ("Random", "Bayesian"):
        away = []
        for seed in range(3):
            laboratory, asked = Laboratory(), request(strategy, total=24)
            await laboratory.create(asked, seed=seed)
            await laboratory.run()
            away.append(abs(float((await best_of(laboratory, asked)).parameters["x"]) - 3))
        found[strategy] = sum(away) / len(away)
    assert found["Bayesian"] < 0.3
    assert found["Bayesian"] < found["Random"]


async def test_a_search_that_is_interrupted_goes_on_as_it_would_have() -> None:
    whole, broken = Laboratory(), Laboratory()
    for laboratory in (whole, broken):
        await laboratory.create(request("Bayesian", total=10))
    await whole.run()
    search = await broken.search()
    for second in range(100):
        if await search.step():
            break
        await broken.second()
        if second % 2:
            search = await broken.search()  # another factory, which knows nothing but the rows
    assert await broken.tried() == await whole.tried()


async def test_hyperband_stops_what_is_not_promising_and_the_best_goes_all_its_way() -> None:
    def slow(parameters: Mapping[str, str], epoch: int) -> float:
        return (float(parameters["x"]) - 3) ** 2 + 10 / epoch

    laboratory = Laboratory(slow, epochs=9)
    asked = request("Hyperband", total=20, parallel=3, StaticHyperParameters={"epochs": "9"})
    await laboratory.create(asked)
    assert (await laboratory.run())["status"] == "Completed"
    found = await laboratory.children()
    why = [child.body["tuning"].get("stopped", "") for child in found]
    assert why.count("hyperband") >= 5
    assert sum(laboratory.spent.values()) < 20 * 9 * 0.8
    top = best(asked, found)
    assert top is not None
    assert len(top.values) == 9
    stopped = [child for child in found if child.body["tuning"].get("stopped") == "hyperband"]
    assert all(child.objective_status == "Succeeded" and not child.may_be_best for child in stopped)


async def test_hyperband_ends_a_job_that_has_had_all_it_may_have() -> None:
    laboratory = Laboratory(lambda _parameters, epoch: 1 / epoch, epochs=100)
    strategy = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 4}}
    await laboratory.create(request("Hyperband", total=1, StrategyConfig=strategy))
    assert (await laboratory.run())["status"] == "Completed"
    (child,) = await laboratory.children()
    assert (child.status, child.body["tuning"]["stopped"], child.may_be_best) == ("Stopped", "resource", True)
    assert len(child.values) in {4, 5}


async def test_early_stopping_ends_jobs_that_are_worse_than_the_median_of_those_before() -> None:
    def bad_after_four(parameters: Mapping[str, str], _epoch: int) -> float:
        return 100 if int(parameters["x"]) > 3 else 1

    values = {"ParameterRanges": {"CategoricalParameterRanges": [{"Name": "x", "Values": list("123456")}]}}
    laboratory = Laboratory(bad_after_four, epochs=5)
    await laboratory.create(request("Grid", parallel=1, total=None, TrainingJobEarlyStoppingType="Auto", **values))
    assert (await laboratory.run())["status"] == "Completed"
    states = [(child.status, child.body["tuning"].get("stopped")) for child in await laboratory.children()]
    assert states == [("Completed", None)] * 3 + [("Stopped", "early")] * 3


async def test_a_stopped_search_stops_its_training_jobs_and_keeps_what_came_of_it() -> None:
    laboratory = Laboratory(epochs=50)
    await laboratory.create(request("Random", total=20, parallel=3))
    search = await laboratory.search()
    await search.step()
    await laboratory.second()
    await laboratory.want_stop()
    assert not await search.step(), "training jobs still run"
    seen = await laboratory.run()
    assert (seen["status"], seen["cause"]) == ("Stopped", "stop")
    found = await laboratory.children()
    assert [child.status for child in found] == ["Stopped"] * 3
    assert len(laboratory.jobs.told) >= 6, "the loop of jobs was told of each, when it began and when it was stopped"


@pytest.mark.parametrize(
    ("changes", "cause", "most"),
    [
        ({"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 25.0}}, "target", 20),
        ({"ResourceLimits": {"MaxRuntimeInSeconds": 6}}, "time", 8),
        (
            {"TuningJobCompletionCriteria": {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}},
            "plateau",
            25,
        ),
    ],
)
async def test_a_search_ends_when_it_knows_enough(changes: dict[str, Any], cause: str, most: int) -> None:
    laboratory = Laboratory()
    await laboratory.create(request("Random", total=40, **changes))
    seen = await laboratory.run()
    assert (seen["status"], seen["cause"]) == ("Completed", cause)
    assert len(await laboratory.children()) <= most


async def test_a_search_without_any_objective_fails_and_says_why() -> None:
    laboratory = Laboratory(lambda *_: None)
    await laboratory.create(request("Random", total=40, parallel=1))
    seen = await laboratory.run()
    assert seen["status"] == "Failed"
    assert "No objective metrics found after running 5 training jobs" in seen["failure"]


async def test_a_name_that_somebody_else_has_ends_the_search() -> None:
    laboratory, other = Laboratory(), Laboratory()
    for each in (laboratory, other):
        await each.create(request("Random", total=1))
    await other.run()
    (child,) = await other.children()
    foreign = {key: value for key, value in child.body.items() if key != "tuning"}
    from usina.core.ports import Row

    await laboratory.records.put(Row("training-job", "111122223333", child.name, foreign))
    seen = await laboratory.run()
    assert seen["status"] == "Failed"
    assert child.name in seen["failure"]


async def test_a_warm_start_learns_from_its_parents() -> None:
    parents = [{"job": "old", "parameters": {"x": str(x), "other": "1"}, "value": (x - 3) ** 2} for x in range(-10, 11)]
    away = {}
    for kind in ("", "IdenticalDataAndAlgorithm", "TransferLearning"):
        warm: dict[str, Any] = (
            {"WarmStartConfig": {"WarmStartType": kind, "ParentHyperParameterTuningJobs": []}} if kind else {}
        )
        laboratory = Laboratory()
        await laboratory.create(request("Bayesian", total=4, parallel=1, **warm), parents=parents if kind else [])
        await laboratory.run()
        away[kind] = [abs(float(each["x"]) - 3) for each in await laboratory.tried()]
    assert away["TransferLearning"][0] == 0, "the best of the parents is tried first"
    assert max(away["IdenticalDataAndAlgorithm"]) < max(away[""])
    assert away["IdenticalDataAndAlgorithm"][0] < 2, "nothing is drawn by chance where much is known"


class KilledRecords(MemoryRecords):
    """Rows of a factory that is killed at its n-th write: before it, or right after."""

    def __init__(self, at: int, *, after: bool) -> None:
        super().__init__()
        self.left = at
        self.after = after

    async def put(self, row: Row) -> Row:
        """Store, or die."""
        self.left -= 1
        if self.left == 0 and not self.after:
            raise KeyboardInterrupt
        stored = await super().put(row)
        if self.left == 0:
            raise KeyboardInterrupt
        return stored


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_factory_killed_at_any_write_creates_no_training_job_twice_and_none_too_few(after: bool) -> None:
    killed = 0
    for at in range(1, 60):
        records = KilledRecords(0, after=after)
        laboratory = Laboratory(of_grid, records=records)
        await laboratory.create(request("Grid", total=None, **GRID))
        records.left = at
        for _ in range(60):
            search = await laboratory.search()
            try:
                if await search.step():
                    break
                await laboratory.second()
            except KeyboardInterrupt:
                killed += 1
        assert (await laboratory.observed())["status"] == "Completed"
        assert await laboratory.tried() == PAIRS
    assert killed > 20
