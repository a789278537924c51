"""What becomes of an endpoint: created, updated without a lost request, rolled back, taken up again, ended."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.jobs.site import ACCOUNT
from tests.engine.serving.fleets import SAYS, FleetSite, fleet, patiently, variant
from usina.core.endpoints import Ask, Streamed
from usina.core.errors import ApiError, UnavailableError, ValidationError
from usina.core.jobs import InstanceType

if TYPE_CHECKING:
    from collections.abc import Callable

    from usina.core.ports import Row
    from usina.engine.serving.site import SiteEndpoints

SLOW = "import time\n" + SAYS.replace("    return m", "    time.sleep(data)\n    return m")
PROCESS = "import os\ndef model_fn(d):\n    return 0\ndef predict_fn(data, m):\n    return os.getpid()\n"


async def serving(site: FleetSite, spec: dict[str, Any] | None = None, **opening: Any) -> SiteEndpoints:
    """An endpoint in service that says "old"."""
    endpoints = await site.open_endpoints(**opening)
    await site.model("model.tar.gz", "old")
    await site.want(endpoints, spec or fleet())
    await site.until_status("InService")
    return endpoints


class Load:
    """Asks all the time; keeps what was answered, and what was not."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        self.answers: list[bytes] = []
        self.failures: list[ApiError] = []
        self._ask = ask
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while True:
            try:
                self.answers.append((await self._ask()).body)
            except ApiError as error:
                self.failures.append(error)
            await asyncio.sleep(0.005)

    async def end(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


async def test_an_endpoint_comes_into_service_and_goes(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await serving(site)
    answer = await site.ask(endpoints)
    assert (answer.body, answer.variant) == (b'"old"', "AllTraffic")
    assert (await site.seen())["counts"] == {"AllTraffic": 1}
    with pytest.raises(ValidationError, match="Variant B not found"):
        await site.ask(endpoints, variant="B")
    await site.want_gone(endpoints)
    await site.until_gone()
    with pytest.raises(ValidationError, match=r"Endpoint one of account .* not found"):
        await site.ask(endpoints)
    assert not site.floor.held
    assert not list((site.folder / "endpoints").glob("*/*"))


async def test_what_cannot_be_loaded_fails_with_the_reason_and_its_log(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await site.open_endpoints()
    await site.model("model.tar.gz", "x", "raise ValueError('this is broken')")
    await site.want(endpoints, fleet())
    seen = await site.until_status("Failed")
    assert "this is broken" in seen["failure"]
    assert "AllTraffic" in seen["failure"]
    assert any("Traceback" in line for line in site.logs.text("AllTraffic/"))
    await patiently(lambda: not site.floor.held)


async def test_an_update_under_load_loses_no_request(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await serving(site)
    await site.model("new.tar.gz", "new")
    load = Load(lambda: site.ask(endpoints))
    await site.want(endpoints, fleet(variant(archive="new.tar.gz"), generation=2))
    await site.until_status("InService")
    await patiently(lambda: b'"new"' in load.answers)
    await load.end()
    assert not load.failures
    assert set(load.answers) == {b'"old"', b'"new"'}
    assert load.answers == sorted(load.answers, reverse=True)  # never the old one after the new one
    await patiently(lambda: len(list((site.folder / "endpoints").glob("*/*"))) == 1)
    assert len(site.floor.held) == 1


async def test_an_update_that_cannot_serve_is_rolled_back(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await serving(site)
    await site.model("new.tar.gz", "new", "raise ValueError('not this time')")
    load = Load(lambda: site.ask(endpoints))
    await site.want(endpoints, fleet(variant(archive="new.tar.gz"), generation=2))
    seen = await site.until_status("InService")
    await load.end()
    assert (seen["refused"], seen["fleet"]["generation"]) == (2, 1)
    assert "not this time" in seen["failure"]
    assert not load.failures
    assert await site.says(endpoints) == "old"
    await site.model("new.tar.gz", "new")
    await site.want(endpoints, fleet(variant(archive="new.tar.gz"), generation=3))
    await patiently(lambda: len(list((site.folder / "endpoints").glob("*/*+3-0"))) == 1)
    await site.until_status("InService")
    assert await site.says(endpoints) == "new"


async def test_servers_outlive_a_factory_and_are_taken_up(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await site.open_endpoints()
    await site.model("model.tar.gz", "", PROCESS)
    await site.want(endpoints, fleet())
    await site.until_status("InService")
    before = await site.says(endpoints)
    await endpoints.stop()
    again = await site.open_endpoints()
    assert await site.says(again) == before
    assert len(site.floor.held) == 1


async def test_what_was_under_way_when_the_factory_went_goes_on(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await site.open_endpoints()
    await site.model("model.tar.gz", "old")
    await site.want(endpoints, fleet())
    await endpoints.stop()  # while it is Creating
    endpoints = await site.open_endpoints()
    await site.until_status("InService")
    await endpoints.stop()
    await site.model("new.tar.gz", "new")
    await site.want(endpoints, fleet(variant(archive="new.tar.gz"), generation=2))
    endpoints = await site.open_endpoints()
    await site.until_status("InService")
    assert await site.says(endpoints) == "new"
    await site.want_gone(endpoints)
    await endpoints.stop()  # perhaps in the middle of it
    await site.open_endpoints()
    await site.until_gone()
    await patiently(lambda: not list((site.folder / "endpoints").glob("*/*")))


async def test_a_server_that_dies_is_replaced_and_the_other_answers_meanwhile(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await site.open_endpoints()
    await site.model("model.tar.gz", "", PROCESS)
    await site.want(endpoints, fleet(variant(count=2)))
    await site.until_status("InService")
    assert (await site.seen())["counts"] == {"AllTraffic": 2}
    keeper = int(next((site.folder / "endpoints").rglob("*-0/run/keeper.lock")).read_text())
    os.kill(keeper, signal.SIGINT)
    load = Load(lambda: site.ask(endpoints))
    fresh = next((site.folder / "endpoints").rglob("*-0")) / "run" / "keeper.lock"
    await patiently(lambda: fresh.exists() and fresh.read_text() not in {"", str(keeper)})
    await load.end()
    await patiently(lambda: counts_are(site, 2))
    assert load.answers
    assert all(error.code in {"ServiceUnavailable", "ModelError"} for error in load.failures)
    assert len(load.failures) <= 1


async def test_a_server_that_cannot_be_started_again_is_tried_until_it_can(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await serving(site)
    await endpoints.stop()
    place = next((site.folder / "endpoints").glob("*/*"))
    os.kill(int((place / "run" / "keeper.lock").read_text()), signal.SIGINT)
    await patiently((place / "run" / "end.json").exists)
    (place / "prepared").unlink()  # everything is brought anew, and for now it may not be
    site.iam.forbidden.add("s3:GetObject")
    endpoints = await site.open_endpoints()
    with pytest.raises(ApiError) as found:
        await endpoints._fleet(ACCOUNT, "one").variants["AllTraffic"].backend(0.2)
    assert found.value.code == "ModelNotReadyException"
    assert (await site.seen())["status"] == "InService"
    await patiently(lambda: counts_are(site, 0))
    site.iam.forbidden.clear()
    await patiently(lambda: counts_are(site, 1))
    assert await site.says(endpoints) == "old"


async def counts_are(site: FleetSite, count: int) -> bool:
    """Whether the row says that so many answer."""
    return bool((await site.seen())["counts"] == {"AllTraffic": count})


async def test_a_server_that_cannot_be_added_is_told_and_the_others_serve(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await serving(site)
    site.iam.forbidden.add("s3:GetObject")
    await site.want(endpoints, fleet(variant(count=2), revision=2))
    seen = await site.until_status("InService")
    assert "AccessDenied" in seen["failure"]
    assert seen["counts"] == {"AllTraffic": 1}
    assert await site.says(endpoints) == "old"


async def test_a_state_that_cannot_be_written_is_tried_again_with_the_same_servers(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await site.open_endpoints()
    await site.model("model.tar.gz", "", PROCESS)
    put = site.records.put
    refused: list[Row] = []

    async def full(row: Row) -> Row:
        if row.body.get("observed", {}).get("status") == "InService" and not refused:
            refused.append(row)
            raise UnavailableError("the disk is full")
        return await put(row)

    site.records.put = full  # type: ignore[method-assign] # a database that is full once
    await site.want(endpoints, fleet())
    await site.until_status("InService")
    assert len(refused) == 1
    assert len({await site.says(endpoints) for _ in range(3)}) == 1
    assert len(list((site.folder / "endpoints").glob("*/*"))) == 1


async def test_variants_are_asked_by_their_weights_and_scaled(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    await site.model("b.tar.gz", "b")
    spec = fleet(variant("A", weight=3.0), variant("B", "b.tar.gz"))
    endpoints = await serving(site, spec)
    answers = [(await site.ask(endpoints)).variant for _ in range(8)]
    assert (answers.count("A"), answers.count("B")) == (6, 2)
    assert (await site.ask(endpoints, variant="B")).body == b'"b"'
    await site.want(endpoints, fleet(variant("A", weight=0.0), variant("B", "b.tar.gz"), revision=2))
    seen = await site.until_status("InService")
    assert seen["fleet"]["revision"] == 2
    assert {(await site.ask(endpoints)).variant for _ in range(4)} == {"B"}
    await site.want(endpoints, fleet(variant("A", weight=0.0), variant("B", "b.tar.gz", weight=0.0), revision=3))
    await site.until_status("InService")
    with pytest.raises(ValidationError, match="weight 0"):
        await site.ask(endpoints)


async def test_servers_are_added_and_taken_away_as_counts_change(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await serving(site)
    for revision, count in ((2, 2), (3, 1)):
        await site.want(endpoints, fleet(variant(count=count), revision=revision))
        seen = await site.until_status("InService")
        assert seen["counts"] == {"AllTraffic": count}
        assert len(site.floor.held) == count
        assert await site.says(endpoints) == "old"


async def test_an_endpoint_waits_while_the_machine_is_busy(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await site.open_endpoints(cores=1)
    site.floor.hold(("training-job", ACCOUNT, "job"), InstanceType("x", 1, 1))
    await site.model("model.tar.gz", "old")
    await site.want(endpoints, fleet())
    await patiently(lambda: site.floor.place(("model-server", ACCOUNT, "one/AllTraffic/0")) == 0)
    assert (await site.seen())["status"] == "Creating"
    site.floor.let_go(("training-job", ACCOUNT, "job"))
    await site.until_status("InService")
    assert "together" in endpoints.refusal([variant(count=2)])
    assert "not in this site's table" in endpoints.refusal([variant(instance="ml.p5.48xlarge")])
    assert endpoints.refusal([variant()]) == ""


async def test_an_endpoint_can_be_deleted_while_it_waits(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await site.open_endpoints(cores=1)
    site.floor.hold(("training-job", ACCOUNT, "job"), InstanceType("x", 1, 1))
    await site.want(endpoints, fleet())
    await site.want_gone(endpoints)
    await site.until_gone()


async def test_a_serverless_variant_sleeps_and_the_next_request_wakes_it(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    serverless = {"MemorySizeInMB": 200, "MaxConcurrency": 2}
    spec = fleet(variant(serverless=serverless, instance=""))
    endpoints = await serving(site, spec, idle_seconds=0.4)
    await patiently(lambda: not site.floor.held)  # asleep: no room, no process
    assert await site.says(endpoints) == "old"
    await endpoints.stop()
    again = await site.open_endpoints(idle_seconds=0.4)
    assert await site.says(again) == "old"
    await patiently(lambda: not site.floor.held)


async def test_a_serverless_variant_takes_no_more_at_once_than_it_says(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    spec = fleet(variant(serverless={"MemorySizeInMB": 200, "MaxConcurrency": 1}, instance=""))
    endpoints = await site.open_endpoints()
    await site.model("model.tar.gz", "old", SLOW)
    await site.want(endpoints, spec)
    await site.until_status("InService")
    first = asyncio.ensure_future(site.ask(endpoints, b"0.3"))
    await asyncio.sleep(0)
    with pytest.raises(ApiError, match="MaxConcurrency"):
        await site.ask(endpoints, b"0")
    assert (await first).body == b'"old"'


async def test_a_models_error_and_its_streams_error_are_told_in_the_services_words(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    script = (
        "def model_fn(d):\n    pass\ndef transform_fn(m, body, t, a):\n"
        "    if body == b'whole':\n        raise ValueError('no whole answer')\n"
        "    def pieces():\n        yield b'one'\n        raise ValueError('no more')\n    return pieces()\n"
    )
    endpoints = await site.open_endpoints()
    await site.model("model.tar.gz", "", script)
    await site.want(endpoints, fleet())
    await site.until_status("InService")
    with pytest.raises(ApiError, match="no whole answer") as found:
        await site.ask(endpoints, b"whole")
    assert found.value.code == "ModelError"
    assert found.value.members["OriginalStatusCode"] == 500
    streamed = await endpoints.stream(ACCOUNT, "one", Ask(b"pieces"), "")
    assert isinstance(streamed, Streamed)
    assert await anext(streamed.pieces) == b"one"
    with pytest.raises(ApiError) as broken:
        await anext(streamed.pieces)
    assert broken.value.code == "ModelStreamError"
    assert broken.value.members == {"ErrorCode": "StreamBroken"}
