"""Batch inference with boto3 against a running factory, which is killed in the middle of it."""

from __future__ import annotations

import json
import os
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from tests.journeys.running import Factory, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONFIG = Config(retries={"max_attempts": 3, "mode": "standard"})
OVER = {"Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired"}
RECORDS = 20
BAD = 7
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ALLOWED = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::batch"},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::batch/*"},
        {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"},
    ],
}


@pytest.fixture
def own(new_factory: Callable[[], Factory], monkeypatch: pytest.MonkeyPatch) -> Iterator[Factory]:
    """A factory of the test's own, its kit loaded."""
    factory = new_factory()
    for name in list(os.environ):
        if name.startswith(("AWS_", "OPENAI_", "USINA_")):
            monkeypatch.delenv(name)
    for name, value in factory.kit().items():
        monkeypatch.setenv(name, value)
    yield factory
    factory.stop()


def record(number: int) -> str:
    """One line: a question that takes a few tokens, or a body that no model takes."""
    body: dict[str, Any] = {"messages": [{"role": "user", "content": [{"text": f"Say {number}."}]}]}
    if number == BAD:
        body = {"messages": [{"role": "nobody", "content": [{"text": "?"}]}]}
    body["inferenceConfig"] = {"maxTokens": 12, "temperature": 0.0}
    return json.dumps({"recordId": f"r{number:02d}", "modelInput": body})


def test_a_batch_is_answered_line_by_line_though_the_factory_is_killed_in_its_middle(own: Factory, model: str) -> None:
    session = boto3.Session()
    with (
        closing(session.client("s3", config=CONFIG)) as s3,
        closing(session.client("iam", config=CONFIG)) as iam,
        closing(session.client("bedrock", config=CONFIG)) as bedrock,
    ):
        s3.create_bucket(Bucket="batch")
        role = iam.create_role(RoleName="batch", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        iam.put_role_policy(RoleName="batch", PolicyName="all", PolicyDocument=json.dumps(ALLOWED))
        s3.put_object(Bucket="batch", Key="in/day.jsonl", Body="\n".join(map(record, range(RECORDS))).encode())
        arn = bedrock.create_model_invocation_job(
            jobName="nightly",
            modelId=model,
            roleArn=role,
            modelInvocationType="Converse",
            inputDataConfig={"s3InputDataConfig": {"s3Uri": "s3://batch/in/"}},
            outputDataConfig={"s3OutputDataConfig": {"s3Uri": "s3://batch/out/"}},
        )["jobArn"]
        results = own.home / "batch" / role.split(":")[4] / arn.rpartition("/")[2] / "0.results"
        wait_until(lambda: results.exists() and results.read_bytes().count(b"\n") > 2, 60, "a few records answered")
        own.kill()
        kept = results.read_bytes().count(b"\n")
        assert 2 < kept < RECORDS
        own.start()

        def over() -> Any:
            seen = bedrock.get_model_invocation_job(jobIdentifier=arn)
            return seen if seen["status"] in OVER else None

        seen = wait_until(over, 120, "the job is over")
        assert (seen["status"], seen.get("message", "")) == ("Completed", "")
        assert (seen["totalRecordCount"], seen["successRecordCount"], seen["errorRecordCount"]) == (RECORDS, 19, 1)
        out = f"out/{arn.rpartition('/')[2]}/"
        text = s3.get_object(Bucket="batch", Key=f"{out}day.jsonl.out")["Body"].read().decode()
        lines = [json.loads(line) for line in text.splitlines()]
        assert [line["recordId"] for line in lines] == [f"r{number:02d}" for number in range(RECORDS)]
        assert lines[BAD]["error"]["errorCode"] == 400
        answers = [line["modelOutput"] for line in lines if "modelOutput" in line]
        assert all(answer["output"]["message"]["content"][0]["text"] for answer in answers)
        manifest = json.loads(s3.get_object(Bucket="batch", Key=f"{out}manifest.json.out")["Body"].read())
        assert manifest["outputTokenCount"] == sum(answer["usage"]["outputTokens"] for answer in answers)
        assert asked_as(own, "assumed-role/batch/BedrockBatch") >= RECORDS - 1


def asked_as(factory: Factory, who: str) -> int:
    """How many requests the ledger has of somebody."""
    done = factory.command("ledger", "tail", "-n", "1000", "--json")
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    return sum(record.get("kind") == "intent" and who in record.get("principal", "") for record in records)
