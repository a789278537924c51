"""SimulatePrincipalPolicy: its answers, and that they are what then happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.services.iam.scene import MODEL, allow, deny, policy, trust
from usina.testing.world import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services.iam.scene import Clients

EMBEDDING = "arn:aws:bedrock:us-east-1::foundation-model/sentence-transformers.all-minilm-l6-v2"
OTHER_ROLE = "arn:aws:iam::444455556666:role/x"
ROLES: dict[str, list[dict[str, Any]]] = {
    "sim-none": [],
    "sim-one": [allow("bedrock:InvokeModel", MODEL)],
    "sim-all": [allow("*")],
    "sim-deny": [allow("*"), deny("bedrock:Invoke*", EMBEDDING)],
    "sim-not": [{"Effect": "Allow", "NotAction": "bedrock:*", "Resource": "*"}],
    "sim-secure": [allow("*", Condition={"Bool": {"aws:SecureTransport": "true"}})],
    "sim-user": [allow("*", Condition={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/sim-*"}})],
}
REAL: dict[tuple[str, str], Callable[[Clients], object]] = {
    ("bedrock:InvokeModel", MODEL): lambda who: _converse(who, MODEL),
    ("bedrock:InvokeModel", EMBEDDING): lambda who: _converse(who, EMBEDDING),
    ("bedrock:ListInferenceProfiles", "*"): lambda who: who("bedrock").list_inference_profiles(),
    ("iam:ListRoles", "*"): lambda who: who("iam").list_roles(),
    ("iam:GetRole", f"arn:aws:iam::{ACCOUNT}:role/sim-none"): lambda who: who("iam").get_role(RoleName="sim-none"),
    ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/sim-none"): lambda who: who.assume(
        f"arn:aws:iam::{ACCOUNT}:role/sim-none"
    ),
    ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/developer"): lambda who: who.assume(
        f"arn:aws:iam::{ACCOUNT}:role/developer"
    ),
    ("sts:AssumeRole", OTHER_ROLE): lambda who: who.assume(OTHER_ROLE),
}


def _converse(who: Clients, model: str) -> None:
    code = who.converse(model)
    if code == "AccessDeniedException":
        raise ClientError({"Error": {"Code": code}}, "Converse")


@pytest.fixture(scope="module")
def iam(admin: Clients) -> Any:
    made = admin("iam")
    for name, statements in ROLES.items():
        made.create_role(RoleName=name, AssumeRolePolicyDocument=trust(AWS=ACCOUNT))
        if statements:
            made.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*statements))
    return made


@pytest.mark.parametrize("name", list(ROLES))
def test_what_is_simulated_is_what_happens(iam: Any, admin: Clients, name: str) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    session = admin.assume(arn)
    entries = [
        {"ContextKeyName": "aws:SecureTransport", "ContextKeyValues": ["false"], "ContextKeyType": "boolean"},
        {"ContextKeyName": "aws:SourceIp", "ContextKeyValues": ["127.0.0.1"], "ContextKeyType": "ip"},
    ]
    for (action, thing), act in REAL.items():
        answer = iam.simulate_principal_policy(
            PolicySourceArn=arn, ActionNames=[action], ResourceArns=[thing], ContextEntries=entries
        )
        (result,) = answer["EvaluationResults"]
        try:
            act(session)
            happened = True
        except ClientError as error:
            happened = error.response["Error"]["Code"] not in {"AccessDenied", "AccessDeniedException"}
        assert (result["EvalDecision"] == "allowed") is happened, (action, thing, result)


def test_an_answer_says_what_decided(iam: Any) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/sim-deny"
    results = iam.simulate_principal_policy(
        PolicySourceArn=arn,
        ActionNames=["bedrock:InvokeModel", "usina:ImportModel"],
        ResourceArns=[MODEL, EMBEDDING, "*"],
    )["EvaluationResults"]
    found = {(each["EvalActionName"], each["EvalResourceName"]): each for each in results}
    yes, no = found["bedrock:InvokeModel", MODEL], found["bedrock:InvokeModel", EMBEDDING]
    assert (yes["EvalDecision"], no["EvalDecision"]) == ("allowed", "explicitDeny")
    assert {each["SourcePolicyId"] for each in no["MatchedStatements"]} == {"sim-deny/own"}
    beyond = found["usina:ImportModel", "*"]
    assert (beyond["EvalDecision"], beyond["OrganizationsDecisionDetail"]) == (
        "implicitDeny",
        {"AllowedByOrganizations": False},
    )


def test_policies_that_are_not_in_force_yet_can_be_tried(iam: Any) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/sim-none"
    asked = {"PolicySourceArn": arn, "ActionNames": ["bedrock:InvokeModel"], "ResourceArns": [MODEL]}
    without = iam.simulate_principal_policy(**asked)["EvaluationResults"][0]
    more = iam.simulate_principal_policy(**asked, PolicyInputList=[policy(allow("bedrock:*"))])["EvaluationResults"][0]
    assert (without["EvalDecision"], more["EvalDecision"]) == ("implicitDeny", "allowed")


def test_the_policy_of_a_bucket_is_part_of_the_answer(iam: Any, admin: Clients) -> None:
    admin("s3").create_bucket(Bucket="simulated")
    thing = "arn:aws:s3:::simulated/k"

    def said(role: str) -> str:
        asked = {"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:role/{role}", "ActionNames": ["s3:GetObject"]}
        (result,) = iam.simulate_principal_policy(**asked, ResourceArns=[thing])["EvaluationResults"]
        return str(result["EvalDecision"])

    assert (said("sim-none"), said("sim-all")) == ("implicitDeny", "allowed")
    for made, expected in (
        (allow("s3:GetObject", f"{thing[:-1]}*"), ("allowed", "allowed")),
        (deny("s3:*", f"{thing[:-1]}*"), ("explicitDeny", "explicitDeny")),
    ):
        principal = {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/sim-none", f"arn:aws:iam::{ACCOUNT}:role/sim-all"]}
        admin("s3").put_bucket_policy(Bucket="simulated", Policy=policy(made | {"Principal": principal}))
        assert (said("sim-none"), said("sim-all")) == expected
    admin("s3").delete_bucket_policy(Bucket="simulated")


def test_questions_that_cannot_be_answered_are_refused(iam: Any) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/sim-none"
    for arguments, code in (
        ({"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:role/nobody", "ActionNames": ["s3:GetObject"]}, "NoSuchEntity"),
        ({"PolicySourceArn": arn, "ActionNames": ["s3:Get*"]}, "InvalidInput"),
        (
            {"PolicySourceArn": arn, "ActionNames": ["s3:GetObject"], "PolicyInputList": ["{"]},
            "MalformedPolicyDocument",
        ),
        (
            {"PolicySourceArn": arn, "ActionNames": ["s3:GetObject"], "ResourcePolicy": policy(allow("*"))},
            "InvalidInput",
        ),
    ):
        with pytest.raises(ClientError) as caught:
            iam.simulate_principal_policy(**arguments)
        assert caught.value.response["Error"]["Code"] == code


def test_the_caller_is_simulated_with_the_site_roles_they_have(iam: Any, admin: Clients) -> None:
    arn = admin("sts").get_caller_identity()["Arn"]
    results = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["iam:CreateRole", "usina:ImportModel"])[
        "EvaluationResults"
    ]
    assert [each["EvalDecision"] for each in results] == ["allowed", "implicitDeny"]


def test_a_role_with_the_policy_of_sagemaker_is_one_that_its_sdk_takes(iam: Any) -> None:
    wanted = [
        "cloudwatch:PutMetricData",
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeVpcs",
        "ecr:GetAuthorizationToken",
    ]
    role = iam.create_role(RoleName="sim-sagemaker", AssumeRolePolicyDocument=trust(AWS=ACCOUNT))["Role"]
    iam.attach_role_policy(RoleName="sim-sagemaker", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    results = iam.simulate_principal_policy(PolicySourceArn=role["Arn"], ActionNames=wanted)["EvaluationResults"]
    assert {each["EvalActionName"]: each["EvalDecision"] for each in results} == dict.fromkeys(wanted, "allowed")
