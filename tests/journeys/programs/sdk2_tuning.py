"""Version 2 of the SageMaker SDK: looks for the best rate of a script's. `sdk2_tuning.py ROLE`."""

import json
import pathlib
import sys

import quick  # noqa: F401 - shorter waits
import sagemaker
from sagemaker.estimator import Estimator
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner

HERE = pathlib.Path(__file__).parent
POINTS = "\n".join(f"{x / 10},{2 * x / 10 - 1}" for x in range(10))

session = sagemaker.Session()
data = session.upload_string_as_file_body(POINTS, session.default_bucket(), "sdk2/tuned/points.csv")
estimator = Estimator(
    image_uri="usina/python",
    entry_point="train.py",
    source_dir=str(HERE / "source"),
    role=sys.argv[1],
    instance_count=1,
    instance_type="ml.m5.large",
    hyperparameters={"epochs": 5},
    sagemaker_session=session,
)
tuner = HyperparameterTuner(
    estimator,
    objective_metric_name="loss",
    objective_type="Minimize",
    metric_definitions=[{"Name": "loss", "Regex": "loss: ([0-9.]+)"}],
    hyperparameter_ranges={"rate": ContinuousParameter(0.001, 0.5, scaling_type="Logarithmic")},
    strategy="Random",
    max_jobs=3,
    max_parallel_jobs=2,
    base_tuning_job_name="sdk2-tuning",
)
tuner.fit({"train": data})
described = tuner.describe()
seen = tuner.analytics().dataframe()
told = {
    "status": described["HyperParameterTuningJobStatus"],
    "best": tuner.best_training_job(),
    "rates": sorted(float(rate) for rate in seen["rate"]),
    "losses": sorted(float(loss) for loss in seen["FinalObjectiveValue"]),
    "best_loss": described["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"],
    "jobs": sorted(seen["TrainingJobName"]),
    "model": tuner.best_estimator().model_data,
}
print("\n" + json.dumps(told))  # on a line of its own, whatever the SDK left on the last one
