"""Model servers and endpoints in the sandbox of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.serving.fleets import FleetSite
from tests.engine.serving.site import ServingSite

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from usina.engine.sandbox import Sandbox


@pytest.fixture
async def site(tmp_path: Path, sandbox: Sandbox) -> AsyncIterator[ServingSite]:
    """A site, in the sandbox of this machine."""
    site = ServingSite(tmp_path, sandbox)
    yield site
    await site.close()


@pytest.fixture
async def endpoints_site(tmp_path: Path, sandbox: Sandbox) -> AsyncIterator[FleetSite]:
    """As `site`, with endpoints."""
    site = FleetSite(tmp_path, sandbox)
    yield site
    await site.close()
