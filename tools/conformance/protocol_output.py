"""Output vectors turned round: the result goes through our serialiser and must give the wire form back.

Bodies are compared by what they say: JSON and CBOR as values, XML as elements without namespaces and regardless of the
order of members, single texts as the numbers or times that they write.
"""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any

from tools.conformance.protocol_vectors import same, typed, wire_body
from usina.core.errors import ApiError, CallerError
from usina.wire import cbor, eventstream, timestamps, xml_read
from usina.wire.codec import PROTOCOLS, compile_codec
from usina.wire.codes import code_of
from usina.wire.faults import TypeFaultError
from usina.wire.models import event_stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tools.conformance.protocol_vectors import Case
    from usina.wire.models import Shape
    from usina.wire.target import Reply

# Names that every answer has beside what its shape says; vectors leave them out or write some of them.
_COMMON_HEADERS = frozenset(
    {
        "content-length",
        "content-type",
        "smithy-protocol",
        "x-amz-request-id",
        "x-amzn-errortype",
        "x-amzn-requestid",
    }
)
_SERVER_ERROR = 500
_IDENTIFIERS = frozenset({"ResponseMetadata", "RequestId", "HostId"})
_COMMON_NAMES = frozenset({"__type", "Code", "Message", "Type", "message"})


def check_output(case: Case) -> str:
    """Empty where our serialiser writes the vector's wire form; else how it differs."""
    try:
        reply = _error_reply(case) if "error" in case.vector else _reply(case)
    except KeyError as error:
        return f"cannot be written: {error}"
    response = case.vector["response"]
    if reply.status != response["status_code"]:
        return f"status {reply.status}, not {response['status_code']}"
    return _headers_differ(reply, response) or _bodies_differ(case, reply, response)


def _reply(case: Case) -> Reply:
    shape = case.model.output(case.operation)
    result = {} if shape is None else typed(shape, case.vector["result"])
    stream = event_stream(shape)
    if stream is not None:
        result[stream[0]] = _batches([typed(stream[1], event) for event in case.vector["result"][stream[0]]])
    return compile_codec(case.model, case.operation, case.protocol).serialise(result, "1")


async def _batches(events: list[dict[str, Any]]) -> AsyncIterator[list[dict[str, Any]]]:
    yield events


def _error_reply(case: Case) -> Reply:
    vector = case.vector
    shape = _error_shape(case)
    members = vector["error"] if shape is None else typed(shape, vector["error"])
    kind = CallerError if vector["response"]["status_code"] < _SERVER_ERROR else ApiError
    error = kind(vector.get("errorMessage", ""), code=vector["errorCode"], members=members)
    return PROTOCOLS[case.protocol].serialise_error(case.model, case.operation, error, "1")


def _error_shape(case: Case) -> Shape | None:
    code = case.vector["errorCode"]
    return next((shape for shape in case.model.errors(case.operation) if code in {shape.name, code_of(shape)}), None)


def _headers_differ(reply: Reply, response: Mapping[str, Any]) -> str:
    ours = {name.lower(): value for name, value in reply.headers if name.lower() not in _COMMON_HEADERS}
    theirs = {
        name.lower(): ", ".join(value) if isinstance(value, list) else value
        for name, value in response.get("headers", {}).items()
        if name.lower() not in _COMMON_HEADERS
    }
    same_names = ours.keys() == theirs.keys()
    if same_names and all(_same_text(ours[name].replace(" ", ""), theirs[name].replace(" ", "")) for name in ours):
        return ""
    return f"headers {ours}, not {theirs}"


def _bodies_differ(case: Case, reply: Reply, response: Mapping[str, Any]) -> str:
    theirs = response.get("body", "")
    if not isinstance(reply.body, bytes):
        raw = asyncio.run(_whole(reply.body))
        decoded = list(eventstream.Decoder().feed(raw)), list(eventstream.Decoder().feed(base64.b64decode(theirs)))
        return "" if _same_messages(case, *decoded) else f"events {decoded[0]}, not {decoded[1]}"
    if reply.body == wire_body(case.protocol, theirs):
        return ""
    try:
        ours_read, theirs_read = _read(case, reply.body), _read(case, wire_body(case.protocol, theirs))
    except ApiError:
        return f"body {reply.body!r}, not {theirs!r}"
    return "" if _same_said(ours_read, theirs_read) else f"body {ours_read}, not {theirs_read}"


async def _whole(body: AsyncIterator[bytes]) -> bytes:
    return b"".join([part async for part in body])


def _same_messages(case: Case, ours: list[eventstream.Message], theirs: list[eventstream.Message]) -> bool:
    if len(ours) != len(theirs):
        return False
    for one, other in zip(ours, theirs, strict=True):
        if one.payload != other.payload and not _same_said(_read(case, one.payload), _read(case, other.payload)):
            return False
        if any(one.headers.get(name) != value for name, value in other.headers.items() if name != ":content-type"):
            return False
    return True


def _read(case: Case, body: bytes) -> Any:
    if case.protocol in {"query", "rest-xml"}:
        return _element(xml_read.decode(body)) if body else {}
    if case.protocol == "smithy-rpc-v2-cbor":
        return _plain_code(cbor.decode(body)) if body else {}
    try:
        return _plain_code(json.loads(body)) if body else {}
    except ValueError:
        return body


def _plain_code(value: Any) -> Any:
    """An error's type without its namespace, which is the model's business and which clients cut off."""
    if isinstance(value, dict) and isinstance(value.get("__type"), str):
        return {**value, "__type": value["__type"].rpartition("#")[2]}
    return value


def _element(node: xml_read.Node) -> Any:
    """An element as nested values: names under names, repeats as lists in order, texts as they are."""
    if not node.children and not node.attributes:
        return "".join(node.text)
    out: dict[str, Any] = {name.rpartition(":")[2]: [text] for name, text in _own_attributes(node)}
    for child in node.children:
        out.setdefault(child.name, []).append(_element(child))
    if not out:
        return "".join(node.text)
    return out


def _own_attributes(node: xml_read.Node) -> list[tuple[str, str]]:
    return [(name, text) for name, text in node.attributes.items() if not name.startswith("xmlns")]


def _same_said(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        names = (ours.keys() | theirs.keys()) - _IDENTIFIERS
        unsaid = {name for name in names - theirs.keys() if name in _COMMON_NAMES or ours[name] == [""]}
        said = names - unsaid
        return all(name in ours and name in theirs and _same_said(ours[name], theirs[name]) for name in said)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(_same_said(*pair) for pair in zip(ours, theirs, strict=True))
    if isinstance(ours, str) and isinstance(theirs, str):
        return _same_text(ours, theirs)
    empty: tuple[Any, ...] = ({}, "", [])
    return same(ours, theirs) or (ours in empty and theirs in empty)


def _same_text(ours: str, theirs: str) -> bool:
    if ours.strip() == theirs.strip():
        return True
    try:
        return float(ours) == float(theirs)
    except ValueError:
        pass
    try:
        return timestamps.from_any(ours.strip()) == timestamps.from_any(theirs.strip())
    except TypeFaultError:
        return False
