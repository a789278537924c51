"""What botocore's own client sends and gets to see of transform jobs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.endpoints import LANGUAGE_IMAGE, LANGUAGE_MODEL
from usina.core.jobs import TRANSFORM_JOB
from usina.core.ports import Row
from usina.testing.world import ACCOUNT

if TYPE_CHECKING:
    from usina.core.ports import Ports
    from usina.testing.jobs import FakeJobs

ROLE = f"arn:aws:iam::{ACCOUNT}:role/trainer"
CONTAINER = {"Image": "usina/python", "ModelDataUrl": "s3://data/model.tar.gz", "Environment": {"A": "1"}}
SOURCE = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/in/"}}
INPUT: dict[str, Any] = {"DataSource": SOURCE, "ContentType": "text/csv", "SplitType": "Line"}
OUTPUT: dict[str, Any] = {"S3OutputPath": "s3://data/out", "Accept": "text/csv", "AssembleWith": "Line"}
RESOURCES = {"InstanceType": "ml.m5.large", "InstanceCount": 1}
ASKED: dict[str, Any] = {
    "ModelName": "doubles",
    "TransformInput": INPUT,
    "TransformOutput": OUTPUT,
    "TransformResources": RESOURCES,
}


@pytest.fixture
def model(sagemaker: Any) -> None:
    """The model of all jobs here."""
    sagemaker.create_model(ModelName="doubles", PrimaryContainer=CONTAINER, ExecutionRoleArn=ROLE)


async def change(ports: Ports, **facts: Any) -> dict[str, Any]:
    """What the control loop writes; gives the row's body."""
    row = await ports.records.get(TRANSFORM_JOB, ACCOUNT, "job")
    assert row is not None
    body = {**row.body, "observed": {**row.body["observed"], **facts}}
    await ports.records.put(Row(row.kind, row.account, row.name, body, row.version))
    return body


@pytest.mark.usefixtures("model")
def test_a_job_is_created_described_listed_and_stopped(sagemaker: Any, jobs: FakeJobs, ports: Ports) -> None:
    given = {**ASKED, "MaxConcurrentTransforms": 2, "MaxPayloadInMB": 50, "DataProcessing": {"JoinSource": "Input"}}
    arn = sagemaker.create_transform_job(TransformJobName="job", **given)["TransformJobArn"]
    assert arn == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:transform-job/job"
    assert jobs.told == [(TRANSFORM_JOB, ACCOUNT, "job")]
    sagemaker.delete_model(ModelName="doubles")
    body = asyncio.run(change(ports))
    assert body["model"] == {"container": CONTAINER, "role": ROLE, "isolated": False}
    seen = sagemaker.describe_transform_job(TransformJobName="job")
    assert seen["TransformJobStatus"] == "InProgress"
    assert {member: seen[member] for member in given} == given
    sagemaker.stop_transform_job(TransformJobName="job")
    listed = sagemaker.list_transform_jobs(StatusEquals="Stopping", NameContains="jo")["TransformJobSummaries"]
    assert [item["TransformJobArn"] for item in listed] == [arn]
    now = ports.clock.now()
    asyncio.run(change(ports, status="Failed", failure="AlgorithmError: no", started=now, ended=now + 1))
    seen = sagemaker.describe_transform_job(TransformJobName="job")
    assert (seen["TransformJobStatus"], seen["FailureReason"]) == ("Failed", "AlgorithmError: no")
    assert (seen["TransformEndTime"] - seen["TransformStartTime"]).total_seconds() == 1
    summary = sagemaker.list_transform_jobs()["TransformJobSummaries"][0]
    assert (summary["FailureReason"], summary["TransformEndTime"]) == ("AlgorithmError: no", seen["TransformEndTime"])
    assert sagemaker.list_transform_jobs(StatusEquals="Completed")["TransformJobSummaries"] == []
    with pytest.raises(sagemaker.exceptions.ClientError, match="in status Failed"):
        sagemaker.stop_transform_job(TransformJobName="job")


