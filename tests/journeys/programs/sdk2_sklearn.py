"""Version 2 of the SageMaker SDK: scikit-learn trained, deployed and asked, over a file too, and in a processor.

`sdk2_sklearn.py ROLE`, with the client kit in the environment.
"""

import json
import pathlib
import sys

import quick  # noqa: F401 - shorter waits
import sagemaker
from sagemaker import image_uris
from sagemaker.model import Model
from sagemaker.processing import ProcessingInput, ProcessingOutput
from sagemaker.s3 import S3Downloader
from sagemaker.sklearn import SKLearn
from sagemaker.sklearn.processing import SKLearnProcessor

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

rows = session.upload_string_as_file_body("9,9\n0,0\n9,0\n6,4", session.default_bucket(), "sdk2/rows/rows.csv")
transformer = estimator.transformer(1, "ml.m5.large", strategy="MultiRecord", assemble_with="Line", accept="text/csv")
transformer.transform(rows, content_type="text/csv", split_type="Line")
transformed = S3Downloader.read_file(f"{transformer.output_path}/rows.csv.out", sagemaker_session=session)
transformer.delete_model()

model = Model(estimator.training_image_uri(), estimator.model_data, role=sys.argv[1], sagemaker_session=session)
package = model.register(
    content_types=["text/csv"],
    response_types=["text/csv"],
    inference_instances=["ml.m5.large"],
    transform_instances=["ml.m5.large"],
    model_package_group_name="sdk2-inside",
)
processor = SKLearnProcessor(
    framework_version="1.2-1",
    role=sys.argv[1],
    instance_count=1,
    instance_type="ml.m5.large",
    sagemaker_session=session,
)
processor.run(
    code=str(HERE / "source" / "halve.py"),
    inputs=[ProcessingInput(source=rows, destination="/opt/ml/processing/input/rows")],
    outputs=[ProcessingOutput(output_name="train", source="/opt/ml/processing/output/train")],
)
processed = processor.latest_job.outputs[0].destination

client = session.sagemaker_client
told = {
    "image": estimator.training_image_uri(),
    "resolved": image_uris.retrieve("sklearn", "us-east-1", version="1.2-1"),
    "metrics": estimator.latest_training_job.describe()["FinalMetricDataList"][0]["Value"],
    "answers": answers,
    "transformed": transformed.split(),
    "package": package.model_package_arn,
    "processed": S3Downloader.read_file(f"{processed}/rows.csv", sagemaker_session=session),
    "left": [each["EndpointName"] for each in client.list_endpoints(NameContains="sdk2-")["Endpoints"]],
}
print("\n" + json.dumps(told))  # on a line of its own, whatever the SDK left on the last one
