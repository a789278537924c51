"""Tuning with boto3 against a running factory: searches over real training jobs, one through a killed factory."""

from __future__ import annotations

import io
import os
import tarfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from tests.journeys.running import Factory, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("confined")
CONFIG = Config(retries={"max_attempts": 3, "mode": "standard"})
OVER = {"Completed", "Failed", "Stopped"}
# The objective has its least at 3; a script that gets the objective's name as an argument fails.
SCRIPT = """
import argparse, time
parser = argparse.ArgumentParser()
parser.add_argument("--place", type=float)
parser.add_argument("--kind", default="plain")
parser.add_argument("--epochs", type=int, default=1)
given = parser.parse_args()
for epoch in range(1, given.epochs + 1):
    print(f"loss: {(given.place - 3) ** 2 + (given.kind != 'plain') + 9 / epoch - 9 / given.epochs}")
    time.sleep(0.25 if given.epochs > 1 else 0)
"""
SECONDS = 120


class Tuner:
    """A client of one factory, the script in its store and a role."""

    def __init__(self) -> None:
        session = boto3.Session()
        self.sagemaker = session.client("sagemaker", config=CONFIG)
        with closing(session.client("s3", config=CONFIG)) as s3, closing(session.client("iam", config=CONFIG)) as iam:
            s3.create_bucket(Bucket="sagemaker-tuning")
            buffer = io.BytesIO()
            with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
                member = tarfile.TarInfo("train.py")
                member.size = len(SCRIPT)
                tar.addfile(member, io.BytesIO(SCRIPT.encode()))
            s3.put_object(Bucket="sagemaker-tuning", Key="sourcedir.tar.gz", Body=buffer.getvalue())
            trust = (
                '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
                '"Principal": {"Service": "sagemaker.amazonaws.com"}}]}'
            )
            made = iam.create_role(RoleName="tuner", AssumeRolePolicyDocument=trust)
            self.role = made["Role"]["Arn"]
            iam.attach_role_policy(RoleName="tuner", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")

    def close(self) -> None:
        """Let go of the connections."""
        self.sagemaker.close()

    def create(
        self,
        name: str,
        strategy: str,
        ranges: dict[str, Any],
        total: int | None,
        more: dict[str, Any] | None = None,
        **static: str,
    ) -> None:
        """Start a search with two training jobs at once."""
        limits = {"MaxParallelTrainingJobs": 2} | ({} if total is None else {"MaxNumberOfTrainingJobs": total})
        self.sagemaker.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig={
                "Strategy": strategy,
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
                "ResourceLimits": limits,
                "ParameterRanges": ranges,
                "RandomSeed": 0,
                **(more or {}),
            },
            TrainingJobDefinition={
                "RoleArn": self.role,
                "AlgorithmSpecification": {
                    "TrainingImage": "usina/python",
                    "TrainingInputMode": "File",
                    "MetricDefinitions": [{"Name": "loss", "Regex": "loss: ([0-9.e-]+)"}],
                },
                "StaticHyperParameters": {
                    "sagemaker_program": "train.py",
                    "sagemaker_submit_directory": "s3://sagemaker-tuning/sourcedir.tar.gz",
                    **static,
                },
                "OutputDataConfig": {"S3OutputPath": "s3://sagemaker-tuning/out"},
                "ResourceConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1},
                "StoppingCondition": {"MaxRuntimeInSeconds": 300},
            },
        )

    def describe(self, name: str) -> dict[str, Any]:
        """The search, as it is."""
        return dict(self.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name))

    def until(self, name: str, reached: Callable[[dict[str, Any]], Any], what: str) -> dict[str, Any]:
        """Wait for it."""

        def seen() -> dict[str, Any] | None:
            found = self.describe(name)
            return found if reached(found) else None

        try:
            return dict(wait_until(seen, SECONDS, f"{name}: {what}"))
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.jobs(name)}") from None

    def until_over(self, name: str) -> dict[str, Any]:
        """Wait for its end."""
        seen = self.until(name, lambda seen: seen["HyperParameterTuningJobStatus"] in OVER, "over")
        assert seen["TrainingJobStatusCounters"]["NonRetryableError"] == 0, [
            job.get("FailureReason") for job in self.jobs(name)
        ]
        return seen

    def jobs(self, name: str) -> list[dict[str, Any]]:
        """Its training jobs."""
        listed = self.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name, MaxResults=100
        )
        return list(listed["TrainingJobSummaries"])


@pytest.fixture(scope="module")
def tuning_factory(new_factory: Callable[[], Factory]) -> Factory:
    """A factory of these tests' own: one of them kills it."""
    return new_factory()


