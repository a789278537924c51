"""Batch inference jobs as botocore's own client makes and sees them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from usina.core.limits import Limits
from usina.core.ports import Row
from usina.testing.aws_client import connect
from usina.testing.batch import ToldBatches
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.world import ACCOUNT, principal, world

if TYPE_CHECKING:
    from usina.core.ports import Ports

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ASKED: dict[str, Any] = {
    "jobName": "nightly",
    "modelId": CHAT.id,
    "roleArn": f"arn:aws:iam::{ACCOUNT}:role/batch",
    "inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://data/in/"}},
    "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://data/out/"}},
}
ADMINISTRATOR = principal(roles=("administrator",))
OTHER = principal("999988887777", roles=("administrator",))


@pytest.fixture
def batches() -> ToldBatches:
    return ToldBatches()


@pytest.fixture
def ports(batches: ToldBatches) -> Ports:
    ports = world(batches=batches)
    connect("iam", ports, ADMINISTRATOR).create_role(RoleName="batch", AssumeRolePolicyDocument=json.dumps(TRUST))
    return ports


@pytest.fixture
def bedrock(ports: Ports) -> Any:
    return connect("bedrock", ports, ADMINISTRATOR)


def observe(ports: Ports, arn: str, **changes: Any) -> None:
    """What the control loop writes."""

    async def write() -> None:
        row = await ports.records.get("invocation-job", ACCOUNT, arn.rpartition("/")[2])
        assert row is not None
        body = {**row.body, "observed": {**row.body["observed"], **changes}}
        await ports.records.put(Row(row.kind, row.account, row.name, body, row.version))

    asyncio.run(write())


def test_a_job_is_created_described_listed_and_stopped(bedrock: Any, ports: Ports, batches: ToldBatches) -> None:
    arn = bedrock.create_model_invocation_job(**ASKED, tags=[{"key": "a", "value": "b"}])["jobArn"]
    identifier = arn.rpartition("/")[2]
    assert arn == f"arn:aws:bedrock:us-east-1:{ACCOUNT}:model-invocation-job/{identifier}"
    assert batches.told == [(ACCOUNT, identifier)]
    seen = bedrock.get_model_invocation_job(jobIdentifier=identifier)
    assert (seen["jobArn"], seen["status"], seen["modelInvocationType"]) == (arn, "Submitted", "InvokeModel")
    assert (seen["jobExpirationTime"] - seen["submitTime"]).total_seconds() == 86_400
    assert not {"totalRecordCount", "endTime", "message"} & set(seen)
    observe(ports, arn, status="InProgress", counts={"total": 9, "success": 3, "error": 1})
    (summary,) = bedrock.list_model_invocation_jobs(statusEquals="InProgress")["invocationJobSummaries"]
    assert (summary["totalRecordCount"], summary["processedRecordCount"], summary["errorRecordCount"]) == (9, 4, 1)
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == [{"key": "a", "value": "b"}]
    bedrock.tag_resource(resourceARN=arn, tags=[{"key": "c", "value": "d"}])
    bedrock.untag_resource(resourceARN=arn, tagKeys=["a"])
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == [{"key": "c", "value": "d"}]
    bedrock.stop_model_invocation_job(jobIdentifier=arn)
    assert bedrock.get_model_invocation_job(jobIdentifier=arn)["status"] == "Stopping"
    observe(ports, arn, status="Stopped", ended=ports.clock.now(), message="m")
    assert bedrock.get_model_invocation_job(jobIdentifier=arn)["message"] == "m"
    with pytest.raises(bedrock.exceptions.ConflictException, match="in status Stopped"):
        bedrock.stop_model_invocation_job(jobIdentifier=arn)


def test_the_same_token_gives_the_same_job_and_another_request_with_it_is_refused(
    bedrock: Any, batches: ToldBatches
) -> None:
    first = bedrock.create_model_invocation_job(**ASKED, clientRequestToken="once")
    assert bedrock.create_model_invocation_job(**ASKED, clientRequestToken="once")["jobArn"] == first["jobArn"]
    with pytest.raises(bedrock.exceptions.ConflictException, match="other parameters"):
        bedrock.create_model_invocation_job(**{**ASKED, "jobName": "other"}, clientRequestToken="once")
    assert bedrock.create_model_invocation_job(**ASKED)["jobArn"] != first["jobArn"]
    assert len(bedrock.list_model_invocation_jobs()["invocationJobSummaries"]) == 2
    assert len(batches.told) == 3


def test_listings_are_filtered_and_paged(bedrock: Any, ports: Ports) -> None:
    for number in range(5):
        bedrock.create_model_invocation_job(**{**ASKED, "jobName": f"job-{number}"})
        asyncio.run(ports.clock.sleep(60))
    pages = bedrock.get_paginator("list_model_invocation_jobs").paginate(PaginationConfig={"PageSize": 2})
    names = [job["jobName"] for page in pages for job in page["invocationJobSummaries"]]
    assert names == [f"job-{number}" for number in (4, 3, 2, 1, 0)]
    upward = bedrock.list_model_invocation_jobs(sortOrder="Ascending", maxResults=1)["invocationJobSummaries"]
    assert upward[0]["jobName"] == "job-0"
    late = bedrock.list_model_invocation_jobs(submitTimeAfter=upward[0]["submitTime"], nameContains="b-4")
    assert [job["jobName"] for job in late["invocationJobSummaries"]] == ["job-4"]
    with pytest.raises(bedrock.exceptions.ValidationException, match="nextToken"):
        bedrock.list_model_invocation_jobs(nextToken="nonsense")


def test_a_job_of_another_account_is_not_there(bedrock: Any, ports: Ports) -> None:
    arn = bedrock.create_model_invocation_job(**ASKED)["jobArn"]
    other = connect("bedrock", ports, OTHER)
    for identifier in (arn, arn.rpartition("/")[2], arn.replace(ACCOUNT, OTHER.account)):
        for call in (other.get_model_invocation_job, other.stop_model_invocation_job):
            with pytest.raises(other.exceptions.ResourceNotFoundException, match="not found"):
                call(jobIdentifier=identifier)
    with pytest.raises(other.exceptions.ResourceNotFoundException):
        other.list_tags_for_resource(resourceARN=arn)
    assert other.list_model_invocation_jobs()["invocationJobSummaries"] == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"modelId": "nobody.knows"}, "model identifier is invalid"),
        ({"modelId": EMBEDDING.id, "modelInvocationType": "Converse"}, "does not support Converse"),
        ({"vpcConfig": {"subnetIds": ["s"], "securityGroupIds": ["g"]}}, "vpcConfig is not supported"),
        ({"roleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, "There is no role"),
        (
            {"inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://data/in", "s3BucketOwner": OTHER.account}}},
            "s3BucketOwner",
        ),
        (
            {"outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://data/o", "s3EncryptionKeyId": "alias/k"}}},
            "s3EncryptionKeyId is not supported",
        ),
    ],
)
def test_what_no_job_could_be_is_refused_with_what_to_do(
    bedrock: Any, batches: ToldBatches, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ClientError, match=words) as caught:
        bedrock.create_model_invocation_job(**{**ASKED, **changes})
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert not batches.told


def test_an_account_has_so_many_jobs_under_way_and_no_more(ports: Ports) -> None:
    ports = replace(ports, limits=Limits(batch_jobs_per_account=2))
    bedrock = connect("bedrock", ports, ADMINISTRATOR)
    first = bedrock.create_model_invocation_job(**ASKED)["jobArn"]
    bedrock.create_model_invocation_job(**ASKED)
    with pytest.raises(bedrock.exceptions.ServiceQuotaExceededException, match="at most 2 batch inference jobs"):
        bedrock.create_model_invocation_job(**ASKED)
    observe(ports, first, status="PartiallyCompleted")
    bedrock.create_model_invocation_job(**ASKED)


def test_who_may_not_hand_the_role_on_starts_nothing(ports: Ports, batches: ToldBatches) -> None:
    developer = connect("bedrock", ports, principal())
    with pytest.raises(developer.exceptions.AccessDeniedException, match="iam:PassRole"):
        developer.create_model_invocation_job(**ASKED)
    assert not batches.told
