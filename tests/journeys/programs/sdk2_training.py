"""Version 2 of the SageMaker SDK: trains with an Estimator, follows the log, reads metrics and model.

`sdk2_training.py ROLE`, with the client kit in the environment.
"""

import json
import pathlib
import sys
import tarfile
import tempfile

import quick  # noqa: F401 - shorter waits
import sagemaker
from sagemaker.analytics import TrainingJobAnalytics
from sagemaker.estimator import Estimator
from sagemaker.exceptions import UnexpectedStatusException
from sagemaker.inputs import TrainingInput
from sagemaker.s3 import S3Downloader

HERE = pathlib.Path(__file__).parent
POINTS = "\n".join(f"{x / 10},{2 * x / 10 - 1}" for x in range(10))

session = sagemaker.Session()
bucket = session.default_bucket()
with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "points.csv").write_text(POINTS, "utf-8")
    data = session.upload_data(folder, bucket, "sdk2/points")


def estimator(**hyperparameters: float) -> Estimator:
    """An estimator as users write it."""
    return Estimator(
        image_uri="usina/python",
        entry_point="train.py",
        source_dir=str(HERE / "source"),
        role=sys.argv[1],
        instance_count=1,
        instance_type="ml.m5.large",
        hyperparameters=hyperparameters,
        metric_definitions=[{"Name": "loss", "Regex": "loss: ([0-9.]+)"}],
        base_job_name="sdk2",
        sagemaker_session=session,
    )


line = estimator(epochs=100, rate=0.1)
line.fit({"train": TrainingInput(data)}, wait=True, logs="All")

with tempfile.TemporaryDirectory() as folder:
    S3Downloader.download(line.model_data, folder, sagemaker_session=session)
    with tarfile.open(pathlib.Path(folder, "model.tar.gz")) as tar:
        tar.extractall(folder, filter="data")
    model = json.loads(pathlib.Path(folder, "line.json").read_text("utf-8"))
described = line.latest_training_job.describe()
seen = TrainingJobAnalytics(line.latest_training_job.name, ["loss"], sagemaker_session=session).dataframe()
again = Estimator.attach(line.latest_training_job.name, sagemaker_session=session)

grows = estimator(epochs=5, rate=3.0)
try:
    grows.fit({"train": data}, logs=False)
    failure = ""
except UnexpectedStatusException as error:
    failure = str(error)

told = {
    "bucket": bucket,
    "model": model,
    "model_data": line.model_data,
    "attached": again.model_data,
    "final_metrics": {each["MetricName"]: each["Value"] for each in described["FinalMetricDataList"]},
    "metrics_seen": sorted(seen["metric_name"].unique()),
    "billable_seconds": described["BillableTimeInSeconds"],
    "failure": failure,
}
print("\n" + json.dumps(told))  # on a line of its own, whatever the SDK left on the last one
