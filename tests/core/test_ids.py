"""ARNs are taken apart and put together again without loss."""

from __future__ import annotations

import pytest

from usina.core.ids import Arn


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
        "arn:aws:iam::123456789012:user/ana",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc",
    ],
)
def test_an_arn_survives_the_round_trip(text: str) -> None:
    assert str(Arn.parse(text)) == text


@pytest.mark.parametrize("text", ["", "arn", "arn:aws:s3", "arn:gcp:a:b:c:d", "urn:aws:a:b:c:d"])
def test_what_is_no_arn_is_none(text: str) -> None:
    assert Arn.parse(text) is None
