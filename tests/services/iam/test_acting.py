"""What users and roles may really do: policies made with botocore's clients, then tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.services.iam.scene import MODEL, OTHER, Clients, Scene, allow, deny, policy, trust
from usina.testing.world import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as caught:
        act()
    return str(caught.value.response["Error"]["Code"])


def role_of(admin: Clients, name: str, *statements: dict[str, object], trusted: str = "") -> str:
    """A role that the whole account is trusted with, with these statements; its ARN."""
    iam = admin("iam")
    document = trusted or trust(AWS=f"arn:aws:iam::{ACCOUNT}:root")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*statements))
    return str(arn)


def user_of(scene: Scene, admin: Clients, name: str, *statements: dict[str, object]) -> Clients:
    iam = admin("iam")
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Clients(scene, key["AccessKeyId"], key["SecretAccessKey"])


def test_a_role_session_does_what_its_policies_allow_and_nothing_more(scene: Scene, admin: Clients) -> None:
    arn = role_of(admin, "talker", allow("bedrock:InvokeModel", MODEL))
    session = admin.assume(arn)
    assert session("sts").get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/talker/work"
    assert session.converse() == "yes"
    assert session.converse("sentence-transformers.all-minilm-l6-v2") == "AccessDeniedException"
    assert code_of(lambda: session("bedrock").list_foundation_models()) == "AccessDeniedException"
    assert code_of(lambda: session("iam").list_roles()) == "AccessDenied"


def test_a_change_of_policies_is_in_force_at_once(scene: Scene, admin: Clients) -> None:
    session = admin.assume(role_of(admin, "changing"))
    assert session.converse() == "AccessDeniedException"
    iam = admin("iam")
    iam.put_role_policy(RoleName="changing", PolicyName="own", PolicyDocument=policy(allow("bedrock:Invoke*")))
    assert session.converse() == "yes"
    iam.put_role_policy(RoleName="changing", PolicyName="no", PolicyDocument=policy(deny("*")))
    assert session.converse() == "AccessDeniedException"
    iam.delete_role_policy(RoleName="changing", PolicyName="no")
    assert session.converse() == "yes"
    iam.delete_role_policy(RoleName="changing", PolicyName="own")
    assert session.converse() == "AccessDeniedException"


def test_a_role_that_was_made_again_is_not_the_role_of_older_sessions(scene: Scene, admin: Clients) -> None:
    session = admin.assume(role_of(admin, "reborn"))
    admin("iam").delete_role(RoleName="reborn")
    assert session.converse() == "AccessDeniedException"
    arn = role_of(admin, "reborn", allow("bedrock:*"))
    assert session.converse() == "AccessDeniedException"
    assert admin.assume(arn).converse() == "yes"


def test_a_user_without_site_roles_lives_by_the_policies_of_the_account(scene: Scene, admin: Clients) -> None:
    bob = user_of(scene, admin, "bob")
    assert bob("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/bob"
    assert bob.converse() == "AccessDeniedException"
    admin("iam").attach_user_policy(UserName="bob", PolicyArn="arn:aws:iam::aws:policy/AmazonBedrockFullAccess")
    assert bob.converse() == "yes"
    admin("iam").detach_user_policy(UserName="bob", PolicyArn="arn:aws:iam::aws:policy/AmazonBedrockFullAccess")
    assert bob.converse() == "AccessDeniedException"


def test_an_explicit_deny_also_binds_somebody_whom_the_site_permits(scene: Scene, admin: Clients) -> None:
    eve = scene.as_site("developer", user="eve")
    assert eve.converse() == "yes"
    admin("iam").create_user(UserName="eve")
    admin("iam").put_user_policy(UserName="eve", PolicyName="no", PolicyDocument=policy(deny("bedrock:*")))
    assert eve.converse() == "AccessDeniedException"
    admin("iam").delete_user_policy(UserName="eve", PolicyName="no")
    assert eve.converse() == "yes"


def test_nobody_leaves_the_policies_of_his_account_behind_by_taking_a_site_role(scene: Scene, admin: Clients) -> None:
    kim = scene.as_site("developer", user="kim")
    own = f"arn:aws:iam::{ACCOUNT}:role/developer"
    assert kim.assume(own).converse() == "yes"
    admin("iam").create_user(UserName="kim")
    admin("iam").put_user_policy(UserName="kim", PolicyName="no", PolicyDocument=policy(deny("bedrock:*")))
    assert code_of(lambda: kim.assume(own)) == "AccessDenied"
    admin("iam").put_user_policy(UserName="kim", PolicyName="role", PolicyDocument=policy(allow("sts:AssumeRole", own)))
    assert kim.assume(own).converse() == "yes"


def test_an_account_cannot_allow_what_is_the_sites_or_another_accounts(scene: Scene, admin: Clients) -> None:
    boss = user_of(scene, admin, "boss", allow("*"))
    assert boss.converse() == "yes"
    assert boss("iam").list_roles()["Roles"]
    other = scene.as_site("tenant-administrator", account=OTHER)
    arn = other("iam").create_role(RoleName="theirs", AssumeRolePolicyDocument=trust(AWS="*"))["Role"]["Arn"]
    assert code_of(lambda: boss.assume(arn)) == "AccessDenied"
    for role in ("administrator", "tenant-administrator", "developer", "auditor"):
        assert code_of(lambda role=role: boss.assume(f"arn:aws:iam::{ACCOUNT}:role/{role}")) == "AccessDenied"  # type: ignore[misc]


def test_an_own_role_by_the_name_of_a_site_role_has_none_of_its_rights(scene: Scene, admin: Clients) -> None:
    session = admin.assume(role_of(admin, "administrator"))
    assert session.converse() == "AccessDeniedException"
    assert code_of(lambda: session("iam").list_users()) == "AccessDenied"
    admin("iam").delete_role(RoleName="administrator")


def test_site_roles_are_taken_as_before(scene: Scene) -> None:
    developer = scene.as_site("developer", user="dev")
    session = developer.assume(f"arn:aws:iam::{ACCOUNT}:role/developer")
    assert session.converse() == "yes"
    assert code_of(lambda: developer.assume(f"arn:aws:iam::{ACCOUNT}:role/auditor")) == "AccessDenied"


def test_a_role_is_taken_by_whom_its_trust_policy_names(scene: Scene, admin: Clients) -> None:
    carol, dave = user_of(scene, admin, "carol"), user_of(scene, admin, "dave")
    arn = role_of(admin, "for-carol", trusted=trust(AWS=f"arn:aws:iam::{ACCOUNT}:user/carol"))
    carol.assume(arn)
    assert code_of(lambda: dave.assume(arn)) == "AccessDenied"
    # Nobody else, whatever they may do otherwise.
    assert code_of(lambda: admin.assume(arn)) == "AccessDenied"
    admin("iam").put_user_policy(UserName="dave", PolicyName="p", PolicyDocument=policy(allow("sts:AssumeRole")))
    assert code_of(lambda: dave.assume(arn)) == "AccessDenied"


def test_trust_in_the_account_leaves_it_to_the_policies_of_its_users(scene: Scene, admin: Clients) -> None:
    frank = user_of(scene, admin, "frank")
    arn = role_of(admin, "for-the-account")
    assert code_of(lambda: frank.assume(arn)) == "AccessDenied"
    admin("iam").put_user_policy(UserName="frank", PolicyName="p", PolicyDocument=policy(allow("sts:AssumeRole", arn)))
    frank.assume(arn)


def test_a_trust_policy_may_ask_for_an_external_id_and_a_session_name(scene: Scene, admin: Clients) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "k-17"}, "StringLike": {"sts:RoleSessionName": "night-*"}}
    statement = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole", "Condition": condition}
    arn = role_of(admin, "asked", trusted=policy(statement))
    admin.assume(arn, "night-1", ExternalId="k-17")
    assert code_of(lambda: admin.assume(arn, "night-1")) == "AccessDenied"
    assert code_of(lambda: admin.assume(arn, "day-1", ExternalId="k-17")) == "AccessDenied"


def test_a_role_can_take_another_role_that_trusts_it(scene: Scene, admin: Clients) -> None:
    first = role_of(admin, "first")
    second = role_of(admin, "second", allow("bedrock:*"), trusted=trust(AWS=first))
    session = admin.assume(first).assume(second)
    assert session.converse() == "yes"
    assert code_of(lambda: admin.assume(second)) == "AccessDenied"


def test_a_session_is_not_longer_than_its_role_allows(scene: Scene, admin: Clients) -> None:
    arn = role_of(admin, "short")
    assert code_of(lambda: admin.assume(arn, DurationSeconds=7_200)) == "ValidationError"
    admin("iam").update_role(RoleName="short", MaxSessionDuration=7_200, Description="longer")
    admin.assume(arn, DurationSeconds=7_200)


def test_a_key_that_is_put_out_of_use_ends_its_sessions_until_it_is_back(scene: Scene, admin: Clients) -> None:
    grace = user_of(scene, admin, "grace", allow(["bedrock:*", "sts:AssumeRole"]))
    session = grace.assume(role_of(admin, "for-grace", allow("bedrock:*")))
    assert (grace.converse(), session.converse()) == ("yes", "yes")
    iam = admin("iam")
    iam.update_access_key(UserName="grace", AccessKeyId=grace.key_id, Status="Inactive")
    assert grace.converse() == "UnrecognizedClientException"
    assert session.converse() == "UnrecognizedClientException"
    iam.update_access_key(UserName="grace", AccessKeyId=grace.key_id, Status="Active")
    assert (grace.converse(), session.converse()) == ("yes", "yes")
    iam.delete_access_key(UserName="grace", AccessKeyId=grace.key_id)
    assert grace.converse() == "UnrecognizedClientException"
    assert session.converse() == "UnrecognizedClientException"


def test_a_condition_on_the_callers_address_is_heeded(scene: Scene, admin: Clients) -> None:
    here = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    away = {"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    assert admin.assume(role_of(admin, "here", allow("bedrock:*", Condition=here))).converse() == "yes"
    session = admin.assume(role_of(admin, "away", allow("bedrock:*", Condition=away)))
    assert session.converse() == "AccessDeniedException"


def test_the_ledger_names_the_policies_that_decided(scene: Scene, admin: Clients) -> None:
    admin.assume(role_of(admin, "named", allow("bedrock:*"))).converse()
    intent = next(
        record
        for record in reversed(scene.ledger())
        if record["kind"] == "intent" and "assumed-role/named" in record["principal"]
    )
    assert "named/own#0" in intent["policy_ids"]
