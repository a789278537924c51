"""What travels between the pipeline and the codec: a request's target and a reply's bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping


@dataclass(frozen=True, slots=True)
class Target:
    """Which service and operation a request is for; the protocol decides the form of its errors.

    `service` is botocore's name (bedrock-runtime, sts, s3) or one of ours (openai, usina); empty where even that is
    unknown. `operation` is empty where the service has none such. `labels` are the URI's labels, unquoted.
    """

    service: str
    operation: str
    protocol: str  # rest-json, json, query, rest-xml, smithy-rpc-v2-cbor, openai
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as bytes; a body that streams comes as an iterator of writes, each worth one packet or more."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes | AsyncIterator[bytes]
