"""Buckets: names are taken for the whole site, and belong to one account."""

from __future__ import annotations

import uuid
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.s3.test_with_boto import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.s3.running import StorageSite


@pytest.fixture(scope="module")
def stranger(site: StorageSite) -> Iterator[Any]:
    with closing(site.client("stranger")) as client:
        yield client


def test_a_bucket_is_made_found_listed_and_removed(s3: Any) -> None:
    name = f"made-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    s3.create_bucket(Bucket=name)  # once more: as in us-east-1, that is no error
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    assert name in {each["Name"] for each in s3.list_buckets()["Buckets"]}
    s3.put_object(Bucket=name, Key="k", Body=b"")
    assert code(s3.delete_bucket, Bucket=name) == ("BucketNotEmpty", 409)
    s3.delete_object(Bucket=name, Key="k")
    s3.delete_bucket(Bucket=name)
    assert code(s3.head_bucket, Bucket=name) == ("404", 404)


@pytest.mark.parametrize("name", ["UPPER", "under_score", "192.168.0.1", "two..dots", "-dash", "xn--name", "a" * 64])
def test_a_name_that_s3_does_not_take_is_refused(s3: Any, name: str) -> None:
    with pytest.raises(Exception, match=r"(?i)valid"):
        s3.create_bucket(Bucket=name)


def test_another_accounts_bucket_is_closed_and_its_name_taken(stranger: Any, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"secret")
    assert code(stranger.create_bucket, Bucket=bucket) == ("BucketAlreadyExists", 409)
    assert code(stranger.head_bucket, Bucket=bucket) == ("403", 403)
    assert bucket not in {each["Name"] for each in stranger.list_buckets()["Buckets"]}
    asked = {"Bucket": bucket, "Key": "k"}
    for act in (stranger.get_object, stranger.delete_object, stranger.get_object_tagging):
        assert code(act, **asked) == ("AccessDenied", 403)
    assert code(stranger.put_object, **asked, Body=b"x" * 100_000) == ("AccessDenied", 403)
    assert code(stranger.list_objects_v2, Bucket=bucket) == ("AccessDenied", 403)
    assert code(stranger.delete_objects, Bucket=bucket, Delete={"Objects": [{"Key": "k"}]}) == ("AccessDenied", 403)
    own = f"own-{uuid.uuid4()}"
    stranger.create_bucket(Bucket=own)
    copy = {"Bucket": own, "Key": "k", "CopySource": asked}
    assert code(stranger.copy_object, **copy) == ("AccessDenied", 403)
    assert s3.get_object(**asked)["Body"].read() == b"secret"


def test_another_account_cannot_tell_whether_an_object_is_there(stranger: Any, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="there", Body=b"secret")
    for act in (stranger.get_object, stranger.head_object, stranger.delete_object, stranger.get_object_tagging):
        there, none = (code(act, Bucket=bucket, Key=key) for key in ("there", "none"))
        assert there == none
        assert there[1] == 403
    for prefix in ("there", "none"):
        assert code(stranger.list_objects_v2, Bucket=bucket, Prefix=prefix) == ("AccessDenied", 403)


def test_listing_buckets_comes_in_pages(s3: Any) -> None:
    names = sorted(f"paged-{n}-{uuid.uuid4()}" for n in range(3))
    for name in names:
        s3.create_bucket(Bucket=name)
    pages = list(s3.get_paginator("list_buckets").paginate(Prefix="paged-", PaginationConfig={"PageSize": 1}))
    assert set(names) <= {each["Name"] for page in pages for each in page["Buckets"]}
    assert all(len(page["Buckets"]) == 1 for page in pages)
