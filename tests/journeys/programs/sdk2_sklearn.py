"""Version 2 of the SageMaker SDK: scikit-learn trained, deployed and asked. `sdk2_sklearn.py ROLE`."""

import json
import pathlib
import sys

import quick  # noqa: F401 - shorter waits
import sagemaker
from sagemaker import image_uris
from sagemaker.sklearn import SKLearn

HERE = pathlib.Path(__file__).parent
TABLE = "x,y,inside\n" + "\n".join(f"{x},{y},{int(x > 4 and y > 2)}" for x in range(10) for y in range(10))

session = sagemaker.Session()
data = session.upload_string_as_file_body(TABLE, session.default_bucket(), "sdk2/table/table.csv")
estimator = SKLearn(
    entry_point="classify.py",
    source_dir=str(HERE / "source"),
    framework_version="1.2-1",
    role=sys.argv[1],
    instance_count=1,
    instance_type="ml.m5.large",
    hyperparameters={"depth": 2},
    metric_definitions=[{"Name": "accuracy", "Regex": "accuracy: ([0-9.]+)"}],
    base_job_name="sdk2-sklearn",
    sagemaker_session=session,
)
estimator.fit({"train": data})
predictor = estimator.deploy(initial_instance_count=1, instance_type="ml.m5.large")
answers = predictor.predict([[9, 9], [0, 0], [9, 0]]).tolist()
predictor.delete_model()
predictor.delete_endpoint()

told = {
    "image": estimator.training_image_uri(),
    "resolved": image_uris.retrieve("sklearn", "us-east-1", version="1.2-1"),
    "metrics": estimator.latest_training_job.describe()["FinalMetricDataList"][0]["Value"],
    "answers": answers,
}
print(json.dumps(told))
