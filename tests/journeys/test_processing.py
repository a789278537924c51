"""Processing with boto3 against a running factory, by the requests that the SDK's processors send."""

from __future__ import annotations

import io
import json
import tarfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from tests.journeys.running import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = Config(retries={"max_attempts": 3, "mode": "standard"})
OVER = {"Completed", "Failed", "Stopped"}
FOLDER = "/opt/ml/processing"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
DATA = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::processing"},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::processing/*"},
    ],
}
SPLITS = f"""
import argparse, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--share", type=float)
share = parser.parse_args().share
lines = pathlib.Path("{FOLDER}/input/all.csv").read_text().splitlines()
cut = round(len(lines) * share)
pathlib.Path("{FOLDER}/train/train.csv").write_text("\\n".join(lines[:cut]))
pathlib.Path("{FOLDER}/test/test.csv").write_text("\\n".join(lines[cut:]))
pathlib.Path("/opt/ml/output/message").write_text(f"{{cut}} of {{len(lines)}}")
print("split")
"""
# What FrameworkProcessor of the SDK writes, without its comments.
RUNPROC = f"""#!/bin/bash
cd {FOLDER}/input/code/
tar -xzf sourcedir.tar.gz
set -e
if [[ -f 'requirements.txt' ]]; then
    pip uninstall --yes typing
    pip install -r requirements.txt
fi
python3 split.py "$@"
"""


class Processor:
    """Clients, a bucket and a role."""

    def __init__(self) -> None:
        session = boto3.Session()
        self.s3 = session.client("s3", config=CONFIG)
        self.logs = session.client("logs", config=CONFIG)
        self.sagemaker = session.client("sagemaker", config=CONFIG)
        with closing(session.client("iam", config=CONFIG)) as iam:
            role = iam.create_role(RoleName="processor", AssumeRolePolicyDocument=json.dumps(TRUST))
            iam.put_role_policy(RoleName="processor", PolicyName="data", PolicyDocument=json.dumps(DATA))
        self.role = role["Role"]["Arn"]
        self.s3.create_bucket(Bucket="processing")
        self.put("data/all.csv", "\n".join(str(number) for number in range(10)))

    def close(self) -> None:
        """Let go of the connections."""
        for client in (self.s3, self.logs, self.sagemaker):
            client.close()

    def put(self, key: str, content: str | bytes) -> None:
        """Store an object."""
        self.s3.put_object(Bucket="processing", Key=key, Body=content)

    def read(self, key: str) -> str:
        """An object's text."""
        return str(self.s3.get_object(Bucket="processing", Key=key)["Body"].read().decode())

    def run(self, name: str, entrypoint: list[str], inputs: dict[str, str], **changes: Any) -> dict[str, Any]:
        """Run a job to its end: inputs and outputs by their folders."""
        inputs = {"input": "data/", **inputs}
        outputs = [
            {
                "OutputName": part,
                "S3Output": {
                    "S3Uri": f"s3://processing/{name}/{part}",
                    "LocalPath": f"{FOLDER}/{part}",
                    "S3UploadMode": "EndOfJob",
                },
            }
            for part in ("train", "test")
        ]
        self.sagemaker.create_processing_job(
            ProcessingJobName=name,
            AppSpecification={
                "ImageUri": "usina/python",
                "ContainerEntrypoint": entrypoint,
                "ContainerArguments": ["--share", "0.8"],
            },
            ProcessingInputs=[self.input(path, key) for path, key in inputs.items()],
            ProcessingOutputConfig={"Outputs": outputs},
            ProcessingResources={
                "ClusterConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1}
            },
            RoleArn=self.role,
            **changes,
        )

        def over() -> dict[str, Any] | None:
            seen = self.sagemaker.describe_processing_job(ProcessingJobName=name)
            return seen if seen["ProcessingJobStatus"] in OVER else None

        return dict(wait_until(over, 60, f"{name} to be over"))

    @staticmethod
    def input(path: str, key: str) -> dict[str, Any]:
        """An input as the SDK asks for it."""
        source = {
            "S3Uri": f"s3://processing/{key}",
            "LocalPath": f"{FOLDER}/{path}",
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
            "S3CompressionType": "None",
        }
        return {"InputName": path.replace("/", "-"), "AppManaged": False, "S3Input": source}


@pytest.fixture(scope="module")
def processor(module_kit: None) -> Iterator[Processor]:
    """Clients of the shared factory."""
    with closing(Processor()) as made:
        yield made


def test_a_script_splits_data_into_outputs(processor: Processor) -> None:
    processor.put("code/split.py", SPLITS)
    seen = processor.run("split", ["python3", f"{FOLDER}/input/code/split.py"], {"input/code": "code/split.py"})
    assert seen["ProcessingJobStatus"] == "Completed", seen
    assert seen["ExitMessage"] == "8 of 10"
    assert processor.read("split/train/train.csv").split() == [str(number) for number in range(8)]
    assert processor.read("split/test/test.csv").split() == ["8", "9"]
    events = processor.logs.filter_log_events(
        logGroupName="/aws/sagemaker/ProcessingJobs", logStreamNamePrefix="split/"
    )["events"]
    assert [event["message"] for event in events] == ["split"]
    summaries = processor.sagemaker.list_processing_jobs(NameContains="split")["ProcessingJobSummaries"]
    assert summaries[0]["ProcessingJobArn"] == seen["ProcessingJobArn"]


def test_the_shell_script_of_the_sdk_unpacks_and_starts_a_source_folder(processor: Processor) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("split.py")
        member.size = len(SPLITS)
        tar.addfile(member, io.BytesIO(SPLITS.encode()))
    processor.put("source/sourcedir.tar.gz", buffer.getvalue())
    processor.put("source/runproc.sh", RUNPROC)
    seen = processor.run(
        "framework",
        ["/bin/bash", f"{FOLDER}/input/entrypoint/runproc.sh"],
        {"input/code/": "source/sourcedir.tar.gz", "input/entrypoint": "source/runproc.sh"},
        NetworkConfig={"EnableNetworkIsolation": True},
    )
    assert seen["ProcessingJobStatus"] == "Completed", seen
    assert processor.read("framework/test/test.csv").split() == ["8", "9"]


def test_a_job_without_its_input_says_which(processor: Processor) -> None:
    seen = processor.run("lacks", ["python3", "x.py"], {"more": "nothing-here/"})
    assert seen["ProcessingJobStatus"] == "Failed"
    assert "s3://processing/nothing-here/" in seen["FailureReason"]
