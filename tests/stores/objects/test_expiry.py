"""What lifecycle rules let go, and what a lock keeps from them; in virtual time."""

from __future__ import annotations

from typing import Any

import pytest

from usina.core.objects import Asked, Bucket, Entry, Upload
from usina.stores.objects.expiry import Expiry
from usina.testing.clock import CountingDice, VirtualClock
from usina.testing.objects import memory_objects

DAY = 86_400.0
RULE = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 7}}


class Scene:
    """A bucket with rules, and a clock to turn."""

    def __init__(self, *rules: dict[str, Any], **settings: Any) -> None:
        self.clock = VirtualClock(1_800_000_000.0 - 1_800_000_000.0 % DAY + 3_600)
        self.store = memory_objects(CountingDice())
        self.bucket = Bucket("b", "111122223333", 1.0, {"lifecycle": list(rules), **settings})

    async def put(self, key: str, version: str = "null", **facts: Any) -> None:
        if self.store.buckets.find("b") is None:
            await self.store.buckets.create(self.bucket)
        await self.store.objects.put(Entry("b", key, self.clock.now(), "e", 0, (), facts, version), None)

    async def sweep(self) -> list[tuple[str, str, bool]]:
        """Sweep once; what is there then."""
        store = self.store
        await Expiry(store.buckets, store.objects, store.uploads, self.clock, CountingDice()).sweep(self.bucket)
        page = await store.objects.list("b", Asked(versions=True))
        await store.close()
        return [(entry.key, entry.version, entry.marker) for entry in page.entries]

    async def later(self, days: float) -> None:
        await self.clock.sleep(days * DAY)


@pytest.mark.parametrize(("days", "left"), [(7.0, 2), (8.0, 1)])
async def test_an_object_goes_at_the_midnight_after_its_days(days: float, left: int) -> None:
    scene = Scene(RULE)
    await scene.put("logs/a")
    await scene.put("other")
    await scene.later(days)
    assert len(await scene.sweep()) == left


async def test_tags_and_a_rule_that_is_off_are_heeded() -> None:
    tagged = {**RULE, "Filter": {"And": {"Prefix": "", "Tags": [{"Key": "a", "Value": "1"}]}}}
    scene = Scene(tagged, {**RULE, "ID": "off", "Status": "Disabled"})
    await scene.put("logs/a", tags={"a": "1"})
    await scene.put("logs/b", tags={"a": "2"})
    await scene.later(30)
    assert [key for key, _, _ in await scene.sweep()] == ["logs/b"]


async def test_in_a_bucket_with_versions_an_object_is_marked_and_old_versions_go() -> None:
    old = {"ID": "old", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 3}}
    scene = Scene(RULE, old, versioning="Enabled")
    for version in ("v1", "v2"):
        await scene.put("logs/a", version)
    await scene.later(8)
    await scene.put("other", "v3")
    left = await scene.sweep()
    assert [(key, marker) for key, _, marker in left] == [("logs/a", True), ("logs/a", False), ("other", False)]
    assert left[1][1] == "v2"


async def test_a_lock_keeps_what_a_rule_would_let_go() -> None:
    scene = Scene(RULE)
    await scene.put("logs/held", hold="ON")
    await scene.put("logs/kept", lock={"mode": "COMPLIANCE", "until": scene.clock.now() + 90 * DAY})
    await scene.later(30)
    assert [key for key, _, _ in await scene.sweep()] == ["logs/held", "logs/kept"]


async def test_an_upload_that_nobody_ends_is_ended() -> None:
    scene = Scene({"ID": "u", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2}})
    await scene.put("k")
    await scene.store.uploads.begin(Upload("u", "b", "k", scene.clock.now()))
    await scene.later(3)
    store = scene.store
    await Expiry(store.buckets, store.objects, store.uploads, scene.clock, CountingDice()).sweep(scene.bucket)
    assert await store.uploads.find("u") is None
    await store.close()