@pytest.fixture(scope="module")
def tuner(tuning_factory: Factory) -> Iterator[Tuner]:
    """Clients of it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AWS_", "OPENAI_", "USINA_")):
                patch.delenv(name)
        for name, value in tuning_factory.kit().items():
            if name != "PYTHONPATH":  # of new programs, not of the factory that is started again
                patch.setenv(name, value)
        with closing(Tuner()) as made:
            yield made


def test_a_bayesian_search_ends_near_the_optimum_although_the_factory_is_killed(
    tuner: Tuner, tuning_factory: Factory
) -> None:
    ranges = {"ContinuousParameterRanges": [{"Name": "place", "MinValue": "0", "MaxValue": "10"}]}
    tuner.create("bayes", "Bayesian", ranges, 6)
    tuner.until("bayes", lambda seen: seen["TrainingJobStatusCounters"]["Completed"] >= 2, "two are completed")
    tuning_factory.kill()
    tuning_factory.start()
    seen = tuner.until_over("bayes")
    assert seen["HyperParameterTuningJobStatus"] == "Completed", seen.get("FailureReason")
    assert seen["TrainingJobStatusCounters"]["Completed"] == seen["ObjectiveStatusCounters"]["Succeeded"] == 6
    jobs = tuner.jobs("bayes")
    assert [job["TrainingJobName"].rsplit("-", 1)[0] for job in jobs] == [f"bayes-00{n}" for n in range(1, 7)]
    values = [job["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for job in jobs]
    best = seen["BestTrainingJob"]
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == min(values)
    assert abs(float(best["TunedHyperParameters"]["place"]) - 3) < 1
    job = tuner.sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])
    assert job["TuningJobArn"] == seen["HyperParameterTuningJobArn"]
    register(tuner.sagemaker, job["ModelArtifacts"]["S3ModelArtifacts"])


def register(sagemaker: Any, artifacts: str) -> None:
    """The way on: a version of a group, approved, and a model made of it."""
    sagemaker.create_model_package_group(ModelPackageGroupName="parabola")
    container = {"Image": "usina/python", "ModelDataUrl": artifacts}
    package = sagemaker.create_model_package(
        ModelPackageGroupName="parabola", InferenceSpecification={"Containers": [container]}
    )["ModelPackageArn"]
    sagemaker.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
    listed = sagemaker.list_model_packages(ModelPackageGroupName="parabola", ModelApprovalStatus="Approved")
    assert [each["ModelPackageArn"] for each in listed["ModelPackageSummaryList"]] == [package]
    sagemaker.create_model(ModelName="parabola", PrimaryContainer={"ModelPackageName": package})
    assert sagemaker.describe_model(ModelName="parabola")["PrimaryContainer"] == {"ModelPackageName": package}


def test_a_grid_search_tries_each_combination_once(tuner: Tuner) -> None:
    ranges = {
        "CategoricalParameterRanges": [
            {"Name": "place", "Values": ["2", "3"]},
            {"Name": "kind", "Values": ["plain", "odd"]},
        ]
    }
    tuner.create("grid", "Grid", ranges, None)
    seen = tuner.until_over("grid")
    assert seen["HyperParameterTuningJobStatus"] == "Completed", seen.get("FailureReason")
    tried = [job["TunedHyperParameters"] for job in tuner.jobs("grid")]
    assert tried == [{"place": place, "kind": kind} for place in "23" for kind in ("plain", "odd")]
    assert seen["BestTrainingJob"]["TunedHyperParameters"] == {"place": "3", "kind": "plain"}


def test_hyperband_stops_a_training_job_that_runs(tuner: Tuner) -> None:
    ranges = {"ContinuousParameterRanges": [{"Name": "place", "MinValue": "0", "MaxValue": "10"}]}
    band = {"StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 8, "MaxResource": 23}}}
    tuner.create("band", "Hyperband", ranges, 3, band, epochs="22")
    seen = tuner.until_over("band")
    assert seen["HyperParameterTuningJobStatus"] == "Completed", seen.get("FailureReason")
    assert seen["TrainingJobStatusCounters"]["Stopped"] >= 1
    assert seen["BestTrainingJob"]["TrainingJobStatus"] == "Completed"


def test_a_stopped_search_stops_its_training_jobs(tuner: Tuner) -> None:
    ranges = {"ContinuousParameterRanges": [{"Name": "place", "MinValue": "0", "MaxValue": "10"}]}
    tuner.create("stops", "Random", ranges, 50, epochs="400")
    tuner.until("stops", lambda seen: seen["TrainingJobStatusCounters"]["InProgress"] == 2, "two run")
    tuner.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="stops")
    seen = tuner.until_over("stops")
    assert seen["HyperParameterTuningJobStatus"] == "Stopped"
    assert {job["TrainingJobStatus"] for job in tuner.jobs("stops")} == {"Stopped"}
