"""Policies of buckets: put, got, deleted, and heeded beside the policies of users and roles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.services.iam.scene import OTHER, Clients, Scene, allow, deny, policy, trust
from usina.testing.world import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable

BUCKET = "arn:aws:s3:::data"


def refusal(act: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        act()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def may(who: Clients, act: str = "list_objects_v2", **arguments: Any) -> bool:
    try:
        getattr(who("s3"), act)(Bucket="data", **arguments)
    except ClientError as error:
        # The object is not there, says S3 to those who may look.
        return str(error.response["Error"]["Code"]) in {"404", "NoSuchKey"}
    return True


@pytest.fixture(scope="module")
def s3(admin: Clients) -> Any:
    client = admin("s3")
    client.create_bucket(Bucket="data")
    return client


@pytest.fixture(scope="module")
def ivy(scene: Scene, admin: Clients) -> Clients:
    """A user with no policies."""
    admin("iam").create_user(UserName="ivy")
    key = admin("iam").create_access_key(UserName="ivy")["AccessKey"]
    return Clients(scene, key["AccessKeyId"], key["SecretAccessKey"])


def test_a_policy_is_put_got_and_deleted(s3: Any) -> None:
    assert refusal(lambda: s3.get_bucket_policy(Bucket="data")) == ("NoSuchBucketPolicy", 404)
    document = policy(allow("s3:GetObject", f"{BUCKET}/*") | {"Principal": {"AWS": ACCOUNT}})
    s3.put_bucket_policy(Bucket="data", Policy=document)
    assert json.loads(s3.get_bucket_policy(Bucket="data")["Policy"]) == json.loads(document)
    assert s3.get_bucket_policy_status(Bucket="data")["PolicyStatus"] == {"IsPublic": False}
    s3.delete_bucket_policy(Bucket="data")
    assert refusal(lambda: s3.get_bucket_policy_status(Bucket="data")) == ("NoSuchBucketPolicy", 404)


def test_what_is_no_policy_of_this_bucket_is_refused(s3: Any) -> None:
    for document in (
        "{",
        policy(allow("s3:*", "arn:aws:s3:::other/*") | {"Principal": "*"}),
        policy(allow("s3:*", f"{BUCKET}/*")),  # for whom?
        policy(allow("s3:*", BUCKET, Condition={"StringEquals": {"s3:x-amz-acl": "private"}}) | {"Principal": "*"}),
    ):
        assert refusal(lambda document=document: s3.put_bucket_policy(Bucket="data", Policy=document)) == (  # type: ignore[misc]
            "MalformedPolicy",
            400,
        )


def test_an_allow_for_a_principal_is_a_permission_and_for_the_account_is_none(s3: Any, ivy: Clients) -> None:
    assert not may(ivy)
    for principal, expected in (
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/ivy"}, True),
        ("*", True),
        ({"AWS": ACCOUNT}, False),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/other"}, False),
    ):
        s3.put_bucket_policy(Bucket="data", Policy=policy(allow("s3:ListBucket", BUCKET) | {"Principal": principal}))
        assert may(ivy) is expected
        assert not may(ivy, "create_multipart_upload", Key="k")
    s3.delete_bucket_policy(Bucket="data")
    assert not may(ivy)


def test_a_deny_binds_whoever_is_otherwise_permitted(scene: Scene, s3: Any) -> None:
    developer = scene.as_site("developer", user="dan")
    assert may(developer)
    s3.put_bucket_policy(
        Bucket="data",
        Policy=policy(
            deny("s3:*", [BUCKET, f"{BUCKET}/*"], Condition={"Bool": {"aws:SecureTransport": "false"}})
            | {"Principal": "*"}
        ),
    )
    assert not may(developer)
    s3.delete_bucket_policy(Bucket="data")  # administrators are not locked out
    assert may(developer)


def test_a_role_named_by_a_bucket_policy_reaches_its_objects(admin: Clients, s3: Any) -> None:
    arn = admin("iam").create_role(RoleName="reader", AssumeRolePolicyDocument=trust(AWS=ACCOUNT))["Role"]["Arn"]
    reader = admin.assume(arn)
    s3.put_bucket_policy(
        Bucket="data", Policy=policy(allow("s3:GetObject", f"{BUCKET}/in/*") | {"Principal": {"AWS": arn}})
    )
    assert may(reader, "head_object", Key="in/a")
    assert not may(reader, "head_object", Key="out/a")
    assert not may(reader)
    s3.delete_bucket_policy(Bucket="data")


def test_no_bucket_policy_opens_a_bucket_to_another_account(scene: Scene, s3: Any) -> None:
    stranger = scene.as_site("tenant-administrator", account=OTHER)
    s3.put_bucket_policy(Bucket="data", Policy=policy(allow("s3:*", [BUCKET, f"{BUCKET}/*"]) | {"Principal": "*"}))
    assert not may(stranger)
    s3.delete_bucket_policy(Bucket="data")
