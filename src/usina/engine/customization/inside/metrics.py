"""What is told of a job: a line of its log a step, and the two tables that Bedrock leaves in the output.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-analyze.html
"""

from __future__ import annotations

import csv
import math
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Step = tuple[int, int, float]  # step from 0, epoch from 0, loss
TRAINING = "training_artifacts/step_wise_training_metrics.csv"
VALIDATION = "validation_artifacts/post_fine_tuning_validation/validation_metrics.csv"
_MOST_PERPLEXITY_LOSS = 700.0  # e to more than this is no number


def say(text: str) -> None:
    """A line of the log."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def say_step(step: Step, seconds: float) -> None:
    """A step's line."""
    number, epoch, loss = step
    say(f"step={number} epoch={epoch} training_loss={loss:.6f} seconds={seconds:.3f}")


def write(folder: str, name: str, column: str, steps: Sequence[Step]) -> None:
    """One of the tables."""
    path = os.path.join(folder, name)  # noqa: PTH118 - a path inside
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120 - the same
    with open(path, "w", encoding="ascii", newline="") as file:  # noqa: PTH123 - the same
        rows = csv.writer(file)
        rows.writerow(("step_number", "epoch_number", column, "perplexity"))
        for number, epoch, loss in steps:
            rows.writerow((number, epoch, f"{loss:.6f}", f"{perplexity(loss):.6f}"))


def perplexity(loss: float) -> float:
    """How many tokens the model is torn between, in the mean."""
    return math.exp(min(loss, _MOST_PERPLEXITY_LOSS))
