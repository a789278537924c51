"""A few of the kills of `make crash`: what the factory promised its clients outlives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.crash.campaign import Campaign
from tests.crash.objects import Objects

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.journeys.running import Factory

KILLS = 6
SEED = 20261127


@pytest.mark.usefixtures("confined")
def test_a_factory_that_is_killed_again_and_again_keeps_what_it_promised(new_factory: Callable[[], Factory]) -> None:
    campaign = Campaign(new_factory(), SEED)
    report = campaign.run(KILLS)
    assert report.kills >= KILLS
    assert all(seen["answered"] for seen in report.counts.values()), report.lines()
    objects = next(actor for actor in campaign.actors if isinstance(actor, Objects))
    key = next(key for key, states in objects.may_be.items() if states != {"absent"})
    objects.s3.delete_object(Bucket=objects.bucket, Key=key)
    with pytest.raises(AssertionError, match="was promised"):  # it would be seen
        objects.check()
    campaign.factory.stop()
