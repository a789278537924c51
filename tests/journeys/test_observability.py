"""Logs and metrics over the front door: boto3 and the AWS CLI, as programs that train use them; and a crash."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.journeys.running import Factory

GROUP = "/aws/sagemaker/TrainingJobs"


@pytest.fixture
def logs(kit: dict[str, str]) -> Iterator[Any]:
    with closing(boto3.Session().client("logs")) as client:
        for group in client.describe_log_groups()["logGroups"]:
            client.delete_log_group(logGroupName=group["logGroupName"])
        client.create_log_group(logGroupName=GROUP)
        client.create_log_stream(logGroupName=GROUP, logStreamName="job/algo-1")
        yield client


def put(logs: Any, *messages: str) -> None:
    now_ms = int(time.time() * 1_000)
    batch = [{"timestamp": now_ms, "message": message} for message in messages]
    logs.put_log_events(logGroupName=GROUP, logStreamName="job/algo-1", logEvents=batch)


def test_the_command_line_reads_and_searches_a_group(factory: Factory, logs: Any) -> None:
    put(logs, "epoch 1 loss 0.5", '{"epoch": 2, "loss": 0.25}')
    asked = ["--log-group-name", GROUP, "--query", "events[].message", "--output", "text"]
    done = factory.program("aws", "logs", "filter-log-events", *asked, "--page-size", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["epoch 1 loss 0.5", '{"epoch": 2, "loss": 0.25}']
    pattern = "{ $.loss < 0.3 && $.epoch = 2 }"
    done = factory.program("aws", "logs", "filter-log-events", *asked, "--filter-pattern", pattern)
    assert done.stdout.strip() == '{"epoch": 2, "loss": 0.25}', done.stderr
    done = factory.program("aws", "logs", "get-log-events", "--log-stream-name", "job/algo-1", *asked)
    assert "epoch 1 loss 0.5" in done.stdout, done.stderr


def test_a_program_that_follows_a_group_as_logs_tail_does_gets_every_line_once(logs: Any) -> None:
    """`aws logs tail --follow`: searches from the newest time on, again and again, and leaves out the ids it knows."""
    asked: dict[str, Any] = {"logGroupName": GROUP, "interleaved": True}
    known: set[str] = set()
    shown: list[str] = []
    newest = 0
    for number in range(10):
        put(logs, f"line {number}", f"and {number}")
        while True:
            page = logs.filter_log_events(**asked, limit=3)
            for event in page["events"]:
                if event["eventId"] not in known:
                    known.add(event["eventId"])
                    shown.append(event["message"])
                    newest = event["timestamp"]
            if "nextToken" not in page:
                break
            asked["nextToken"] = page["nextToken"]
        asked.pop("nextToken", None)
        asked["startTime"] = newest
    assert shown == [text for number in range(10) for text in (f"line {number}", f"and {number}")]


def test_a_program_that_polls_gets_every_line_once(logs: Any) -> None:
    token: dict[str, Any] = {"startFromHead": True}
    seen: list[str] = []
    for number in range(20):
        put(logs, f"line {number}")
        page = logs.get_log_events(logGroupName=GROUP, logStreamName="job/algo-1", **token)
        seen += [event["message"] for event in page["events"]]
        token = {"nextToken": page["nextForwardToken"], "startFromHead": True}
    assert seen == [f"line {number}" for number in range(20)]
    assert (
        logs.get_log_events(logGroupName=GROUP, logStreamName="job/algo-1", **token)["nextForwardToken"]
        == (token["nextToken"])
    )


def test_metrics_of_a_job_are_put_listed_and_read(factory: Factory, kit: dict[str, str]) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    dimensions = [{"Name": "TrainingJobName", "Value": f"job-{time.monotonic_ns()}"}]
    with closing(boto3.Session().client("cloudwatch")) as metrics:
        for step in range(10):
            metrics.put_metric_data(
                Namespace="/aws/sagemaker/TrainingJobs",
                MetricData=[{"MetricName": "loss", "Dimensions": dimensions, "Timestamp": now, "Value": float(step)}],
            )
        (found,) = metrics.list_metrics(MetricName="loss", Dimensions=dimensions)["Metrics"]
        answer = metrics.get_metric_data(
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=5),
            MetricDataQueries=[{"Id": "m1", "MetricStat": {"Metric": found, "Period": 60, "Stat": "Average"}}],
        )
    (result,) = answer["MetricDataResults"]
    assert (result["Timestamps"], result["Values"]) == ([now], [4.5])
    done = factory.program(
        "aws", "cloudwatch", "list-metrics", "--metric-name", "loss", "--query", "length(Metrics)", "--output", "text"
    )
    assert int(done.stdout) >= 1, done.stderr


def test_what_was_acknowledged_before_a_crash_is_there_after_it(new_factory: Callable[[], Factory]) -> None:
    factory = new_factory()

    def session() -> Any:
        values = factory.kit()
        return boto3.Session(
            aws_access_key_id=_credential(factory, "aws_access_key_id"),
            aws_secret_access_key=_credential(factory, "aws_secret_access_key"),
            region_name=values.get("AWS_REGION", "us-east-1"),
        ).client("logs", endpoint_url=factory.url)

    with closing(session()) as logs:
        logs.create_log_group(logGroupName=GROUP)
        logs.create_log_stream(logGroupName=GROUP, logStreamName="job/algo-1")
        for number in range(50):
            put(logs, f"line {number}")
    factory.kill()
    factory.start()
    with closing(session()) as logs:
        events = logs.filter_log_events(logGroupName=GROUP)["events"]
        (stream,) = logs.describe_log_streams(logGroupName=GROUP, orderBy="LastEventTime")["logStreams"]
    assert sorted(event["message"] for event in events) == sorted(f"line {number}" for number in range(50))
    assert stream["lastEventTimestamp"] == events[-1]["timestamp"]


def _credential(factory: Factory, name: str) -> str:
    lines = (factory.home / "client" / "credentials").read_text().splitlines()
    return next(line.partition("=")[2].strip() for line in lines if line.partition("=")[0].strip() == name)
