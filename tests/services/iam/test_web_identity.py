"""Roles that workloads take with a token of a provider: botocore's own client over the whole pipeline, unsigned."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from tests.services.iam.scene import ADDRESS, MODEL, OTHER, Clients, Scene, allow, policy
from tests.services.iam.test_acting import code_of
from usina.testing.oidc import AUDIENCE, SUBJECT, FakeProvider
from usina.testing.world import ACCOUNT

NAME = "idp.example.internal/realm"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{NAME}"


def federated(*conditions: dict[str, Any], provider: str = PROVIDER, **more: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        **({"Condition": conditions[0]} if conditions else {}),
        **more,
    }
    return policy(statement)


SUB = {"StringEquals": {f"{NAME}:sub": SUBJECT, f"{NAME}:aud": AUDIENCE}}


@pytest.fixture(scope="module", autouse=True)
def _registered(admin: Clients) -> None:
    made = admin("iam").create_open_id_connect_provider(Url=f"https://{NAME}", ClientIDList=[AUDIENCE])
    assert made["OpenIDConnectProviderArn"] == PROVIDER


def unsigned(scene: Scene) -> Any:
    client = Session().create_client(
        "sts",
        region_name="us-east-1",
        endpoint_url=ADDRESS,
        config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}),
    )
    client.meta.events.register("before-send", scene.answer)
    return client


def take(scene: Scene, role: str, token: str, **more: Any) -> dict[str, Any]:
    taken: dict[str, Any] = unsigned(scene).assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="pod-7", WebIdentityToken=token, **more
    )
    return taken


def role_for(admin: Clients, name: str, trust: str) -> str:
    iam = admin("iam")
    arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"])
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(allow("bedrock:InvokeModel", MODEL)))
    return arn


def refusal(scene: Scene, role: str, token: str, **more: Any) -> str:
    return code_of(lambda: take(scene, role, token, **more))


def test_a_workload_gets_the_role_that_trusts_it_without_any_key(scene: Scene, admin: Clients) -> None:
    role = role_for(admin, "pods", federated(SUB))
    taken = take(scene, role, scene.provider.token())
    assert taken["SubjectFromWebIdentityToken"] == SUBJECT
    assert (taken["Audience"], taken["Provider"]) == (AUDIENCE, PROVIDER)
    got = taken["Credentials"]
    session = Clients(scene, got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])
    assert session("sts").get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/pods/pod-7"
    assert session.converse() == "yes"
    assert code_of(lambda: session("iam").list_roles()) == "AccessDenied"


def test_the_ledger_says_who_took_the_role_and_holds_no_token(scene: Scene, admin: Clients) -> None:
    role = role_for(admin, "recorded", federated(SUB))
    token = scene.provider.token()
    take(scene, role, token)
    intent = [record for record in scene.ledger() if record.get("operation") == "AssumeRoleWithWebIdentity"][-1]
    assert intent["principal"] == f"arn:aws:sts::{ACCOUNT}:web-identity/{NAME}/{SUBJECT}"
    assert intent["resources"] == [role]
    assert not any(piece in str(scene.ledger()) for piece in token.split("."))


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("subject", {"StringEquals": {f"{NAME}:sub": "somebody else"}}),
        ("like", {"StringLike": {f"{NAME}:sub": "system:serviceaccount:other:*"}}),
        ("audience", {"StringEquals": {f"{NAME}:aud": "other"}}),
        ("absent", {"Null": {f"{NAME}:sub": "true"}}),
    ],
)
def test_a_condition_on_what_the_token_says_must_hold(
    scene: Scene, admin: Clients, name: str, condition: dict[str, Any]
) -> None:
    role = role_for(admin, f"if-{name}", federated(condition))
    assert refusal(scene, role, scene.provider.token()) == "AccessDenied"


def test_a_pattern_of_subjects_is_taken(scene: Scene, admin: Clients) -> None:
    role = role_for(admin, "patterns", federated({"StringLike": {f"{NAME}:sub": "system:serviceaccount:apps:*"}}))
    assert take(scene, role, scene.provider.token())["AssumedRoleUser"]["Arn"].endswith("/pod-7")
    assert refusal(scene, role, scene.provider.token(sub="system:serviceaccount:ops:root")) == "AccessDenied"


@pytest.mark.parametrize(
    "trust",
    [
        {"AWS": "*"},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        {"AWS": ACCOUNT},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:user/root"},
        {"Service": "sagemaker.amazonaws.com"},
        {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/other.internal"},
        {"Federated": f"arn:aws:iam::{OTHER}:oidc-provider/{NAME}"},
    ],
    ids=["anybody", "account", "number", "user", "service", "other-provider", "other-account"],
)
def test_trust_in_anybody_else_opens_no_role_to_a_token(
    scene: Scene, admin: Clients, trust: dict[str, str], request: pytest.FixtureRequest
) -> None:
    document = policy({"Effect": "Allow", "Principal": trust, "Action": "sts:*"})
    role = role_for(admin, f"not-{request.node.callspec.id}", document)
    assert refusal(scene, role, scene.provider.token()) == "AccessDenied"


def test_trust_in_a_provider_opens_no_role_to_a_key(scene: Scene, admin: Clients) -> None:
    role = role_for(admin, "tokens-only", federated(Action="sts:*"))
    assert code_of(lambda: admin.assume(role)) == "AccessDenied"
    for asker in (admin, scene.as_site("administrator")):
        client = asker("sts")
        client.meta.events.register_first("choose-signer.sts.AssumeRoleWithWebIdentity", lambda **_: "v4")
        asked = {"RoleArn": role, "RoleSessionName": "xx", "WebIdentityToken": scene.provider.token()}
        told = code_of(partial(client.assume_role_with_web_identity, **asked))
        assert told == "AccessDenied"


def test_a_user_of_the_name_of_a_subject_lends_it_nothing(scene: Scene, admin: Clients) -> None:
    iam = admin("iam")
    iam.create_user(UserName="trainer")
    iam.put_user_policy(UserName="trainer", PolicyName="all", PolicyDocument=policy(allow("*")))
    role = role_for(admin, "not-for-trainer", federated({"StringEquals": {f"{NAME}:sub": "other"}}))
    assert refusal(scene, role, scene.provider.token(sub="trainer")) == "AccessDenied"


@pytest.mark.parametrize("name", ["developer", "administrator"])
def test_no_site_role_is_taken_with_a_token(scene: Scene, name: str) -> None:
    assert refusal(scene, f"arn:aws:iam::{ACCOUNT}:role/{name}", scene.provider.token()) == "AccessDenied"


def test_a_provider_of_one_account_opens_nothing_in_another(scene: Scene) -> None:
    assert refusal(scene, f"arn:aws:iam::{OTHER}:role/pods", scene.provider.token()) == "InvalidIdentityToken"


def test_false_tokens_get_awss_own_errors(scene: Scene, admin: Clients) -> None:
    role = role_for(admin, "false-tokens", federated(SUB))
    good = scene.provider.token()
    assert refusal(scene, role, good[:-6] + "AAAAAA") == "InvalidIdentityToken"
    assert refusal(scene, role, "nonsense") == "InvalidIdentityToken"
    assert refusal(scene, role, scene.provider.token(aud="other")) == "InvalidIdentityToken"
    now = int(scene.provider.clock.now())
    assert refusal(scene, role, scene.provider.token(iat=now - 700, exp=now - 100)) == "ExpiredTokenException"
    stranger = FakeProvider(scene.provider.clock, "https://stranger.internal")
    assert refusal(scene, role, stranger.token()) == "InvalidIdentityToken"
    forger = FakeProvider(scene.provider.clock)  # the same issuer and key id, another key
    assert refusal(scene, role, forger.token()) == "InvalidIdentityToken"


def test_a_token_is_good_again_from_where_it_was_used_and_nowhere_else(scene: Scene, admin: Clients) -> None:
    role = role_for(admin, "again", federated(SUB))
    token = scene.provider.token(jti="once")
    for _ in range(3):
        take(scene, role, token)
    scene.peer = "192.0.2.66"
    try:
        assert refusal(scene, role, token) == "InvalidIdentityToken"
        assert take(scene, role, scene.provider.token(jti="its own"))
    finally:
        scene.peer = "127.0.0.1"


def test_what_would_not_be_heeded_is_refused(scene: Scene, admin: Clients) -> None:
    role = role_for(admin, "plain", federated(SUB))
    assert refusal(scene, role, scene.provider.token(), Policy=policy(allow("*"))) == "ValidationError"
    assert refusal(scene, role, scene.provider.token(), DurationSeconds=3_601) == "ValidationError"


def test_a_condition_on_a_provider_that_the_statement_is_not_about_is_refused(admin: Clients) -> None:
    for document in (
        federated({"StringEquals": {"other.internal:sub": SUBJECT}}),
        federated({"StringEquals": {f"{NAME}:email": "a@b"}}),
        policy({**allow("s3:*"), "Condition": SUB}),
    ):
        kind = "Principal" in document
        make = admin("iam").create_role if kind else admin("iam").create_policy
        names = {"RoleName": "bad", "AssumeRolePolicyDocument": document}
        names = names if kind else {"PolicyName": "bad", "PolicyDocument": document}
        assert code_of(partial(make, **names)) == "MalformedPolicyDocument"


# --- providers as resources


def test_providers_are_made_shown_changed_and_taken_away(admin: Clients) -> None:
    iam = admin("iam")
    made = iam.create_open_id_connect_provider(
        Url="https://ci.example.internal:8443/org",
        ClientIDList=["one"],
        ThumbprintList=["a" * 40],
        Tags=[{"Key": "team", "Value": "ci"}],
    )
    arn = made["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:oidc-provider/ci.example.internal:8443/org"
    assert {"Arn": arn} in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="two")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="one")
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["b" * 40])
    iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=[{"Key": "env", "Value": "x"}])
    iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["team"])
    shown = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert shown["Url"] == "ci.example.internal:8443/org"
    assert (shown["ClientIDList"], shown["ThumbprintList"]) == (["two"], ["b" * 40])
    tags = iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)["Tags"]
    assert tags == shown["Tags"] == [{"Key": "env", "Value": "x"}]
    again = {"Url": "https://ci.example.internal:8443/org"}
    assert code_of(lambda: iam.create_open_id_connect_provider(**again)) == "EntityAlreadyExists"
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert code_of(lambda: iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)) == "NoSuchEntity"


@pytest.mark.parametrize(
    "url",
    [
        "http://idp.internal",
        "https://",
        "https://user:pass@idp.internal",
        "https://idp.internal/?a=b",
        "https://idp.internal/#x",
        "https://idp.internal:0",
        "https://idp.internal:99999",
        "https://id p.internal",
        "https://*.internal",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address_of_a_provider_is_refused(admin: Clients, url: str) -> None:
    assert code_of(lambda: admin("iam").create_open_id_connect_provider(Url=url)) in {"ValidationError", "InvalidInput"}


def test_a_provider_of_another_account_cannot_be_seen_or_changed(scene: Scene, admin: Clients) -> None:
    other = scene.as_site("tenant-administrator", account=OTHER)("iam")
    for arn in (PROVIDER, PROVIDER.replace(NAME, "not.there")):
        for act in (other.get_open_id_connect_provider, other.delete_open_id_connect_provider):
            assert code_of(partial(act, OpenIDConnectProviderArn=arn)) == "AccessDenied"
    assert other.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []


def test_a_provider_that_is_away_is_told_as_such(scene: Scene, admin: Clients) -> None:
    admin("iam").create_open_id_connect_provider(Url="https://away.internal", ClientIDList=[AUDIENCE])
    away = FakeProvider(scene.provider.clock, "https://away.internal")
    role = role_for(admin, "away", federated(provider=f"arn:aws:iam::{ACCOUNT}:oidc-provider/away.internal"))
    with pytest.raises(ClientError) as caught:
        take(scene, role, away.token())
    assert caught.value.response["Error"]["Code"] == "IDPCommunicationError"
