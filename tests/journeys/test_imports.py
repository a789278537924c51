"""A model of an account's own: from its bucket into Converse, InvokeModel and OpenAI's form, seen by nobody else."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from openai import OpenAI

from tests.journeys.running import Factory, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = Config(retries={"max_attempts": 3, "mode": "standard"})
QUESTION = [{"role": "user", "content": [{"text": "What is the capital of France?"}]}]
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ALLOWED = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:ListBucket", "s3:GetObject"],
            "Resource": ["arn:aws:s3:::models", "arn:aws:s3:::models/*"],
        }
    ],
}


@contextmanager
def clients(*names: str, session: boto3.Session | None = None) -> Iterator[list[Any]]:
    made = [(session or boto3.Session()).client(name, config=CONFIG) for name in names]
    try:
        yield made
    finally:
        for client in made:
            client.close()


@pytest.mark.usefixtures("kit")
def test_a_model_from_the_accounts_bucket_answers_its_account_alone(factory: Factory, model: str) -> None:
    file = next((factory.home / "models" / model).glob("*.gguf"))
    with clients("s3", "iam", "bedrock", "bedrock-runtime") as (s3, iam, bedrock, runtime):
        s3.create_bucket(Bucket="models")
        s3.upload_file(str(file), "models", "mine/model.gguf")
        s3.put_object(Bucket="models", Key="bad/model.bin", Body=b"a pickle")
        role = iam.create_role(RoleName="importer", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        iam.put_role_policy(RoleName="importer", PolicyName="read", PolicyDocument=json.dumps(ALLOWED))

        def imported(name: str, source: str) -> dict[str, Any]:
            source_of = {"s3DataSource": {"s3Uri": f"s3://models/{source}"}}
            bedrock.create_model_import_job(
                jobName=name, importedModelName=name, roleArn=role, modelDataSource=source_of
            )

            def over() -> Any:
                seen = bedrock.get_model_import_job(jobIdentifier=name)
                return seen if seen["status"] != "InProgress" else None

            return dict(wait_until(over, 120, f"import {name} is over"))

        refused = imported("bad", "bad/")
        assert (refused["status"], "pickle" in refused["failureMessage"]) == ("Failed", True)
        seen = imported("mine", "mine/")
        assert (seen["status"], seen.get("failureMessage")) == ("Completed", None)
        arn = seen["importedModelArn"]
        answer = runtime.converse(modelId=arn, messages=QUESTION, inferenceConfig={"temperature": 0.0})
        assert "Paris" in answer["output"]["message"]["content"][0]["text"]
        assert answer["ResponseMetadata"]["HTTPHeaders"]["x-usina-model"] == arn
        body = {"prompt": "The capital of France is", "max_tokens": 5, "temperature": 0.0}
        invoked = runtime.invoke_model(modelId=arn, body=json.dumps(body))
        assert json.loads(invoked["body"].read())
        with closing(OpenAI()) as openai:
            said = openai.chat.completions.create(
                model=arn, messages=[{"role": "user", "content": "What is the capital of France?"}], temperature=0.0
            )
            assert "Paris" in str(said.choices[0].message.content)
        stranger = session_of_another_account(factory)
        with clients("bedrock", "bedrock-runtime", session=stranger) as (their_bedrock, their_runtime):
            refusals = []
            for name in (arn, arn[:-3] + "aaa"):
                with pytest.raises(ClientError) as caught:
                    their_runtime.converse(modelId=name, messages=QUESTION)
                refusals.append(caught.value.response["Error"])
            assert refusals[0] == refusals[1]
            assert their_bedrock.list_imported_models()["modelSummaries"] == []
        bedrock.delete_imported_model(modelIdentifier=arn)
        folder = factory.home / "models" / ".accounts" / arn.split(":")[4]
        wait_until(lambda: not list(folder.rglob("*.gguf")), 60, "its files are gone")
        with pytest.raises(ClientError, match="invalid"):
            runtime.converse(modelId=arn, messages=QUESTION)


def session_of_another_account(factory: Factory) -> boto3.Session:
    """Credentials of an administrator of another tenant."""
    made = factory.command("keys", "create", "eve", "--account", "444455556666", "--json")
    assert made.returncode == 0, made.stderr
    key = json.loads(made.stdout)
    return boto3.Session(aws_access_key_id=key["key"]["keyId"], aws_secret_access_key=key["secret"])
