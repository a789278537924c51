"""Programs for version 2 of the SageMaker SDK, in its own environment, against a running factory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.clients import run_program

if TYPE_CHECKING:
    from tests.journeys.running import Factory

pytestmark = pytest.mark.usefixtures("confined")


def test_an_estimator_trains_and_its_log_metrics_and_model_are_read(factory: Factory, training_role: str) -> None:
    told = run_program(factory, "sdk2", "sdk2_training.py", training_role)
    assert told["bucket"].startswith("sagemaker-us-east-1-")
    assert told["model"] == pytest.approx([2, -1], abs=0.01)
    assert told["model_data"] == told["attached"]
    assert told["final_metrics"]["loss"] < 0.001
    assert told["metrics_seen"] == ["loss"]
    assert told["billable_seconds"] >= 1
    assert "ArithmeticError: the loss grew to" in told["failure"]
    assert told.output.index("epoch 0 loss:") < told.output.index("epoch 99 loss:")
    assert "Training - Training image download completed" in told.output


def test_sklearn_is_deployed_and_asked_one_by_one_and_over_a_file_and_splits_one(
    factory: Factory, training_role: str
) -> None:
    told = run_program(factory, "sdk2", "sdk2_sklearn.py", training_role)
    assert told["image"] == told["resolved"]
    assert told["image"].endswith(".amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3")
    assert told["metrics"] == 1.0
    assert told["answers"] == [1, 0, 0]
    assert told["transformed"] == ["1", "0", "0", "1"]
    assert told["package"].endswith(":model-package/sdk2-inside/1")
    assert told["processed"] == "9,9\n0,0"
    assert "kept 2 of 4 rows" in told.output
    assert told["left"] == []


def test_a_tuner_finds_the_best_of_its_jobs(factory: Factory, training_role: str) -> None:
    told = run_program(factory, "sdk2", "sdk2_tuning.py", training_role)
    assert told["status"] == "Completed"
    assert len(told["jobs"]) == len(set(told["rates"])) == 3
    assert all(0.001 <= rate <= 0.5 for rate in told["rates"])
    assert told["best_loss"] == pytest.approx(told["losses"][0])
    assert told["best"] in told["jobs"]
    assert told["model"].endswith(f"/{told['best']}/output/model.tar.gz")
