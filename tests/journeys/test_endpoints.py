"""Serving with boto3 and the AWS CLI against a running factory: trained, served, updated, killed, asked again."""

from __future__ import annotations

import io
import json
import os
import signal
import tarfile
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as ConnectionLostError

from tests.journeys.running import CHAT_MODEL, Factory, wait_until
from usina.core.clock import SystemClock
from usina.engine.sandbox.bubblewrap import detect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CONFIG = Config(retries={"max_attempts": 3, "mode": "standard"})
ONCE = Config(retries={"max_attempts": 1, "mode": "standard"})
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
DATA = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::serving"},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::serving/*"},
    ],
}
TRAINS = """
import json, os, pathlib, shutil
model = pathlib.Path(os.environ["SM_MODEL_DIR"])
(model / "line.json").write_text(json.dumps({"slope": 3}))
(model / "code").mkdir()
shutil.copy("inference.py", model / "code" / "inference.py")
"""
SERVES = """
import json, os
def model_fn(folder):
    print("loaded by", os.getpid())
    return json.load(open(folder + "/line.json"))["slope"]
def input_fn(body, content_type):
    return json.loads(body)
def predict_fn(data, slope):
    if data == "who":
        return os.getpid()
    return [slope * x for x in data]
def output_fn(prediction, accept):
    return json.dumps(prediction), "application/json"
"""
STREAMS = """
def model_fn(folder):
    return None
def transform_fn(model, body, content_type, accept):
    return (f"{number};".encode() for number in range(int(body))), "text/plain"
"""


@pytest.fixture(autouse=True, scope="module")
def _needs_a_sandbox() -> None:
    import asyncio

    isolation = asyncio.run(detect(SystemClock()))[1]
    if not isolation.confined:
        pytest.skip(isolation.lacking)


def tar_gz(files: dict[str, str]) -> bytes:
    """An archive of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


class Server:
    """Clients of one factory, a bucket and a role."""

    def __init__(self) -> None:
        session = boto3.Session()
        self.s3 = session.client("s3", config=CONFIG)
        self.logs = session.client("logs", config=CONFIG)
        self.sagemaker = session.client("sagemaker", config=CONFIG)
        self.runtime = session.client("sagemaker-runtime", config=ONCE)
        iam = session.client("iam", config=CONFIG)
        self.s3.create_bucket(Bucket="serving")
        self.role = iam.create_role(RoleName="server", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        iam.put_role_policy(RoleName="server", PolicyName="data", PolicyDocument=json.dumps(DATA))
        iam.close()

    def close(self) -> None:
        """Let go of the connections."""
        for client in (self.s3, self.logs, self.sagemaker, self.runtime):
            client.close()

    def model(self, name: str, script: str = SERVES, slope: int = 3, **container: Any) -> None:
        """Upload an archive and describe a model."""
        files = {"code/inference.py": script, "line.json": json.dumps({"slope": slope})}
        self.s3.put_object(Bucket="serving", Key=f"{name}/model.tar.gz", Body=tar_gz(files))
        made = {"Image": "usina/python", "ModelDataUrl": f"s3://serving/{name}/model.tar.gz"} | container
        self.sagemaker.create_model(ModelName=name, PrimaryContainer=made, ExecutionRoleArn=self.role)

    def config(self, name: str, model: str = "", **changes: Any) -> None:
        """Describe what an endpoint serves."""
        variant = {
            "VariantName": "AllTraffic",
            "ModelName": model or name,
            "InstanceType": "ml.m8g.medium",
            "InitialInstanceCount": 1,
        }
        asked = {"ProductionVariants": [variant]} | changes
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, **asked)

    def serve(self, name: str, **changes: Any) -> None:
        """Have an endpoint in service."""
        self.config(name, **changes)
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        self.until(name, "InService")

    def until(self, name: str, *states: str) -> dict[str, Any]:
        """Wait for one of these states."""

        def reached() -> dict[str, Any] | None:
            seen = dict(self.sagemaker.describe_endpoint(EndpointName=name))
            return seen if seen["EndpointStatus"] in states else None

        return dict(wait_until(reached, 60, f"{name} is {states}"))

    def predict(self, name: str, data: Any) -> Any:
        """One prediction."""
        answer = self.runtime.invoke_endpoint(EndpointName=name, Body=json.dumps(data), ContentType="application/json")
        return json.loads(answer["Body"].read())

    def delete(self, name: str) -> None:
        """End an endpoint."""
        self.sagemaker.delete_endpoint(EndpointName=name)
        self.sagemaker.get_waiter("endpoint_deleted").wait(
            EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )

    def log(self, name: str) -> list[str]:
        """The lines of an endpoint's log."""
        found = self.logs.filter_log_events(logGroupName=f"/aws/sagemaker/Endpoints/{name}")
        return [event["message"] for event in found["events"]]


