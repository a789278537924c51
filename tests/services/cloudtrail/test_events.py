"""LookupEvents over a ledger that a test fills, and over a real one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.errors import CallerError
from usina.services.cloudtrail.events import lookup_events
from usina.testing.world import ACCOUNT, FakeLedgerView, call_of, world

if TYPE_CHECKING:
    from usina.core.ports import Json, Ports

OTHER = "444455556666"
BEGAN = 1_800_000_000


def act(seq: int, **changes: Any) -> Json:
    return {
        "seq": seq,
        "kind": "intent",
        "request_id": f"00000000-0000-4000-8000-{seq:012d}",
        "time": float(BEGAN + seq),
        "account": ACCOUNT,
        "principal": f"arn:aws:iam::{ACCOUNT}:user/ada",
        "key_id": "AKIAEXAMPLE",
        "peer": "10.0.0.7",
        "service": "s3",
        "operation": "PutObject",
        "resources": ["arn:aws:s3:::data/key"],
    } | changes


def ledger(*records: Json) -> Ports:
    return world(ledger=FakeLedgerView(list(records)))


async def looked_up(ports: Ports, **asked: Any) -> list[Json]:
    answer: Any = await lookup_events(call_of(asked), ports)
    return list(answer["Events"])


async def test_an_act_is_an_event_with_who_what_and_how_it_ended() -> None:
    outcome = {"seq": 2, "kind": "outcome", "intent": 1, "status": "failed", "error": "NoSuchBucket", "time": 1.0}
    (event,) = await looked_up(ledger(act(1), outcome))
    assert (event["EventName"], event["EventSource"], event["Username"]) == ("PutObject", "s3.amazonaws.com", "ada")
    assert (event["ReadOnly"], event["AccessKeyId"]) == ("false", "AKIAEXAMPLE")
    assert event["Resources"] == [{"ResourceName": "arn:aws:s3:::data/key", "ResourceType": "AWS::S3::Object"}]
    record = json.loads(event["CloudTrailEvent"])
    assert (record["errorCode"], record["sourceIPAddress"]) == ("NoSuchBucket", "10.0.0.7")
    assert record["userIdentity"]["type"] == "IAMUser"
    assert record["eventID"] == event["EventId"]


async def test_what_was_refused_is_an_event_with_its_error() -> None:
    role = f"arn:aws:sts::{ACCOUNT}:assumed-role/trainer/SageMaker"
    (event,) = await looked_up(ledger(act(1, kind="refusal", error="AccessDenied", principal=role)))
    record = json.loads(event["CloudTrailEvent"])
    assert (record["errorCode"], record["userIdentity"]["type"]) == ("AccessDenied", "AssumedRole")


async def test_another_accounts_acts_and_the_sites_own_are_not_seen() -> None:
    records = (act(1, account=OTHER), {"seq": 2, "kind": "policy", "time": 1.0, "digest": "d"}, act(3))
    assert [event["EventId"][-1] for event in await looked_up(ledger(*records))] == ["3"]


async def test_events_come_newest_first_a_page_at_a_time() -> None:
    ports = ledger(*(act(seq) for seq in range(1, 8)))
    seen: list[str] = []
    token: dict[str, str] = {}
    for _ in range(10):
        answer: Any = await lookup_events(call_of({"MaxResults": 3, **token}), ports)
        seen += [event["EventId"][-1] for event in answer["Events"]]
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    assert seen == list("7654321")


@pytest.mark.parametrize(
    ("key", "value", "seqs"),
    [
        ("EventName", "GetObject", ["2"]),
        ("ReadOnly", "true", ["2"]),
        ("Username", "bob", ["3"]),
        ("ResourceName", "arn:aws:s3:::data/key", ["2", "1"]),
        ("ResourceType", "AWS::KMS::Key", ["3"]),
        ("EventSource", "kms.amazonaws.com", ["3"]),
        ("EventId", f"00000000-0000-4000-8000-{1:012d}", ["1"]),
        ("AccessKeyId", "AKIAOTHER", []),
    ],
)
async def test_events_are_found_by_each_attribute(key: str, value: str, seqs: list[str]) -> None:
    bob = f"arn:aws:iam::{ACCOUNT}:user/bob"
    third = act(
        3, principal=bob, service="kms", operation="Encrypt", resources=[f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"]
    )
    ports = ledger(act(1), act(2, operation="GetObject"), third)
    found = await looked_up(ports, LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}])
    assert [event["EventId"][-1] for event in found] == seqs


async def test_events_are_found_by_time() -> None:
    ports = ledger(*(act(seq) for seq in range(1, 8)))
    since, until = (datetime.fromtimestamp(BEGAN + second, UTC) for second in (3, 5))
    assert [event["EventId"][-1] for event in await looked_up(ports, StartTime=since)] == list("76543")
    assert "3" in {event["EventId"][-1] for event in await looked_up(ports, StartTime=since, EndTime=until)}
    with pytest.raises(CallerError) as refused:
        await looked_up(ports, StartTime=until, EndTime=since)
    assert refused.value.code == "InvalidTimeRangeException"


async def test_a_long_ledger_is_looked_through_in_bounded_steps() -> None:
    ports = ledger(act(1), *(act(seq, account=OTHER) for seq in range(2, 12_000)))
    assert [event["EventId"][-1] for event in await looked_up(ports)] == ["1"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"NextToken": "!"}, "InvalidNextTokenException"),
        ({"EventCategory": "insight"}, "InvalidEventCategoryException"),
        (
            {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "a"}] * 2},
            "InvalidLookupAttributesException",
        ),
    ],
)
async def test_what_cannot_be_looked_up_is_said(asked: Any, code: str) -> None:
    with pytest.raises(CallerError) as refused:
        await looked_up(ledger(), **asked)
    assert refused.value.code == code
