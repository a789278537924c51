"""What botocore's own client sends and gets to see, in every protocol that CloudWatch's clients have spoken."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.model import ServiceModel

from usina.core.clock import utc
from usina.testing.aws_client import connect
from usina.testing.world import principal, world

if TYPE_CHECKING:
    from usina.core.ports import Ports

NOW = utc(1_800_000_000)
MINUTE = timedelta(minutes=1)
DIMENSIONS = [{"Name": "TrainingJobName", "Value": "job-1"}, {"Name": "Host", "Value": "algo-1"}]
PROTOCOLS = ("smithy-rpc-v2-cbor", "json", "query")


@pytest.fixture(params=PROTOCOLS)
def metrics(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(ServiceModel, "resolved_protocol", request.param)
    return connect("cloudwatch", world())


@pytest.fixture
def cbor() -> Any:
    return connect("cloudwatch", world())


def put(metrics: Any, name: str = "loss", namespace: str = "jobs", **datum: Any) -> None:
    metrics.put_metric_data(Namespace=namespace, MetricData=[{"MetricName": name, "Dimensions": DIMENSIONS, **datum}])


def query(identifier: str, stat: str = "Average", name: str = "loss", period: int = 60, **more: Any) -> dict[str, Any]:
    metric = {"Namespace": "jobs", "MetricName": name, "Dimensions": DIMENSIONS}
    return {"Id": identifier, "MetricStat": {"Metric": metric, "Period": period, "Stat": stat, **more}}


def data(metrics: Any, *queries: dict[str, Any], **more: Any) -> Any:
    asked = {"StartTime": NOW - 60 * MINUTE, "EndTime": NOW + MINUTE, **more}
    return metrics.get_metric_data(MetricDataQueries=list(queries), **asked)


def test_what_was_put_is_listed_and_read_in_every_protocol(metrics: Any) -> None:
    put(metrics, Timestamp=NOW, Value=0.5, Unit="None")
    put(metrics, Timestamp=NOW, Values=[1.5, 2.5], Counts=[1.0, 2.0])
    put(metrics, Timestamp=NOW - 2 * MINUTE, Value=0.25)
    put(
        metrics,
        Timestamp=NOW - 2 * MINUTE,
        StatisticValues={"SampleCount": 3, "Sum": 6, "Minimum": 1, "Maximum": 3},
    )
    (listed,) = metrics.list_metrics(Namespace="jobs")["Metrics"]
    assert (listed["MetricName"], listed["Dimensions"]) == ("loss", DIMENSIONS[::-1])
    answer = metrics.get_metric_statistics(
        Namespace="jobs",
        MetricName="loss",
        Dimensions=DIMENSIONS,
        StartTime=NOW - 5 * MINUTE,
        EndTime=NOW + MINUTE,
        Period=60,
        Statistics=["SampleCount", "Average", "Sum", "Minimum", "Maximum"],
    )
    assert answer["Label"] == "loss"
    assert answer["Datapoints"] == [
        {
            "Timestamp": NOW - 2 * MINUTE,
            "SampleCount": 4.0,
            "Average": 1.5625,
            "Sum": 6.25,
            "Minimum": 0.25,
            "Maximum": 3.0,
            "Unit": "None",
        },
        {
            "Timestamp": NOW,
            "SampleCount": 4.0,
            "Average": 1.75,
            "Sum": 7.0,
            "Minimum": 0.5,
            "Maximum": 2.5,
            "Unit": "None",
        },
    ]
    results = data(metrics, query("m1"), query("m2", "Sum"), query("m3", "p50"))["MetricDataResults"]
    assert [(result["Id"], result["Label"], result["StatusCode"]) for result in results] == [
        (identifier, "loss", "Complete") for identifier in ("m1", "m2", "m3")
    ]
    assert results[0]["Timestamps"] == [NOW, NOW - 2 * MINUTE]
    assert results[0]["Values"] == [1.75, 1.5625]
    assert results[1]["Values"] == [7.0, 6.25]
    assert results[2]["Values"] == [pytest.approx(1.5, rel=0.006)]  # sets of statistics have no percentiles


def test_errors_have_the_codes_that_programs_look_for_in_every_protocol(metrics: Any) -> None:
    with pytest.raises(ClientError) as caught:
        put(metrics, Timestamp=NOW - timedelta(days=15), Value=1.0)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert "two weeks" in caught.value.response["Error"]["Message"]
    with pytest.raises(ClientError) as caught:
        put(metrics, Timestamp=NOW, Value=1.0, Values=[1.0])
    assert caught.value.response["Error"]["Code"] == "InvalidParameterCombination"
    with pytest.raises(ClientError) as caught:
        put(metrics, Timestamp=NOW)
    assert caught.value.response["Error"]["Code"] == "MissingParameter"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_large_request_comes_compressed_and_is_taken(cbor: Any) -> None:
    sent: list[Any] = []
    cbor.meta.events.register_first("before-send", lambda request, **_: sent.append(request.headers))
    values = [float(number) for number in range(150)]
    cbor.put_metric_data(
        Namespace="jobs", MetricData=[{"MetricName": f"m{n}", "Timestamp": NOW, "Values": values} for n in range(1_000)]
    )
    assert any(str(headers.get("Content-Encoding")) in {"gzip", "b'gzip'"} for headers in sent)
    pages = cbor.get_paginator("list_metrics").paginate()
    assert [len(page["Metrics"]) for page in pages] == [500, 500]


@pytest.mark.parametrize(
    "datum",
    [
        {"Value": 2.0**361},
        {"Values": [1.0] * 151},
        {"Values": []},
        {"Values": [1.0], "Counts": [0.0]},
        {"Value": 1.0, "StorageResolution": 5},
        {"Value": 1.0, "Timestamp": NOW + timedelta(hours=3)},
        {"StatisticValues": {"SampleCount": 0, "Sum": 0, "Minimum": 0, "Maximum": 0}},
        {"Value": 1.0, "Dimensions": [{"Name": "a", "Value": "1"}, {"Name": "a", "Value": "2"}]},
        {"Value": math.nan},
        {"Value": math.inf},
    ],
)
def test_a_datum_out_of_bounds_is_refused_and_nothing_of_its_request_kept(cbor: Any, datum: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as caught:
        cbor.put_metric_data(
            Namespace="jobs",
            MetricData=[{"MetricName": "good", "Value": 1.0}, {"MetricName": "bad", "Timestamp": NOW, **datum}],
        )
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert cbor.list_metrics()["Metrics"] == []


def test_too_many_dimensions_counts_of_another_size_and_reserved_names_are_refused(cbor: Any) -> None:
    for datum in (
        {"Dimensions": [{"Name": f"d{number}", "Value": "x"} for number in range(31)], "Value": 1.0},
        {"Values": [1.0, 2.0], "Counts": [1.0]},
        {"StatisticValues": {"SampleCount": 1, "Sum": 1, "Minimum": 2, "Maximum": 1}},
    ):
        with pytest.raises(ClientError):
            put(cbor, **datum)
    with pytest.raises(ClientError, match="reserved"):
        put(cbor, namespace="AWS/Bedrock", Value=1.0)
    with pytest.raises(ClientError, match="1000"):
        cbor.put_metric_data(Namespace="jobs", MetricData=[{"MetricName": "m", "Value": 1.0}] * 1_001)
    with pytest.raises(ClientError):
        cbor.put_metric_data(Namespace="jobs", MetricData=[])


def test_data_of_entities_are_taken_as_data(cbor: Any) -> None:
    entity = {"KeyAttributes": {"Type": "Service", "Name": "x", "Environment": "y"}}
    datum = {"MetricName": "loss", "Timestamp": NOW, "Value": 1.0}
    cbor.put_metric_data(Namespace="jobs", EntityMetricData=[{"Entity": entity, "MetricData": [datum]}])
    assert len(cbor.list_metrics(MetricName="loss")["Metrics"]) == 1


def test_metrics_are_listed_by_dimensions_and_by_how_recent_they_are(cbor: Any) -> None:
    put(cbor, "loss", Value=1.0)
    put(cbor, "accuracy", "other", Value=1.0)
    assert len(cbor.list_metrics()["Metrics"]) == 2
    assert len(cbor.list_metrics(Dimensions=[{"Name": "Host"}])["Metrics"]) == 2
    assert cbor.list_metrics(Dimensions=[{"Name": "Host", "Value": "algo-2"}])["Metrics"] == []
    assert len(cbor.list_metrics(RecentlyActive="PT3H", MetricName="accuracy")["Metrics"]) == 1
    with pytest.raises(ClientError, match="NextToken"):
        cbor.list_metrics(NextToken="zzzz")


def test_values_are_paged_by_their_number_and_sorted_as_asked(cbor: Any) -> None:
    for minute in range(5):
        put(cbor, Timestamp=NOW - minute * MINUTE, Value=float(minute))
        put(cbor, "accuracy", Timestamp=NOW - minute * MINUTE, Value=10.0 + minute)
    pages = []
    token: dict[str, str] = {}
    while True:
        answer = data(cbor, query("a"), query("b", name="accuracy"), MaxDatapoints=3, **token)
        pages.append([(result["Id"], result["Values"], result["StatusCode"]) for result in answer["MetricDataResults"]])
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    assert pages == [
        [("a", [0.0, 1.0, 2.0], "PartialData")],
        [("a", [3.0, 4.0], "Complete"), ("b", [10.0], "PartialData")],
        [("b", [11.0, 12.0, 13.0], "PartialData")],
        [("b", [14.0], "Complete")],
    ]
    (ascending,) = data(cbor, query("a"), ScanBy="TimestampAscending")["MetricDataResults"]
    assert ascending["Values"] == [4.0, 3.0, 2.0, 1.0, 0.0]
    with pytest.raises(ClientError) as caught:
        data(cbor, query("a"), NextToken="zzzz")
    assert caught.value.response["Error"]["Code"] == "InvalidNextToken"


def test_a_query_that_is_not_answered_here_says_so(cbor: Any) -> None:
    for wrong, match in (
        ({"Id": "e1", "Expression": "m1 / 2"}, "expressions are not supported"),
        (query("m1", "tm99"), "not supported"),
        (query("m1", "p101"), "not supported"),
        (query("M1"), "small letter"),
        (query("m1", period=45), "Period"),
        ({**query("m1"), "AccountId": "444455556666"}, "AccountId"),
    ):
        with pytest.raises(ClientError, match=match):
            data(cbor, wrong)
    with pytest.raises(ClientError, match="not unique"):
        data(cbor, query("m1"), query("m1"))
    with pytest.raises(ClientError, match="StartTime"):
        data(cbor, query("m1"), StartTime=NOW, EndTime=NOW)
    assert data(cbor, query("m1"), {**query("m2"), "ReturnData": False})["MetricDataResults"][0]["Id"] == "m1"


def statistics(metrics: Any, **more: Any) -> Any:
    asked = {"StartTime": NOW - 10 * MINUTE, "EndTime": NOW + MINUTE, "Period": 60, **more}
    return metrics.get_metric_statistics(Namespace="jobs", MetricName="loss", Dimensions=DIMENSIONS, **asked)


def test_percentiles_come_as_extended_statistics(cbor: Any) -> None:
    put(cbor, Timestamp=NOW, Values=[float(number) for number in range(1, 101)])
    (point,) = statistics(cbor, ExtendedStatistics=["p50", "p99.9"])["Datapoints"]
    assert point["ExtendedStatistics"] == {"p50": pytest.approx(50, rel=0.006), "p99.9": pytest.approx(100, rel=0.006)}


def test_statistics_that_cannot_be_given_are_refused(cbor: Any) -> None:
    for wrong in (
        {},
        {"Statistics": ["Sum"], "ExtendedStatistics": ["p50"]},
        {"ExtendedStatistics": ["Sum"]},
        {"Statistics": ["Sum"], "StartTime": NOW - 1_441 * MINUTE, "EndTime": NOW},
        {"Statistics": ["Sum"], "Period": 90},
    ):
        with pytest.raises(ClientError):
            statistics(cbor, **wrong)


def test_units_have_points_of_their_own_in_statistics_and_are_summed_in_data(cbor: Any) -> None:
    put(cbor, Timestamp=NOW, Value=1.0, Unit="Seconds")
    put(cbor, Timestamp=NOW, Value=3.0, Unit="Count")
    found = statistics(cbor, Statistics=["Sum"])["Datapoints"]
    assert {(point["Unit"], point["Sum"]) for point in found} == {("Seconds", 1.0), ("Count", 3.0)}
    assert len(statistics(cbor, Statistics=["Sum"], Unit="Count")["Datapoints"]) == 1
    assert data(cbor, query("m1", "Sum"))["MetricDataResults"][0]["Values"] == [4.0]
    assert data(cbor, query("m1", "Sum", Unit="Count"))["MetricDataResults"][0]["Values"] == [3.0]


def test_what_is_kept_to_the_second_is_read_to_the_second(cbor: Any) -> None:
    for second in range(3):
        put(cbor, Timestamp=NOW + timedelta(seconds=second), Value=float(second), StorageResolution=1)
    (result,) = data(cbor, query("m1", period=1), ScanBy="TimestampAscending")["MetricDataResults"]
    assert result["Values"] == [0.0, 1.0, 2.0]


def test_tenants_have_metrics_of_their_own() -> None:
    ports: Ports = world()
    put(connect("cloudwatch", ports), Value=1.0)
    theirs = connect("cloudwatch", ports, principal("444455556666"))
    assert theirs.list_metrics()["Metrics"] == []
