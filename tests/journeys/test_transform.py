"""Batch transform with boto3 against a running factory: a model asked about every object under an address."""

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
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
DATA = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::transform"},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::transform/*"},
    ],
}
INFERENCE = """
import json
def model_fn(model_dir):
    with open(model_dir + "/factor.json") as file:
        return json.load(file)
def input_fn(body, content_type):
    body = body.decode() if isinstance(body, (bytes, bytearray)) else body
    return [[float(cell) for cell in line.split(",")] for line in body.splitlines()]
def predict_fn(rows, factor):
    return [factor * sum(row) for row in rows]
def output_fn(numbers, accept):
    return "".join(f"{number}\\n" for number in numbers), accept
"""


class Transformer:
    """Clients, a bucket, a role and a model."""

    def __init__(self) -> None:
        session = boto3.Session()
        self.s3 = session.client("s3", config=CONFIG)
        self.sagemaker = session.client("sagemaker", config=CONFIG)
        with closing(session.client("iam", config=CONFIG)) as iam:
            role = iam.create_role(RoleName="transformer", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
            iam.put_role_policy(RoleName="transformer", PolicyName="data", PolicyDocument=json.dumps(DATA))
        self.s3.create_bucket(Bucket="transform")
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for name, text in {"code/inference.py": INFERENCE, "factor.json": "10"}.items():
                member = tarfile.TarInfo(name)
                member.size = len(text)
                tar.addfile(member, io.BytesIO(text.encode()))
        self.put("model.tar.gz", buffer.getvalue())
        container = {"Image": "usina/python", "ModelDataUrl": "s3://transform/model.tar.gz"}
        self.sagemaker.create_model(ModelName="sums", PrimaryContainer=container, ExecutionRoleArn=role)

    def close(self) -> None:
        """Let go of the connections."""
        self.s3.close()
        self.sagemaker.close()

    def put(self, key: str, content: str | bytes) -> None:
        """Store an object."""
        self.s3.put_object(Bucket="transform", Key=key, Body=content)

    def read(self, key: str) -> str:
        """An object's text."""
        return str(self.s3.get_object(Bucket="transform", Key=key)["Body"].read().decode())

    def run(self, name: str, **changes: Any) -> dict[str, Any]:
        """Run a job over `NAME/in/` to its end."""
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://transform/{name}/in/"}}
        self.sagemaker.create_transform_job(
            TransformJobName=name,
            ModelName="sums",
            TransformInput={"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
            TransformOutput={
                "S3OutputPath": f"s3://transform/{name}/out",
                "Accept": "text/csv",
                "AssembleWith": "Line",
            },
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
            **changes,
        )

        def over() -> dict[str, Any] | None:
            seen = self.sagemaker.describe_transform_job(TransformJobName=name)
            return seen if seen["TransformJobStatus"] in OVER else None

        return dict(wait_until(over, 60, f"{name} to be over"))


@pytest.fixture(scope="module")
def transformer(module_kit: None) -> Iterator[Transformer]:
    """Clients of the shared factory."""
    with closing(Transformer()) as made:
        yield made


def test_a_models_answers_stand_beside_the_records_they_are_of(transformer: Transformer) -> None:
    for number in range(3):
        rows = "".join(f"row-{row},{row},{number}\n" for row in range(1_000))
        transformer.put(f"joined/in/part-{number}.csv", rows)
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    seen = transformer.run("joined", DataProcessing=processing, MaxConcurrentTransforms=2, MaxPayloadInMB=1)
    assert seen["TransformJobStatus"] == "Completed", seen
    for number in range(3):
        answered = transformer.read(f"joined/out/part-{number}.csv.out").splitlines()
        assert answered == [f"row-{row},{10.0 * (row + number)}" for row in range(1_000)]
    listed = transformer.sagemaker.list_transform_jobs(NameContains="joined")["TransformJobSummaries"]
    assert listed[0]["TransformJobArn"] == seen["TransformJobArn"]


def test_a_record_that_the_model_does_not_take_is_told(transformer: Transformer) -> None:
    transformer.put("fails/in/good.csv", "1,2\n")
    transformer.put("fails/in/wrong.csv", "1,2\nnothing,3\n")
    seen = transformer.run("fails", ModelClientConfig={"InvocationsMaxRetries": 0})
    assert seen["TransformJobStatus"] == "Failed"
    assert "s3://transform/fails/in/wrong.csv" in seen["FailureReason"]
    assert transformer.read("fails/out/good.csv.out") == "30.0\n"
    with pytest.raises(transformer.s3.exceptions.NoSuchKey):
        transformer.read("fails/out/wrong.csv.out")
