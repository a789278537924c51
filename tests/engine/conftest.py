"""What tests of engines and programs share."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder whose path leaves room for the name of a socket, whatever runs the tests."""
    with tempfile.TemporaryDirectory(prefix="usina-") as name:
        yield Path(name)
