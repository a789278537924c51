"""botocore as the oracle of the codec: what its client sends and what its client reads."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import botocore.parsers
import botocore.serialize
from botocore.awsrequest import AWSRequest, HeadersDict, prepare_request_dict
from botocore.loaders import Loader
from botocore.model import ServiceModel

from usina.core.operation import Received

if TYPE_CHECKING:
    from usina.wire.target import Reply

_LOADER = Loader()
SERVICES = (
    "bedrock",
    "bedrock-runtime",
    "bedrock-agent",
    "bedrock-agent-runtime",
    "sagemaker",
    "sagemaker-runtime",
    "s3",
    "sts",
    "iam",
    "kms",
    "logs",
    "cloudtrail",
    "cloudwatch",
)


@cache
def service_model(service: str) -> Any:
    """botocore's own model of a service."""
    # Not through a session: its handlers change some models (S3's Expires) before a client sees them.
    return ServiceModel(_LOADER.load_service_model(service, "service-2"), service)


@cache
def _serialiser(protocol: str) -> Any:
    return botocore.serialize.create_serializer(protocol, include_validation=False)


@cache
def _parser(protocol: str) -> Any:
    return botocore.parsers.create_parser(protocol)


def sent(service: str, operation: str, parameters: dict[str, Any], protocol: str | None = None) -> Received:
    """The request that a client would send for parameters, all but its signature."""
    model = service_model(service)
    operation_model = model.operation_model(operation)
    request = _serialiser(protocol or model.metadata["protocol"]).serialize_to_request(parameters, operation_model)
    prepare_request_dict(request, "http://localhost")
    prepared = AWSRequest(
        method=request["method"], url=request["url"], data=request["body"], headers=request["headers"]
    ).prepare()
    scope = model.signing_name
    headers = [(str(name).lower(), _text(value)) for name, value in prepared.headers.items()]
    credential = f"AKID/20260101/us-east-1/{scope}/aws4_request"
    headers.append(("authorization", f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=00"))
    return received(prepared.method, prepared.url, headers, prepared.body or b"")


def _text(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def received(method: str, url: str, headers: list[tuple[str, str]], body: Any) -> Received:
    """A request as the door would have read it."""
    parts = urlsplit(url)
    raw = body.read() if hasattr(body, "read") else body
    raw = raw.encode() if isinstance(raw, str) else bytes(raw)
    return Received(
        method=method,
        raw_path=parts.path or "/",
        raw_query=parts.query,
        headers=tuple(headers),
        body=raw,
        secure=False,
        peer="127.0.0.1",
        request_id="request-1",
        received_at=0.0,
    )


class _Raw:
    """A body that streams, as botocore's HTTP session gives it."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def stream(self) -> Any:
        yield self._data

    def close(self) -> None:
        """Nothing to close."""


def read(service: str, operation: str, protocol: str, reply: Reply, body: bytes) -> dict[str, Any]:
    """What a client makes of a response, its metadata taken off; an event stream as a list of events."""
    model = service_model(service)
    operation_model = model.operation_model(operation)
    shape = operation_model.output_shape
    whole: Any = body
    if operation_model.has_event_stream_output:
        whole = _Raw(body)
    elif operation_model.has_streaming_output:
        whole = io.BytesIO(body)
    response = {
        "status_code": reply.status,
        "headers": HeadersDict(reply.headers),
        "body": whole,
        "context": {"operation_name": operation},
    }
    parsed: dict[str, Any] = _parser(protocol).parse(response, shape)
    parsed.pop("ResponseMetadata", None)
    for name, value in parsed.items():
        if hasattr(value, "get_initial_response"):
            parsed[name] = list(value)
        elif isinstance(value, io.BytesIO):
            parsed[name] = value.read()
    return parsed


def read_error(service: str, protocol: str, reply: Reply) -> dict[str, Any]:
    """What a client makes of an error: its `Error`, and the members of the shape it found by the code."""
    model = service_model(service)
    parser = _parser(protocol)
    response = {
        "status_code": reply.status,
        "headers": HeadersDict(reply.headers),
        "body": reply.body,
        "context": {},
    }
    parsed: dict[str, Any] = parser.parse(response, None)
    shape = model.shape_for_error_code(parsed["Error"]["Code"]) if _modelled(model, parsed) else None
    if shape is not None:
        parsed["modelled"] = parser.parse(response, shape)
        parsed["modelled"].pop("ResponseMetadata", None)
    return parsed


def _modelled(model: Any, parsed: dict[str, Any]) -> bool:
    return any(parsed["Error"]["Code"] in {shape.name, shape.error_code} for shape in model.error_shapes)
