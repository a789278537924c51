from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import usina.shapes
from usina.core.errors import (
    AccessDeniedError,
    ApiError,
    EngineError,
    Kind,
    SignatureError,
    ThrottledError,
    ValidationError,
)
from usina.core.operation import Received
from usina.wire import openai as wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

MODEL = Path(usina.shapes.__file__).parent / "models" / "openai" / "2026-11-01" / "service-2.json"
CHAT = "CreateChatCompletion"


def received(body: bytes = b"", method: str = "POST") -> Received:
    return Received(method, "/v1/chat/completions", "", (), body, False, "127.0.0.1", "r", 0.0)


def parsed(body: bytes) -> dict[str, Any]:
    return wire.parse(CHAT, {}, received(body), body)


def test_the_routes_are_those_of_the_service_model() -> None:
    operations = json.loads(MODEL.read_text("utf-8"))["operations"]
    modelled = {(o["http"]["method"], o["http"]["requestUri"]): name for name, o in operations.items()}
    plain = {(method, "/v1" + path): name for (method, path), name in wire.ROUTES.items()}
    assert modelled == {**plain, ("GET", "/v1/models/{model}"): "RetrieveModel"}


@pytest.mark.parametrize("prefix", ["/v1", "/openai/v1"])
def test_both_prefixes_lead_to_the_same_operations(prefix: str) -> None:
    assert wire.route("POST", f"{prefix}/chat/completions") == (CHAT, {})
    assert wire.route("POST", f"{prefix}/completions") == ("CreateCompletion", {})
    assert wire.route("POST", f"{prefix}/embeddings") == ("CreateEmbedding", {})
    assert wire.route("POST", f"{prefix}/responses") == ("CreateResponse", {})
    assert wire.route("GET", f"{prefix}/models") == ("ListModels", {})
    assert wire.route("GET", f"{prefix}/models/a%2Fb%3A1") == ("RetrieveModel", {"model": "a/b:1"})
    assert wire.route("GET", f"{prefix}/models/a/b") == ("RetrieveModel", {"model": "a/b"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/chat/completions"),
        ("POST", "/v1/models"),
        ("GET", "/v1/models/"),
        ("POST", "/v1/chat"),
        ("GET", "/"),
    ],
)
def test_what_openai_has_not_leads_nowhere(method: str, path: str) -> None:
    assert wire.route(method, path) is None


