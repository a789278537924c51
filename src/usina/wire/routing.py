"""Which service and operation a request is for, on one endpoint for all services.

In this order: `X-Amz-Target`; the path of smithy-rpc-v2-cbor; the credential scope of the signature (header or
presigned query); a bearer key (Bedrock, or an OpenAI path); `AWSAccessKeyId` (S3 presigned the old way); unsigned: STS
by `Action`, else S3. Nothing here is proved: a request that lies about its service fails at its signature.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from usina.wire import models
from usina.wire.target import Target
from usina.wire.uris import UriTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Received

# A scope that covers several services: the first whose URIs fit is meant. The most used come first, so that the
# models of the rest are only read when a request names them; a test names the paths that fit two of them.
_FAMILIES = {
    "bedrock": ("bedrock-runtime", "bedrock", "bedrock-agent-runtime", "bedrock-agent"),
    "sagemaker": ("sagemaker-runtime",),
}
# Prefix of X-Amz-Target -> service.
_TARGETS = {
    "SageMaker": "sagemaker",
    "TrentService": "kms",
    "Logs_20140328": "logs",
    "CloudTrail_20131101": "cloudtrail",
    "GraniteServiceVersion20100801": "cloudwatch",
    "AmazonEC2ContainerRegistry_V20150921": "ecr",
    "Usina": "usina",
}
# Signing name -> service, where the service speaks query or REST and is not one of a family.
_SCOPES = {
    "sts": "sts",
    "iam": "iam",
    "s3": "s3",
    "s3-object-lambda": "s3",
    "s3express": "s3",
    "monitoring": "cloudwatch",
}
_OPENAI_PATHS = ("/v1/", "/openai/v1/")
_CREDENTIAL = re.compile(r"Credential=[^/,\s]*/[^/,\s]*/[^/,\s]*/([a-z0-9-]{1,64})/aws4_request")
_PRESIGNED = re.compile(r"(?:^|&)X-Amz-Credential=[^&]*?(?:%2F|/)([a-z0-9-]{1,64})(?:%2F|/)aws4_request", re.IGNORECASE)
# Two services of a family tag under one path: the runtime its sessions, the other all else.
_SESSION_ARN = re.compile(r"(?::|%3A)session(?:/|%2F)", re.IGNORECASE)
_RPC_PATH = re.compile(r"(?:/.*)?/service/([\w.]{1,128})/operation/(\w{1,128})")
_ACTION = re.compile(r"(?:^|&)Action=(\w{1,128})(?:&|$)", re.ASCII)
_FORM_BEGINNING_BYTES = 65_536  # SDKs write the action first; a stranger's body is not searched any further
_MOST_QUERY_FIELDS = 1_000
_NO_LABELS: Mapping[str, str] = {}


@cache
def uri_table(service: str) -> UriTable:
    """The URIs of a REST service; read at the first request that may be for it."""
    return UriTable(models.load(service))


def route(received: Received) -> Target:
    """The target of a request; service or operation are empty where it names none. Never raises."""
    authorization, target = "", ""
    for name, value in received.headers:
        if name == "authorization":
            authorization = authorization or value
        elif name == "x-amz-target":
            target = target or value
    if target:
        return _by_target(target)
    if "/operation/" in received.raw_path:
        rpc = _RPC_PATH.fullmatch(received.raw_path)
        if rpc is not None:
            return _by_rpc_path(rpc)
    scope = _scope(received, authorization)
    if scope:
        return _by_scope(scope, received)
    if received.raw_path.startswith(_OPENAI_PATHS):
        return _openai(received)
    if authorization[:7].lower() == "bearer ":
        return _by_uri("bedrock", received)
    if "AWSAccessKeyId=" in received.raw_query:
        return _by_uri("s3", received)
    return _unsigned(received)


def _scope(received: Received, authorization: str) -> str:
    if authorization.startswith("AWS4-"):
        found = _CREDENTIAL.search(authorization)
    else:
        found = _PRESIGNED.search(received.raw_query) if "X-Amz-Credential" in received.raw_query else None
    return found.group(1).lower() if found is not None else ""


def _by_target(target: str) -> Target:
    prefix, _, operation = target.rpartition(".")
    service = _TARGETS.get(prefix.rpartition(".")[2], "")
    if service:
        try:
            known = operation in models.load(service).operations
        except models.UnknownServiceError:
            return Target("", "", "json", _NO_LABELS)
        return Target(service, operation if known else "", "json", _NO_LABELS)
    return Target("", "", "json", _NO_LABELS)


def _by_rpc_path(rpc: re.Match[str]) -> Target:
    service = _TARGETS.get(rpc.group(1).rpartition(".")[2], "")
    operation = ""
    if service:
        model = models.load(service)
        if "smithy-rpc-v2-cbor" in model.protocols and rpc.group(2) in model.operations:
            operation = rpc.group(2)
    return Target(service, operation, "smithy-rpc-v2-cbor", _NO_LABELS)


def _by_scope(scope: str, received: Received) -> Target:
    if scope in _FAMILIES:
        if received.raw_path.startswith(_OPENAI_PATHS):
            return _openai(received)
        return _by_uri(scope, received)
    service = _SCOPES.get(scope)
    if service is None:
        return Target("", "", _guessed_protocol(received), _NO_LABELS)
    if service == "s3":
        return _by_uri("s3", received)
    return _by_action(service, received)


def _by_uri(family: str, received: Received) -> Target:
    services = _FAMILIES.get(family, (family,))
    if received.raw_path.startswith("/tags/") and _SESSION_ARN.search(received.raw_path) is None:
        services = tuple(service for service in services if service != "bedrock-agent-runtime")
    for exact in (True, False):
        for service in services:
            found = uri_table(service).find(
                received.method,
                received.raw_path,
                lambda: _query(received.raw_query),
                received.header,
                exact=exact,
            )
            if found is not None:
                return Target(service, found[0], models.load(service).protocol, found[1])
    return Target(services[0], "", models.load(services[0]).protocol, _NO_LABELS)


def _query(raw_query: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(raw_query, keep_blank_values=True, max_num_fields=_MOST_QUERY_FIELDS))
    except ValueError:
        return {}


def _action(received: Received) -> str:
    """`Action` of a query request; a form that cannot be read names none."""
    text = received.raw_query
    beginning = received.body[:_FORM_BEGINNING_BYTES]
    if received.method == "POST" and b"Action=" in beginning:
        text = f"{text}&{beginning.decode('ascii', 'replace')}"
    found = _ACTION.search(text)
    return found.group(1) if found is not None else ""


def _by_action(service: str, received: Received) -> Target:
    action = _action(received)
    known = action in models.load(service).operations
    return Target(service, action if known else "", "query", _NO_LABELS)


def _openai(received: Received) -> Target:
    from usina.wire import openai

    found = openai.route(received.method, received.raw_path)
    operation, labels = found if found is not None else ("", _NO_LABELS)
    return Target("openai", operation, "openai", labels)


def _guessed_protocol(received: Received) -> str:
    """The form of an error for a service we do not know."""
    content_type = received.header("content-type") or ""
    if content_type.startswith("application/x-www-form-urlencoded"):
        return "query"
    return "json" if content_type.startswith("application/x-amz-json") else "rest-json"


def _unsigned(received: Received) -> Target:
    if _action(received):
        return _by_action("sts", received)
    return _by_uri("s3", received)
