"""Images with the command and boto3 against a running factory: listed, refused with a reason, and trained in."""

from __future__ import annotations

import io
import json
import tarfile
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.engine.images.oci.archives import Member, archive, layer, layout_files, shell_layer
from tests.journeys.running import Factory, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGISTRY = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
BUCKET = "images-journey"
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
DATA = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]}
    ],
}
TRAINS = """
import argparse, os
import joblib, pandas
from sklearn.tree import DecisionTreeClassifier
parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int)
given = parser.parse_args()
points = pandas.DataFrame({"x": range(100)})
model = DecisionTreeClassifier(max_depth=given.depth).fit(points, points["x"] > 49)
print(f"accuracy: {model.score(points, points['x'] > 49)}")
joblib.dump(model, os.environ["SM_MODEL_DIR"] + "/model.joblib")
"""


@pytest.fixture
def clients(kit: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Clients, a bucket and a role, made once."""
    with ExitStack() as stack:
        session = boto3.Session()
        made = {name: stack.enter_context(closing(session.client(name))) for name in ("s3", "iam", "sagemaker", "logs")}
        if BUCKET not in {bucket["Name"] for bucket in made["s3"].list_buckets()["Buckets"]}:
            made["s3"].create_bucket(Bucket=BUCKET)
            made["iam"].create_role(RoleName=BUCKET, AssumeRolePolicyDocument=json.dumps(TRUST))
            made["iam"].put_role_policy(RoleName=BUCKET, PolicyName="data", PolicyDocument=json.dumps(DATA))
        yield {**made, "role": made["iam"].get_role(RoleName=BUCKET)["Role"]["Arn"]}


def ask(clients: dict[str, Any], name: str, image: str) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("train.py")
        member.size = len(TRAINS)
        tar.addfile(member, io.BytesIO(TRAINS.encode()))
    clients["s3"].put_object(Bucket=BUCKET, Key="sourcedir.tar.gz", Body=buffer.getvalue())
    clients["sagemaker"].create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
        RoleArn=clients["role"],
        HyperParameters={
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"s3://{BUCKET}/sourcedir.tar.gz",
            "depth": "2",
        },
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
        ResourceConfig={"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 300},
    )


def test_the_address_that_an_sdk_resolves_trains_in_a_built_in_image(clients: dict[str, Any]) -> None:
    ask(clients, "in-sklearn", f"{REGISTRY}/sagemaker-scikit-learn:1.2-1-cpu-py3")

    def over() -> dict[str, Any] | None:
        seen = clients["sagemaker"].describe_training_job(TrainingJobName="in-sklearn")
        return seen if seen["TrainingJobStatus"] in {"Completed", "Failed"} else None

    seen = wait_until(over, 120, "the job to end")
    assert seen["TrainingJobStatus"] == "Completed", seen.get("FailureReason")
    clients["s3"].head_object(Bucket=BUCKET, Key="out/in-sklearn/output/model.tar.gz")
    with pytest.raises(ClientError, match="usina/sklearn") as refused:
        ask(clients, "in-nothing", f"{REGISTRY}/tensorflow-training:2.13")
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_an_operator_sees_the_images_and_why_one_could_not_be_installed(factory: Factory, tmp_path: Path) -> None:
    listed = json.loads(factory.command("images", "list", "--json").stdout)
    states = {image["imageName"]: image["state"] for image in listed}
    assert states["usina/python"] == states["usina/sklearn"] == "READY"
    shown = factory.command("images", "show", "usina/sklearn").stdout
    assert "scikit-learn" in shown
    absent = next((name for name, state in states.items() if state == "ABSENT"), None)
    if absent is None:
        pytest.skip("every image is installed")
    done = factory.command("images", "install", absent, "--wheels", str(tmp_path))
    assert done.returncode == 1
    assert "could not be installed" in done.stderr
    assert factory.command("images", "remove", "usina/python", "--yes").returncode == 1


def test_an_image_of_the_sites_own_is_imported_from_the_store_and_trains(
    clients: dict[str, Any], factory: Factory
) -> None:
    program = b'#!/bin/sh\necho "$GREETING from $1"\necho 1 > /opt/ml/model/weights\n'
    layers = [shell_layer(), layer(Member("bin/hello", program, mode=0o755))]
    settings = {"Entrypoint": ["/bin/hello"], "Env": ["GREETING=hello"]}
    clients["s3"].put_object(Bucket=BUCKET, Key="hello.tar", Body=archive(layout_files(layers, settings)))
    done = factory.command("images", "import", f"s3://{BUCKET}/hello.tar", "--name", "team/hello:1")
    assert done.returncode == 0, done.stderr
    clients["sagemaker"].create_training_job(
        TrainingJobName="in-hello",
        AlgorithmSpecification={"TrainingImage": "team/hello:1", "TrainingInputMode": "File"},
        RoleArn=clients["role"],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
        ResourceConfig={"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 300},
    )

    def over() -> dict[str, Any] | None:
        seen = clients["sagemaker"].describe_training_job(TrainingJobName="in-hello")
        return seen if seen["TrainingJobStatus"] in {"Completed", "Failed"} else None

    seen = wait_until(over, 120, "the job to end")
    assert seen["TrainingJobStatus"] == "Completed", seen.get("FailureReason")
    logged = clients["logs"].filter_log_events(logGroupName=LOG_GROUP, logStreamNamePrefix="in-hello/")["events"]
    assert [event["message"] for event in logged] == ["hello from train"]
    assert factory.command("images", "import", "/none.tar", "--name", "team/none:1").returncode == 1
    assert factory.command("images", "remove", "team/hello:1", "--yes").returncode == 0