@given(st.text(max_size=40), st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_no_path_breaks_the_router(method: str, path: str) -> None:
    wire.route(method, path)
    wire.route("GET", "/v1/models/" + path)


def test_a_label_is_the_argument_of_an_operation_without_a_body() -> None:
    assert wire.parse("RetrieveModel", {"model": "m"}, received(method="GET"), b"") == {"model": "m"}


def test_a_body_is_read_as_it_is() -> None:
    assert parsed(b'{"model":"m","x":[1,2.5,"\xc3\xa9"]}') == {"model": "m", "x": [1, 2.5, "é"]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"null",
        b"{}",
        b'{"model":""}',
        b'{"model":5}',
        b'{"model":"' + b"m" * 2049 + b'"}',
        b'{"model":"\xff"}',
        b'{"model":"m","a":NaN}',
        b'{"model":"m","a":1e999}',
        b'{"model":"m","a":' + b"9" * 5000 + b"}",
        b'{"model":"m"} more',
        b'{"model":"m","a":' + b"[" * 128 + b"]" * 128 + b"}",
        b'{"a":' * 100_000,
        b"[" * 100_000,
    ],
)
def test_bad_bytes_are_the_callers_error(body: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        parsed(body)
    assert wire.serialise_error(caught.value, "r").status == 400


def test_depth_counts_nesting_and_not_brackets() -> None:
    deep = b'{"model":"m","a":' + b"[" * 127 + b"]" * 127 + b"}"
    wide = b'{"model":"m","a":[' + b",".join([b'{"b":[]}'] * 500) + b'],"text":"' + b"[{" * 500 + b'"}'
    assert parsed(deep)["model"] == parsed(wide)["model"] == "m"


@given(st.binary(max_size=80) | st.from_regex(rb'\{"model":.{0,60}\}', fullmatch=True))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_parsed_or_refused(body: bytes) -> None:
    try:
        status = 200 if isinstance(parsed(body)["model"], str) else 500
    except ApiError as error:
        status = wire.serialise_error(error, "r").status
    assert status < 500


def test_an_answer_is_json_under_its_request_id() -> None:
    reply = wire.serialise(CHAT, {"id": "x"}, "r")
    assert (reply.status, reply.body) == (200, b'{"id":"x"}')
    assert dict(reply.headers) == {"content-type": "application/json", "x-request-id": "r"}


class Source:
    def __init__(self, *batches: Sequence[Any] | Exception) -> None:
        self.batches = list(batches)
        self.closed = False

    def __aiter__(self) -> Source:
        return self

    async def __anext__(self) -> Sequence[Any]:
        if not self.batches:
            raise StopAsyncIteration
        batch = self.batches.pop(0)
        if isinstance(batch, Exception):
            raise batch
        return batch

    async def aclose(self) -> None:
        self.closed = True


def stream_of(operation: str, source: Source) -> AsyncIterator[bytes]:
    reply = wire.serialise(operation, {"events": source}, "r")
    assert dict(reply.headers)["content-type"].startswith("text/event-stream")
    assert not isinstance(reply.body, bytes)
    return reply.body


async def test_a_batch_is_one_write_and_done_ends_the_stream() -> None:
    pieces = [piece async for piece in stream_of(CHAT, Source([{"a": 1}, b'{"b":2}'], [{"c": 3}]))]
    assert pieces == [b'data: {"a":1}\n\ndata: {"b":2}\n\n', b'data: {"c":3}\n\n', b"data: [DONE]\n\n"]


async def test_a_broken_stream_tells_the_error_and_then_raises_it() -> None:
    body = stream_of(CHAT, Source([{"a": 1}], EngineError("gone")))
    assert await anext(body) == b'data: {"a":1}\n\n'
    told = json.loads((await anext(body)).removeprefix(b"data: "))
    assert told["error"] == {"message": "gone", "type": "server_error", "param": None, "code": "engine_failed"}
    with pytest.raises(EngineError):
        await anext(body)
    with pytest.raises(StopAsyncIteration):
        await anext(body)


async def test_events_of_responses_have_names_and_no_done() -> None:
    body = stream_of("CreateResponse", Source([{"type": "response.created", "sequence_number": 0}]))
    assert [piece async for piece in body] == [
        b'event: response.created\ndata: {"type":"response.created","sequence_number":0}\n\n'
    ]


async def test_a_broken_response_ends_in_an_error_event() -> None:
    body = stream_of("CreateResponse", Source([{"type": "a"}, {"type": "b"}], EngineError("gone")))
    await anext(body)
    name, _, data = (await anext(body)).partition(b"\n")
    event = json.loads(data.removeprefix(b"data: "))
    assert (name, event["type"], event["sequence_number"], event["message"]) == (b"event: error", "error", 2, "gone")
    with pytest.raises(EngineError):
        await anext(body)


@pytest.mark.parametrize("operation", [CHAT, "CreateResponse"])
async def test_a_body_closed_before_its_first_read_closes_its_source(operation: str) -> None:
    source = Source([{"type": "a"}])
    await stream_of(operation, source).aclose()  # type: ignore[attr-defined]  # every body of ours can be closed
    assert source.closed


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_error_has_a_status_and_openais_form(kind: Kind) -> None:
    reply = wire.serialise_error(ApiError("why", kind=kind), "r")
    assert 400 <= reply.status < 600
    assert isinstance(reply.body, bytes)
    assert set(json.loads(reply.body)["error"]) == {"message", "type", "param", "code"}
    assert dict(reply.headers)["x-request-id"] == "r"


def test_the_caller_learns_when_to_come_back() -> None:
    for wait, said in ((0.2, "1"), (7.1, "8"), (None, "1"), (1e9, "3600")):
        reply = wire.serialise_error(ThrottledError("full", retry_after_seconds=wait), "r")
        assert (reply.status, dict(reply.headers)["retry-after"]) == (429, said)
    assert "retry-after" not in dict(
        wire.serialise_error(ThrottledError("x", retry_after_seconds=float("inf")), "r").headers
    )


def test_statuses_are_those_the_client_library_knows() -> None:
    assert wire.serialise_error(SignatureError("who", kind=Kind.KEY_UNKNOWN), "r").status == 401
    assert wire.serialise_error(AccessDeniedError("no"), "r").status == 403
    assert wire.serialise_error(ValidationError("bad"), "r").status == 400


def test_a_code_of_aws_is_not_told_to_a_client_of_openai() -> None:
    assert wire.error_body(ThrottledError("x", code="ThrottlingException"))["code"] == "rate_limit_exceeded"
    assert wire.error_body(ValidationError("x", code="context_length_exceeded"))["code"] == "context_length_exceeded"


def test_a_message_that_json_cannot_carry_is_told_with_a_substitute() -> None:
    reply = wire.serialise_error(ValidationError("a \ud800 b", members={"param": "\udfff"}), "r")
    assert isinstance(reply.body, bytes)
    assert json.loads(reply.body)["error"]["message"] == "a ? b"
