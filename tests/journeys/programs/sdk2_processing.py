"""Version 2 of the SageMaker SDK: a ScriptProcessor splits a file. `sdk2_processing.py ROLE`."""

import json
import pathlib
import sys
import tempfile

import quick  # noqa: F401 - shorter waits
import sagemaker
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.s3 import S3Downloader

session = sagemaker.Session()
processor = ScriptProcessor(
    image_uri="usina/python",
    command=["python3"],
    role=sys.argv[1],
    instance_count=1,
    instance_type="ml.m5.large",
    base_job_name="sdk2-processing",
    sagemaker_session=session,
)
with tempfile.TemporaryDirectory() as folder:
    rows = pathlib.Path(folder, "rows.csv")
    rows.write_text("\n".join(map(str, range(10))), "utf-8")
    processor.run(
        code=str(pathlib.Path(__file__).parent / "source" / "halve.py"),
        inputs=[ProcessingInput(source=str(rows), destination="/opt/ml/processing/input/rows")],
        outputs=[
            ProcessingOutput(output_name=name, source=f"/opt/ml/processing/output/{name}") for name in ("train", "test")
        ],
        arguments=["--keep", "0.7"],
    )
described = processor.latest_job.describe()
places = {each["OutputName"]: each["S3Output"]["S3Uri"] for each in described["ProcessingOutputConfig"]["Outputs"]}
told = {
    "status": described["ProcessingJobStatus"],
    "outputs": {
        name: S3Downloader.read_file(f"{place}/rows.csv", sagemaker_session=session) for name, place in places.items()
    },
}
print(json.dumps(told))
