"""What botocore's own client sends and gets to see of processing jobs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.jobs import PROCESSING_JOB
from usina.core.ports import Row
from usina.testing.aws_client import connect
from usina.testing.world import ACCOUNT, principal

if TYPE_CHECKING:
    from usina.core.ports import Ports
    from usina.testing.jobs import FakeJobs

ROLE = f"arn:aws:iam::{ACCOUNT}:role/trainer"
SOURCE: dict[str, Any] = {
    "S3Uri": "s3://data/points/",
    "LocalPath": "/opt/ml/processing/input",
    "S3DataType": "S3Prefix",
    "S3InputMode": "File",
}
TARGET: dict[str, Any] = {
    "S3Uri": "s3://data/out",
    "LocalPath": "/opt/ml/processing/output",
    "S3UploadMode": "EndOfJob",
}
CLUSTER: dict[str, Any] = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
ASKED: dict[str, Any] = {
    "ProcessingInputs": [{"InputName": "points", "S3Input": SOURCE}],
    "ProcessingOutputConfig": {"Outputs": [{"OutputName": "all", "S3Output": TARGET}]},
    "ProcessingResources": {"ClusterConfig": CLUSTER},
    "AppSpecification": {"ImageUri": "usina/python", "ContainerEntrypoint": ["python3", "x.py"]},
    "RoleArn": ROLE,
}


def end(ports: Ports, name: str, **facts: Any) -> None:
    """What the control loop writes when a job is over."""

    async def write() -> None:
        row = await ports.records.get(PROCESSING_JOB, ACCOUNT, name)
        assert row is not None
        body = {**row.body, "observed": {**row.body["observed"], "ended": ports.clock.now(), **facts}}
        await ports.records.put(Row(row.kind, row.account, row.name, body, row.version))

    asyncio.run(write())


def test_a_job_is_created_described_listed_and_stopped(sagemaker: Any, jobs: FakeJobs, ports: Ports) -> None:
    arn = sagemaker.create_processing_job(ProcessingJobName="job", **ASKED, Tags=[{"Key": "a", "Value": "1"}])[
        "ProcessingJobArn"
    ]
    assert arn == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:processing-job/job"
    assert jobs.told == [(PROCESSING_JOB, ACCOUNT, "job")]
    seen = sagemaker.describe_processing_job(ProcessingJobName="job")
    assert seen["ProcessingJobStatus"] == "InProgress"
    assert {member: seen[member] for member in ASKED} == ASKED
    assert seen["StoppingCondition"] == {"MaxRuntimeInSeconds": 86_400}
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "1"}]
    sagemaker.stop_processing_job(ProcessingJobName="job")
    assert sagemaker.describe_processing_job(ProcessingJobName="job")["ProcessingJobStatus"] == "Stopping"
    end(ports, "job", status="Stopped", failure="", exit_message="half way")
    assert sagemaker.describe_processing_job(ProcessingJobName="job")["ExitMessage"] == "half way"
    with pytest.raises(sagemaker.exceptions.ClientError, match="in status Stopped"):
        sagemaker.stop_processing_job(ProcessingJobName="job")


def test_jobs_are_listed_by_name_state_and_page(sagemaker: Any, ports: Ports) -> None:
    for name in ("first", "second", "third"):
        sagemaker.create_processing_job(ProcessingJobName=name, **ASKED)
        ports.clock.advance(1)  # type: ignore[attr-defined] # a clock that a test drives
    end(ports, "second", status="Failed", failure="AlgorithmError: it broke, exit code: 1")
    names = [
        item["ProcessingJobName"]
        for page in sagemaker.get_paginator("list_processing_jobs").paginate(PaginationConfig={"PageSize": 2})
        for item in page["ProcessingJobSummaries"]
    ]
    assert names == ["third", "second", "first"]
    failed = sagemaker.list_processing_jobs(StatusEquals="Failed", NameContains="SEC")["ProcessingJobSummaries"]
    assert failed[0]["FailureReason"] == "AlgorithmError: it broke, exit code: 1"
    assert "ProcessingEndTime" in failed[0]
    by_name = sagemaker.list_processing_jobs(SortBy="Name", SortOrder="Ascending")["ProcessingJobSummaries"]
    assert [item["ProcessingJobName"] for item in by_name] == ["first", "second", "third"]
    other = connect("sagemaker", ports, principal(account="444455556666", roles=("administrator",)))
    assert other.list_processing_jobs()["ProcessingJobSummaries"] == []


def test_a_job_is_deleted_once_it_is_over(sagemaker: Any, ports: Ports) -> None:
    sagemaker.create_processing_job(ProcessingJobName="job", **ASKED)
    with pytest.raises(sagemaker.exceptions.ResourceInUse, match="InProgress"):
        sagemaker.delete_processing_job(ProcessingJobName="job")
    with pytest.raises(sagemaker.exceptions.ResourceInUse, match="must be unique"):
        sagemaker.create_processing_job(ProcessingJobName="job", **ASKED)
    end(ports, "job", status="Completed")
    sagemaker.delete_processing_job(ProcessingJobName="job")
    for call in (
        sagemaker.describe_processing_job,
        sagemaker.stop_processing_job,
        sagemaker.delete_processing_job,
    ):
        with pytest.raises(sagemaker.exceptions.ClientError, match="not found"):
            call(ProcessingJobName="job")


def inputs(**changes: Any) -> dict[str, Any]:
    return {"ProcessingInputs": [{"InputName": "points", "S3Input": {**SOURCE, **changes}}]}


def outputs(**changes: Any) -> dict[str, Any]:
    return {"ProcessingOutputConfig": {"Outputs": [{"OutputName": "all", "S3Output": {**TARGET, **changes}}]}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"AppSpecification": {"ImageUri": "x/spark:2", "ContainerEntrypoint": ["x"]}}, "usina/python"),
        ({"AppSpecification": {"ImageUri": "usina/python"}}, "no program of its own"),
        ({"ProcessingInputs": ASKED["ProcessingInputs"] * 2}, "more than one input points"),
        ({"ProcessingInputs": [{"InputName": "points"}]}, "only S3Input"),
        (inputs(S3InputMode="Pipe"), "Pipe"),
        (inputs(S3CompressionType="Gzip"), "Gzip"),
        (inputs(S3Uri="https://data/x"), "s3://"),
        (inputs(LocalPath="/opt/ml/processing/../input"), "LocalPath"),
        (inputs(LocalPath="/etc"), "LocalPath"),
        (outputs(LocalPath="/opt/ml/model"), "LocalPath"),
        (outputs(S3Uri="https://x"), "s3://"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 777_600}, "ExperimentConfig": {"RunName": "r"}}, "Experiment"),
        ({"NetworkConfig": {"VpcConfig": {"SecurityGroupIds": ["a"], "Subnets": ["b"]}}}, "VpcConfig"),
        ({"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, "role/nobody"),
    ],
)
def test_a_job_that_cannot_be_is_refused_when_it_is_created(
    sagemaker: Any, jobs: FakeJobs, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(sagemaker.exceptions.ClientError, match=message) as caught:
        sagemaker.create_processing_job(ProcessingJobName="job", **{**ASKED, **changes})
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert not jobs.told


def test_an_instance_that_no_machine_here_can_be_is_over_the_limit(sagemaker: Any) -> None:
    resources = {"ClusterConfig": {**CLUSTER, "InstanceType": "ml.m5.24xlarge"}}
    with pytest.raises(sagemaker.exceptions.ResourceLimitExceeded, match="for processing job usage"):
        sagemaker.create_processing_job(ProcessingJobName="job", **{**ASKED, "ProcessingResources": resources})
