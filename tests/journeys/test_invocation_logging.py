"""What an account asked to have logged of its requests to models is in its bucket and in its log group, with boto3."""

from __future__ import annotations

import gzip
import json
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from tests.journeys.running import Factory, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = Config(retries={"max_attempts": 3, "mode": "standard"})
GROUP = "/aws/bedrock/invocations"
SAID = "What is the capital of France?"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
WRITE = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"arn:aws:logs:us-east-1:*:log-group:{GROUP}:log-stream:aws/bedrock/modelinvocations",
        }
    ],
}


@pytest.fixture
def clients(kit: dict[str, str]) -> Iterator[dict[str, Any]]:
    assert kit
    session = boto3.Session()
    with ExitStack() as stack:
        names = ("s3", "iam", "logs", "bedrock", "bedrock-runtime")
        yield {name: stack.enter_context(closing(session.client(name, config=CONFIG))) for name in names}


def test_invocations_are_in_the_bucket_and_the_log_group_that_the_account_named(
    factory: Factory, clients: dict[str, Any], model: str
) -> None:
    s3, iam, logs, bedrock, runtime = clients.values()
    s3.create_bucket(Bucket="invocations")
    logs.create_log_group(logGroupName=GROUP)
    role = iam.create_role(RoleName="logger", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    config = {
        "s3Config": {"bucketName": "invocations", "keyPrefix": "kept"},
        "cloudWatchConfig": {"logGroupName": GROUP, "roleArn": role},
    }
    with pytest.raises(bedrock.exceptions.ValidationException, match="not authorized to perform: logs:"):
        bedrock.put_model_invocation_logging_configuration(loggingConfig=config)
    iam.put_role_policy(RoleName="logger", PolicyName="write", PolicyDocument=json.dumps(WRITE))
    bedrock.put_model_invocation_logging_configuration(loggingConfig=config)
    assert bedrock.get_model_invocation_logging_configuration()["loggingConfig"] == config

    asked = {
        "modelId": model,
        "messages": [{"role": "user", "content": [{"text": SAID}]}],
        "inferenceConfig": {"maxTokens": 12, "temperature": 0.0},
    }
    try:
        whole = runtime.converse(**asked)
        streamed = runtime.converse_stream(**asked)
        text = "".join(
            event["contentBlockDelta"]["delta"]["text"] for event in streamed["stream"] if "contentBlockDelta" in event
        )
        body = json.dumps({"prompt": "The capital of France is", "max_tokens": 3, "temperature": 0.0})
        invoked = runtime.invoke_model(modelId=model, body=body)
        told = json.loads(invoked["body"].read())
        lines = wait_until(lambda: logged(s3, 3), 30, "the bucket has what was asked")
    finally:
        bedrock.delete_model_invocation_logging_configuration()
    runtime.converse(**asked)

    by_operation = {line["operation"]: line for line in lines}
    first = by_operation["Converse"]
    assert first["requestId"] == whole["ResponseMetadata"]["RequestId"]
    assert first["identity"]["arn"].endswith(":user/administrator")
    assert first["input"]["inputBodyJson"]["messages"] == asked["messages"]
    assert first["output"]["outputBodyJson"]["output"] == whole["output"]
    assert first["output"]["outputTokenCount"] == whole["usage"]["outputTokens"]
    assembled = by_operation["ConverseStream"]["output"]["outputBodyJson"]
    assert assembled["output"]["message"]["content"] == [{"text": text}]
    assert by_operation["InvokeModel"]["output"]["outputBodyJson"] == told

    def in_log() -> Any:
        found = logs.filter_log_events(logGroupName=GROUP, logStreamNames=["aws/bedrock/modelinvocations"])["events"]
        return found if len(found) == 3 else None

    events = wait_until(in_log, 30, "the log group has what was asked")
    assert {event["message"] for event in events} == {json.dumps(line, separators=(",", ":")) for line in lines}
    own = (factory.home / "logs" / "usina.jsonl").read_text()
    assert SAID not in own
    assert len(logged(s3, 3) or ()) == 3


def logged(s3: Any, count: int) -> list[dict[str, Any]] | None:
    """The lines in the bucket, once there are so many."""
    lines: list[dict[str, Any]] = []
    for listed in s3.list_objects_v2(Bucket="invocations", Prefix="kept/AWSLogs/").get("Contents", ()):
        content = s3.get_object(Bucket="invocations", Key=listed["Key"])["Body"].read()
        lines += [json.loads(line) for line in gzip.decompress(content).splitlines()]
    return lines if len(lines) >= count else None
