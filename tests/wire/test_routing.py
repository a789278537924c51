from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.wire import oracle
from usina import wire
from usina.wire import models
from usina.wire.routing import uri_table

if TYPE_CHECKING:
    from usina.core.operation import Received

FAMILY = ("bedrock-runtime", "bedrock", "bedrock-agent-runtime", "bedrock-agent")
BEARER = ("authorization", "Bearer k")
RUNTIME = ("sagemaker-runtime", "InvokeEndpoint", "rest-json")
ARN = "arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Afoundation-model%2Fa.b"


def scoped(scope: str) -> tuple[str, str]:
    credential = f"AKID/20260101/eu-west-9/{scope}/aws4_request"
    return "authorization", f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"


def request(method: str, uri: str, *headers: tuple[str, str], body: bytes = b"") -> Received:
    return oracle.received(method, f"http://localhost{uri}", list(headers), body)


def routed(method: str, uri: str, *headers: tuple[str, str], body: bytes = b"") -> tuple[str, str, str]:
    target = wire.route(request(method, uri, *headers, body=body))
    return target.service, target.operation, target.protocol


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (
            request("POST", "/", ("x-amz-target", "SageMaker.CreateModel"), scoped("sts")),
            ("sagemaker", "CreateModel", "json"),
        ),
        (request("POST", "/", ("x-amz-target", "SageMaker.Nothing")), ("sagemaker", "", "json")),
        (request("POST", "/", ("x-amz-target", "Nobody.Nothing")), ("", "", "json")),
        (
            request("POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", scoped("monitoring")),
            ("cloudwatch", "ListMetrics", "smithy-rpc-v2-cbor"),
        ),
        (request("POST", "/service/X/operation/Y", scoped("monitoring")), ("", "", "smithy-rpc-v2-cbor")),
        (
            request("POST", f"/model/{ARN}/converse", scoped("bedrock")),
            ("bedrock-runtime", "Converse", "rest-json"),
        ),
        (request("GET", "/foundation-models", scoped("bedrock")), ("bedrock", "ListFoundationModels", "rest-json")),
        (request("POST", "/agents/A/", scoped("bedrock")), ("bedrock-agent", "PrepareAgent", "rest-json")),
        (request("POST", "/agents/S", scoped("bedrock")), ("bedrock-agent-runtime", "InvokeInlineAgent", "rest-json")),
        (request("GET", "/nowhere", scoped("bedrock")), ("bedrock-runtime", "", "rest-json")),
        (
            request("POST", "/endpoints/e/invocations", scoped("sagemaker")),
            RUNTIME,
        ),
        (
            request("GET", "/foundation-models", BEARER),
            ("bedrock", "ListFoundationModels", "rest-json"),
        ),
        (
            request("POST", "/v1/chat/completions", BEARER),
            ("openai", "CreateChatCompletion", "openai"),
        ),
        (request("POST", "/openai/v1/embeddings", scoped("bedrock")), ("openai", "CreateEmbedding", "openai")),
        (request("GET", "/v1/nothing"), ("openai", "", "openai")),
        (request("POST", "/", scoped("sts"), body=b"Version=1&Action=AssumeRole"), ("sts", "AssumeRole", "query")),
        (request("GET", "/?Action=GetCallerIdentity", scoped("sts")), ("sts", "GetCallerIdentity", "query")),
        (request("POST", "/", scoped("iam"), body=b"Action=Nothing"), ("iam", "", "query")),
        (request("POST", "/", body=b"Action=AssumeRoleWithWebIdentity"), ("sts", "AssumeRoleWithWebIdentity", "query")),
        (request("PUT", "/bucket/a/b%20c", scoped("s3")), ("s3", "PutObject", "rest-xml")),
        (request("GET", "/bucket/key?AWSAccessKeyId=A&Signature=x"), ("s3", "GetObject", "rest-xml")),
        (
            request("GET", "/bucket/key?X-Amz-Credential=A%2F20260101%2Fus-east-1%2Fs3%2Faws4_request"),
            ("s3", "GetObject", "rest-xml"),
        ),
        (
            request("GET", "/?Action=GetCallerIdentity&X-Amz-Credential=A/20260101/us-east-1/sts/aws4_request"),
            ("sts", "GetCallerIdentity", "query"),
        ),
        (request("GET", "/bucket"), ("s3", "ListObjects", "rest-xml")),
        (request("POST", "/", scoped("dynamodb"), ("content-type", "application/x-amz-json-1.0")), ("", "", "json")),
        (
            request("POST", "/", scoped("ec2"), ("content-type", "application/x-www-form-urlencoded")),
            ("", "", "query"),
        ),
        (request("GET", "/x", scoped("glacier")), ("", "", "rest-json")),
    ],
)
def test_a_request_leads_to_its_operation(received: Received, expected: tuple[str, str, str]) -> None:
    target = wire.route(received)
    assert (target.service, target.operation, target.protocol) == expected


