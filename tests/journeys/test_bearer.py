"""Amazon Bedrock API keys over TLS: boto3 with AWS_BEARER_TOKEN_BEDROCK, the kit's CA and no access key at all."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.journeys.running import Factory


def test_boto3_talks_with_a_bearer_key_alone(kit: dict[str, str], model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", kit["OPENAI_API_KEY"])
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    messages = [{"role": "user", "content": [{"text": "Hi"}]}]
    with closing(boto3.Session().client("bedrock-runtime")) as runtime:
        answer = runtime.converse(modelId=model, messages=messages, inferenceConfig={"maxTokens": 4})
        assert answer["usage"]["outputTokens"] > 0
        stream = runtime.converse_stream(modelId=model, messages=messages, inferenceConfig={"maxTokens": 4})
        assert any("metadata" in event for event in stream["stream"])
    with closing(boto3.Session().client("bedrock")) as bedrock:
        assert bedrock.list_foundation_models()["modelSummaries"]


def test_a_changed_bearer_key_is_refused(kit: dict[str, str], model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", kit["OPENAI_API_KEY"][:-2] + "xx")
    with closing(boto3.Session().client("bedrock-runtime")) as runtime, pytest.raises(ClientError) as refused:
        runtime.converse(modelId=model, messages=[{"role": "user", "content": [{"text": "Hi"}]}])
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in {401, 403}


def test_both_listeners_speak_both_versions_of_http(factory: Factory, kit: dict[str, str]) -> None:
    import ssl

    trust = ssl.create_default_context(cafile=kit["AWS_CA_BUNDLE"])
    bearer = {"authorization": f"Bearer {kit['OPENAI_API_KEY']}"}
    for http2 in (False, True):
        with httpx.Client(http1=not http2, http2=http2, verify=trust, headers=bearer, trust_env=False) as client:
            for url in (f"{kit['AWS_ENDPOINT_URL']}/v1/models", f"{factory.url}/v1/models"):
                answer = client.get(url)
                assert answer.status_code == 200
                assert answer.http_version == ("HTTP/2" if http2 else "HTTP/1.1")
