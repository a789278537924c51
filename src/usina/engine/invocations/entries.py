"""An invocation as the document that Bedrock writes of it (schema `ModelInvocationLog` 1.0). Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from usina.core.clock import utc
from usina.core.invocations import LARGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.invocations import Invocation
    from usina.core.ports import Json

_JSON = "application/json"
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Parts:
    """A document without its bodies, and these as JSON; None where the account does not want them, or there is none."""

    document: Json
    request: bytes | None
    answer: bytes | None

    def line(self, paths: Mapping[str, str]) -> bytes:
        """The document as one line: a body stands in it, or the address where it was put; else it is left out."""
        document = {**self.document, "input": {**self.document["input"]}, "output": {**self.document["output"]}}
        for side, body in (("input", self.request), ("output", self.answer)):
            if side in paths:
                document[side][f"{side}BodyS3Path"] = paths[side]
            elif body is not None and len(body) <= LARGE_BYTES:
                document[side][f"{side}BodyJson"] = msgspec.Raw(body)
        return _encode(document)

    def large(self) -> dict[str, bytes]:
        """Bodies that do not stand in the document."""
        sides = (("input", self.request), ("output", self.answer))
        return {side: body for side, body in sides if body is not None and len(body) > LARGE_BYTES}


def parts_of(invocation: Invocation, config: Mapping[str, Any], region: str) -> Parts:
    """The document, as the account wants it."""
    source: Json = {"inputContentType": _JSON, "inputTokenCount": invocation.input_tokens}
    if invocation.cached_tokens:
        source["cacheReadInputTokenCount"] = invocation.cached_tokens
    document: Json = {
        "timestamp": utc(invocation.at).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "accountId": invocation.account,
        "identity": {"arn": invocation.arn},
        "region": region,
        "requestId": invocation.request_id,
        "operation": invocation.operation,
        "modelId": invocation.model_id,
        "input": source,
        "output": {"outputContentType": _JSON, "outputTokenCount": invocation.output_tokens},
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
    }
    if invocation.error_code:
        document["errorCode"] = invocation.error_code
    request = _compact(invocation.request)
    metadata = _metadata(request)
    if metadata:
        document["requestMetadata"] = metadata
    wanted = "embeddingDataDeliveryEnabled" if invocation.embedding else "textDataDeliveryEnabled"
    if config.get(wanted) is False:
        return Parts(document, None, None)
    return Parts(document, request, _answer(invocation))


def _answer(invocation: Invocation) -> bytes | None:
    answer = invocation.answer
    if isinstance(answer, bytes):
        return _compact(answer)
    if invocation.operation == "ConverseStream":
        return _encode(assembled(answer))
    return _encode([_chunk(event) for event in answer])


def _chunk(event: Any) -> Any:
    """One event of a stream as JSON: a chunk of InvokeModel holds it as bytes, OpenAI's may be bytes."""
    if isinstance(event, dict) and "chunk" in event:
        event = event["chunk"].get("bytes", b"")
    return msgspec.Raw(_compact(event) or b"null") if isinstance(event, bytes) else event


def assembled(events: Sequence[Mapping[str, Any]]) -> Json:
    """What the events of ConverseStream come to, in the form of Converse."""
    blocks: dict[int, Json] = {}
    answer: Json = {"output": {"message": {"role": "assistant", "content": []}}}
    for event in events:
        ((name, told),) = event.items()
        if name == "contentBlockStart" and "toolUse" in told["start"]:
            blocks[told["contentBlockIndex"]] = {"toolUse": {**told["start"]["toolUse"], "input": ""}}
        elif name == "contentBlockDelta":
            _add(blocks, told["contentBlockIndex"], told["delta"])
        elif name == "messageStop":
            answer |= told
        elif name == "metadata":
            answer |= {key: told[key] for key in ("usage", "metrics", "trace") if key in told}
    for index in sorted(blocks):
        block = blocks[index]
        if "toolUse" in block:
            text = block["toolUse"]["input"]
            block["toolUse"]["input"] = msgspec.Raw(_compact(text.encode()) or _encode(text))
        answer["output"]["message"]["content"].append(block)
    return answer


def _add(blocks: dict[int, Json], index: int, delta: Mapping[str, Any]) -> None:
    if "text" in delta:
        blocks.setdefault(index, {"text": ""})["text"] += delta["text"]
    elif "toolUse" in delta:
        blocks.setdefault(index, {"toolUse": {"input": ""}})["toolUse"]["input"] += delta["toolUse"]["input"]
    elif "reasoningContent" in delta:
        block = blocks.setdefault(index, {"reasoningContent": {"reasoningText": {"text": ""}}})
        block["reasoningContent"]["reasoningText"]["text"] += delta["reasoningContent"].get("text", "")


def _compact(body: bytes) -> bytes | None:
    """JSON on one line; None where it is no JSON (it was refused, then)."""
    try:
        return _encode(_decode(body)) if body else None
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
        return None


def _metadata(request: bytes | None) -> Any:
    found = _decode(request) if request is not None and b'"requestMetadata"' in request else None
    return found.get("requestMetadata") if isinstance(found, dict) else None
