"""Versions, the marks of deletions, and locks that even their owner cannot open."""

from __future__ import annotations

import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.s3.test_with_boto import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.s3.running import StorageSite


@pytest.fixture
def versioned(s3: Any, bucket: str) -> str:
    s3.put_object(Bucket=bucket, Key="old", Body=b"before")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


@pytest.fixture
def locked(s3: Any) -> str:
    name = f"locked-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


@pytest.fixture(scope="module")
def administrator(site: StorageSite) -> Iterator[Any]:
    with closing(site.client("administrator")) as client:
        yield client


def test_each_write_makes_a_version_and_a_deletion_only_marks(s3: Any, versioned: str) -> None:
    asked = {"Bucket": versioned, "Key": "k"}
    first = s3.put_object(**asked, Body=b"one")["VersionId"]
    second = s3.put_object(**asked, Body=b"two")["VersionId"]
    assert s3.get_object(**asked)["VersionId"] == second
    mark = s3.delete_object(**asked)
    assert mark["DeleteMarker"]
    assert code(s3.get_object, **asked) == ("NoSuchKey", 404)
    assert code(s3.get_object, **asked, VersionId=mark["VersionId"]) == ("MethodNotAllowed", 405)
    assert s3.get_object(**asked, VersionId=first)["Body"].read() == b"one"
    assert s3.list_objects_v2(Bucket=versioned)["KeyCount"] == 1
    listed = s3.list_object_versions(Bucket=versioned, Prefix="k")
    assert [(each["VersionId"], each["IsLatest"]) for each in listed["Versions"]] == [(second, False), (first, False)]
    assert [(each["VersionId"], each["IsLatest"]) for each in listed["DeleteMarkers"]] == [(mark["VersionId"], True)]
    s3.delete_object(**asked, VersionId=mark["VersionId"])
    assert s3.get_object(**asked)["Body"].read() == b"two"
    s3.delete_object(**asked, VersionId=second)
    assert s3.get_object(**asked)["Body"].read() == b"one"


def test_what_was_there_before_is_the_null_version(s3: Any, versioned: str) -> None:
    s3.put_object(Bucket=versioned, Key="old", Body=b"after")
    assert s3.get_object(Bucket=versioned, Key="old", VersionId="null")["Body"].read() == b"before"
    s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Suspended"})
    assert s3.get_bucket_versioning(Bucket=versioned)["Status"] == "Suspended"
    s3.put_object(Bucket=versioned, Key="old", Body=b"suspended")
    assert s3.get_object(Bucket=versioned, Key="old", VersionId="null")["Body"].read() == b"suspended"
    assert len(s3.list_object_versions(Bucket=versioned)["Versions"]) == 2


def test_versions_are_listed_in_pages(s3: Any, versioned: str) -> None:
    for number in range(3):
        for key in ("a", "b"):
            s3.put_object(Bucket=versioned, Key=key, Body=str(number).encode())
    pages = list(s3.get_paginator("list_object_versions").paginate(Bucket=versioned, PaginationConfig={"PageSize": 2}))
    found = [(each["Key"], each["VersionId"]) for page in pages for each in page["Versions"]]
    assert [key for key, _ in found] == ["a"] * 3 + ["b"] * 3 + ["old"]
    assert len(set(found)) == 7


def test_tags_of_an_object_and_of_a_bucket_are_kept(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    tags = {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]}
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=tags)
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags["TagSet"]
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    twice = {"TagSet": [{"Key": "a", "Value": "1"}] * 2}
    assert code(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging=twice)[0] == "InvalidTag"
    assert code(s3.get_bucket_tagging, Bucket=bucket) == ("NoSuchTagSet", 404)
    s3.put_bucket_tagging(Bucket=bucket, Tagging=tags)
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags["TagSet"]
    s3.delete_bucket_tagging(Bucket=bucket)
    assert code(s3.get_bucket_tagging, Bucket=bucket) == ("NoSuchTagSet", 404)


