"""Version 3 of the SageMaker SDK: a ScriptProcessor splits a file. `sdk3_processing.py ROLE`."""

import json
import logging
import pathlib
import sys
import tempfile

import quick  # noqa: F401 - shorter waits
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
session = Session()
bucket = session.default_bucket()
processor = ScriptProcessor(
    image_uri="usina/python",
    command=["python3"],
    role=sys.argv[1],
    instance_count=1,
    instance_type="ml.m5.large",
    base_job_name="sdk3-processing",
    sagemaker_session=session,
)
with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "rows.csv").write_text("\n".join(map(str, range(10))), "utf-8")
    rows = session.upload_data(folder, bucket, "sdk3/rows")
processor.run(
    code=str(pathlib.Path(__file__).parent / "source" / "halve.py"),
    inputs=[
        ProcessingInput(
            input_name="rows",
            s3_input=ProcessingS3Input(
                s3_uri=rows, local_path="/opt/ml/processing/input/rows", s3_data_type="S3Prefix", s3_input_mode="File"
            ),
        )
    ],
    outputs=[
        ProcessingOutput(
            output_name=name,
            s3_output=ProcessingS3Output(
                s3_uri=f"s3://{bucket}/sdk3/split/{name}",
                local_path=f"/opt/ml/processing/output/{name}",
                s3_upload_mode="EndOfJob",
            ),
        )
        for name in ("train", "test")
    ],
    arguments=["--keep", "0.7"],
)
job = processor.latest_job
job.refresh()
told = {
    "status": job.processing_job_status,
    "outputs": {name: session.read_s3_file(bucket, f"sdk3/split/{name}/rows.csv") for name in ("train", "test")},
}
print("\n" + json.dumps(told))  # on a line of its own, whatever the SDK left on the last one
