"""What an endpoint leaves of its invocations: metrics, captured data, queued answers."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.jobs.site import ACCOUNT
from tests.engine.serving.fleets import SAYS, FleetSite, fleet, patiently, variant
from usina.core.endpoints import ASYNC_INFERENCE, Ask
from usina.core.errors import ApiError
from usina.core.metrics import MetricName, Periods
from usina.core.ports import Row
from usina.engine.serving import measures
from usina.engine.serving.measures import Measures
from usina.testing.clock import VirtualClock
from usina.testing.metrics import MemoryMetrics

if TYPE_CHECKING:
    from usina.engine.serving.site import SiteEndpoints

CAPTURE = {
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://data/captured",
    "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
    "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
}
ASYNC = {
    "OutputConfig": {"S3OutputPath": "s3://data/answers"},
    "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 1},
}


async def keys(site: FleetSite, prefix: str) -> list[str]:
    from usina.core.objects import Asked

    page = await site.store.objects.list("data", Asked(prefix=prefix))
    return [entry.key for entry in page.entries]


async def test_invocations_are_counted_by_variant_and_put_in_batches() -> None:
    clock = VirtualClock()
    series = MemoryMetrics(clock)
    counted = Measures(series, clock)
    for status, seconds in ((200, 0.001), (200, 0.003), (424, 0.002), (500, 0.5)):
        counted.note((ACCOUNT, "one", "A"), status, seconds, 0.0001)
    await counted.flush()
    dimensions = (("EndpointName", "one"), ("VariantName", "A"))
    minute = int(clock.now()) // 60 * 60
    found = {}
    for name in ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors", "ModelLatency", "OverheadLatency"):
        metric = MetricName("AWS/SageMaker", name, dimensions)
        (found[name],) = await series.read(ACCOUNT, metric, Periods(minute, minute + 60, 60))
    assert (found["Invocations"].total, found["Invocations"].samples) == (4, 4)
    assert (found["Invocation4XXErrors"].total, found["Invocation5XXErrors"].total) == (1, 1)
    latency = found["ModelLatency"]
    assert (latency.unit, latency.lowest, latency.highest) == ("Microseconds", 1_000, 500_000)
    assert latency.percentile(50) == pytest.approx(2_000, rel=0.01)
    await counted.flush()  # nothing new: nothing put
    assert measures._rounded(0.0) == 1.0


async def test_errors_count_as_the_model_answered(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    script = SAYS.replace("    return m", "    if data == 0:\n        raise KeyError('x')\n    return m")
    endpoints = await site.open_endpoints()
    await site.model("model.tar.gz", "old", script)
    await site.want(endpoints, fleet())
    await site.until_status("InService")
    await site.ask(endpoints)
    with pytest.raises(ApiError):
        await site.ask(endpoints, b"0")
    await endpoints.stop()
    names = await site.series.list(ACCOUNT, namespace="AWS/SageMaker")
    assert {each.name for each in names} >= {"Invocations", "ModelLatency", "Invocation5XXErrors"}
    start = int(site.clock.now()) // 60 * 60 - 60
    metric = next(each for each in names if each.name == "Invocation5XXErrors")
    points = await site.series.read(ACCOUNT, metric, Periods(start, start + 180, 60))
    assert sum(point.total for point in points) == 1


async def test_captured_data_lies_in_s3_as_lines_of_json(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await site.open_endpoints()
    await site.model("model.tar.gz", "old")
    await site.want(endpoints, fleet(capture=CAPTURE))
    await site.until_status("InService")
    await endpoints.invoke(ACCOUNT, "one", Ask(b"1", "application/json", attributes="a=1", inference_id="id-1"))
    await endpoints.stop()
    (key,) = await keys(site, "captured/")
    assert key.startswith("captured/one/AllTraffic/20")
    line = json.loads(await site.read(key))
    asked, answered = line["captureData"]["endpointInput"], line["captureData"]["endpointOutput"]
    assert (asked["data"], asked["encoding"], asked["mode"]) == ("1", "JSON", "INPUT")
    assert (answered["data"], answered["observedContentType"]) == ('"old"', "application/json")
    assert line["eventMetadata"]["inferenceId"] == "id-1"
    assert line["eventMetadata"]["customAttributes"] == ["a=1"]


async def test_a_share_is_captured_and_what_cannot_be_stored_fails_no_request(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await site.open_endpoints()
    await site.model("model.tar.gz", "old")
    half = {
        "InitialSamplingPercentage": 50,
        "DestinationS3Uri": "s3://data/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    await site.want(endpoints, fleet(capture=half))
    await site.until_status("InService")
    for _ in range(4):
        await site.ask(endpoints)
    await endpoints._capture.flush()  # type: ignore[union-attr] # it is there
    (key,) = await keys(site, "captured/")
    lines = [json.loads(line) for line in (await site.read(key)).splitlines()]
    assert len(lines) == 2
    assert lines[0]["captureData"] == {
        "endpointInput": {
            "observedContentType": "application/json",
            "mode": "INPUT",
            "data": base64.b64encode(b"1").decode(),
            "encoding": "BASE64",
        }
    }
    site.iam.forbidden.add("s3:PutObject")
    assert (await site.ask(endpoints)).status == 200
    assert (await site.ask(endpoints)).status == 200
    await endpoints._capture.flush()  # type: ignore[union-attr] # as above
    assert len(await keys(site, "captured/")) == 1


async def queue(site: FleetSite, endpoints: SiteEndpoints | None, name: str, **changes: Any) -> None:
    """Write a request as InvokeEndpointAsync does, and tell the queue."""
    now = site.clock.now()
    body = {
        "endpoint": "one",
        "input": "",
        "body": base64.b64encode(b"1").decode(),
        "content_type": "application/json",
        "accept": "",
        "attributes": "",
        "inference_id": name,
        "output": f"s3://data/answers/{name}.out",
        "failure": f"s3://data/failures/{name}.out",
        "created": now,
        "expires": now + 60,
        "seconds": 10,
    }
    await site.records.put(Row(ASYNC_INFERENCE, ACCOUNT, name, body | changes))
    if endpoints is not None:
        endpoints.submitted(ACCOUNT, "one", name)


async def until_empty(site: FleetSite) -> None:
    async def empty() -> bool:
        return not await site.records.list(ASYNC_INFERENCE)

    await patiently(empty)


async def test_queued_requests_are_answered_failed_or_expired_each_into_its_place(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await site.open_endpoints()
    await site.model("model.tar.gz", "old", SAYS.replace("    return m", "    assert data != 0\n    return m"))
    await site.want(endpoints, fleet(asynchronous=ASYNC))
    await site.until_status("InService")
    await site.put("asked.json", b"5")
    await queue(site, endpoints, "inline")
    await queue(site, endpoints, "stored", input="s3://data/asked.json")
    await queue(site, endpoints, "nothing", input="s3://data/nothing.json")
    await queue(site, endpoints, "wrong", body=base64.b64encode(b"0").decode())
    await queue(site, endpoints, "late", expires=site.clock.now() - 1)
    await queue(site, endpoints, "silent", body=base64.b64encode(b"0").decode(), failure="")
    await until_empty(site)
    assert await keys(site, "answers/") == ["answers/inline.out", "answers/stored.out"]
    assert await site.read("answers/stored.out") == b'"old"'
    wrong = json.loads(await site.read("failures/wrong.out"))
    assert (wrong["OriginalStatusCode"], wrong["code"]) == (500, "ModelError")
    assert "NoSuchKey" in json.loads(await site.read("failures/nothing.out"))["message"]
    assert "expired" in json.loads(await site.read("failures/late.out"))["message"]
    await patiently(lambda: any("silent failed" in line for line in site.logs.text("async")))


async def test_what_was_accepted_is_answered_by_the_next_factory(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    endpoints = await site.open_endpoints()
    await site.model("model.tar.gz", "old")
    await site.want(endpoints, fleet(asynchronous=ASYNC))
    await site.until_status("InService")
    await endpoints.stop()
    await queue(site, None, "accepted")
    endpoints = await site.open_endpoints()
    await until_empty(site)
    assert await site.read("answers/accepted.out") == b'"old"'
    site.iam.forbidden.add("s3:PutObject")
    await queue(site, endpoints, "unstored")
    await until_empty(site)
    assert any("cannot be stored" in line for line in site.logs.text("async"))
    await site.want_gone(endpoints)
    await site.until_gone()
    await queue(site, endpoints, "orphan")
    await until_empty(site)


async def test_a_server_of_a_generation_that_nobody_wants_is_ended(endpoints_site: FleetSite) -> None:
    site = endpoints_site
    stray = site.server("endpoint/one/AllTraffic/7-0")
    await site.archive("model.tar.gz", SAYS)
    await stray.start()
    await stray.ready(20.0)
    stray.let_go()
    endpoints = await site.open_endpoints()
    assert not stray.is_there()
    assert not list((site.folder / "endpoints").glob("*/*"))
    await site.want(endpoints, fleet(variant(archive="nothing.tar.gz")))
    seen = await site.until_status("Failed")
    assert "no object" in seen["failure"]
