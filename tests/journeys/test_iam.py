"""boto3's iam and sts, unchanged, against a running factory: a role is made, taken on, and held to its policies."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.journeys.running import Factory

NO_RETRY = Config(retries={"max_attempts": 1, "mode": "standard"}, read_timeout=120)
ROLE = "journey-talker"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def converse(session: boto3.Session, model: str) -> str:
    """`yes`, or the code of the refusal."""
    with closing(session.client("bedrock-runtime", config=NO_RETRY)) as client:
        try:
            client.converse(
                modelId=model,
                messages=[{"role": "user", "content": [{"text": "One word."}]}],
                inferenceConfig={"maxTokens": 4},
            )
        except ClientError as error:
            return str(error.response["Error"]["Code"])
    return "yes"


def assumed(arn: str) -> boto3.Session:
    with closing(boto3.client("sts")) as sts:
        found = sts.assume_role(RoleArn=arn, RoleSessionName="journey")["Credentials"]
    return boto3.Session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


def simulated(arn: str, action: str, thing: str) -> str:
    with closing(boto3.client("iam")) as iam:
        (result,) = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[action], ResourceArns=[thing])[
            "EvaluationResults"
        ]
    return str(result["EvalDecision"])


@pytest.mark.usefixtures("kit")
def test_a_role_is_made_taken_on_and_held_to_its_policies(model: str) -> None:
    thing = f"arn:aws:bedrock:us-east-1::foundation-model/{model}"
    with closing(boto3.client("sts")) as sts:
        account = sts.get_caller_identity()["Account"]
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root", "Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    allow = {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": thing}
    with closing(boto3.client("iam")) as iam:
        role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=document(trust))["Role"]
        assert iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]["Statement"] == [trust]
        session = assumed(role["Arn"])
        for statements, expected in (
            ([], "implicitDeny"),
            ([allow], "allowed"),
            ([allow, {**allow, "Effect": "Deny"}], "explicitDeny"),
            ([{**allow, "Resource": f"{thing}-other"}], "implicitDeny"),
            ([{**allow, "Condition": {"IpAddress": {"aws:SourceIp": ["127.0.0.0/8", "::1"]}}}], "allowed"),
        ):
            if statements:
                iam.put_role_policy(RoleName=ROLE, PolicyName="own", PolicyDocument=document(*statements))
            really = converse(session, model)
            assert really == ("yes" if expected == "allowed" else "AccessDeniedException")
            if "Condition" not in (statements or [{}])[0]:
                assert simulated(role["Arn"], "bedrock:InvokeModel", thing) == expected
        iam.delete_role_policy(RoleName=ROLE, PolicyName="own")
        iam.delete_role(RoleName=ROLE)
    assert converse(session, model) == "AccessDeniedException"


@pytest.mark.usefixtures("kit")
def test_a_user_has_a_key_and_the_policies_that_are_attached(model: str) -> None:
    managed = "arn:aws:iam::aws:policy/AmazonBedrockFullAccess"
    with closing(boto3.client("iam")) as iam:
        iam.create_user(UserName="journey")
        key = iam.create_access_key(UserName="journey")["AccessKey"]
        session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
        assert converse(session, model) == "AccessDeniedException"
        iam.attach_user_policy(UserName="journey", PolicyArn=managed)
        assert converse(session, model) == "yes"
        iam.update_access_key(UserName="journey", AccessKeyId=key["AccessKeyId"], Status="Inactive")
        assert converse(session, model) == "UnrecognizedClientException"
        iam.delete_access_key(UserName="journey", AccessKeyId=key["AccessKeyId"])
        iam.detach_user_policy(UserName="journey", PolicyArn=managed)
        iam.delete_user(UserName="journey")


def test_the_command_line_of_aws_makes_a_policy_and_sees_it(factory: Factory) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
    made = factory.program(
        "aws", "iam", "create-policy", "--policy-name", "journey", "--policy-document", document(statement)
    )
    assert made.returncode == 0, made.stderr
    arn = json.loads(made.stdout)["Policy"]["Arn"]
    seen = factory.program("aws", "iam", "get-policy-version", "--policy-arn", arn, "--version-id", "v1")
    assert json.loads(seen.stdout)["PolicyVersion"]["Document"]["Statement"] == [statement]
