"""What tests of engines and programs share."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from usina.core.clock import SystemClock
from usina.engine.sandbox.bubblewrap import detect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from usina.engine.sandbox import Isolation, Sandbox


@pytest.fixture(scope="session")
def isolation_here() -> tuple[Sandbox | None, Isolation]:
    """What this machine can isolate, found out once."""
    return asyncio.run(detect(SystemClock()))


@pytest.fixture
def sandbox(isolation_here: tuple[Sandbox | None, Isolation], tmp_path: Path) -> Sandbox:
    """The sandbox; tests that need one are skipped, with the reason, where this machine has none."""
    found, isolation = isolation_here
    if found is None:
        pytest.skip(isolation.lacking)
    tmp_path.chmod(0o700)  # as a site's home is
    return found


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder whose path leaves room for the name of a socket, whatever runs the tests."""
    with tempfile.TemporaryDirectory(prefix="usina-") as name:
        yield Path(name)
