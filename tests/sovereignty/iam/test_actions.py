"""The table between IAM's actions and our operations, and between its ARNs and our things."""

from __future__ import annotations

from botocore.session import Session

from usina.core.operation import Resource
from usina.services import operations
from usina.sovereignty.iam.actions import ACTIONS, COPIES, actions_of, names_of, operation_of, thing_of
from usina.testing.world import ACCOUNT

REGION = "us-east-1"


def test_converse_and_the_openai_paths_are_invoke_model_as_aws_has_it() -> None:
    for operation in ("bedrock-runtime:Converse", "bedrock-runtime:InvokeModel", "openai:CreateChatCompletion"):
        assert actions_of(operation) == ("bedrock:InvokeModel",)
    assert actions_of("bedrock-runtime:ConverseStream") == ("bedrock:InvokeModelWithResponseStream",)
    assert actions_of("bedrock-runtime:CountTokens") == ("bedrock:CountTokens",)
    assert actions_of("iam:CreateRole") == ("iam:CreateRole",)


def test_a_copy_reads_what_it_touches_first_and_writes_the_other() -> None:
    assert actions_of("s3:CopyObject", 0) == ("s3:GetObject",)
    assert actions_of("s3:CopyObject", 1) == ("s3:PutObject",)
    found = operation_of("s3:GetObject", operations())
    assert found is not None
    assert found.id == "s3:GetObject"


def test_every_line_of_the_table_names_an_operation_that_is_modelled_or_served() -> None:
    served = {operation.id for operation in operations().values()}
    session = Session()
    for operation in (*ACTIONS, *COPIES):
        service, _, name = operation.partition(":")
        assert operation in served or name in session.get_service_model(service).operation_names, operation


def test_an_action_leads_back_to_an_operation_that_needs_it() -> None:
    served = operations()
    for operation in served.values():
        for action in actions_of(operation.id):
            found = operation_of(action.upper(), served)
            assert found is not None
            assert action in actions_of(found.id)
    assert operation_of("ec2:RunInstances", served) is None


def test_things_have_the_names_that_policies_use() -> None:
    model = Resource("Model", "a.b", attributes={"alias": "anthropic.x"})
    assert names_of(model, REGION) == tuple(
        f"arn:aws:bedrock:us-east-1::foundation-model/{name}" for name in ("a.b", "anthropic.x")
    )
    assert names_of(Resource("Account", ACCOUNT, ACCOUNT), REGION) == ("*",)
    assert names_of(Resource("Role", "developer", ACCOUNT), REGION) == (f"arn:aws:iam::{ACCOUNT}:role/developer",)
    assert names_of(Resource("Key", "AKIA", ACCOUNT), REGION) == (f"arn:aws:usina:us-east-1:{ACCOUNT}:key/AKIA",)
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/x"
    assert names_of(Resource("LogGroup", group, ACCOUNT), REGION) == (group, f"{group}:*")


def test_an_arn_leads_to_the_thing_the_site_judges() -> None:
    assert thing_of("arn:aws:bedrock:us-east-1::foundation-model/a.b", ACCOUNT).type == "Model"
    assert thing_of("arn:aws:s3:::bucket", ACCOUNT).type == "Bucket"
    assert thing_of("arn:aws:s3:::bucket/a/b", ACCOUNT).attributes == {"bucket": "bucket"}
    assert thing_of("*", ACCOUNT) == Resource("Account", ACCOUNT, ACCOUNT)
    assert thing_of("arn:aws:logs:us-east-1:444455556666:log-group:x", ACCOUNT).account == "444455556666"
