from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.wire import oracle
from usina import wire
from usina.core.errors import (
    ApiError,
    EngineError,
    EngineTimeoutError,
    InternalError,
    ThrottledError,
    ValidationError,
)
from usina.wire.eventstream import Decoder, Message, encode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

CONVERSE = wire.Target("bedrock-runtime", "ConverseStream", "rest-json", {})
INVOKE = wire.Target("bedrock-runtime", "InvokeModelWithResponseStream", "rest-json", {})
TAIL = wire.Target("logs", "StartLiveTail", "json", {})
BIDIRECTIONAL = wire.Target(
    "bedrock-runtime", "InvokeModelWithBidirectionalStream", "rest-json", {"modelId": "amazon.nova-sonic-v1:0"}
)
DELTA = {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Paris"}}}


class Source:
    """A handler's stream that ends as told and remembers that it was closed."""

    def __init__(self, batches: Sequence[Sequence[dict[str, Any]]], error: Exception | None = None) -> None:
        self.closed = False
        self._batches = batches
        self._error = error

    async def stream(self) -> AsyncIterator[Sequence[dict[str, Any]]]:
        try:
            for batch in self._batches:
                yield batch
            if self._error is not None:
                raise self._error
        finally:
            self.closed = True


async def written(
    target: wire.Target, member: str, source: Source, **rest: object
) -> tuple[list[bytes], ApiError | None]:
    reply = wire.serialise(target, {member: source.stream(), **rest}, "request-1")
    assert not isinstance(reply.body, bytes)
    parts: list[bytes] = []
    try:
        async for part in reply.body:
            parts.append(part)  # noqa: PERF401 - what came before the error counts
    except ApiError as error:
        return parts, error
    return parts, None


def messages(parts: list[bytes]) -> list[Message]:
    return list(Decoder().feed(b"".join(parts)))


async def test_a_batch_of_events_is_one_write() -> None:
    parts, error = await written(CONVERSE, "stream", Source([[DELTA, DELTA, DELTA], [DELTA]]))
    assert error is None
    assert [len(messages([part])) for part in parts] == [3, 1]


async def test_an_event_says_its_type_and_leaves_out_what_is_none() -> None:
    event = {"metadata": {"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}, "trace": None}}
    parts, _ = await written(CONVERSE, "stream", Source([[event]]))
    (message,) = messages(parts)
    assert message.headers == {
        ":event-type": "metadata",
        ":content-type": "application/json",
        ":message-type": "event",
    }
    assert message.payload == b'{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}'


@pytest.mark.parametrize(
    ("error", "member"),
    [
        (ThrottledError("full"), "throttlingException"),
        (ValidationError("no"), "validationException"),
        (EngineError("gone"), "modelStreamErrorException"),
        (EngineTimeoutError("late"), "modelStreamErrorException"),
        (InternalError("bug"), "internalServerException"),
        (ApiError("busy", code="ServiceUnavailableException"), "serviceUnavailableException"),
    ],
)
async def test_an_error_within_a_stream_is_said_in_the_stream_and_rises_on(error: ApiError, member: str) -> None:
    source = Source([[DELTA]], error)
    parts, risen = await written(CONVERSE, "stream", source)
    assert risen is error
    assert source.closed
    last = messages(parts)[-1]
    assert last.headers[":message-type"] == "exception"
    assert last.headers[":exception-type"] == member
    assert error.message.encode() in last.payload


async def test_an_error_that_the_stream_does_not_model_is_still_said() -> None:
    parts, risen = await written(CONVERSE, "stream", Source([], ApiError("odd", code="OddException")))
    assert risen is not None
    # InternalServerException stands in for a kind the stream has no better word for.
    (message,) = messages(parts)
    assert message.headers[":exception-type"] == "internalServerException"


async def test_a_stream_without_errors_of_its_own_says_them_in_its_headers() -> None:
    target = wire.Target("s3", "SelectObjectContent", "rest-xml", {})
    parts, _ = await written(target, "Payload", Source([], ThrottledError("full")))
    (message,) = messages(parts)
    assert message.headers[":message-type"] == "error"
    assert message.headers[":error-message"] == "full"


async def test_a_client_that_leaves_closes_the_handlers_stream() -> None:
    source = Source([[DELTA], [DELTA]])
    reply = wire.serialise(CONVERSE, {"stream": source.stream()}, "request-1")
    assert not isinstance(reply.body, bytes)
    await anext(reply.body)
    await reply.body.aclose()  # type: ignore[attr-defined]  # a generator, as the pipeline gets it
    assert source.closed


async def test_blobs_travel_as_base64_where_the_event_has_no_payload_of_its_own() -> None:
    parts, _ = await written(
        INVOKE, "body", Source([[{"chunk": {"bytes": b'{"a":1}'}}]]), contentType="application/json"
    )
    assert messages(parts)[0].payload == b'{"bytes":"eyJhIjoxfQ=="}'


async def test_an_rpc_stream_begins_with_the_members_that_do_not_stream() -> None:
    parts, _ = await written(TAIL, "responseStream", Source([[{"sessionStart": {"requestId": "r"}}]]))
    first, second = messages(parts)
    assert first.headers[":event-type"] == "initial-response"
    assert second.headers[":event-type"] == "sessionStart"


async def test_an_event_that_the_stream_does_not_have_is_a_bug_not_silence() -> None:
    with pytest.raises(KeyError):
        await written(CONVERSE, "stream", Source([[{"noSuchEvent": {}}]]))


def bidirectional(body: bytes) -> dict[str, Any]:
    received = oracle.received("POST", "http://localhost/model/amazon.nova-sonic-v1%3A0/x", [], body)
    return wire.parse(BIDIRECTIONAL, received, body)


def test_events_that_a_client_sends_are_read() -> None:
    headers = {":event-type": "chunk", ":message-type": "event", ":content-type": "application/json"}
    body = encode(headers, b'{"bytes":"aGk="}') + encode(headers, b"{}")
    assert bidirectional(body)["body"] == [{"chunk": {"bytes": b"hi"}}, {"chunk": {}}]


def test_events_of_unknown_types_are_passed_over() -> None:
    body = encode({":event-type": "later", ":message-type": "event"}, b"{}")
    body += encode({":event-type": 7, ":message-type": "event"}, b"{}")
    assert bidirectional(body)["body"] == []


@pytest.mark.parametrize(
    "body",
    [
        b"not an event stream at all",
        encode({":event-type": "chunk", ":message-type": "event"}, b"{"),
        encode({":event-type": "chunk", ":message-type": "event"}, b'{"bytes": 7}'),
        encode({":event-type": "chunk", ":message-type": "event"}, b"{}")[:-3],
    ],
)
def test_events_that_cannot_be_read_are_refused(body: bytes) -> None:
    with pytest.raises(ValidationError):
        bidirectional(body)
