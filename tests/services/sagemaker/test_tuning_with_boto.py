"""Tuning jobs as botocore's own client sees them, over our codec and handlers."""

from __future__ import annotations

import asyncio
import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.tuning_jobs.laboratory import Laboratory, request
from usina.core.tuning import TUNING_JOB
from usina.testing.aws_client import connect
from usina.testing.world import ACCOUNT, principal, world

if TYPE_CHECKING:
    from usina.core.ports import Ports
    from usina.testing.records import MemoryRecords

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ASKED = request("Bayesian", total=4)


@pytest.fixture
def ports() -> Ports:
    return with_a_role()


@pytest.fixture(scope="module")
def refusing() -> Any:
    """One client for all requests that leave nothing behind."""
    return connect("sagemaker", with_a_role(), principal(roles=("administrator",)))


def with_a_role() -> Ports:
    ports = world()
    administrator = principal(roles=("administrator",))
    connect("iam", ports, administrator).create_role(RoleName="trainer", AssumeRolePolicyDocument=json.dumps(TRUST))
    return ports


@pytest.fixture
def sagemaker(ports: Ports) -> Any:
    return connect("sagemaker", ports, principal(roles=("administrator",)))


@pytest.fixture
def laboratory(ports: Ports) -> Laboratory:
    """What would run behind these ports."""
    records: MemoryRecords = ports.records  # type: ignore[assignment] # as the world makes them
    made = Laboratory(records=records)
    made.clock = ports.clock  # type: ignore[assignment] # the same
    return made


def create(sagemaker: Any, name: str = "tune", asked: dict[str, Any] = ASKED, **more: Any) -> str:
    made = sagemaker.create_hyper_parameter_tuning_job(HyperParameterTuningJobName=name, **asked, **more)
    return str(made["HyperParameterTuningJobArn"])


