"""Where a run stands, in one file that is replaced whole: a program that was killed goes on from there."""

from __future__ import annotations

import os
from typing import Any

_FILE = "checkpoint.pt"


def save(folder: str, state: dict[str, Any]) -> None:
    """Keep a state of tensors, numbers and texts."""
    import torch

    path = os.path.join(folder, _FILE)  # noqa: PTH118 - a path inside
    draft = f"{path}.draft"
    with open(draft, "wb") as file:  # noqa: PTH123 - the same
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)  # noqa: PTH105 - the same


def load(folder: str) -> dict[str, Any] | None:
    """The state that was kept; None where none was."""
    import torch

    path = os.path.join(folder, _FILE)  # noqa: PTH118 - the same
    if not os.path.exists(path):  # noqa: PTH110 - the same
        return None
    state: dict[str, Any] = torch.load(path, weights_only=True)
    return state
