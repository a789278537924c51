"""Valid requests of every API and protocol: what mutation starts from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from usina.testing.catalogue import CHAT, EMBEDDING

MODEL = quote(CHAT.id, safe="")
VECTORS = quote(EMBEDDING.id, safe="")
SAY: list[dict[str, Any]] = [{"role": "user", "content": [{"text": "hello"}]}]
CHAT_TURNS = [{"role": "user", "content": "hello"}]
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
TOOL = {"toolSpec": {"name": "t", "description": "d", "inputSchema": {"json": SCHEMA}}}


@dataclass(frozen=True, slots=True)
class Seed:
    """One valid request before it is proved. `service` is the signing name; openai takes bearer keys only."""

    method: str
    path: str
    body: bytes = b""
    query: str = ""
    service: str = "bedrock"
    headers: tuple[tuple[str, str], ...] = field(default=(("content-type", "application/json"),))


def _json(method: str, path: str, document: object, **more: Any) -> Seed:
    return Seed(method, path, json.dumps(document).encode(), **more)


def _target(service: str, target: str, document: object, version: str = "1.1") -> Seed:
    kind = (("content-type", f"application/x-amz-json-{version}"), ("x-amz-target", target))
    return Seed("POST", "/", json.dumps(document).encode(), service=service, headers=kind)


def _form(service: str, **parameters: str) -> Seed:
    kind = (("content-type", "application/x-www-form-urlencoded; charset=utf-8"),)
    return Seed("POST", "/", urlencode(parameters).encode(), service=service, headers=kind)


def _converse() -> dict[str, Any]:
    return {
        "messages": [*SAY, {"role": "assistant", "content": [{"text": "hi"}]}, *SAY],
        "system": [{"text": "be brief"}, {"cachePoint": {"type": "default"}}],
        "inferenceConfig": {"maxTokens": 5, "temperature": 0.5, "topP": 0.9, "stopSequences": ["x"]},
        "toolConfig": {"tools": [TOOL], "toolChoice": {"auto": {}}},
        "additionalModelRequestFields": {"top_k": 5},
        "additionalModelResponseFieldPaths": ["/stop_sequence"],
        "requestMetadata": {"k": "v"},
    }


BEDROCK_RUNTIME = [
    _json("POST", f"/model/{MODEL}/converse", _converse()),
    _json("POST", f"/model/{MODEL}/converse-stream", _converse()),
    _json("POST", f"/model/{MODEL}/count-tokens", {"input": {"converse": {"messages": SAY}}}),
    _json(
        "POST",
        f"/model/{MODEL}/invoke",
        {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 5, "messages": CHAT_TURNS},
    ),
    _json("POST", f"/model/{MODEL}/invoke-with-response-stream", {"prompt": "hello", "max_gen_len": 5}),
    _json("POST", f"/model/{MODEL}/invoke", {"schemaVersion": "messages-v1", "messages": SAY, "inferenceConfig": {}}),
    _json("POST", f"/model/{VECTORS}/invoke", {"inputText": "hello", "dimensions": 384, "normalize": True}),
    _json("POST", f"/model/{VECTORS}/invoke", {"texts": ["hello"], "input_type": "search_document"}),
]
BEDROCK = [
    Seed("GET", "/foundation-models", query="byOutputModality=TEXT"),
    Seed("GET", f"/foundation-models/{MODEL}"),
    Seed("GET", f"/foundation-model-availability/{MODEL}"),
    Seed("GET", "/inference-profiles", query="maxResults=5&type=APPLICATION"),
    _json(
        "POST",
        "/inference-profiles",
        {
            "inferenceProfileName": "p",
            "modelSource": {"copyFrom": CHAT.arn("us-east-1")},
            "tags": [{"key": "a", "value": "b"}],
        },
    ),
    Seed("DELETE", "/inference-profiles/p"),
    _json(
        "POST",
        "/listTagsForResource",
        {"resourceARN": "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcdefabcdef"},
    ),
]
OPENAI = [
    Seed("GET", "/v1/models", service=""),
    _json(
        "POST",
        "/v1/chat/completions",
        {
            "model": CHAT.id,
            "messages": CHAT_TURNS,
            "max_tokens": 5,
            "temperature": 1,
            "stop": ["x"],
            "n": 1,
            "tools": [{"type": "function", "function": {"name": "t", "parameters": SCHEMA}}],
            "response_format": {"type": "text"},
        },
        service="",
    ),
    _json(
        "POST",
        "/openai/v1/chat/completions",
        {"model": CHAT.id, "messages": CHAT_TURNS, "stream": True, "stream_options": {"include_usage": True}},
        service="",
    ),
    _json("POST", "/v1/completions", {"model": CHAT.id, "prompt": "hello", "max_tokens": 5, "logprobs": 1}, service=""),
    _json(
        "POST", "/v1/embeddings", {"model": EMBEDDING.id, "input": ["a", "b"], "encoding_format": "float"}, service=""
    ),
    _json("POST", "/v1/responses", {"model": CHAT.id, "input": "hello", "max_output_tokens": 5}, service=""),
]
OTHERS = [
    _form("sts", Action="GetCallerIdentity", Version="2011-06-15"),
    _form(
        "sts",
        Action="AssumeRole",
        Version="2011-06-15",
        RoleArn="arn:aws:iam::111122223333:role/developer",
        RoleSessionName="session",
    ),
    _form("sts", Action="GetSessionToken", Version="2011-06-15", DurationSeconds="900"),
    _target("usina", "Usina.ListModels", {}),
    _target("usina", "Usina.ListKeys", {"maxResults": 5}),
    _target("usina", "Usina.CreateKey", {"kind": "bearer", "user": "ada", "roles": ["developer"]}),
    _target("sagemaker", "SageMaker.ListTrainingJobs", {"MaxResults": 5}),
    _target("kms", "TrentService.GenerateRandom", {"NumberOfBytes": 16}),
    Seed("PUT", "/bucket/key", b"<Tagging><TagSet/></Tagging>", query="tagging", service="s3", headers=()),
    Seed("GET", "/bucket", query="list-type=2&prefix=a%2Fb", service="s3", headers=()),
    Seed(
        "POST",
        "/service/GraniteServiceVersion20100801/operation/ListMetrics",
        b"\xa1iNamespacecabc",
        service="monitoring",
        headers=(("content-type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")),
    ),
]


def _chunked(kind: str, body: bytes, *more: tuple[str, str]) -> Seed:
    headers = (
        ("content-encoding", "aws-chunked"),
        ("x-amz-content-sha256", kind),
        ("x-amz-decoded-content-length", "11"),
        *more,
    )
    return Seed("PUT", "/bucket/key", body, service="s3", headers=headers)


# The framing of payloads that AWS SDKs send over TLS: sizes, extensions and trailers to be spoilt.
CHUNKED = [
    _chunked(
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        b"6\r\nhello \r\n5\r\nworld\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n",
        ("x-amz-trailer", "x-amz-checksum-crc32"),
    ),
]
# Chunks whose signatures are nobody's: refused, but only after they were read.
SPOILT = [
    _chunked(
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        b"b;chunk-signature=" + b"0" * 64 + b"\r\nhello world\r\n0;chunk-signature=" + b"0" * 64 + b"\r\n\r\n",
    ),
]
SEEDS = [*CHUNKED, *BEDROCK_RUNTIME, *BEDROCK, *OPENAI, *OTHERS]

# (service, operation, protocol, bytes of a valid body): fed to the codec itself, because nobody serves these yet.
CODEC_BODIES = [
    ("cloudwatch", "PutMetricData", "smithy-rpc-v2-cbor", "POST",
     b"\xa2iNamespacecabcjMetricData\x81\xa2jMetricNamecmmmeValue\xfb@\x00\x00\x00\x00\x00\x00\x00"),
    ("s3", "PutBucketTagging", "rest-xml", "PUT",
     b'<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>'),
    ("s3", "DeleteObjects", "rest-xml", "POST",
     b"<Delete><Object><Key>a</Key></Object><Quiet>true</Quiet></Delete>"),
    ("sagemaker", "CreateModel", "json", "POST",
     b'{"ModelName":"m","ExecutionRoleArn":"arn:aws:iam::111122223333:role/r","PrimaryContainer":{"Image":"i"}}'),
    ("iam", "CreateRole", "query", "POST",
     b"Action=CreateRole&Version=2010-05-08&RoleName=r&AssumeRolePolicyDocument=%7B%7D&Tags.member.1.Key=a&Tags.member.1.Value=b"),
    ("bedrock", "CreateGuardrail", "rest-json", "POST",
     b'{"name":"g","blockedInputMessaging":"a","blockedOutputsMessaging":"b","topicPolicyConfig":{"topicsConfig":[]}}'),
]  # fmt: skip
