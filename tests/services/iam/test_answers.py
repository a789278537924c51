"""What IAM's operations answer, to botocore's own client: shapes, paging and the words of its errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.services.iam.scene import Scene, allow, policy, trust
from usina.testing.world import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services.iam.scene import Clients

TRUST = trust(Service="sagemaker.amazonaws.com")
MANAGED = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"


@pytest.fixture(scope="module")
def iam(admin: Clients) -> Any:
    return admin("iam")


def refusal(act: Callable[[], object]) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        act()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_a_role_is_answered_as_it_was_made(iam: Any) -> None:
    made = iam.create_role(
        RoleName="trainer",
        Path="/service-role/",
        AssumeRolePolicyDocument=TRUST,
        Description="trains",
        MaxSessionDuration=7_200,
        Tags=[{"Key": "team", "Value": "blue"}],
    )["Role"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/service-role/trainer"
    assert made["RoleId"].startswith("AROA")
    assert made["AssumeRolePolicyDocument"] == json.loads(TRUST)
    got = iam.get_role(RoleName="trainer")["Role"]
    assert got == made
    assert (got["Description"], got["MaxSessionDuration"], got["Tags"]) == (
        "trains",
        7_200,
        [{"Key": "team", "Value": "blue"}],
    )
    iam.update_role_description(RoleName="trainer", Description="trains more")
    assert iam.get_role(RoleName="trainer")["Role"]["Description"] == "trains more"
    other = trust(Service="bedrock.amazonaws.com")
    iam.update_assume_role_policy(RoleName="trainer", PolicyDocument=other)
    assert iam.get_role(RoleName="trainer")["Role"]["AssumeRolePolicyDocument"] == json.loads(other)
    assert iam.list_roles(PathPrefix="/service-role/")["Roles"][0]["RoleName"] == "trainer"


def test_names_that_are_taken_or_missing_are_told_in_iams_words(iam: Any) -> None:
    iam.create_role(RoleName="once", AssumeRolePolicyDocument=TRUST)
    again = refusal(lambda: iam.create_role(RoleName="once", AssumeRolePolicyDocument=TRUST))
    assert again[:2] == ("EntityAlreadyExists", 409)
    for act in (
        lambda: iam.get_role(RoleName="nobody"),
        lambda: iam.delete_role(RoleName="nobody"),
        lambda: iam.get_user(UserName="nobody"),
        lambda: iam.create_access_key(UserName="nobody"),
        lambda: iam.list_access_keys(UserName="nobody"),
        lambda: iam.get_role_policy(RoleName="once", PolicyName="none"),
        lambda: iam.delete_role_policy(RoleName="once", PolicyName="none"),
        lambda: iam.get_policy(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/none"),
        lambda: iam.attach_role_policy(RoleName="once", PolicyArn="arn:aws:iam::aws:policy/None"),
        lambda: iam.detach_role_policy(RoleName="once", PolicyArn=MANAGED),
    ):
        assert refusal(act)[:2] == ("NoSuchEntity", 404)


def test_a_policy_that_cannot_be_translated_is_refused_with_the_element(iam: Any) -> None:
    iam.create_user(UserName="strict")
    for statement, words in (
        (allow("bedrock:*") | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, "aws:PrincipalOrgID"),
        (allow("s3:*", "arn:aws:s3:::b/${aws:username}/*"), "variables"),
        (allow("s3:Get?bject"), "Action"),
        (allow("bedrock:*", "not-an-arn"), "Resource"),
        ({"Effect": "Allow", "Action": "*"}, "Resource"),
        ({"Effect": "Maybe", "Action": "*", "Resource": "*"}, "Effect"),
        (allow("*") | {"Principal": "*"}, "Principal"),
        (allow("*") | {"Condition": {"Near": {"aws:SourceIp": "10.0.0.1"}}}, "Near"),
    ):
        code, status, message = refusal(
            lambda statement=statement: iam.put_user_policy(  # type: ignore[misc]
                UserName="strict", PolicyName="p", PolicyDocument=policy(statement)
            )
        )
        assert (code, status) == ("MalformedPolicyDocument", 400)
        assert words in message
    federated = trust(Federated="accounts.example.com")
    code, _, message = refusal(lambda: iam.create_role(RoleName="fed", AssumeRolePolicyDocument=federated))
    assert (code, "Federated" in message) == ("MalformedPolicyDocument", True)
    code, _, _ = refusal(lambda: iam.create_role(RoleName="bad", AssumeRolePolicyDocument="{"))
    assert code == "MalformedPolicyDocument"


def test_what_is_in_use_is_not_deleted(iam: Any) -> None:
    iam.create_role(RoleName="used", AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName="used", PolicyName="p", PolicyDocument=policy(allow("s3:*")))
    arn = iam.create_policy(PolicyName="used", PolicyDocument=policy(allow("s3:*")))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="used", PolicyArn=arn)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(allow("logs:*")))
    for act in (lambda: iam.delete_role(RoleName="used"), lambda: iam.delete_policy(PolicyArn=arn)):
        assert refusal(act)[:2] == ("DeleteConflict", 409)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    assert refusal(lambda: iam.delete_policy(PolicyArn=arn))[0] == "DeleteConflict"
    iam.detach_role_policy(RoleName="used", PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
    assert refusal(lambda: iam.delete_role(RoleName="used"))[0] == "DeleteConflict"
    iam.delete_role_policy(RoleName="used", PolicyName="p")
    iam.delete_role(RoleName="used")
    assert refusal(lambda: iam.get_role(RoleName="used"))[0] == "NoSuchEntity"


def test_listings_come_in_pages(iam: Any) -> None:
    for number in range(5):
        iam.create_role(RoleName=f"page-{number}", Path="/pages/", AssumeRolePolicyDocument=TRUST)
        iam.put_role_policy(RoleName="page-0", PolicyName=f"p{number}", PolicyDocument=policy(allow("s3:*")))
    first = iam.list_roles(PathPrefix="/pages/", MaxItems=2)
    assert first["IsTruncated"]
    pages = iam.get_paginator("list_roles").paginate(PathPrefix="/pages/", PaginationConfig={"PageSize": 2})
    assert [role["RoleName"] for page in pages for role in page["Roles"]] == [f"page-{n}" for n in range(5)]
    names = iam.get_paginator("list_role_policies").paginate(RoleName="page-0", PaginationConfig={"PageSize": 3})
    assert [name for page in names for name in page["PolicyNames"]] == [f"p{n}" for n in range(5)]
    assert refusal(lambda: iam.list_roles(Marker="!!"))[0] in {"InvalidInput", "ValidationError"}


def test_inline_policies_are_put_got_listed_and_deleted(iam: Any) -> None:
    document = policy(allow("s3:GetObject", "arn:aws:s3:::b/ä+ %"))
    iam.create_user(UserName="inline")
    iam.put_user_policy(UserName="inline", PolicyName="p", PolicyDocument=document)
    got = iam.get_user_policy(UserName="inline", PolicyName="p")
    assert (got["UserName"], got["PolicyName"], got["PolicyDocument"]) == ("inline", "p", json.loads(document))
    assert iam.list_user_policies(UserName="inline")["PolicyNames"] == ["p"]
    iam.delete_user_policy(UserName="inline", PolicyName="p")
    assert iam.list_user_policies(UserName="inline")["PolicyNames"] == []
    many = policy(allow([f"s3:Action{n}" for n in range(400)]))
    assert refusal(lambda: iam.put_user_policy(UserName="inline", PolicyName="p", PolicyDocument=many))[0] == (
        "LimitExceeded"
    )
    iam.create_role(RoleName="inline", AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName="inline", PolicyName="p", PolicyDocument=document)
    assert iam.get_role_policy(RoleName="inline", PolicyName="p")["PolicyDocument"] == json.loads(document)


def test_managed_policies_have_versions_one_of_them_in_force(iam: Any) -> None:
    made = iam.create_policy(
        PolicyName="versions", Path="/team/", Description="d", PolicyDocument=policy(allow("s3:*"))
    )["Policy"]
    arn = made["Arn"]
    assert (arn, made["DefaultVersionId"]) == (f"arn:aws:iam::{ACCOUNT}:policy/team/versions", "v1")
    second = iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(allow("logs:*")), SetAsDefault=True)
    assert second["PolicyVersion"]["VersionId"] == "v2"
    got = iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]
    assert (got["IsDefaultVersion"], got["Document"]) == (True, json.loads(policy(allow("logs:*"))))
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(each["VersionId"], each["IsDefaultVersion"]) for each in versions] == [("v1", True), ("v2", False)]
    assert refusal(lambda: iam.delete_policy_version(PolicyArn=arn, VersionId="v1"))[0] == "DeleteConflict"
    for number in range(3, 6):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(allow(f"s3:Get{number}")))
    more = refusal(lambda: iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(allow("s3:*"))))
    assert more[0] == "LimitExceeded"


def test_attachments_are_listed_from_both_sides(iam: Any) -> None:
    iam.create_role(RoleName="attached", AssumeRolePolicyDocument=TRUST)
    iam.create_user(UserName="attached")
    for _ in range(2):  # attaching again changes nothing
        iam.attach_role_policy(RoleName="attached", PolicyArn=MANAGED)
    iam.attach_user_policy(UserName="attached", PolicyArn=MANAGED)
    expected = [{"PolicyName": "AmazonSageMakerFullAccess", "PolicyArn": MANAGED}]
    assert iam.list_attached_role_policies(RoleName="attached")["AttachedPolicies"] == expected
    assert iam.list_attached_user_policies(UserName="attached")["AttachedPolicies"] == expected
    entities = iam.list_entities_for_policy(PolicyArn=MANAGED)
    assert [each["RoleName"] for each in entities["PolicyRoles"]] == ["attached"]
    assert [each["UserName"] for each in entities["PolicyUsers"]] == ["attached"]
    listed = iam.list_policies(OnlyAttached=True, Scope="AWS")["Policies"]
    assert [(each["Arn"], each["AttachmentCount"]) for each in listed] == [(MANAGED, 2)]
    assert iam.get_policy(PolicyArn=MANAGED)["Policy"]["AttachmentCount"] == 2
    assert iam.get_policy_version(PolicyArn=MANAGED, VersionId="v1")["PolicyVersion"]["Document"]["Statement"]
    iam.detach_user_policy(UserName="attached", PolicyArn=MANAGED)
    assert iam.list_entities_for_policy(PolicyArn=MANAGED, EntityFilter="User")["PolicyUsers"] == []
    assert refusal(lambda: iam.delete_policy(PolicyArn=MANAGED))[0] == "AccessDenied"


def test_users_and_their_keys(scene: Scene, iam: Any) -> None:
    made = iam.create_user(UserName="hal", Tags=[{"Key": "a", "Value": "1"}])["User"]
    assert (made["Arn"], made["Path"]) == (f"arn:aws:iam::{ACCOUNT}:user/hal", "/")
    assert iam.get_user(UserName="hal")["User"] == made
    assert "hal" in [user["UserName"] for user in iam.list_users()["Users"]]
    keys = [iam.create_access_key(UserName="hal")["AccessKey"] for _ in range(2)]
    assert len(keys[0]["SecretAccessKey"]) == 40
    assert refusal(lambda: iam.create_access_key(UserName="hal"))[0] == "LimitExceeded"
    assert refusal(lambda: iam.delete_user(UserName="hal"))[0] == "DeleteConflict"
    iam.update_access_key(UserName="hal", AccessKeyId=keys[0]["AccessKeyId"], Status="Inactive")
    listed = {key["AccessKeyId"]: key["Status"] for key in iam.list_access_keys(UserName="hal")["AccessKeyMetadata"]}
    assert listed == {keys[0]["AccessKeyId"]: "Inactive", keys[1]["AccessKeyId"]: "Active"}
    for key in keys:
        iam.delete_access_key(UserName="hal", AccessKeyId=key["AccessKeyId"])
    assert refusal(lambda: iam.delete_access_key(UserName="hal", AccessKeyId=keys[0]["AccessKeyId"]))[0] == (
        "NoSuchEntity"
    )
    iam.delete_user(UserName="hal")
    assert refusal(lambda: iam.get_user(UserName="hal"))[0] == "NoSuchEntity"
    assert refusal(lambda: iam.create_user(UserName="p", Path="/team/"))[0] == "InvalidInput"


def test_keys_with_site_roles_are_seen_but_not_ended_here(scene: Scene, admin: Clients, iam: Any) -> None:
    listed = iam.list_access_keys()["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in listed] == [admin.key_id]
    assert iam.get_user()["User"]["UserName"] == "root"
    code, _, message = refusal(lambda: iam.delete_access_key(AccessKeyId=admin.key_id))
    assert (code, "usina" in message) == ("AccessDenied", True)


def test_tags_of_roles_and_users_are_put_and_taken_off(iam: Any) -> None:
    iam.create_role(RoleName="tagged", AssumeRolePolicyDocument=TRUST)
    iam.tag_role(RoleName="tagged", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    iam.tag_role(RoleName="tagged", Tags=[{"Key": "A", "Value": "3"}])
    assert iam.list_role_tags(RoleName="tagged")["Tags"] == [
        {"Key": "A", "Value": "3"},
        {"Key": "b", "Value": "2"},
    ]
    iam.untag_role(RoleName="tagged", TagKeys=["a"])
    assert [tag["Key"] for tag in iam.list_role_tags(RoleName="tagged")["Tags"]] == ["b"]
    iam.create_user(UserName="tagged")
    iam.tag_user(UserName="tagged", Tags=[{"Key": "a", "Value": "1"}])
    assert iam.list_user_tags(UserName="tagged")["Tags"] == [{"Key": "a", "Value": "1"}]
    iam.untag_user(UserName="tagged", TagKeys=["a"])
    assert iam.list_user_tags(UserName="tagged")["Tags"] == []
    assert (
        refusal(lambda: iam.tag_user(UserName="tagged", Tags=[{"Key": "k", "Value": "1"}, {"Key": "K", "Value": "2"}]))[
            0
        ]
        == "InvalidInput"
    )


def test_only_those_who_administer_the_account_change_it(scene: Scene) -> None:
    developer = scene.as_site("developer", user="dora")("iam")
    other = scene.as_site("tenant-administrator", account="444455556666")("iam")
    assert refusal(lambda: developer.create_role(RoleName="x", AssumeRolePolicyDocument=TRUST))[0] == "AccessDenied"
    assert refusal(developer.list_users)[0] == "AccessDenied"
    assert refusal(lambda: other.get_policy(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/versions"))[0] == "AccessDenied"
    assert "trainer" not in [role["RoleName"] for role in other.list_roles()["Roles"]]