def test_a_search_is_created_described_and_listed_with_its_training_jobs(
    sagemaker: Any, ports: Ports, laboratory: Laboratory
) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    arn = create(sagemaker, Tags=tags)
    assert arn == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:hyper-parameter-tuning-job/tune"
    assert ports.tuning.told == [(ACCOUNT, "tune")]  # type: ignore[attr-defined] # a fake
    seen = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    assert seen["HyperParameterTuningJobStatus"] == "InProgress"
    assert seen["TrainingJobDefinition"]["StaticHyperParameters"]["_tuning_objective_metric"] == "loss"
    assert "BestTrainingJob" not in seen
    asyncio.run(laboratory.run())
    seen = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    assert seen["HyperParameterTuningJobStatus"] == "Completed"
    assert seen["TrainingJobStatusCounters"]["Completed"] == seen["ObjectiveStatusCounters"]["Succeeded"] == 4
    listed = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="tune", SortBy="FinalObjectiveMetricValue", SortOrder="Ascending", MaxResults=3
    )
    top = listed["TrainingJobSummaries"][0]
    assert (len(listed["TrainingJobSummaries"]), top) == (3, seen["BestTrainingJob"])
    value = top["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    assert abs(value - (float(top["TunedHyperParameters"]["x"]) - 3) ** 2) < 1e-4
    job = sagemaker.describe_training_job(TrainingJobName=top["TrainingJobName"])
    assert job["TuningJobArn"] == arn
    assert job["HyperParameters"] == {
        "sagemaker_program": "train.py",
        "_tuning_objective_metric": "loss",
        **top["TunedHyperParameters"],
    }
    assert sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"] == tags
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags


def test_searches_are_listed_by_name_state_and_time(sagemaker: Any, laboratory: Laboratory) -> None:
    for name in ("b-one", "a-two", "c-one"):
        create(sagemaker, name)
        laboratory.clock.advance(10)
    asyncio.run(laboratory.run("a-two"))

    def names(**asked: Any) -> list[str]:
        pages = sagemaker.get_paginator("list_hyper_parameter_tuning_jobs").paginate(
            PaginationConfig={"PageSize": 2}, **asked
        )
        found = [each for page in pages for each in page["HyperParameterTuningJobSummaries"]]
        return [each["HyperParameterTuningJobName"] for each in found]

    assert names() == ["a-two", "b-one", "c-one"]
    assert names(SortBy="CreationTime", SortOrder="Descending") == ["c-one", "a-two", "b-one"]
    assert names(StatusEquals="Completed") == ["a-two"]
    assert names(NameContains="ONE") == ["b-one", "c-one"]


def test_a_search_is_stopped_and_deleted_and_its_training_jobs_stay(sagemaker: Any, laboratory: Laboratory) -> None:
    create(sagemaker)
    with pytest.raises(sagemaker.exceptions.ClientError, match="Stop it"):
        sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")

    async def begin() -> None:
        await (await laboratory.search()).step()
        await laboratory.second()

    asyncio.run(begin())
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    seen = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    assert seen["HyperParameterTuningJobStatus"] == "Stopping"
    assert seen["TrainingJobStatusCounters"]["InProgress"] == 2
    asyncio.run(laboratory.run())
    with pytest.raises(sagemaker.exceptions.ClientError, match="in status Stopped"):
        sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    (first, second) = sagemaker.list_training_jobs(SortBy="Name", SortOrder="Ascending")["TrainingJobSummaries"]
    assert first["TrainingJobStatus"] == "Stopped"
    sagemaker.delete_training_job(TrainingJobName=first["TrainingJobName"])
    assert sagemaker.list_training_jobs()["TrainingJobSummaries"] == [second]


def test_a_search_of_a_name_is_created_once(sagemaker: Any) -> None:
    create(sagemaker)
    with pytest.raises(sagemaker.exceptions.ResourceInUse, match="must be unique"):
        create(sagemaker)
    for call in (
        sagemaker.describe_hyper_parameter_tuning_job,
        sagemaker.stop_hyper_parameter_tuning_job,
        sagemaker.list_training_jobs_for_hyper_parameter_tuning_job,
    ):
        with pytest.raises(sagemaker.exceptions.ResourceNotFound):
            call(HyperParameterTuningJobName="nobody")


def test_a_warm_start_takes_over_what_its_parents_found(sagemaker: Any, ports: Ports, laboratory: Laboratory) -> None:
    create(sagemaker, "old")
    parents = [{"HyperParameterTuningJobName": "old"}]
    warm = {"WarmStartType": "IdenticalDataAndAlgorithm", "ParentHyperParameterTuningJobs": parents}
    with pytest.raises(sagemaker.exceptions.ClientError, match="not over"):
        create(sagemaker, "new", WarmStartConfig=warm)
    asyncio.run(laboratory.run("old"))
    best = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="old")["BestTrainingJob"]
    create(sagemaker, "new", WarmStartConfig=warm)
    row = asyncio.run(ports.records.get(TUNING_JOB, ACCOUNT, "new"))
    assert row is not None
    assert len(row.body["parents"]) == 4
    seen = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="new")
    assert seen["OverallBestTrainingJob"]["TrainingJobName"] == best["TrainingJobName"]
    assert seen["OverallBestTrainingJob"]["TuningJobName"] == "old"
    other = changed({"AlgorithmSpecification.MetricDefinitions": [{"Name": "loss", "Regex": "x"}]})
    other["TrainingJobDefinition"]["InputDataConfig"] = [
        {"ChannelName": "a", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/a"}}}
    ]
    with pytest.raises(sagemaker.exceptions.ClientError, match="Use TransferLearning"):
        create(sagemaker, "third", other, WarmStartConfig=warm)
    create(sagemaker, "third", other, WarmStartConfig=warm | {"WarmStartType": "TransferLearning"})


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    """The request with members of the definition, or (after H) of the configuration, set; None: left out."""
    asked = copy.deepcopy(ASKED)
    for path, value in changes.items():
        *within, member = path.split(".")
        place = asked["TrainingJobDefinition"]
        if within[:1] == ["H"]:
            place, within = asked["HyperParameterTuningJobConfig"], within[1:]
        for part in within:
            place = place[part]
        place[member] = value
        if value is None:
            del place[member]
    return asked


def test_an_algorithm_is_tuned_by_its_own_metrics_without_definitions(sagemaker: Any) -> None:
    asked = changed(
        {
            "AlgorithmSpecification.TrainingImage": "usina/xgboost",
            "AlgorithmSpecification.MetricDefinitions": None,
            "StaticHyperParameters": {"num_round": "10"},
            "H.HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
        }
    )
    create(sagemaker, "trees", asked)
    asked["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["MetricName"] = "nothing"
    with pytest.raises(sagemaker.exceptions.ClientError, match="validation:rmse"):
        create(sagemaker, "others", asked)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"AlgorithmSpecification.TrainingImage": "x/torch:2"}, "usina/python"),
        ({"AlgorithmSpecification.MetricDefinitions": []}, "loss is not one of"),
        ({"StaticHyperParameters": {}}, "no program of its own"),
        ({"StaticHyperParameters": {"sagemaker_program": "a.py", "x": "1"}}, "both static and tuned"),
        ({"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, "role/nobody"),
        ({"ResourceConfig": None}, "InstanceType"),
        ({"VpcConfig": {"SecurityGroupIds": ["a"], "Subnets": ["b"]}}, "VpcConfig"),
        ({"H.HyperParameterTuningJobObjective": None}, "Objective is required"),
        ({"H.Strategy": "Grid"}, "categorical ranges only"),
        ({"H.StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 3}}}, "Hyperband only"),
        ({"H.Strategy": "Hyperband"}, "MaxResource"),
        ({"H.Strategy": "Hyperband", "H.TrainingJobEarlyStoppingType": "Auto"}, "must be Off"),
        ({"H.ResourceLimits.MaxNumberOfTrainingJobs": None}, "MaxNumberOfTrainingJobs is required"),
        ({"H.ResourceLimits.MaxNumberOfTrainingJobs": 751}, "at most 750"),
        ({"H.ResourceLimits.MaxParallelTrainingJobs": 101}, "at most 100"),
        ({"H.ParameterRanges": {"AutoParameters": [{"Name": "x", "ValueHint": "1"}]}}, "AutoParameters"),
        (
            {"H.TuningJobCompletionCriteria": {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}},
            "ConvergenceDetected",
        ),
    ],
)
def test_a_search_that_cannot_be_is_refused_when_it_is_created(
    refusing: Any, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(refusing.exceptions.ClientError, match=message) as caught:
        create(refusing, "tune", changed(changes))
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_what_a_search_may_not_have_besides_is_refused(sagemaker: Any) -> None:
    definition = ASKED["TrainingJobDefinition"]
    config = {"HyperParameterTuningJobConfig": ASKED["HyperParameterTuningJobConfig"]}
    for asked, message in (
        ({**ASKED, "Autotune": {"Mode": "Enabled"}}, "Autotune"),
        ({**config, "TrainingJobDefinitions": [definition, definition]}, "More than one"),
        (config, "Exactly one"),
    ):
        with pytest.raises(sagemaker.exceptions.ClientError, match=message):
            create(sagemaker, "tune", asked)
    large = changed({"ResourceConfig.InstanceType": "ml.p5.48xlarge"})
    with pytest.raises(sagemaker.exceptions.ResourceLimitExceeded):
        create(sagemaker, "tune", large)
    one = {**definition, "TuningObjective": config["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]}
    create(sagemaker, "tune", {**config, "TrainingJobDefinitions": [one]})
    seen = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    assert "TrainingJobDefinition" not in seen
    assert len(seen["TrainingJobDefinitions"]) == 1
