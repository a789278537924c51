"""Limits hold before anything is allocated, a bug becomes a bare 500, a client that hangs up ends its request."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from usina.core.clock import SystemClock
from usina.core.limits import Limits
from usina.door.asgi import Door
from usina.wire import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from usina.core.operation import Received
    from usina.door.plain import PlainPages
    from usina.pipeline.run import Pipeline

LIMITS = Limits(
    body_bytes=1_000,
    header_bytes=2_000,
    header_count=20,
    uri_bytes=500,
    body_idle_seconds=0.05,
    body_read_seconds=0.2,
    drain_seconds=0.05,
)
SIGNED = (b"authorization", b"AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/bedrock/aws4_request")


@dataclass
class StubPipeline:
    """Answers what the test says and keeps what it was asked."""

    reply: Callable[[Received], Awaitable[Reply]]
    asked: list[Received] = field(default_factory=list)

    async def answer(self, received: Received) -> Reply:
        self.asked.append(received)
        return await self.reply(received)


class NoPages:
    def page(self, scope: dict[str, Any], *, ready: bool) -> None:
        return None


@dataclass
class Exchange:
    """One request played to the door, message by message."""

    messages: list[dict[str, Any]]
    path: bytes = b"/model/m/converse"
    method: str = "POST"
    query: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=lambda: [SIGNED])
    sent: list[dict[str, Any]] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> dict[str, Any]:
        if self.messages:
            return self.messages.pop(0)
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    async def play(self, door: Door) -> None:
        scope = {
            "type": "http",
            "method": self.method,
            "raw_path": self.path,
            "query_string": self.query,
            "headers": self.headers,
            "scheme": "http",
            "client": ("127.0.0.1", "5"),
        }
        await door(scope, self.receive, self.send)

    @property
    def status(self) -> int:
        return cast("int", self.sent[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent[1:])


async def _hello(_received: Received) -> Reply:
    return Reply(200, [("content-type", "text/plain")], b"hello")


def _door(reply: Callable[[Received], Awaitable[Reply]] = _hello) -> tuple[Door, StubPipeline]:
    pipeline = StubPipeline(reply)
    return Door(cast("Pipeline", pipeline), cast("PlainPages", NoPages()), LIMITS, SystemClock()), pipeline


def _whole(body: bytes = b"{}") -> list[dict[str, Any]]:
    return [{"type": "http.request", "body": body, "more_body": False}]


async def test_the_raw_path_query_and_repeated_headers_reach_the_pipeline_untouched() -> None:
    door, pipeline = _door()
    headers = [SIGNED, (b"x-a", b"1"), (b"x-a", b"2")]
    exchange = Exchange(_whole(), path=b"/model/a%2Fb%3A0/converse", query=b"x=%20&x=1", headers=headers)
    await exchange.play(door)
    asked = pipeline.asked[0]
    assert asked.raw_path == "/model/a%2Fb%3A0/converse"
    assert asked.raw_query == "x=%20&x=1"
    assert [value for name, value in asked.headers if name == "x-a"] == ["1", "2"]
    assert exchange.body == b"hello"


async def test_a_body_in_pieces_is_put_together() -> None:
    door, pipeline = _door()
    pieces = [{"type": "http.request", "body": bytes([65 + i]) * 10, "more_body": i < 3} for i in range(4)]
    await Exchange(pieces).play(door)
    assert pipeline.asked[0].body == b"A" * 10 + b"B" * 10 + b"C" * 10 + b"D" * 10


async def test_a_body_of_its_declared_length_is_not_waited_for_any_longer() -> None:
    door, pipeline = _door()
    unended = [{"type": "http.request", "body": b"hello", "more_body": True}]
    await Exchange(unended, headers=[SIGNED, (b"content-length", b"5")]).play(door)
    assert pipeline.asked[0].body == b"hello"


async def test_what_is_over_a_limit_is_refused_before_the_pipeline() -> None:
    door, pipeline = _door()
    pieces = [{"type": "http.request", "body": b"x" * 400, "more_body": True} for _ in range(4)]
    for exchange in (
        Exchange(_whole(), headers=[SIGNED, (b"content-length", b"1001")]),
        Exchange(_whole(), headers=[SIGNED, (b"content-length", b"9" * 5_000)]),
        Exchange(_whole(), headers=[SIGNED, (b"content-length", b"-1")]),
        Exchange(_whole(b"x" * 1_001)),
        Exchange(pieces),
        Exchange(_whole(), path=b"/" + b"a" * 600),
        Exchange(_whole(), headers=[SIGNED, *[(b"x-a", b"1")] * 30]),
        Exchange(_whole(), headers=[SIGNED, (b"x-a", b"1" * 2_000)]),
    ):
        await exchange.play(door)
        assert 400 <= exchange.status < 500
        assert b"Traceback" not in exchange.body
    assert pipeline.asked == []


async def test_a_body_that_stalls_is_refused() -> None:
    door, pipeline = _door()
    exchange = Exchange([{"type": "http.request", "body": b"x", "more_body": True}])
    await exchange.play(door)
    assert 400 <= exchange.status < 500
    assert pipeline.asked == []


async def test_a_bug_is_a_bare_500_that_tells_nothing_of_its_inside() -> None:
    async def bug(_received: Received) -> Reply:
        raise ZeroDivisionError("the secret inside")

    door, _ = _door(bug)
    exchange = Exchange(_whole())
    await exchange.play(door)
    assert exchange.status == 500
    assert b"secret" not in exchange.body
    assert b"ZeroDivision" not in exchange.body


async def test_a_client_that_hangs_up_ends_its_request() -> None:
    ended = asyncio.Event()

    async def long(_received: Received) -> Reply:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    door, _ = _door(long)
    exchange = Exchange(_whole())
    running = asyncio.create_task(exchange.play(door))
    exchange.gone.set()
    await asyncio.wait_for(running, 5)
    assert ended.is_set()
    assert door.running == 0


async def test_a_client_that_hangs_up_in_a_stream_closes_the_stream() -> None:
    closed = asyncio.Event()

    async def endless(_received: Received) -> Reply:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"x"
                    await asyncio.sleep(0.005)
            finally:
                closed.set()

        return Reply(200, [], pieces())

    door, _ = _door(endless)
    exchange = Exchange(_whole())
    running = asyncio.create_task(exchange.play(door))
    exchange.gone.set()
    await asyncio.wait_for(running, 5)
    assert closed.is_set()


async def test_a_draining_door_refuses_what_is_new_and_waits_for_what_runs() -> None:
    go = asyncio.Event()

    async def until_told(_received: Received) -> Reply:
        await go.wait()
        return Reply(200, [], b"done")

    door, _ = _door(until_told)
    first, second = Exchange(_whole()), Exchange(_whole())
    running = asyncio.create_task(first.play(door))
    await asyncio.sleep(0)
    door.draining = True
    await second.play(door)
    assert second.status == 503
    go.set()
    await door.drain()
    await running
    assert first.body == b"done"


async def test_an_unknown_operation_of_a_known_service_is_still_an_answer_in_its_protocol() -> None:
    async def refuse(_received: Received) -> Reply:
        return Reply(404, [("content-type", "application/json")], json.dumps({"message": "no"}).encode())

    door, _ = _door(refuse)
    exchange = Exchange(_whole(), path=b"/nothing/here")
    await exchange.play(door)
    assert exchange.status == 404
