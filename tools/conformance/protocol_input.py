"""Input vectors turned round: the wire form goes through our parser and must give the parameters back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from tools.conformance.protocol_vectors import same, typed, wire_body
from usina.core.errors import ApiError
from usina.core.operation import Received
from usina.wire.codec import compile_codec
from usina.wire.target import Target
from usina.wire.uris import UriTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.conformance.protocol_vectors import Case


def check_input(case: Case) -> str:
    """Empty where our parser gives the vector's parameters; else what it gives instead."""
    vector = case.vector
    received = _received(case, vector["serialized"])
    labels = _labels(case, received)
    if labels is None:
        return "no operation has this URI"
    codec = compile_codec(case.model, case.operation, case.protocol)
    target = Target("", case.operation, case.protocol, labels)
    try:
        parsed = codec.parse(target, received, received.body)
    except ApiError as error:
        return f"refused: {error.message}"
    shape = case.model.input(case.operation)
    expected = {} if shape is None else typed(shape, vector.get("params", {}))
    for name, member in shape.members() if shape is not None else ():
        if member.trait("idempotencyToken") and name not in expected:
            parsed.pop(name, None)
    return "" if same(parsed, expected) else f"gives {parsed!r}, not {expected!r}"


def _received(case: Case, serialized: Mapping[str, Any]) -> Received:
    uri = serialized.get("uri", "/")
    path, _, query = uri.partition("?")
    body = serialized.get("body", "")
    return Received(
        method=serialized.get("method", case.model.operations[case.operation]["http"].get("method", "POST")),
        raw_path=path,
        raw_query=query,
        headers=tuple((name.lower(), value) for name, value in serialized.get("headers", {}).items()),
        body=wire_body(case.protocol, body),
        secure=False,
        peer="127.0.0.1",
        request_id="1",
        received_at=0.0,
    )


def _labels(case: Case, received: Received) -> Mapping[str, str] | None:
    if not case.protocol.startswith("rest"):
        return {}
    table = UriTable(case.model)
    query = dict(parse_qsl(received.raw_query, keep_blank_values=True))
    found = table.find(received.method, received.raw_path, lambda: query, received.header, exact=True)
    return None if found is None else found[1]
