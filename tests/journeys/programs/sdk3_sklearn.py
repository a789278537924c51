"""Version 3 of the SageMaker SDK: scikit-learn trained, deployed, asked, over a file too. `sdk3_sklearn.py ROLE`."""

import json
import logging
import pathlib
import sys
import tempfile

import quick  # noqa: F401 - shorter waits
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.transformer import Transformer
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, SourceCode

HERE = pathlib.Path(__file__).parent
TABLE = "x,y,inside\n" + "\n".join(f"{x},{y},{int(x > 4 and y > 2)}" for x in range(10) for y in range(10))

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
session = Session()
bucket = session.default_bucket()
with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "table.csv").write_text(TABLE, "utf-8")
    data = session.upload_data(folder, bucket, "sdk3/table")
image = image_uris.retrieve("sklearn", "us-east-1", version="1.2-1")
source = SourceCode(source_dir=str(HERE / "source"), entry_script="classify.py")
trainer = ModelTrainer(
    training_image=image,
    source_code=source,
    compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=1),
    hyperparameters={"depth": 2},
    base_job_name="sdk3-sklearn",
    role=sys.argv[1],
    sagemaker_session=session,
)
trainer.train(input_data_config=[InputData(channel_name="train", data_source=data)], wait=True, logs=True)

builder = ModelBuilder(
    image_uri=image,
    s3_model_data_url=trainer._latest_training_job.model_artifacts.s3_model_artifacts,
    source_code=source,
    role_arn=sys.argv[1],
    instance_type="ml.m5.large",
    sagemaker_session=session,
)
model = builder.build(model_name="sdk3-sklearn")
endpoint = builder.deploy(endpoint_name="sdk3-sklearn", initial_instance_count=1, instance_type="ml.m5.large")
answer = endpoint.invoke(body=json.dumps([[9, 9], [0, 0], [9, 0]]), content_type="application/json")
answers = json.loads(answer.body.read())
endpoint.delete()

with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "rows.csv").write_text("9,9\n0,0\n9,0\n6,4", "utf-8")
    rows = session.upload_data(folder, bucket, "sdk3/rows-to-transform")
transformer = Transformer(
    model_name=model.model_name,
    instance_count=1,
    instance_type="ml.m5.large",
    strategy="MultiRecord",
    assemble_with="Line",
    accept="text/csv",
    output_path=f"s3://{bucket}/sdk3/transformed",
    sagemaker_session=session,
)
transformer.transform(rows, content_type="text/csv", split_type="Line")
transformed = session.read_s3_file(bucket, "sdk3/transformed/rows.csv.out")
model.delete()

told = {"image": image, "model": model.model_name, "answers": answers, "transformed": transformed.split()}
print("\n" + json.dumps(told))  # on a line of its own, whatever the SDK left on the last one
