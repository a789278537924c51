"""The queue of invocations and where it is emptied to; an answer never waits for it, and no content goes elsewhere."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.invocations.test_entries import invocation
from usina.core.invocations import LARGE_BYTES, LOGGING, NAME, STREAM
from usina.core.logs import LogGroup, LogQuery
from usina.core.objects import Asked, Bucket
from usina.core.ports import Row
from usina.engine.invocations import loop
from usina.engine.invocations.delivery import Places
from usina.engine.invocations.loop import SiteInvocations
from usina.testing.clock import CountingDice, VirtualClock
from usina.testing.jobs import TrustingIam
from usina.testing.logs import MemoryLogs
from usina.testing.objects import memory_objects
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT = "111122223333"
GROUP = "/aws/bedrock"
BASE = f"logs/AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/us-east-1/2027/01/15/08/"
TO_BUCKET = {"s3Config": {"bucketName": "kept", "keyPrefix": "logs"}}
TO_LOG = {"cloudWatchConfig": {"logGroupName": GROUP, "roleArn": f"arn:aws:iam::{ACCOUNT}:role/logger"}}


class Site:
    """A bucket and a log group, and what is logged into them."""

    def __init__(self, folder: Path) -> None:
        clock = VirtualClock()
        self.records, self.store, self.iam = MemoryRecords(), memory_objects(CountingDice()), TrustingIam()
        self.logs = MemoryLogs(clock)
        places = Places(
            self.logs,
            self.store.buckets,
            self.store.objects,
            self.iam,  # type: ignore[arg-type] # the part of it that jobs ask
            clock,
            CountingDice(),
            "us-east-1",
            folder,
        )
        self.invocations = SiteInvocations(self.records, places)

    async def open(self, config: dict[str, Any]) -> SiteInvocations:
        """Logging as an account wants it."""
        await self.store.buckets.create(Bucket("kept", ACCOUNT, 0.0))
        await self.store.buckets.create(Bucket("foreign", "999988887777", 0.0))
        await self.logs.groups.create(LogGroup(ACCOUNT, GROUP, 0))
        await self.records.put(Row(LOGGING, ACCOUNT, NAME, {"config": config}))
        await self.invocations.reload()
        return self.invocations

    async def objects(self) -> dict[str, list[Any]]:
        """Key -> the lines in it."""
        found = {}
        for listed in (await self.store.objects.list("kept", Asked())).entries:
            entry = await self.store.objects.find("kept", listed.key)
            assert entry is not None
            content = b"".join([piece async for piece in await self.store.objects.read(entry, 0, entry.size_bytes)])
            found[entry.key] = [json.loads(line) for line in gzip.decompress(content).splitlines()]
        return found

    async def events(self) -> list[Any]:
        """What is in the log group."""
        page = await self.logs.read(ACCOUNT, GROUP, LogQuery(streams=(STREAM,)))
        return [json.loads(event.message) for event in page.events]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_invocations_go_to_bucket_and_log_of_their_account_alone(site: Site) -> None:
    invocations = await site.open({**TO_BUCKET, **TO_LOG})
    assert invocations.wanted(ACCOUNT)
    assert not invocations.wanted("999988887777")
    for number in range(3):
        invocations.offer(invocation(request_id=f"r-{number}"))
    invocations.offer(invocation(account="999988887777"))
    await invocations.flush()
    ((key, lines),) = (await site.objects()).items()
    assert key.startswith(BASE)
    assert key.endswith(".json.gz")
    assert [line["requestId"] for line in lines] == ["r-0", "r-1", "r-2"]
    assert await site.events() == lines
    assert invocations.counts == {"delivered": 6, "dropped": 0}


async def test_large_bodies_are_objects_that_the_line_names(site: Site) -> None:
    large = {"text": "x" * LARGE_BYTES}
    invocations = await site.open(TO_BUCKET)
    invocations.offer(invocation(answer=json.dumps(large).encode()))
    await invocations.flush()
    objects = await site.objects()
    (line,) = next(lines for key, lines in objects.items() if "/data/" not in key)
    address = line["output"]["outputBodyS3Path"]
    assert address == f"s3://kept/{BASE}data/r-1_output.json.gz"
    assert objects[address.removeprefix("s3://kept/")] == [large]


async def test_a_log_says_where_large_bodies_are_if_they_have_a_place(site: Site) -> None:
    large = json.dumps({"text": "x" * LARGE_BYTES}).encode()
    config = {**TO_LOG["cloudWatchConfig"], "largeDataDeliveryS3Config": {"bucketName": "kept"}}
    invocations = await site.open({"cloudWatchConfig": config})
    invocations.offer(invocation(request=large))
    await invocations.flush()
    (event,) = await site.events()
    assert event["input"]["inputBodyS3Path"].startswith("s3://kept/AWSLogs/")
    assert "inputBodyJson" not in event["input"]
    assert len(await site.objects()) == 1


@pytest.mark.parametrize("action", ["logs:PutLogEvents", "logs:CreateLogStream"])
async def test_a_role_that_may_not_write_is_told_beforehand(site: Site, action: str) -> None:
    invocations = await site.open(TO_LOG)
    assert not invocations.refusal(ACCOUNT, TO_LOG)
    site.iam.forbidden = {action}
    assert f"not authorized to perform: {action}" in invocations.refusal(ACCOUNT, TO_LOG)


async def test_what_cannot_be_delivered_is_dropped_counted_and_told_without_its_content(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    invocations = await site.open({"s3Config": {"bucketName": "foreign"}, **TO_LOG})
    assert "does not exist" in invocations.refusal(ACCOUNT, {"s3Config": {"bucketName": "foreign"}})
    site.iam.forbidden = {"logs:PutLogEvents"}
    invocations.offer(invocation(request=b'{"secret": "tell nobody"}'))
    await invocations.flush()
    assert invocations.counts == {"delivered": 0, "dropped": 2}
    told = [vars(record) for record in caplog.records]
    assert [record["count"] for record in told] == [1, 1]
    assert "tell nobody" not in json.dumps(told, default=str)


async def test_past_its_bound_the_queue_drops_and_takes_again_when_it_was_emptied(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "_MOST_COUNT", 2)
    monkeypatch.setattr(loop, "_MOST_BYTES", 1_000)
    invocations = await site.open(TO_BUCKET)
    for _ in range(3):
        invocations.offer(invocation())
    assert invocations.counts["dropped"] == 1
    await invocations.flush()
    invocations.offer(invocation(answer=b"x" * 2_000))
    assert invocations.counts == {"delivered": 2, "dropped": 2}
    invocations.offer(invocation())
    await invocations.flush()
    assert invocations.counts["delivered"] == 3


async def test_stopping_delivers_what_is_queued_and_a_wish_taken_back_delivers_nothing(site: Site) -> None:
    invocations = await site.open(TO_BUCKET)
    await invocations.start()
    invocations.offer(invocation())
    await invocations.stop()
    assert len(await site.objects()) == 1
    invocations.offer(invocation())
    await site.records.delete(LOGGING, ACCOUNT, NAME)
    await invocations.reload()
    await invocations.flush()
    assert len(await site.objects()) == 1
