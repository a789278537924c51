"""A factory that is gone at any moment: the next one brings every endpoint to where it was going."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

from tests.engine.serving.fleets import FleetSite, fleet, patiently, variant

if TYPE_CHECKING:
    from pathlib import Path

    from usina.engine.serving.site import SiteEndpoints

_MOMENTS = 12


def holds(run: Path) -> bool:
    """Whether the keeper of a run has begun."""
    lock = run / "keeper.lock"
    return lock.exists() and bool(lock.read_text())


async def killed(site: FleetSite, tasks: set[asyncio.Task[Any]]) -> SiteEndpoints:
    """End all that the factory does, without a word to any of it, and start another."""
    mine = asyncio.all_tasks() - tasks
    for task in mine:
        task.cancel()
    await asyncio.gather(*mine, return_exceptions=True)
    for _ in range(100):  # a keeper that is just starting: no factory starts as quickly as the next line does
        if all(holds(orders.parent) for orders in (site.folder / "endpoints").rglob("keeper.json")):
            break
        await asyncio.sleep(0.01)
    return await site.open_endpoints()


async def test_an_endpoint_ends_as_it_would_have_whenever_the_factory_is_killed(endpoints_site: FleetSite) -> None:
    site, chance, others = endpoints_site, random.Random(7), asyncio.all_tasks()
    await site.model("one.tar.gz", "one")
    await site.model("two.tar.gz", "two")
    await site.model("bad.tar.gz", "bad", "raise ValueError('no')")
    steps = [  # what is wanted, and what serves when it is done
        (fleet(variant(archive="one.tar.gz")), "one"),
        (fleet(variant(archive="two.tar.gz"), generation=2), "two"),
        (fleet(variant(archive="bad.tar.gz"), generation=3), "two"),
        (fleet(variant(archive="one.tar.gz", count=2), generation=4), "one"),
    ]
    endpoints = await site.open_endpoints()
    for spec, says in steps:
        await site.want(endpoints, spec)
        for _ in range(_MOMENTS // len(steps)):
            await asyncio.sleep(chance.uniform(0.0, 0.5))
            endpoints = await killed(site, others)
        seen = await site.until_status("InService")
        assert await site.says(endpoints) == says
        assert bool(seen["failure"]) == (says == "two" and spec["generation"] == 3)
        servers = sum(each["count"] for each in seen["fleet"]["variants"])
        await patiently(lambda servers=servers: len(list((site.folder / "endpoints").glob("*/*"))) == servers)  # type: ignore[misc] # of this turn
        await patiently(lambda servers=servers: len(site.floor.held) == servers)  # type: ignore[misc] # as above
    await site.want_gone(endpoints)
    await asyncio.sleep(chance.uniform(0.0, 0.1))
    endpoints = await killed(site, others)
    await site.until_gone()
    await patiently(lambda: not list((site.folder / "endpoints").glob("*/*")))
    assert not site.floor.held
