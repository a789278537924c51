"""What botocore's own client sends and gets to see, over our codec and handlers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.clock import utc
from usina.testing.aws_client import connect
from usina.testing.world import ACCOUNT, principal

if TYPE_CHECKING:
    from usina.core.ports import Ports
    from usina.testing.jobs import FakeJobs

ROLE = f"arn:aws:iam::{ACCOUNT}:role/trainer"
ASKED: dict[str, Any] = {
    "AlgorithmSpecification": {"TrainingImage": "usina/python", "TrainingInputMode": "File"},
    "RoleArn": ROLE,
    "HyperParameters": {"sagemaker_program": "train.py", "sagemaker_submit_directory": "s3://data/source.tar.gz"},
    "OutputDataConfig": {"S3OutputPath": "s3://data/out"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 600},
}
CHANNEL: dict[str, Any] = {
    "ChannelName": "train",
    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/points/"}},
}


def test_a_training_job_is_created_described_listed_and_stopped(sagemaker: Any, jobs: FakeJobs) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    arn = sagemaker.create_training_job(TrainingJobName="job-1", **ASKED, Tags=tags)["TrainingJobArn"]
    assert arn == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/job-1"
    assert jobs.told == [("training-job", ACCOUNT, "job-1")]
    seen = sagemaker.describe_training_job(TrainingJobName="job-1")
    assert (seen["TrainingJobStatus"], seen["SecondaryStatus"]) == ("InProgress", "Starting")
    assert seen["SecondaryStatusTransitions"][0]["Status"] == "Starting"
    assert seen["AlgorithmSpecification"] == ASKED["AlgorithmSpecification"]
    assert seen["OutputDataConfig"] == {"KmsKeyId": "", **ASKED["OutputDataConfig"]}
    assert not {"VpcConfig", "FailureReason", "TrainingStartTime", "FinalMetricDataList"} & set(seen)
    summary = sagemaker.list_training_jobs()["TrainingJobSummaries"][0]
    assert (summary["TrainingJobArn"], summary["TrainingJobStatus"]) == (arn, "InProgress")
    sagemaker.stop_training_job(TrainingJobName="job-1")
    assert sagemaker.describe_training_job(TrainingJobName="job-1")["TrainingJobStatus"] == "Stopping"


def test_a_job_of_a_name_is_created_once(sagemaker: Any) -> None:
    sagemaker.create_training_job(TrainingJobName="job", **ASKED)
    with pytest.raises(sagemaker.exceptions.ResourceInUse, match="must be unique"):
        sagemaker.create_training_job(TrainingJobName="job", **ASKED)


def test_what_is_not_there_is_told_as_clients_expect(sagemaker: Any) -> None:
    for call in (sagemaker.describe_training_job, sagemaker.stop_training_job):
        with pytest.raises(sagemaker.exceptions.ClientError, match="Requested resource not found") as caught:
            call(TrainingJobName="nobody")
        assert caught.value.response["Error"]["Code"] == "ValidationException"
    for call in (sagemaker.describe_model, sagemaker.delete_model):
        with pytest.raises(sagemaker.exceptions.ClientError, match="Could not find model"):
            call(ModelName="nobody")


def test_a_job_that_is_over_cannot_be_stopped(sagemaker: Any, ports: Ports) -> None:
    sagemaker.create_training_job(TrainingJobName="job", **ASKED)

    async def end() -> None:
        row = await ports.records.get("training-job", ACCOUNT, "job")
        assert row is not None
        now = ports.clock.now()
        over = {"status": "Completed", "secondary": "Completed", "started": now, "ended": now + 2.5, "model": "s3://m"}
        seen = {**row.body["observed"], **over, "metrics": {"loss": [0.25, now]}}
        await ports.records.put(type(row)(row.kind, row.account, row.name, {**row.body, "observed": seen}, row.version))

    asyncio.run(end())
    with pytest.raises(sagemaker.exceptions.ClientError, match="in status Completed"):
        sagemaker.stop_training_job(TrainingJobName="job")
    seen = sagemaker.describe_training_job(TrainingJobName="job")
    assert seen["ModelArtifacts"]["S3ModelArtifacts"] == "s3://m"
    assert seen["FinalMetricDataList"][0]["Value"] == 0.25
    assert seen["BillableTimeInSeconds"] == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"AlgorithmSpecification": {"TrainingImage": "x/torch:2", "TrainingInputMode": "File"}}, "usina/python"),
        ({"AlgorithmSpecification": {"TrainingImage": "usina/python", "TrainingInputMode": "Pipe"}}, "Pipe"),
        ({"AlgorithmSpecification": {"TrainingInputMode": "File"}}, "TrainingImage is required"),
        ({"HyperParameters": {}}, "no program of its own"),
        ({"InputDataConfig": [CHANNEL, CHANNEL]}, "unique"),
        ({"InputDataConfig": [{**CHANNEL, "ChannelName": ".."}]}, "names of folders"),
        ({"InputDataConfig": [{**CHANNEL, "InputMode": "Pipe"}]}, "Pipe"),
        ({"OutputDataConfig": {"S3OutputPath": "https://data/out"}}, "S3OutputPath"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 3_000_000}}, "2419200"),
        ({"VpcConfig": {"SecurityGroupIds": ["a"], "Subnets": ["b"]}}, "VpcConfig"),
        ({"CheckpointConfig": {"S3Uri": "s3://data/c", "LocalPath": "/usina"}}, "LocalPath"),
        ({"CheckpointConfig": {"S3Uri": "s3://data/c", "LocalPath": "/opt/ml/.."}}, "LocalPath"),
        ({"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, "role/nobody"),
    ],
)
def test_a_job_that_cannot_be_is_refused_when_it_is_created(
    sagemaker: Any, jobs: FakeJobs, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(sagemaker.exceptions.ClientError, match=message) as caught:
        sagemaker.create_training_job(TrainingJobName="job", **{**ASKED, **changes})
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert not jobs.told


def test_a_metric_that_could_not_be_searched_for_is_refused(sagemaker: Any) -> None:
    algorithm = {**ASKED["AlgorithmSpecification"], "MetricDefinitions": [{"Name": "loss", "Regex": "(?<=a)b"}]}
    with pytest.raises(sagemaker.exceptions.ClientError, match="metric loss"):
        sagemaker.create_training_job(TrainingJobName="job", **{**ASKED, "AlgorithmSpecification": algorithm})


def test_an_instance_that_no_machine_here_can_be_is_over_the_limit(sagemaker: Any) -> None:
    resources = {"InstanceType": "ml.p5.48xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}
    with pytest.raises(sagemaker.exceptions.ResourceLimitExceeded, match=r"ml\.p5\.48xlarge for training job usage"):
        sagemaker.create_training_job(TrainingJobName="job", **{**ASKED, "ResourceConfig": resources})


def test_a_site_that_cannot_isolate_says_so(sagemaker: Any, jobs: FakeJobs) -> None:
    jobs.why_unable = "bubblewrap is missing"
    with pytest.raises(sagemaker.exceptions.ClientError, match="bubblewrap is missing"):
        sagemaker.create_training_job(TrainingJobName="job", **ASKED)


def test_an_image_that_is_not_installed_is_refused_with_what_the_operator_can_do(
    sagemaker: Any, jobs: FakeJobs
) -> None:
    jobs.why_lacking = "The image usina/sklearn is not installed: usina images install usina/sklearn"
    asked = {**ASKED, "AlgorithmSpecification": {"TrainingImage": "usina/sklearn", "TrainingInputMode": "File"}}
    with pytest.raises(sagemaker.exceptions.ClientError, match="usina images install usina/sklearn") as refused:
        sagemaker.create_training_job(TrainingJobName="job", **asked)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert not jobs.told


@pytest.mark.parametrize("image", ["usina/xgboost", "site/trainer:1"])
def test_an_image_that_trains_by_itself_needs_no_script(sagemaker: Any, jobs: FakeJobs, image: str) -> None:
    asked = {**ASKED, "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"}}
    sagemaker.create_training_job(TrainingJobName="job", **{**asked, "HyperParameters": {"num_round": "1"}})
    assert jobs.told == [("training-job", ACCOUNT, "job")]


def test_jobs_are_listed_by_name_state_and_time_a_page_at_a_time(sagemaker: Any, ports: Ports) -> None:
    for number in range(5):
        sagemaker.create_training_job(TrainingJobName=f"job-{number}", **ASKED)
        ports.clock.advance(10)  # type: ignore[attr-defined] # a clock that a test drives
    for order in ("Name", "CreationTime", "Status"):
        pages = sagemaker.get_paginator("list_training_jobs").paginate(
            SortBy=order, SortOrder="Ascending", PaginationConfig={"PageSize": 2}
        )
        names = [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]
        assert names == [f"job-{number}" for number in range(5)]
    newest = sagemaker.list_training_jobs(MaxResults=1)
    assert newest["TrainingJobSummaries"][0]["TrainingJobName"] == "job-4"
    with pytest.raises(sagemaker.exceptions.ClientError, match="NextToken"):
        sagemaker.list_training_jobs(NextToken=newest["NextToken"], SortBy="Name")
    with pytest.raises(sagemaker.exceptions.ClientError, match="NextToken"):
        sagemaker.list_training_jobs(NextToken="nonsense")
    sagemaker.stop_training_job(TrainingJobName="job-2")
    assert len(sagemaker.list_training_jobs(StatusEquals="Stopping")["TrainingJobSummaries"]) == 1
    assert len(sagemaker.list_training_jobs(NameContains="JOB-3")["TrainingJobSummaries"]) == 1
    early = utc(ports.clock.now() - 35)
    assert len(sagemaker.list_training_jobs(CreationTimeAfter=early)["TrainingJobSummaries"]) == 3
    assert len(sagemaker.list_training_jobs(CreationTimeBefore=early)["TrainingJobSummaries"]) == 2


def test_nobody_sees_or_stops_the_jobs_of_another_account(sagemaker: Any, ports: Ports) -> None:
    sagemaker.create_training_job(TrainingJobName="job", **ASKED)
    other = connect("sagemaker", ports, principal("999988887777", roles=("administrator",)))
    assert other.list_training_jobs()["TrainingJobSummaries"] == []
    with pytest.raises(other.exceptions.ClientError, match="not found"):
        other.stop_training_job(TrainingJobName="job")
    with pytest.raises(other.exceptions.ClientError, match="not found"):
        other.list_tags(ResourceArn=f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/job")


def test_a_model_lives_and_dies(sagemaker: Any, ports: Ports) -> None:
    container = {"Image": "usina/python", "ModelDataUrl": "s3://data/out/job/output/model.tar.gz"}
    asked = {"PrimaryContainer": container, "ExecutionRoleArn": ROLE}
    arn = sagemaker.create_model(ModelName="line", **asked)["ModelArn"]
    with pytest.raises(sagemaker.exceptions.ClientError, match="already existing model"):
        sagemaker.create_model(ModelName="line", **asked)
    seen = sagemaker.describe_model(ModelName="line")
    assert (seen["ModelArn"], seen["PrimaryContainer"]["ModelDataUrl"]) == (arn, container["ModelDataUrl"])
    assert "Containers" not in seen
    ports.clock.advance(1)  # type: ignore[attr-defined] # a clock that a test drives
    sagemaker.create_model(ModelName="other", **asked)
    assert [model["ModelName"] for model in sagemaker.list_models()["Models"]] == ["other", "line"]
    assert len(sagemaker.list_models(NameContains="lin", SortBy="Name")["Models"]) == 1
    sagemaker.delete_model(ModelName="line")
    assert [model["ModelName"] for model in sagemaker.list_models()["Models"]] == ["other"]
    with pytest.raises(sagemaker.exceptions.ClientError, match="Cannot find the image"):
        sagemaker.create_model(ModelName="third", PrimaryContainer={"Image": "nobody/knows"})
    with pytest.raises(sagemaker.exceptions.ClientError, match="Exactly one"):
        sagemaker.create_model(ModelName="third")


def test_tags_are_added_changed_and_taken_away(sagemaker: Any) -> None:
    arn = sagemaker.create_training_job(TrainingJobName="job", **ASKED, Tags=[{"Key": "a", "Value": "1"}])[
        "TrainingJobArn"
    ]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "3"}])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "3"}, {"Key": "b", "Value": "2"}]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a", "never"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    with pytest.raises(sagemaker.exceptions.ClientError, match="reserved"):
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "aws:x", "Value": ""}])
    with pytest.raises(sagemaker.exceptions.ClientError, match="at most 50"):
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)])
    with pytest.raises(sagemaker.exceptions.ClientError, match="does not name"):
        sagemaker.list_tags(ResourceArn=f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/x")