def test_a_model_that_cannot_be_served_so_is_told_when_the_job_is_created(sagemaker: Any, jobs: FakeJobs) -> None:
    with pytest.raises(sagemaker.exceptions.ClientError, match="Could not find model"):
        sagemaker.create_transform_job(TransformJobName="job", **ASKED)
    sagemaker.create_model(ModelName="doubles", PrimaryContainer=CONTAINER)
    with pytest.raises(sagemaker.exceptions.ClientError, match="no ExecutionRoleArn"):
        sagemaker.create_transform_job(TransformJobName="job", **ASKED)
    sagemaker.create_model(ModelName="several", Containers=[CONTAINER, CONTAINER], ExecutionRoleArn=ROLE)
    with pytest.raises(sagemaker.exceptions.ClientError, match="one container"):
        sagemaker.create_transform_job(TransformJobName="job", **{**ASKED, "ModelName": "several"})
    for call in (sagemaker.describe_transform_job, sagemaker.stop_transform_job):
        with pytest.raises(sagemaker.exceptions.ClientError, match="not found"):
            call(TransformJobName="job")
    assert not jobs.told


def test_a_language_model_is_asked_in_a_batch_of_bedrock_instead(sagemaker: Any, ports: Ports) -> None:
    chat = next(card.id for card in ports.catalogue.cards() if card.task == "chat")
    container = {"Image": LANGUAGE_IMAGE, "Environment": {LANGUAGE_MODEL[0]: chat}}
    sagemaker.create_model(ModelName="talks", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    with pytest.raises(sagemaker.exceptions.ClientError, match="CreateModelInvocationJob"):
        sagemaker.create_transform_job(TransformJobName="job", **{**ASKED, "ModelName": "talks"})


def join(**changes: Any) -> dict[str, Any]:
    return {"DataProcessing": {"JoinSource": "Input", **changes}}


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"TransformInput": {**INPUT, "SplitType": "RecordIO"}}, "Use None or Line"),
        ({"TransformInput": {"DataSource": SOURCE}, "BatchStrategy": "SingleRecord"}, "use Line"),
        ({"MaxPayloadInMB": 101}, "100"),
        ({"MaxPayloadInMB": 51, "MaxConcurrentTransforms": 2}, "MaxConcurrentTransforms"),
        ({"TransformOutput": {"S3OutputPath": "https://x"}}, "s3://"),
        ({"TransformOutput": {**OUTPUT, "KmsKeyId": "k"}}, "KmsKeyId is not supported"),
        ({"DataCaptureConfig": {"DestinationS3Uri": "s3://data/c"}}, "DataCaptureConfig is not supported"),
        (join(InputFilter="$[1:3]"), "JSONPath"),
        (join(InputFilter="$.name"), "has no names"),
        ({**join(), "TransformInput": {"DataSource": SOURCE, "SplitType": "Line"}}, "ContentType and an Accept"),
        ({**join(), "TransformOutput": {**OUTPUT, "AssembleWith": "None"}}, "AssembleWith Line"),
        ({**join(), "TransformOutput": {**OUTPUT, "Accept": "application/json"}}, "one form"),
    ],
)
def test_a_job_that_cannot_be_is_refused_when_it_is_created(
    sagemaker: Any, jobs: FakeJobs, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(sagemaker.exceptions.ClientError, match=message) as caught:
        sagemaker.create_transform_job(TransformJobName="job", **{**ASKED, **changes})
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert not jobs.told


@pytest.mark.usefixtures("model")
def test_an_instance_that_no_machine_here_can_be_is_over_the_limit(sagemaker: Any) -> None:
    resources = {**RESOURCES, "InstanceCount": 2}
    with pytest.raises(sagemaker.exceptions.ResourceLimitExceeded, match="for transform job usage"):
        sagemaker.create_transform_job(TransformJobName="job", **{**ASKED, "TransformResources": resources})
