"""Images of a site of its own, or over the folder that the test run shares."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from usina.core.clock import SystemClock
from usina.engine.cluster.local import LocalCluster
from usina.engine.images import Images
from usina.engine.images.folder import ImageFolder
from usina.engine.images.places import Places
from usina.engine.images.table import Table

if TYPE_CHECKING:
    from usina.core.clock import Clock
    from usina.engine.cluster import Cluster

# `make test` installs images there; whoever runs a test by hand says the same folder.
SHARED = Path(os.environ.get("USINA_IMAGES") or Path(__file__).parents[3] / ".images").absolute()


def site_images(
    home: Path,
    clock: Clock | None = None,
    *,
    folder: Path = SHARED,
    places: Places | None = None,
    cluster: Cluster | None = None,
) -> Images:
    """The images of a site whose home that is."""
    clock = clock or SystemClock()
    cluster = cluster or LocalCluster(SystemClock())
    return Images(
        Table.read(home), ImageFolder(folder), places or Places(), cluster, clock, log=home / "logs" / "images.log"
    )
