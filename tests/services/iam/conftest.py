"""One site a module, and its administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services.iam.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.iam.scene import Clients


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with Scene(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(scope="module")
def admin(scene: Scene) -> Clients:
    """An administrator of one tenant."""
    return scene.as_site("tenant-administrator")
