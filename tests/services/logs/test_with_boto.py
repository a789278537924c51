"""What botocore's own client sends and gets to see, over our codec and handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from usina.services.logs import events
from usina.testing.aws_client import connect
from usina.testing.world import ACCOUNT, principal, world

if TYPE_CHECKING:
    from usina.core.ports import Ports

NOW_MS = 1_800_000_000_000
DAY_MS = 86_400_000
G = "/aws/sagemaker/TrainingJobs"
ARN = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{G}"


def client(ports: Ports | None = None, *streams: str) -> Any:
    logs = connect("logs", ports or world())
    logs.create_log_group(logGroupName=G)
    for stream in streams:
        logs.create_log_stream(logGroupName=G, logStreamName=stream)
    return logs


def put(logs: Any, stream: str, *events: tuple[int, str]) -> Any:
    batch = [{"timestamp": NOW_MS + offset, "message": message} for offset, message in events]
    return logs.put_log_events(logGroupName=G, logStreamName=stream, logEvents=batch)


def messages(answer: Any) -> list[str]:
    return [event["message"] for event in answer["events"]]


def test_a_group_lives_and_dies() -> None:
    logs = client()
    logs.create_log_group(logGroupName="b", tags={"team": "x"})
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName="b")
    (group,) = logs.describe_log_groups(logGroupNamePrefix="/aws")["logGroups"]
    assert (group["logGroupName"], group["arn"], group["logGroupArn"]) == (G, f"{ARN}:*", ARN)
    assert (group["creationTime"], group["storedBytes"], group["metricFilterCount"]) == (NOW_MS, 0, 0)
    pages = logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 1})
    assert [group["logGroupName"] for page in pages for group in page["logGroups"]] == [G, "b"]
    assert len(logs.describe_log_groups(logGroupNamePattern="TRAINING")["logGroups"]) == 1
    assert len(logs.describe_log_groups(logGroupIdentifiers=[ARN, "b", "missing"])["logGroups"]) == 2
    assert logs.describe_log_groups(logGroupClass="INFREQUENT_ACCESS")["logGroups"] == []
    logs.delete_log_group(logGroupName="b")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.delete_log_group(logGroupName="b")


@pytest.mark.parametrize(
    "asked",
    [{"kmsKeyId": "k"}, {"logGroupClass": "DELIVERY"}, {"deletionProtectionEnabled": True}, {"tags": {"aws:x": "y"}}],
)
def test_what_a_group_cannot_have_here_is_refused(asked: dict[str, Any]) -> None:
    logs = client()
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.create_log_group(logGroupName="g", **asked)


def test_retention_is_put_shown_and_taken_away() -> None:
    logs = client()
    with pytest.raises(logs.exceptions.InvalidParameterException, match="must be one of"):
        logs.put_retention_policy(logGroupName=G, retentionInDays=2)
    logs.put_retention_policy(logGroupName=G, retentionInDays=7)
    assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 7
    logs.delete_retention_policy(logGroupName=G)
    assert "retentionInDays" not in logs.describe_log_groups()["logGroups"][0]
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.put_retention_policy(logGroupName="missing", retentionInDays=7)


def test_groups_are_tagged_by_arn_and_by_name() -> None:
    logs = client()
    logs.tag_resource(resourceArn=ARN, tags={"a": "1", "b": "2"})
    logs.tag_log_group(logGroupName=G, tags={"c": "3"})
    logs.untag_resource(resourceArn=ARN, tagKeys=["a"])
    assert logs.list_tags_for_resource(resourceArn=ARN)["tags"] == {"b": "2", "c": "3"}
    logs.untag_log_group(logGroupName=G, tags=["b"])
    assert logs.list_tags_log_group(logGroupName=G)["tags"] == {"c": "3"}
    with pytest.raises(logs.exceptions.TooManyTagsException):
        logs.tag_resource(resourceArn=ARN, tags={f"k{number}": "" for number in range(50)})
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.list_tags_for_resource(resourceArn="arn:aws:s3:::bucket")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.list_tags_for_resource(resourceArn=ARN + "x")


def test_streams_are_listed_by_name_and_by_their_last_event() -> None:
    logs = client(None, "a/1", "a/2", "b")
    put(logs, "a/2", (0, "x"))
    put(logs, "a/1", (5, "x"))
    for asked, expected in (
        ({}, ["a/1", "a/2", "b"]),
        ({"logStreamNamePrefix": "a/"}, ["a/1", "a/2"]),
        ({"orderBy": "LastEventTime", "descending": True}, ["a/1", "a/2", "b"]),
        ({"orderBy": "LastEventTime"}, ["b", "a/2", "a/1"]),
    ):
        pages = logs.get_paginator("describe_log_streams").paginate(
            logGroupName=G, PaginationConfig={"PageSize": 1}, **asked
        )
        assert [stream["logStreamName"] for page in pages for stream in page["logStreams"]] == expected
    first, _, last = logs.describe_log_streams(logGroupIdentifier=ARN)["logStreams"]
    assert (first["firstEventTimestamp"], first["lastEventTimestamp"]) == (NOW_MS + 5, NOW_MS + 5)
    assert first["arn"] == f"{ARN}:log-stream:a/1"
    assert "lastEventTimestamp" not in last
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.describe_log_streams(logGroupName=G, orderBy="LastEventTime", logStreamNamePrefix="a")
    logs.delete_log_stream(logGroupName=G, logStreamName="b")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.delete_log_stream(logGroupName=G, logStreamName="b")


def test_tokens_follow_a_stream_and_stay_the_same_at_its_end() -> None:
    logs = client(None, "s")
    asked = {"logGroupName": G, "logStreamName": "s"}
    empty = logs.get_log_events(**asked)
    assert empty["events"] == []
    put(logs, "s", *((number, str(number)) for number in range(5)))
    assert messages(logs.get_log_events(**asked, nextToken=empty["nextForwardToken"])) == list("01234")
    first = logs.get_log_events(**asked, limit=2, startFromHead=True)
    assert messages(first) == ["0", "1"]
    second = logs.get_log_events(**asked, limit=2, nextToken=first["nextForwardToken"])
    assert messages(second) == ["2", "3"]
    third = logs.get_log_events(**asked, limit=2, nextToken=second["nextForwardToken"])
    end = logs.get_log_events(**asked, nextToken=third["nextForwardToken"])
    assert (messages(third), end["events"], end["nextForwardToken"]) == (["4"], [], third["nextForwardToken"])
    put(logs, "s", (4, "same time"))
    assert messages(logs.get_log_events(**asked, nextToken=end["nextForwardToken"])) == ["same time"]
    assert messages(logs.get_log_events(**asked, limit=2, nextToken=second["nextBackwardToken"])) == ["0", "1"]
    newest = logs.get_log_events(**asked, limit=2)
    assert messages(newest) == ["4", "same time"]
    assert messages(logs.get_log_events(**asked, limit=3, nextToken=newest["nextBackwardToken"])) == ["1", "2", "3"]
    beginning = logs.get_log_events(**asked, nextToken=first["nextBackwardToken"])
    assert (beginning["events"], beginning["nextBackwardToken"]) == ([], first["nextBackwardToken"])


def test_a_range_of_time_excludes_its_end_and_a_search_includes_it() -> None:
    logs = client(None, "s")
    put(logs, "s", *((number, str(number)) for number in range(5)))
    window = {"startTime": NOW_MS + 1, "endTime": NOW_MS + 3}
    assert messages(logs.get_log_events(logGroupName=G, logStreamName="s", **window)) == ["1", "2"]
    assert messages(logs.filter_log_events(logGroupName=G, **window)) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("events", "match"),
    [
        ([(1, "b"), (0, "a")], "chronological"),
        ([(-DAY_MS - 1, "a"), (0, "b")], "24 hours"),
        ([(0, "é" * 524_276)], "Upload too large"),
    ],
)
def test_a_batch_that_breaks_the_rules_is_refused(events: list[tuple[int, str]], match: str) -> None:
    logs = client(None, "s")
    with pytest.raises(logs.exceptions.InvalidParameterException, match=match):
        put(logs, "s", *events)
    assert logs.filter_log_events(logGroupName=G)["events"] == []


def test_a_batch_of_the_largest_size_and_count_is_taken() -> None:
    logs = client(None, "s")
    put(logs, "s", (0, "x" * (1_048_576 - 26)))
    put(logs, "s", *((1, "y") for _ in range(10_000)))
    page = logs.get_log_events(logGroupName=G, logStreamName="s", startFromHead=True)
    assert [len(message) for message in messages(page)] == [1_048_550]
    rest = logs.get_log_events(logGroupName=G, logStreamName="s", nextToken=page["nextForwardToken"])
    assert len(rest["events"]) == 10_000


def test_events_too_old_or_too_new_are_left_out_and_told() -> None:
    logs = client(None, "s")
    answer = put(logs, "s", (-20, "a"), (7_200_001, "b"))
    assert answer["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    answer = put(logs, "s", (-14 * DAY_MS - 1, "old"), (-14 * DAY_MS, "c"))
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    logs.put_retention_policy(logGroupName=G, retentionInDays=1)
    answer = put(logs, "s", (-DAY_MS - 5, "expired"), (-DAY_MS + 5, "d"))
    assert answer["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}
    logs.delete_retention_policy(logGroupName=G)
    assert messages(logs.filter_log_events(logGroupName=G)) == ["c", "d", "a"]
    assert "rejectedLogEventsInfo" not in put(logs, "s", (0, "x"))


def test_events_go_to_a_stream_that_is_there() -> None:
    logs = client()
    for offset in (0, -30 * DAY_MS):
        with pytest.raises(logs.exceptions.ResourceNotFoundException, match="log stream"):
            put(logs, "missing", (offset, "x"))
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="log group"):
        logs.put_log_events(
            logGroupName="missing", logStreamName="s", logEvents=[{"timestamp": NOW_MS, "message": "x"}]
        )
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.get_log_events(logGroupName=G, logStreamName="missing")


def test_a_search_finds_what_matches_in_order_and_page_by_page() -> None:
    logs = client(None, "a", "b", "other")
    put(logs, "a", (0, "step 0 ok"), (2, "step 1 ERROR"))
    put(logs, "b", (1, "ERROR here"), (2, "fine"))
    put(logs, "other", (3, "ERROR there"))
    asked = {"logGroupName": G, "filterPattern": "ERROR"}
    pages = logs.get_paginator("filter_log_events").paginate(**asked, PaginationConfig={"PageSize": 1})
    found = [event for page in pages for event in page["events"]]
    assert [(event["logStreamName"], event["message"]) for event in found] == [
        ("b", "ERROR here"),
        ("a", "step 1 ERROR"),
        ("other", "ERROR there"),
    ]
    assert len({event["eventId"] for event in found}) == 3
    assert messages(logs.filter_log_events(**asked, logStreamNames=["a"])) == ["step 1 ERROR"]
    assert messages(logs.filter_log_events(**asked, logStreamNamePrefix="o")) == ["ERROR there"]
    backward = logs.filter_log_events(**asked, startFromHead=False, limit=2)
    assert messages(backward) == ["ERROR there", "step 1 ERROR"]
    assert messages(logs.filter_log_events(**asked, nextToken=backward["nextToken"])) == ["ERROR here"]
    for wrong in (
        {"logStreamNames": ["a"], "logStreamNamePrefix": "a"},
        {"nextToken": "zzzz"},
        {"filterPattern": "[a]"},
    ):
        with pytest.raises(logs.exceptions.InvalidParameterException):
            logs.filter_log_events(**(asked | wrong))


def test_a_group_is_named_by_name_or_arn_and_by_one_of_them_only() -> None:
    logs = client(None, "s")
    put(logs, "s", (0, "x"))
    assert messages(logs.filter_log_events(logGroupIdentifier=ARN)) == ["x"]
    assert messages(logs.get_log_events(logGroupIdentifier=G, logStreamName="s")) == ["x"]
    for asked in ({}, {"logGroupName": G, "logGroupIdentifier": ARN}, {"logGroupIdentifier": "arn:aws:s3:::b"}):
        with pytest.raises(logs.exceptions.InvalidParameterException):
            logs.filter_log_events(**asked)


@pytest.mark.parametrize("token", ["x", "f/1", "f/1/" + "9" * 40, "b/-1/0"])
def test_a_token_that_is_none_of_ours_is_refused(token: str) -> None:
    logs = client(None, "s")
    with pytest.raises(logs.exceptions.InvalidParameterException, match="nextToken"):
        logs.get_log_events(logGroupName=G, logStreamName="s", nextToken=token)


def test_tenants_have_groups_of_their_own() -> None:
    ports = world()
    mine = client(ports, "s")
    put(mine, "s", (0, "secret"))
    theirs = connect("logs", ports, principal("444455556666"))
    assert theirs.describe_log_groups()["logGroups"] == []
    with pytest.raises(theirs.exceptions.ResourceNotFoundException):
        theirs.filter_log_events(logGroupName=G)


def test_what_the_sagemaker_sdk_does_to_follow_a_job() -> None:
    """DescribeLogStreams by prefix, then GetLogEvents from a time on, skipping what was printed."""
    logs = client()
    logs.create_log_stream(logGroupName=G, logStreamName="job/algo-1-1")
    printed: list[str] = []
    skip = 0
    start = 0
    for offset, line in ((0, "epoch 1"), (0, "epoch 1 loss"), (1, "epoch 2"), (1, "done")):
        put(logs, "job/algo-1-1", (offset, line))
        (stream,) = logs.describe_log_streams(logGroupName=G, logStreamNamePrefix="job/")["logStreams"]
        token: dict[str, str] = {}
        skipping = skip
        while True:
            page = logs.get_log_events(
                logGroupName=G, logStreamName=stream["logStreamName"], startTime=start, startFromHead=True, **token
            )
            token = {"nextToken": page["nextForwardToken"]}
            events = page["events"][skipping:]
            if not page["events"]:
                break
            skipping = max(0, skipping - len(page["events"]))
            for event in events:
                printed.append(event["message"])
                start, skip = (start, skip + 1) if event["timestamp"] == start else (event["timestamp"], 1)
    assert printed == ["epoch 1", "epoch 1 loss", "epoch 2", "done"]


def test_a_search_that_finds_little_goes_on_behind_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_SCANNED_EVENTS", 3)
    monkeypatch.setattr(events, "_MOST_EVENTS", 2)
    logs = client(None, "s")
    put(logs, "s", *((number, "needle" if number % 7 == 6 else "hay") for number in range(20)))
    pages = list(logs.get_paginator("filter_log_events").paginate(logGroupName=G, filterPattern="needle"))
    assert [event["message"] for page in pages for event in page["events"]] == ["needle", "needle"]
    assert len(pages) == 5


def test_an_answer_of_a_search_is_bounded_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BATCH_BYTES", 100)
    logs = client(None, "s")
    for number in range(4):
        put(logs, "s", (number, "x" * 40))
    pages = list(logs.get_paginator("filter_log_events").paginate(logGroupName=G, filterPattern="x"))
    assert [len(page["events"]) for page in pages] == [1, 1, 1, 1]
