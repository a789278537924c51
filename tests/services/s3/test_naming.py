"""A request acts in the bucket that policy judged, not in one that took its name since."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from usina.core.errors import NotFoundError
from usina.core.objects import Bucket
from usina.services.s3.naming import the_bucket, touches_object
from usina.services.s3.objects import put_object
from usina.testing.world import call_of, world

ASKED: dict[str, Any] = {"Bucket": "bucket", "Key": "k", "Body": b"x" * 20_000}


async def test_a_bucket_that_another_account_made_since_is_not_there() -> None:
    ports, call = world(), call_of(ASKED)
    (judged,) = touches_object(call, ports)
    assert judged.account == call.principal.account
    await ports.buckets.create(Bucket("bucket", "444455556666", call.received_at))
    with pytest.raises(NotFoundError) as refused:
        await put_object(call, ports)
    assert refused.value.code == "NoSuchBucket"
    assert touches_object(call, ports)[0].account == "444455556666"


async def test_a_bucket_that_was_there_is_there_for_whom_policy_lets() -> None:
    ports, call = world(), call_of(ASKED)
    await ports.buckets.create(Bucket("bucket", "444455556666", call.received_at - 1))
    assert the_bucket(call, ports).account == "444455556666"
    await ports.buckets.create(Bucket("own", call.principal.account, call.received_at + 1))
    assert the_bucket(replace(call, arguments={"Bucket": "own"}), ports).name == "own"
