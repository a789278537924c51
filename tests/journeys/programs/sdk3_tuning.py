"""Version 3 of the SageMaker SDK: looks for the best rate of a script's. `sdk3_tuning.py ROLE`."""

import json
import logging
import pathlib
import sys
import tempfile

import quick  # noqa: F401 - shorter waits
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.parameter import ContinuousParameter
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, SourceCode
from sagemaker.train.tuner import HyperparameterTuner

HERE = pathlib.Path(__file__).parent
POINTS = "\n".join(f"{x / 10},{2 * x / 10 - 1}" for x in range(10))

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
session = Session()
bucket = session.default_bucket()
with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "points.csv").write_text(POINTS, "utf-8")
    data = session.upload_data(folder, bucket, "sdk3/tuned")
trainer = ModelTrainer(
    training_image="usina/python",
    source_code=SourceCode(source_dir=str(HERE / "source"), entry_script="train.py"),
    compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=1),
    hyperparameters={"epochs": 5},
    base_job_name="sdk3-tuning",
    role=sys.argv[1],
    sagemaker_session=session,
)
tuner = HyperparameterTuner(
    trainer,
    objective_metric_name="loss",
    objective_type="Minimize",
    metric_definitions=[{"Name": "loss", "Regex": "loss: ([0-9.]+)"}],
    hyperparameter_ranges={"rate": ContinuousParameter(0.001, 0.5, scaling_type="Logarithmic")},
    strategy="Bayesian",
    max_jobs=3,
    max_parallel_jobs=1,
    base_tuning_job_name="sdk3-tuning",
)
tuner.tune(inputs=[InputData(channel_name="train", data_source=data)])
job = tuner.describe()
best = job.best_training_job
told = {
    "status": job.hyper_parameter_tuning_job_status,
    "best": tuner.best_training_job(),
    "best_loss": best.final_hyper_parameter_tuning_job_objective_metric.value,
    "rate": float(best.tuned_hyper_parameters["rate"]),
    "completed": job.training_job_status_counters.completed,
}
print("\n" + json.dumps(told))  # on a line of its own, whatever the SDK left on the last one