def test_labels_are_unquoted_after_the_path_was_cut() -> None:
    target = wire.route(request("POST", f"/model/{ARN}/converse", scoped("bedrock")))
    assert target.labels == {"modelId": "arn:aws:bedrock:us-east-1::foundation-model/a.b"}


def test_a_greedy_label_keeps_its_slashes() -> None:
    target = wire.route(request("GET", "/bucket/a/b%2Fc//d", scoped("s3")))
    assert target.labels == {"Bucket": "bucket", "Key": "a/b/c//d"}


@pytest.mark.parametrize(
    ("method", "uri", "headers", "operation"),
    [
        ("PUT", "/b/k", (), "PutObject"),
        ("PUT", "/b/k", (("x-amz-copy-source", "/a/b"),), "CopyObject"),
        ("PUT", "/b/k?partNumber=1&uploadId=u", (), "UploadPart"),
        ("PUT", "/b/k?partNumber=1&uploadId=u", (("x-amz-copy-source", "/a/b"),), "UploadPartCopy"),
        ("PUT", "/b/k?tagging", (), "PutObjectTagging"),
        ("GET", "/b/k?uploadId=u", (), "ListParts"),
        ("GET", "/b?list-type=2", (), "ListObjectsV2"),
        ("GET", "/b?list-type=1", (), "ListObjects"),
        ("GET", "/b/", (), "ListObjects"),
        ("GET", "/", (), "ListBuckets"),
        ("GET", "/b?lifecycle", (), "GetBucketLifecycleConfiguration"),
        ("GET", "/b?analytics&id=1", (), "GetBucketAnalyticsConfiguration"),
        ("GET", "/b?analytics", (), "ListBucketAnalyticsConfigurations"),
        ("POST", "/b?delete", (), "DeleteObjects"),
        ("POST", "/b/k?uploads", (), "CreateMultipartUpload"),
        ("POST", "/b/k?uploadId=u", (), "CompleteMultipartUpload"),
        ("DELETE", "/b/k?uploadId=u", (), "AbortMultipartUpload"),
        ("HEAD", "/b", (), "HeadBucket"),
    ],
)
def test_operations_of_s3_that_share_a_path_are_told_apart(
    method: str, uri: str, headers: tuple[tuple[str, str], ...], operation: str
) -> None:
    assert routed(method, uri, scoped("s3"), *headers)[1] == operation


def test_tags_of_sessions_belong_to_the_runtime_and_all_others_to_agents() -> None:
    path = "/tags/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3A"
    assert routed("GET", f"{path}session%2Fx", scoped("bedrock"))[0] == "bedrock-agent-runtime"
    assert routed("GET", f"{path}agent%2Fx", scoped("bedrock"))[0] == "bedrock-agent"


def test_no_other_uri_of_the_bedrock_family_fits_two_services() -> None:
    shared = set()
    for service in FAMILY:
        model = models.load(service)
        for definition in model.operations.values():
            method, path = definition["http"]["method"], definition["http"]["requestUri"].partition("?")[0]
            found = {
                other
                for other in FAMILY
                if uri_table(other).find(method, path, dict, lambda _name: None, exact=True) is not None
            }
            if len(found) > 1:
                shared.add(path)
    assert shared == {"/tags/{resourceArn}"}


def test_a_path_that_came_before_leads_to_the_same_place_and_strange_ones_are_not_kept_without_bound() -> None:
    first = wire.route(request("POST", "/model/a.b/converse", scoped("bedrock")))
    for number in range(3_000):
        assert wire.route(request("POST", f"/model/a.b{number}/converse", scoped("bedrock"))).operation == "Converse"
    assert wire.route(request("POST", "/model/a.b/converse", scoped("bedrock"))) == first
    assert len(uri_table("bedrock-runtime")._decided) <= 1_024
