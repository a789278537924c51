"""Tuning jobs, one after the other: none of their training jobs is lost or made twice."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tests.crash.actors import Actor, must_be
from tests.crash.archives import packed
from tests.crash.entries import TRUST
from tests.crash.jobs import RIGHTS

if TYPE_CHECKING:
    from tests.journeys.running import Factory

BUCKET = "crash-tuning"
TRIALS = 2
END_SECONDS = 300
SCRIPT = """
import json, time
rate = float(json.load(open("/opt/ml/input/config/hyperparameters.json"))["rate"])
time.sleep(0.3)
print(f"loss: {(rate - 0.3) ** 2:.6f}", flush=True)
"""


class Tunings(Actor):
    """Has one at a time."""

    def __init__(self, name: str, factory: Factory, seed: int) -> None:
        super().__init__(name, factory, seed)
        self.sagemaker, self.s3 = self.client("sagemaker"), self.client("s3")
        self.role = ""
        self.number = 1
        self.sure = False  # whether the present one is there

    def prepare(self) -> None:
        """Bucket, role and script."""
        self.s3.create_bucket(Bucket=BUCKET)
        iam = self.client("iam")
        self.role = iam.create_role(RoleName="crash-tuning", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        iam.attach_role_policy(RoleName="crash-tuning", PolicyArn=RIGHTS)
        self.s3.put_object(Bucket=BUCKET, Key="sourcedir.tar.gz", Body=packed({"run.py": SCRIPT}))

    def act(self) -> None:
        """Create, or look; the next one once this is over."""
        if not self.sure:
            self.sure = self._create() is not None
        elif self._look(self.ask(self.sagemaker.describe_hyper_parameter_tuning_job, **self._named())):
            self.number, self.sure = self.number + 1, False
        time.sleep(0.2)

    def _named(self) -> dict[str, str]:
        return {"HyperParameterTuningJobName": f"tuning-{self.number}"}

    def _create(self) -> Any:
        rate = {"Name": "rate", "MinValue": "0.0", "MaxValue": "1.0"}
        return self.ask(
            self.sagemaker.create_hyper_parameter_tuning_job,
            **self._named(),
            HyperParameterTuningJobConfig={
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": TRIALS, "MaxParallelTrainingJobs": 1},
                "ParameterRanges": {"ContinuousParameterRanges": [rate]},
            },
            TrainingJobDefinition={
                "AlgorithmSpecification": {
                    "TrainingImage": "usina/python",
                    "TrainingInputMode": "File",
                    "MetricDefinitions": [{"Name": "loss", "Regex": "loss: ([0-9.]+)"}],
                },
                "StaticHyperParameters": {
                    "sagemaker_program": "run.py",
                    "sagemaker_submit_directory": f"s3://{BUCKET}/sourcedir.tar.gz",
                },
                "RoleArn": self.role,
                "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
                "ResourceConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1},
                "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            },
        )

    def _look(self, seen: dict[str, Any] | None) -> bool:
        """Whether it is over, and well."""
        if seen is None or seen["HyperParameterTuningJobStatus"] == "InProgress":
            return False
        assert seen["HyperParameterTuningJobStatus"] == "Completed", seen
        assert seen["TrainingJobStatusCounters"]["Completed"] == TRIALS, seen["TrainingJobStatusCounters"]
        assert seen["BestTrainingJob"]["TrainingJobName"]
        return True

    def check(self) -> None:
        """The present one is there, if that was promised."""
        try:
            self._look(self.sagemaker.describe_hyper_parameter_tuning_job(**self._named()))
        except ClientError as error:
            must_be(error, "ResourceNotFound")
            assert not self.sure, f"{self._named()} is lost"
        else:
            self.sure = True

    def finish(self) -> None:
        """All are over, each with its trials and no more."""
        self.check()
        deadline = time.monotonic() + END_SECONDS
        call = self.sagemaker.describe_hyper_parameter_tuning_job
        while self.sure and not self._look(call(**self._named())):
            assert time.monotonic() < deadline, f"{self._named()} does not end"
            time.sleep(0.2)
        for number in range(1, self.number + self.sure):
            asked = {"HyperParameterTuningJobName": f"tuning-{number}"}
            made = self.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(**asked)["TrainingJobSummaries"]
            assert len({each["TrainingJobName"] for each in made}) == len(made) == TRIALS, made

    def counts(self) -> dict[str, int]:
        """How many were tuned."""
        return super().counts() | {"tunings Completed": self.number - 1 + self.sure}
