"""Version 3 of the SageMaker SDK: makes a role, trains with a ModelTrainer, follows the log, reads the model.

`sdk3_training.py`, with the client kit in the environment.
"""

import json
import logging
import pathlib
import sys
import tarfile
import tempfile

import quick  # noqa: F401 - shorter waits
from sagemaker.core.helper import IamRoleResolver
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.utils.exceptions import FailedStatusError
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, SourceCode, StoppingCondition

HERE = pathlib.Path(__file__).parent
POINTS = "\n".join(f"{x / 10},{2 * x / 10 - 1}" for x in range(10))

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")  # where the SDK shows a job's log
role = IamRoleResolver().create_execution_role(role_type="training")
session = Session()
bucket = session.default_bucket()
with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "points.csv").write_text(POINTS, "utf-8")
    data = session.upload_data(folder, bucket, "sdk3/points")


def trainer(**hyperparameters: float) -> ModelTrainer:
    """A trainer as users write it."""
    return ModelTrainer(
        training_image="usina/python",
        source_code=SourceCode(source_dir=str(HERE / "source"), entry_script="train.py"),
        compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=1),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=300),
        hyperparameters=hyperparameters,
        base_job_name="sdk3",
        role=role,
        sagemaker_session=session,
    )


line = trainer(epochs=100, rate=0.1)
line.train(input_data_config=[InputData(channel_name="train", data_source=data)], wait=True, logs=True)
job = line._latest_training_job
model_data = job.model_artifacts.s3_model_artifacts
with tempfile.TemporaryDirectory() as folder:
    session.download_data(folder, bucket, model_data.partition(f"{bucket}/")[2])
    with tarfile.open(pathlib.Path(folder, "model.tar.gz")) as tar:
        tar.extractall(folder, filter="data")
    model = json.loads(pathlib.Path(folder, "line.json").read_text("utf-8"))

grows = trainer(epochs=5, rate=3.0)
try:
    grows.train(input_data_config=[InputData(channel_name="train", data_source=data)], wait=True, logs=False)
    failure = ""
except FailedStatusError as error:
    failure = str(error)

told = {
    "bucket": bucket,
    "role": role,
    "model": model,
    "model_data": model_data,
    "status": job.training_job_status,
    "steps": [step.status for step in job.secondary_status_transitions],
    "failure": failure,
}
print("\n" + json.dumps(told))  # on a line of its own, whatever the SDK left on the last one
