"""What botocore's own client sends and gets to see, over our codec and handlers."""

from __future__ import annotations

from typing import Any

import pytest

from usina.testing.aws_client import connect
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.world import world

CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"
MODEL_ARN = f"arn:aws:bedrock:us-east-1::foundation-model/{CHAT.id}"


def client() -> Any:
    return connect("bedrock", world(aliases={CLAUDE: CHAT.id}))


def test_models_and_their_aliases_are_listed_and_described() -> None:
    bedrock = client()
    summaries = bedrock.list_foundation_models()["modelSummaries"]
    assert [summary["modelId"] for summary in summaries] == [CHAT.id, EMBEDDING.id, CLAUDE]
    assert bedrock.list_foundation_models(byOutputModality="EMBEDDING")["modelSummaries"][0]["modelId"] == EMBEDDING.id
    for name in (CLAUDE, f"arn:aws:bedrock:us-east-1::foundation-model/{CLAUDE}"):
        details = bedrock.get_foundation_model(modelIdentifier=name)["modelDetails"]
        assert (details["modelId"], details["modelArn"]) == (CLAUDE, MODEL_ARN)
        assert details["modelLifecycle"]["startOfLifeTime"].timestamp() == CHAT.created_at
    assert bedrock.get_foundation_model_availability(modelId=CHAT.id)["regionAvailability"] == "AVAILABLE"
    with pytest.raises(bedrock.exceptions.ResourceNotFoundException, match="Could not resolve"):
        bedrock.get_foundation_model(modelIdentifier="nobody.knows")


def test_an_inference_profile_lives_and_dies() -> None:
    bedrock = client()
    asked = {"inferenceProfileName": "team a", "modelSource": {"copyFrom": MODEL_ARN}}
    arn = bedrock.create_inference_profile(**asked, tags=[{"key": "a", "value": "b"}])["inferenceProfileArn"]
    with pytest.raises(bedrock.exceptions.ConflictException):
        bedrock.create_inference_profile(**asked)
    assert bedrock.get_inference_profile(inferenceProfileIdentifier=arn)["models"] == [{"modelArn": MODEL_ARN}]
    pages = bedrock.get_paginator("list_inference_profiles").paginate(PaginationConfig={"PageSize": 1})
    listed = [profile["type"] for page in pages for profile in page["inferenceProfileSummaries"]]
    assert listed == ["SYSTEM_DEFINED", "APPLICATION"]
    only = bedrock.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"]
    assert [profile["inferenceProfileArn"] for profile in only] == [arn]
    bedrock.tag_resource(resourceARN=arn, tags=[{"key": "c", "value": ""}])
    bedrock.untag_resource(resourceARN=arn, tagKeys=["a"])
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == [{"key": "c", "value": ""}]
    with pytest.raises(bedrock.exceptions.TooManyTagsException) as caught:
        bedrock.tag_resource(resourceARN=arn, tags=[{"key": f"k{n}", "value": ""} for n in range(50)])
    assert caught.value.response["resourceName"] == arn
    bedrock.delete_inference_profile(inferenceProfileIdentifier=arn)
    with pytest.raises(bedrock.exceptions.ResourceNotFoundException):
        bedrock.get_inference_profile(inferenceProfileIdentifier=arn)
