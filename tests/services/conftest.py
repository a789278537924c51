"""What the services' own policies say, read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from usina.services import operations
from usina.sovereignty.policy import Policy, install_shipped
from usina.testing.clock import VirtualClock

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def shipped_policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    """The shipped policies."""
    folder: Path = tmp_path_factory.mktemp("shipped") / "policies"
    install_shipped(folder)
    return Policy.load(folder, operations(), VirtualClock())
