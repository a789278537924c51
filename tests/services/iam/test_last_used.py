"""GetAccessKeyLastUsed, as boto3 sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from usina.core.keys import KeyUse
from usina.services import operations
from usina.testing.aws_client import connect
from usina.testing.world import ACCOUNT, call_of, principal, world

if TYPE_CHECKING:
    from usina.testing.keyring import FakeKeyring


def test_a_key_that_was_never_used_says_so_as_aws_does() -> None:
    ports = world()
    iam = connect("iam", ports)
    iam.create_user(UserName="eve")
    key_id = iam.create_access_key(UserName="eve")["AccessKey"]["AccessKeyId"]
    told = iam.get_access_key_last_used(AccessKeyId=key_id)
    assert told["UserName"] == "eve"
    assert told["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}


def test_a_key_that_was_used_says_when_and_for_what() -> None:
    from dataclasses import replace

    ports = world()
    iam = connect("iam", ports)
    iam.create_user(UserName="eve")
    key_id = iam.create_access_key(UserName="eve")["AccessKey"]["AccessKeyId"]
    keyring: FakeKeyring = ports.keyring  # type: ignore[assignment]  # the world's own
    keyring.cards[key_id] = replace(keyring.cards[key_id], last_use=KeyUse(1_800_000_000.0, "bedrock", "us-east-1"))
    told = iam.get_access_key_last_used(AccessKeyId=key_id)["AccessKeyLastUsed"]
    assert (told["ServiceName"], told["Region"], told["LastUsedDate"].timestamp()) == (
        "bedrock",
        "us-east-1",
        1_800_000_000.0,
    )


def test_a_key_that_is_not_there_is_not_found() -> None:
    with pytest.raises(ClientError) as caught:
        connect("iam", world()).get_access_key_last_used(AccessKeyId="AKIAIOSFODNN7EXAMPLE")
    assert caught.value.response["Error"]["Code"] == "NoSuchEntity"


def test_an_id_says_whose_account_is_asked_about() -> None:
    touches = operations()["iam", "GetAccessKeyLastUsed"].touches
    call = call_of({"AccessKeyId": "no id of ours at all"}, principal(ACCOUNT))
    assert [each.account for each in touches(call, world())] == [ACCOUNT]
