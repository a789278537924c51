"""Jobs that really run in the sandbox of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.jobs.site import JobSite

if TYPE_CHECKING:
    from pathlib import Path

    from usina.engine.sandbox import Sandbox


@pytest.fixture
def site(tmp_path: Path, sandbox: Sandbox) -> JobSite:
    """A site, in the sandbox of this machine."""
    return JobSite(tmp_path, sandbox)
