"""A body that is handed on as it comes keeps its limits: size, pace, and an end that was really reached."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.door.test_asgi import LIMITS, Exchange, NoPages, StubPipeline
from usina.core.clock import SystemClock
from usina.core.errors import CallerError, Kind, TooLargeError
from usina.core.limits import Limits
from usina.door.asgi import Door
from usina.door.incoming import Incoming
from usina.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from usina.core.operation import Received
    from usina.door.plain import PlainPages
    from usina.pipeline.run import Pipeline

S3 = (b"authorization", b"AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/s3/aws4_request")
SMALL = Limits(object_bytes=1_000, body_bytes=100, body_idle_seconds=0.05)


def message(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def source(*messages: dict[str, Any]) -> Callable[[], Awaitable[dict[str, Any]]]:
    left = list(messages)

    async def receive() -> dict[str, Any]:
        if left:
            return left.pop(0)
        await asyncio.Event().wait()
        raise AssertionError("nobody sends")

    return receive


async def read(*messages: dict[str, Any], ended: list[bool] | None = None, declared: int | None = None) -> list[bytes]:
    told = [] if ended is None else ended
    incoming = Incoming(source(*messages), SMALL, declared, lambda: told.append(True))
    return [piece async for piece in incoming.pieces()]


async def test_pieces_come_as_they_come_and_the_end_is_told_once() -> None:
    ended: list[bool] = []
    assert await read(message(b"a"), message(b""), message(b"b", more=False), ended=ended) == [b"a", b"b"]
    assert ended == [True]


async def test_a_body_of_its_declared_length_is_not_waited_for() -> None:
    assert await read(message(b"ab"), message(b"cd"), declared=4) == [b"ab", b"cd"]


async def test_a_body_over_the_limit_is_refused_where_it_passes_it() -> None:
    with pytest.raises(TooLargeError, match="1000 bytes"):
        await read(message(b"x" * 600), message(b"x" * 600))


async def test_a_client_that_stalls_or_hangs_up_did_not_send_a_body() -> None:
    with pytest.raises(CallerError) as stalled:
        await read(message(b"x"))
    assert stalled.value.error_kind is Kind.REQUEST_TIMEOUT
    with pytest.raises(CallerError) as gone:
        await read(message(b"x"), {"type": "http.disconnect"})
    assert gone.value.error_kind is Kind.MALFORMED


async def test_a_body_that_trickles_is_given_up() -> None:
    async def drip() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return message(b"x")

    patient = Limits(body_idle_seconds=1.0, body_read_seconds=0.05, object_bytes_per_second=1_000_000)
    incoming = Incoming(drip, patient, None, lambda: None)
    with pytest.raises(CallerError) as slow:
        _ = [piece async for piece in incoming.pieces()]
    assert slow.value.error_kind is Kind.REQUEST_TIMEOUT


def door(reply: Callable[[Received], Awaitable[Reply]], limits: Limits = SMALL) -> tuple[Door, StubPipeline]:
    pipeline = StubPipeline(reply)
    return Door(cast("Pipeline", pipeline), cast("PlainPages", NoPages()), limits, SystemClock()), pipeline


async def _echo(received: Received) -> Reply:
    assert received.stream is not None
    return Reply(200, [], b"".join([piece async for piece in received.stream.pieces]))


async def _refuse(_received: Received) -> Reply:
    return Reply(403, [], b"no")


async def test_only_what_takes_its_body_as_it_comes_gets_a_stream() -> None:
    async def kind(received: Received) -> Reply:
        return Reply(200, [], b"whole" if received.stream is None else b"stream")

    for method, path, query, expected in (
        ("PUT", b"/bucket/key", b"", b"stream"),
        ("PUT", b"/bucket/key", b"partNumber=1&uploadId=u", b"stream"),
        ("PUT", b"/bucket/key", b"tagging", b"whole"),
        ("PUT", b"/bucket", b"", b"whole"),
        ("POST", b"/bucket", b"delete", b"whole"),
    ):
        opened, _ = door(kind)
        exchange = Exchange([message(b"", more=False)], path, method, query, [S3])
        await exchange.play(opened)
        assert (exchange.status, exchange.body) == (200, expected), path


async def test_a_stream_may_be_larger_than_a_body_and_not_larger_than_an_object() -> None:
    opened, _ = door(_echo)
    exchange = Exchange([message(b"x" * 200), message(b"y" * 200, more=False)], b"/b/k", "PUT", b"", [S3])
    await exchange.play(opened)
    assert (exchange.status, exchange.body) == (200, b"x" * 200 + b"y" * 200)
    declared = Exchange([message(b"x")], b"/b/k", "PUT", b"", [S3, (b"content-length", b"1001")])
    await declared.play(opened)
    assert declared.status == 400
    assert b"EntityTooLarge" in declared.body


async def test_who_is_refused_before_he_sent_all_is_read_on_for_a_little_and_hung_up_on() -> None:
    opened, _ = door(_refuse, LIMITS)
    exchange = Exchange([message(b"x" * 500), message(b"x", more=False)], b"/b/k", "PUT", b"", [S3])
    await exchange.play(opened)
    assert (exchange.status, exchange.messages) == (403, [])
    assert (b"connection", b"close") not in exchange.sent[0]["headers"]
    waits = [S3, (b"expect", b"100-continue"), (b"content-length", b"900000")]
    asks = Exchange([message(b"x" * 500)], b"/b/k", "PUT", b"", waits)
    await asks.play(door(_refuse, Limits())[0])
    assert len(asks.messages) == 1
    assert (b"connection", b"close") in asks.sent[0]["headers"]


async def test_the_answer_to_head_states_the_length_of_what_it_does_not_send() -> None:
    async def described(_received: Received) -> Reply:
        return Reply(200, [("Content-Length", "5000")], b"")

    exchange = Exchange([message(b"", more=False)], b"/b/k", "HEAD", b"", [S3])
    await exchange.play(door(described)[0])
    assert [each for each in exchange.sent[0]["headers"] if each[0].lower() == b"content-length"] == [
        (b"Content-Length", b"5000")
    ]
    assert exchange.body == b""


async def test_a_refusal_of_head_has_no_body_either() -> None:
    exchange = Exchange([message(b"", more=False)], b"/b/k", "HEAD", b"", [S3])
    await exchange.play(door(_refuse)[0])
    assert (exchange.status, exchange.body) == (403, b"")
    assert (b"content-length", b"2") in exchange.sent[0]["headers"]