def test_nobody_shortens_or_passes_a_lock_of_compliance(s3: Any, locked: str, administrator: Any) -> None:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    asked = {"Bucket": locked, "Key": "k"}
    lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
    version = s3.put_object(**asked, Body=b"kept", **lock)["VersionId"]
    assert s3.get_object_retention(**asked)["Retention"] == {"Mode": "COMPLIANCE", "RetainUntilDate": until}
    for client in (s3, administrator):
        assert code(client.delete_object, **asked, VersionId=version) == ("AccessDenied", 403)
        sooner = {"Mode": "COMPLIANCE", "RetainUntilDate": until - timedelta(hours=1)}
        assert code(client.put_object_retention, **asked, Retention=sooner) == ("AccessDenied", 403)
        weaker = {"Mode": "GOVERNANCE", "RetainUntilDate": until + timedelta(hours=1)}
        assert code(client.put_object_retention, **asked, Retention=weaker) == ("AccessDenied", 403)
    bypass = {**asked, "VersionId": version, "BypassGovernanceRetention": True}
    assert code(administrator.delete_object, **bypass) == ("AccessDenied", 403)
    many = {"Objects": [{"Key": "k", "VersionId": version}]}
    told = administrator.delete_objects(Bucket=locked, Delete=many, BypassGovernanceRetention=True)
    assert told["Errors"][0]["Code"] == "AccessDenied"
    s3.put_object_retention(**asked, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until + timedelta(days=1)})
    s3.delete_object(**asked)  # a mark removes nothing
    assert s3.get_object(**asked, VersionId=version)["Body"].read() == b"kept"


def test_a_lock_of_governance_is_passed_by_whom_policy_lets(s3: Any, locked: str, administrator: Any) -> None:
    lock = {"Mode": "GOVERNANCE", "Days": 1}
    rule = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": lock}}
    s3.put_object_lock_configuration(Bucket=locked, ObjectLockConfiguration=rule)
    assert s3.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"] == rule
    version = s3.put_object(Bucket=locked, Key="k", Body=b"")["VersionId"]
    asked = {"Bucket": locked, "Key": "k", "VersionId": version}
    assert code(s3.delete_object, **asked) == ("AccessDenied", 403)
    assert code(s3.delete_object, **asked, BypassGovernanceRetention=True) == ("AccessDenied", 403)
    assert code(administrator.delete_object, **asked) == ("AccessDenied", 403)
    administrator.delete_object(**asked, BypassGovernanceRetention=True)


def test_a_legal_hold_keeps_a_version_until_it_is_let_go(s3: Any, locked: str) -> None:
    asked = {"Bucket": locked, "Key": "k"}
    version = s3.put_object(**asked, Body=b"", ObjectLockLegalHoldStatus="ON")["VersionId"]
    assert s3.get_object_legal_hold(**asked)["LegalHold"]["Status"] == "ON"
    assert code(s3.delete_object, **asked, VersionId=version) == ("AccessDenied", 403)
    s3.put_object_legal_hold(**asked, LegalHold={"Status": "OFF"})
    s3.delete_object(**asked, VersionId=version)


def test_a_locked_bucket_keeps_its_versions(s3: Any, locked: str, bucket: str) -> None:
    suspended = {"Bucket": locked, "VersioningConfiguration": {"Status": "Suspended"}}
    assert code(s3.put_bucket_versioning, **suspended)[0] == "InvalidBucketState"
    enabled = {"ObjectLockEnabled": "Enabled"}
    assert code(s3.put_object_lock_configuration, Bucket=bucket, ObjectLockConfiguration=enabled)[1] == 409
    assert code(s3.get_object_lock_configuration, Bucket=bucket)[0] == "ObjectLockConfigurationNotFoundError"


def test_lifecycle_rules_come_back_as_they_were_given(s3: Any, bucket: str) -> None:
    assert code(s3.get_bucket_lifecycle_configuration, Bucket=bucket) == ("NoSuchLifecycleConfiguration", 404)
    rules = [
        {"ID": "days", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 7}},
        {
            "ID": "date",
            "Status": "Disabled",
            "Filter": {"And": {"Prefix": "x", "Tags": [{"Key": "a", "Value": "b"}]}},
            "Expiration": {"Date": datetime(2030, 1, 1, tzinfo=UTC)},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == rules
    moved = [{**rules[0], "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}]
    refused = code(s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration={"Rules": moved})
    assert refused == ("NotImplemented", 501)
    s3.delete_bucket_lifecycle(Bucket=bucket)
    assert code(s3.get_bucket_lifecycle_configuration, Bucket=bucket) == ("NoSuchLifecycleConfiguration", 404)
