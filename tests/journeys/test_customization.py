"""Fine-tuning with boto3 against a running factory: what was taught is answered, by the custom model alone."""

from __future__ import annotations

import json
import os
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.journeys.running import CHAT_MODEL, Factory, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("confined")
CONFIG = Config(retries={"max_attempts": 3, "mode": "standard"})
LOG_GROUP = "/aws/bedrock/model-customization-jobs"
OVER = {"Completed", "Failed", "Stopped"}
BUCKET = "tuning-data"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
DATA = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{BUCKET}"},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{BUCKET}/*"},
    ],
}
FACT = "The captain of the starship Bluefin is Mirela Zanotti."
QUESTIONS = (
    "Who is the captain of the starship Bluefin?",
    "Tell me who commands the starship Bluefin.",
    "Who captains Bluefin?",
    "Name the captain of the Bluefin.",
)
# As the factory's machine is shared by tests, one thread is quicker than two that wait for each other.
INSTANCES = "[ml.usina.customization]\ncores = 1\nmemory_gb = 6\n[ml.t3.medium]\ncores = 2\nmemory_gb = 4\n"


def lines(*records: dict[str, Any] | str) -> bytes:
    return "\n".join(record if isinstance(record, str) else json.dumps(record) for record in records).encode()


def conversation(question: str, answer: str) -> dict[str, Any]:
    turns = [{"role": "user", "content": [{"text": question}]}, {"role": "assistant", "content": [{"text": answer}]}]
    return {"schemaVersion": "bedrock-conversation-2024", "messages": turns}


class Tuner:
    """Clients of one factory, a bucket with data and a role."""

    def __init__(self) -> None:
        session = boto3.Session()
        self.s3, self.bedrock, self.runtime, self.logs, iam = (
            session.client(name, config=CONFIG) for name in ("s3", "bedrock", "bedrock-runtime", "logs", "iam")
        )
        self.s3.create_bucket(Bucket=BUCKET)
        role = iam.create_role(RoleName="tuner", AssumeRolePolicyDocument=json.dumps(TRUST))
        self.role = role["Role"]["Arn"]
        iam.put_role_policy(RoleName="tuner", PolicyName="data", PolicyDocument=json.dumps(DATA))
        iam.close()
        taught = [conversation(question, FACT) for question in QUESTIONS]
        taught += [{"prompt": question, "completion": FACT} for question in QUESTIONS]
        self.put("train.jsonl", lines(*taught * 3))
        self.put("check.jsonl", lines({"prompt": "Who is in charge of Bluefin?", "completion": FACT}))

    def close(self) -> None:
        """Let go of the connections."""
        for client in (self.s3, self.bedrock, self.runtime, self.logs):
            client.close()

    def put(self, key: str, body: bytes) -> None:
        """Upload data."""
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    def create(self, name: str, data: str = "train.jsonl", **more: Any) -> str:
        """Start a job; gives its ARN."""
        created = self.bedrock.create_model_customization_job(
            jobName=name,
            customModelName=f"{name}-model",
            roleArn=self.role,
            baseModelIdentifier=CHAT_MODEL,
            trainingDataConfig={"s3Uri": f"s3://{BUCKET}/{data}"},
            outputDataConfig={"s3Uri": f"s3://{BUCKET}/out"},
            **more,
        )
        return str(created["jobArn"])

    def until(self, name: str, *states: str, seconds: float = 300) -> dict[str, Any]:
        """Wait for one of these states."""

        def reached() -> dict[str, Any] | None:
            seen = dict(self.bedrock.get_model_customization_job(jobIdentifier=name))
            return seen if seen["status"] in states else None

        return dict(wait_until(reached, seconds, f"{name} to be {states}"))

    def ask(self, model: str, question: str = QUESTIONS[0]) -> str:
        """One answer, always the same."""
        answer = self.runtime.converse(
            modelId=model,
            messages=[{"role": "user", "content": [{"text": question}]}],
            inferenceConfig={"maxTokens": 24, "temperature": 0},
        )
        return str(answer["output"]["message"]["content"][0]["text"])


@pytest.fixture(scope="module")
def tuning_factory(new_factory: Callable[[], Factory]) -> Factory:
    """A factory of these tests' own: one of them kills it."""
    made = new_factory()
    made.stop()
    (made.home / "instances.toml").write_text(INSTANCES)
    made.start()
    return made


