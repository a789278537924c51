"""Invocations over our codec and handlers: what botocore's client sends and gets to see."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EventStreamError

from usina.core.endpoints import ASYNC_INFERENCE, ENDPOINT, Answer, begun
from usina.core.errors import EngineError, NotReadyError
from usina.core.ports import Row
from usina.testing.aws_client import connect
from usina.testing.endpoints import FakeEndpoints
from usina.testing.world import ACCOUNT, world

if TYPE_CHECKING:
    from usina.core.ports import Ports

OUTPUT = {"S3OutputPath": "s3://data/answers/", "S3FailurePath": "s3://data/failures"}


@pytest.fixture
def endpoints() -> FakeEndpoints:
    """What serves, as a test says."""
    return FakeEndpoints()


@pytest.fixture
def ports(endpoints: FakeEndpoints) -> Ports:
    """A site that serves."""
    return world(endpoints=endpoints)


@pytest.fixture
def runtime(ports: Ports) -> Any:
    """A client."""
    return connect("sagemaker-runtime", ports)


def test_an_answer_comes_with_its_type_attributes_and_variant(runtime: Any, endpoints: FakeEndpoints) -> None:
    endpoints.serving["one"] = Answer(200, b"\x00raw", "application/x-thing", "seen=1")
    answer = runtime.invoke_endpoint(
        EndpointName="one",
        Body=b"in",
        ContentType="text/csv",
        Accept="application/json",
        CustomAttributes="trace=7",
        TargetVariant="B",
        InferenceId="id-1",
    )
    assert answer["Body"].read() == b"\x00raw"
    assert (answer["ContentType"], answer["CustomAttributes"]) == ("application/x-thing", "seen=1")
    assert answer["InvokedProductionVariant"] == "B"
    name, variant, ask = endpoints.asked[0]
    assert (name, variant, ask.body) == ("one", "B", b"in")
    assert (ask.content_type, ask.accept, ask.attributes, ask.inference_id) == (
        "text/csv",
        "application/json",
        "trace=7",
        "id-1",
    )


def test_a_models_error_is_a_model_error_with_its_own_words(runtime: Any, endpoints: FakeEndpoints) -> None:
    members = {"OriginalStatusCode": 500, "OriginalMessage": "boom", "LogStreamArn": "group"}
    endpoints.serving["one"] = EngineError("Received server error", code="ModelError", members=members)
    with pytest.raises(runtime.exceptions.ModelError) as caught:
        runtime.invoke_endpoint(EndpointName="one", Body=b"")
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert (response["OriginalStatusCode"], response["OriginalMessage"]) == (500, "boom")
    endpoints.serving["one"] = NotReadyError("not yet", code="ModelNotReadyException")
    with pytest.raises(runtime.exceptions.ModelNotReadyException):
        runtime.invoke_endpoint(EndpointName="one", Body=b"")
    endpoints.serving["one"] = EngineError("again", code="ServiceUnavailable")
    with pytest.raises(runtime.exceptions.ServiceUnavailable) as again:
        runtime.invoke_endpoint(EndpointName="one", Body=b"")
    assert again.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    with pytest.raises(runtime.exceptions.ValidationError, match="not found"):
        runtime.invoke_endpoint(EndpointName="nobody", Body=b"")


def test_what_would_go_elsewhere_is_refused(runtime: Any, endpoints: FakeEndpoints) -> None:
    endpoints.serving["one"] = Answer(200, b"")
    for member in ("TargetModel", "TargetContainerHostname", "InferenceComponentName", "SessionId"):
        value = "NEW_SESSION" if member == "SessionId" else "x"
        with pytest.raises(runtime.exceptions.ValidationError, match=member):
            runtime.invoke_endpoint(EndpointName="one", Body=b"", **{member: value})


def test_a_body_over_six_megabytes_is_refused(runtime: Any, endpoints: FakeEndpoints) -> None:
    endpoints.serving["one"] = Answer(200, b"")
    runtime.invoke_endpoint(EndpointName="one", Body=b"0" * 6_291_456)
    with pytest.raises(runtime.exceptions.ClientError, match="6291456") as caught:
        runtime.invoke_endpoint(EndpointName="one", Body=b"0" * 6_291_457)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_pieces_come_as_events_and_a_break_as_the_protocols_error(runtime: Any, endpoints: FakeEndpoints) -> None:
    endpoints.serving["one"] = [b"a", b"b"]
    answer = runtime.invoke_endpoint_with_response_stream(EndpointName="one", Body=b"x")
    assert [event["PayloadPart"]["Bytes"] for event in answer["Body"]] == [b"a", b"b"]
    assert (answer["ContentType"], answer["InvokedProductionVariant"]) == ("text/plain", "AllTraffic")
    error = EngineError("gone", code="ModelStreamError", members={"ErrorCode": "StreamBroken"})
    endpoints.serving["one"] = [b"a", error]
    events = iter(runtime.invoke_endpoint_with_response_stream(EndpointName="one", Body=b"x")["Body"])
    assert next(events)["PayloadPart"]["Bytes"] == b"a"
    with pytest.raises(EventStreamError, match="ModelStreamError"):
        next(events)


def in_service(ports: Ports, **fleet: Any) -> None:
    """An endpoint, as its row says."""
    observed = {**begun(0.0), "status": "InService", "fleet": {"asynchronous": None, **fleet}}
    body = {"tags": [], "created": 0.0, "desired": {"delete": False}, "observed": observed}
    asyncio.run(ports.records.put(Row(ENDPOINT, ACCOUNT, "one", body)))


def test_a_queued_request_is_kept_before_it_is_accepted(runtime: Any, ports: Ports, endpoints: FakeEndpoints) -> None:
    in_service(ports, asynchronous={"OutputConfig": OUTPUT})
    told = runtime.invoke_endpoint_async(
        EndpointName="one", InputLocation="s3://data/in.json", ContentType="text/csv", InferenceId="mine"
    )
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 202
    account, endpoint, name = endpoints.queued[0]
    assert (account, endpoint, told["InferenceId"]) == (ACCOUNT, "one", "mine")
    assert told["OutputLocation"] == f"s3://data/answers/{name}.out"
    assert told["FailureLocation"] == f"s3://data/failures/{name}-error.out"
    row = asyncio.run(ports.records.get(ASYNC_INFERENCE, ACCOUNT, name))
    assert row is not None
    assert (row.body["input"], row.body["content_type"]) == ("s3://data/in.json", "text/csv")
    told = runtime.invoke_endpoint_async(EndpointName="one", Body=b"x", S3OutputPathExtension="d/", Filename="f.json")
    assert told["OutputLocation"] == "s3://data/answers/d/f.json"


def test_a_request_that_could_not_be_answered_is_not_queued(
    runtime: Any, ports: Ports, endpoints: FakeEndpoints
) -> None:
    for wrong, said in (
        ({}, "Exactly one"),
        ({"InputLocation": "s3://d/k", "Body": b"x"}, "Exactly one"),
        ({"InputLocation": "https://elsewhere/k"}, "s3://BUCKET/KEY"),
        ({"InputLocation": "s3://d/k"}, "not found"),
    ):
        with pytest.raises(runtime.exceptions.ValidationError, match=said):
            runtime.invoke_endpoint_async(EndpointName="one", **wrong)
    in_service(ports)
    with pytest.raises(runtime.exceptions.ValidationError, match="no AsyncInferenceConfig"):
        runtime.invoke_endpoint_async(EndpointName="one", InputLocation="s3://d/k")
    assert not endpoints.queued