@pytest.fixture(scope="module")
def own(new_factory: Callable[[], Factory]) -> Factory:
    """A factory of these journeys: some of them kill it."""
    return new_factory()


@pytest.fixture(scope="module")
def server(own: Factory) -> Iterator[Server]:
    """Clients that know nothing but its kit."""
    monkeypatch = pytest.MonkeyPatch()
    for name in list(os.environ):
        if name.startswith(("AWS_", "OPENAI_", "USINA_")):
            monkeypatch.delenv(name)
    for name, value in own.kit().items():
        monkeypatch.setenv(name, value)
    with closing(Server()) as made:
        yield made
        for endpoint in made.sagemaker.list_endpoints(MaxResults=100)["Endpoints"]:  # they would outlive the factory
            made.delete(endpoint["EndpointName"])
    monkeypatch.undo()


class Load:
    """Asks from a thread of its own, all the time."""

    def __init__(self, server: Server, name: str) -> None:
        self.answers: list[Any] = []
        self.failures: list[Exception] = []
        self._end = threading.Event()
        self._server, self._name = server, name
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                self.answers.append(self._server.predict(self._name, [1]))
            except (ClientError, HTTPClientError, ConnectionLostError) as error:
                self.failures.append(error)

    def end(self) -> None:
        self._end.set()
        self._thread.join(30)