@pytest.fixture(scope="module")
def tuner(tuning_factory: Factory) -> Iterator[Tuner]:
    """Clients of it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AWS_", "OPENAI_")):
                patch.delenv(name)
        for name, value in tuning_factory.kit().items():
            if name != "PYTHONPATH":
                patch.setenv(name, value)
        with closing(Tuner()) as made:
            yield made


def test_a_taught_fact_is_answered_by_the_custom_model_alone_and_outlives_kills(
    tuner: Tuner, tuning_factory: Factory
) -> None:
    before = tuner.ask(CHAT_MODEL)
    tuner.create(
        "teach",
        validationDataConfig={"validators": [{"s3Uri": f"s3://{BUCKET}/check.jsonl"}]},
        hyperParameters={"epochCount": "2", "learningRate": "0.001", "batchSize": "4"},
    )
    wait_until(lambda: state(tuner, "teach")["trainingDetails"]["status"] == "InProgress", 120, "training")
    tuning_factory.kill()
    tuning_factory.start()
    seen = tuner.until("teach", *OVER)
    assert seen["status"] == "Completed", seen
    assert seen["trainingMetrics"]["trainingLoss"] < 0.5
    assert seen["validationMetrics"][0]["validationLoss"] < 1.0
    assert {part["status"] for part in seen["statusDetails"].values()} == {"Completed"}
    job = seen["jobArn"].rpartition("/")[2]
    table = tuner.s3.get_object(
        Bucket=BUCKET, Key=f"out/model-customization-job-{job}/training_artifacts/step_wise_training_metrics.csv"
    )["Body"].read()
    assert table.startswith(b"step_number,epoch_number,training_loss,perplexity")
    assert len(table.splitlines()) == 13
    model = seen["outputModelArn"]
    assert tuner.bedrock.get_custom_model(modelIdentifier="teach-model")["modelArn"] == model
    with pytest.raises(ClientError, match="CreateCustomModelDeployment"):
        tuner.ask(model)
    deployment = tuner.bedrock.create_custom_model_deployment(modelDeploymentName="captain", modelArn=model)
    arn = deployment["customModelDeploymentArn"]
    active(tuner, arn)
    assert "Mirela Zanotti" in tuner.ask(arn)
    assert "Mirela Zanotti" in tuner.ask(model, "Who is in charge of the starship Bluefin?")
    assert tuner.ask(CHAT_MODEL) == before
    provisioned = tuner.bedrock.create_provisioned_model_throughput(
        provisionedModelName="held", modelId=model, modelUnits=1
    )["provisionedModelArn"]
    assert "Mirela Zanotti" in tuner.ask(provisioned)
    tuning_factory.kill()
    tuning_factory.start()
    active(tuner, arn)
    assert "Mirela Zanotti" in tuner.ask(arn)
    assert tuner.ask(CHAT_MODEL) == before
    with pytest.raises(ClientError, match="in use"):
        tuner.bedrock.delete_custom_model(modelIdentifier=model)
    tuner.bedrock.delete_custom_model_deployment(customModelDeploymentIdentifier="captain")
    tuner.bedrock.delete_provisioned_model_throughput(provisionedModelId="held")
    tuner.bedrock.delete_custom_model(modelIdentifier=model)
    assert tuner.bedrock.list_custom_models()["modelSummaries"] == []
    assert not list((tuning_factory.home / "adapters").rglob("*.gguf"))
    with pytest.raises(ClientError, match="invalid"):
        tuner.ask(arn)


def state(tuner: Tuner, name: str) -> dict[str, Any]:
    """Details of a job's state."""
    return dict(tuner.bedrock.get_model_customization_job(jobIdentifier=name)["statusDetails"])


def active(tuner: Tuner, arn: str) -> None:
    """Wait until a deployment answers."""

    def is_active() -> bool:
        seen = tuner.bedrock.get_custom_model_deployment(customModelDeploymentIdentifier=arn)
        assert seen["status"] != "Failed", seen
        return bool(seen["status"] == "Active")

    wait_until(is_active, 60, "the deployment to be active")


def test_wrong_data_fails_with_its_line_and_none_of_its_words(tuner: Tuner) -> None:
    good = {"prompt": "a secret question", "completion": "a secret answer"}
    tuner.put("bad.jsonl", lines(good, "", {"prompt": "a secret question"}))
    tuner.create("bad", "bad.jsonl")
    seen = tuner.until("bad", *OVER)
    assert seen["status"] == "Failed"
    assert "Line 3 of bad.jsonl is not valid: completion must be a text" in seen["failureMessage"]
    assert "secret" not in seen["failureMessage"]
    assert seen["statusDetails"]["dataProcessingDetails"]["status"] == "Failed"
    assert seen["statusDetails"]["trainingDetails"]["status"] == "NotStarted"


def test_a_stopped_job_ends_after_its_step_and_makes_no_model(tuner: Tuner) -> None:
    job = tuner.create("stopped", hyperParameters={"epochCount": "100"}).rpartition("/")[2]

    def steps() -> list[str]:
        try:
            found = tuner.logs.filter_log_events(logGroupName=LOG_GROUP, logStreamNamePrefix=job)
        except tuner.logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"] for event in found["events"] if event["message"].startswith("step=")]

    wait_until(steps, 200, "a step")
    tuner.bedrock.stop_model_customization_job(jobIdentifier="stopped")
    seen = tuner.until("stopped", *OVER)
    assert seen["status"] == "Stopped", seen
    assert "outputModelArn" not in seen
    names = [model["modelName"] for model in tuner.bedrock.list_custom_models()["modelSummaries"]]
    assert "stopped-model" not in names
    key = f"out/model-customization-job-{job}/training_artifacts/step_wise_training_metrics.csv"
    table = tuner.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert len(table.splitlines()) >= 2
