"""Model servers and endpoints in the sandbox of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.serving.fleets import FleetSite
from tests.engine.serving.site import ServingSite
from usina.core.clock import SystemClock
from usina.engine.sandbox.bubblewrap import detect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[ServingSite]:
    """A site; tests that need a sandbox are skipped, with the reason, where this machine has none."""
    sandbox, isolation = await detect(SystemClock())
    if sandbox is None:
        pytest.skip(isolation.lacking)
    tmp_path.chmod(0o700)  # noqa: ASYNC240 - a test's folder
    site = ServingSite(tmp_path, sandbox)
    yield site
    await site.close()


@pytest.fixture
async def endpoints_site(tmp_path: Path) -> AsyncIterator[FleetSite]:
    """As `site`, with endpoints."""
    sandbox, isolation = await detect(SystemClock())
    if sandbox is None:
        pytest.skip(isolation.lacking)
    tmp_path.chmod(0o700)  # noqa: ASYNC240 - a test's folder
    site = FleetSite(tmp_path, sandbox)
    yield site
    await site.close()