def test_what_was_trained_is_served_and_its_log_is_read(server: Server, own: Factory, tmp_path: Path) -> None:
    source = tar_gz({"train.py": TRAINS, "inference.py": SERVES})
    server.s3.put_object(Bucket="serving", Key="source.tar.gz", Body=source)
    server.sagemaker.create_training_job(
        TrainingJobName="line",
        AlgorithmSpecification={"TrainingImage": "usina/python", "TrainingInputMode": "File"},
        RoleArn=server.role,
        HyperParameters={
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": "s3://serving/source.tar.gz",
        },
        OutputDataConfig={"S3OutputPath": "s3://serving/out"},
        ResourceConfig={"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 300},
    )
    server.sagemaker.get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName="line", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    artifacts = server.sagemaker.describe_training_job(TrainingJobName="line")["ModelArtifacts"]["S3ModelArtifacts"]
    container = {"Image": "usina/python", "ModelDataUrl": artifacts}
    server.sagemaker.create_model(ModelName="line", PrimaryContainer=container, ExecutionRoleArn=server.role)
    server.serve("line")
    assert server.predict("line", [1, 2]) == [3, 6]
    seen = server.sagemaker.describe_endpoint(EndpointName="line")
    assert seen["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    assert "VpcConfig" not in seen
    wait_until(lambda: any("loaded by" in line for line in server.log("line")), 20, "the log is there")
    (tmp_path / "body.json").write_text("[5]")
    command = ("aws", "sagemaker-runtime", "invoke-endpoint", "--endpoint-name", "line", "--content-type")
    done = own.program(*command, "application/json", "--body", "fileb://body.json", "answer.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "answer.json").read_text()) == [15]
    assert json.loads(done.stdout)["InvokedProductionVariant"] == "AllTraffic"
    server.delete("line")


def test_an_update_under_load_loses_no_request(server: Server) -> None:
    server.model("first", slope=1)
    server.model("second", slope=2)
    server.serve("updated", model="first")
    server.config("second")
    load = Load(server, "updated")
    server.sagemaker.update_endpoint(EndpointName="updated", EndpointConfigName="second")
    seen = server.until("updated", "InService")
    wait_until(lambda: [2] in load.answers, 20, "the new model answers")
    load.end()
    assert seen["EndpointConfigName"] == "second"
    assert not load.failures
    assert load.answers == sorted(load.answers)
    server.delete("updated")


def test_servers_outlive_a_killed_factory_and_answer_again(server: Server, own: Factory) -> None:
    server.model("kept")
    server.serve("kept", AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "s3://serving/kept"}})
    process = server.predict("kept", "who")
    load = Load(server, "kept")
    wait_until(lambda: load.answers, 20, "it is asked")
    accepted = [
        server.runtime.invoke_endpoint_async(EndpointName="kept", Body=b"[%d]" % number)["OutputLocation"]
        for number in range(5)
    ]
    own.kill()
    os.kill(process_of(own, "kept"), 0)  # runs on
    own.start()
    count = len(load.answers)
    wait_until(lambda: len(load.answers) > count + 3, 30, "it is answered again")
    load.end()
    assert server.until("kept", "InService")
    pids = {server.predict("kept", "who") for _ in range(4)}
    assert process in pids  # the very servers of before
    assert [stored(server, address) for address in accepted] == [b"[%d]" % (3 * number) for number in range(5)]
    os.kill(process_of(own, "kept"), signal.SIGINT)  # what holds the server ends it

    refusals: set[str] = set()

    def answers() -> bool:
        try:
            return bool(server.predict("kept", [2]) == [6])
        except ClientError as error:
            refusals.add(error.response["Error"]["Code"])
            return False

    wait_until(answers, 30, "another server stands in its place")
    assert refusals <= {"ServiceUnavailable", "ModelNotReadyException", "ModelError"}
    server.delete("kept")


def test_an_update_goes_on_after_a_kill_in_the_middle_of_it(server: Server, own: Factory) -> None:
    server.model("before", slope=1)
    server.model("after", slope=2)
    server.serve("moved", model="before")
    server.config("after")
    server.sagemaker.update_endpoint(EndpointName="moved", EndpointConfigName="after")
    own.kill()
    own.start()
    seen = server.until("moved", "InService")
    assert seen["EndpointConfigName"] == "after"
    assert server.predict("moved", [1]) == [2]
    server.delete("moved")
    assert not list((own.home / "endpoints").glob("*/endpoint+moved+*"))


def process_of(own: Factory, endpoint: str) -> int:
    """The keeper of an endpoint's server."""
    found = next((own.home / "endpoints").glob(f"*/endpoint+{endpoint}+*/run/keeper.lock"))
    return int(found.read_text())


def test_a_script_that_cannot_be_loaded_fails_with_its_reason(server: Server) -> None:
    server.model("broken", "def model_fn(folder):\n    raise ValueError('no such weights')\n")
    server.config("broken")
    server.sagemaker.create_endpoint(EndpointName="broken", EndpointConfigName="broken")
    seen = server.until("broken", "Failed")
    assert "no such weights" in seen["FailureReason"]
    assert any("Traceback" in line for line in server.log("broken"))
    with pytest.raises(server.runtime.exceptions.ValidationError, match="not found"):
        server.predict("broken", [1])
    server.delete("broken")


def test_errors_and_streams_of_a_model_come_as_they_are(server: Server) -> None:
    server.model("streams", STREAMS)
    server.serve("streams")
    answer = server.runtime.invoke_endpoint_with_response_stream(EndpointName="streams", Body=b"3")
    parts = [event["PayloadPart"]["Bytes"] for event in answer["Body"]]
    assert b"".join(parts) == b"0;1;2;"
    with pytest.raises(server.runtime.exceptions.ModelError) as found:
        server.runtime.invoke_endpoint(EndpointName="streams", Body=b"no number")
    assert found.value.response["OriginalStatusCode"] == 500
    assert "invalid literal" in found.value.response["OriginalMessage"]
    assert found.value.response["ResponseMetadata"]["HTTPStatusCode"] == 424
    with pytest.raises(ClientError, match="6291456"):
        server.runtime.invoke_endpoint(EndpointName="streams", Body=b"0" * 6_291_457)
    server.delete("streams")


def test_a_queued_request_is_answered_into_s3(server: Server) -> None:
    server.model("queued")
    output = {"S3OutputPath": "s3://serving/answers", "S3FailurePath": "s3://serving/failures"}
    server.serve("queued", AsyncInferenceConfig={"OutputConfig": output})
    server.s3.put_object(Bucket="serving", Key="asked.json", Body=b"[7]")
    told = server.runtime.invoke_endpoint_async(
        EndpointName="queued", InputLocation="s3://serving/asked.json", ContentType="application/json"
    )
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert stored(server, told["OutputLocation"]) == b"[21]"
    failed = server.runtime.invoke_endpoint_async(EndpointName="queued", InputLocation="s3://serving/nothing.json")
    assert b"NoSuchKey" in stored(server, failed["FailureLocation"])
    server.delete("queued")


def stored(server: Server, address: str) -> bytes:
    """An object, once it is there."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    wait_until(lambda: server.s3.list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"], 30, address)
    return bytes(server.s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def test_a_language_model_is_served_in_its_own_forms(server: Server) -> None:
    container = {"Image": "usina/llm", "Environment": {"USINA_MODEL_ID": CHAT_MODEL}}
    server.sagemaker.create_model(ModelName="llm", PrimaryContainer=container, ExecutionRoleArn=server.role)
    server.serve("llm")
    asked = {"messages": [{"role": "user", "content": "What is the capital of France?"}], "temperature": 0}
    wait_until(lambda: "Paris" in str(server.predict("llm", asked)["choices"]), 60, "it answers")
    asked = {"inputs": "The capital of France is", "parameters": {"max_new_tokens": 3, "do_sample": False}}
    assert server.predict("llm", asked)[0]["generated_text"]
    server.delete("llm")
