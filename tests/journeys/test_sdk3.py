"""Programs for version 3 of the SageMaker SDK, in its own environment, against a running factory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.clients import run_program

if TYPE_CHECKING:
    from tests.journeys.running import Factory

pytestmark = pytest.mark.usefixtures("confined")


def test_a_model_trainer_makes_its_role_and_trains_and_its_log_and_model_are_read(factory: Factory) -> None:
    told = run_program(factory, "sdk3", "sdk3_training.py")
    assert told["role"].endswith(":role/SageMaker-AutoRole-Training")
    assert told["model"] == pytest.approx([2, -1], abs=0.01)
    assert told["status"] == "Completed"
    assert told["steps"] == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert "returned non-zero exit status 1" in told["failure"]
    assert told.output.index("epoch 0 loss:") < told.output.index("epoch 90 loss:")


def test_a_processor_splits_a_file_and_its_log_and_outputs_are_read(factory: Factory, training_role: str) -> None:
    told = run_program(factory, "sdk3", "sdk3_processing.py", training_role)
    assert told["status"] == "Completed"
    assert told["outputs"] == {"train": "0\n1\n2\n3\n4\n5\n6", "test": "7\n8\n9"}
    assert "kept 7 of 10 rows" in told.output


def test_a_tuner_finds_the_best_of_its_jobs(factory: Factory, training_role: str) -> None:
    told = run_program(factory, "sdk3", "sdk3_tuning.py", training_role)
    assert (told["status"], told["completed"]) == ("Completed", 3)
    assert told["best"].startswith("sdk3-tuning-")
    assert 0.001 <= told["rate"] <= 0.5
    assert told["best_loss"] > 0


def test_a_model_is_built_deployed_and_invoked_and_transforms_a_file(factory: Factory, training_role: str) -> None:
    told = run_program(factory, "sdk3", "sdk3_sklearn.py", training_role)
    assert told["image"].endswith(".amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3")
    assert told["model"] == "sdk3-sklearn"
    assert told["answers"] == [1, 0, 0]
    assert told["transformed"] == ["1", "0", "0", "1"]
