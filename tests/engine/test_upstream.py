from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.waiting import until
from usina.core.errors import EngineError, EngineTimeoutError
from usina.core.limits import Limits
from usina.engine.upstream import Endpoint, RefusedError, Upstream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def whole(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{more}\r\n".encode() + body


def chunked(*pieces: bytes, end: bool = True) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + (b"0\r\n\r\n" if end else b"")


class Engine:
    """Plays bytes, one script item a request; counts connections."""

    def __init__(self, *script: bytes) -> None:
        self.script = list(script)
        self.connections = 0
        self.seen: list[bytes] = []
        self.ended = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                self.seen.append(head + await reader.readexactly(length))
                played = self.script.pop(0)
                writer.write(played)
                await writer.drain()
                if played.endswith(b"!close"):
                    break
        except (asyncio.IncompleteReadError, ConnectionError, IndexError):
            pass
        finally:
            self.ended.set()


@asynccontextmanager
async def upstream_of(engine: Engine, folder: Path, limits: Limits | None = None) -> AsyncIterator[Upstream]:
    path = str(folder / "e.sock")
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await engine.serve(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    server = await asyncio.start_unix_server(serve, path)
    upstream = Upstream(Endpoint(socket=path, prefix="/v1", bearer="sesame"), limits or Limits())
    try:
        yield upstream
    finally:
        upstream.close()
        server.close()
        await asyncio.wait_for(asyncio.gather(*running, return_exceptions=True), 5)


async def collected(upstream: Upstream, *, marker: bool = True) -> list[Any]:
    return [event async for batch in upstream.stream("/s", {}, marker=marker) for event in batch]


async def test_a_call_sends_json_and_gives_json(tmp_path: Path) -> None:
    engine = Engine(whole(b'{"a": 1}'))
    async with upstream_of(engine, tmp_path) as upstream:
        assert await upstream.call("/x", {"q": "é"}) == {"a": 1}
    head, _, body = engine.seen[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/x HTTP/1.1\r\n")
    assert b"authorization: Bearer sesame" in head
    assert json.loads(body) == {"q": "é"}


async def test_the_bearer_key_is_not_in_the_text_of_an_endpoint() -> None:
    assert "sesame" not in repr(Endpoint(socket="x", bearer="sesame"))


async def test_connections_are_kept_between_calls(tmp_path: Path) -> None:
    engine = Engine(*[whole(b"{}")] * 5)
    async with upstream_of(engine, tmp_path) as upstream:
        for _ in range(5):
            await upstream.call("/x", {})
    assert engine.connections == 1


async def test_a_connection_that_the_engine_closed_while_idle_is_replaced(tmp_path: Path) -> None:
    engine = Engine(whole(b'{"n": 1}') + b"", whole(b'{"n": 2}'))
    async with upstream_of(engine, tmp_path) as upstream:
        await upstream.call("/x", {})
        connection = upstream._idle[0]
        connection._transport.abort()
        assert await upstream.call("/x", {}) == {"n": 2}
    assert engine.connections == 2


async def test_a_request_that_meets_a_dying_kept_connection_is_sent_again_once(tmp_path: Path) -> None:
    class Dying(Engine):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            first = self.connections == 1
            for _ in range(2):
                await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(2)
                if first and self.seen:
                    break
                self.seen.append(b"")
                writer.write(whole(b"{}"))

    engine = Dying()
    async with upstream_of(engine, tmp_path) as upstream:
        await upstream.call("/x", {})
        assert await upstream.call("/x", {}) == {}
    assert engine.connections == 2


async def test_events_of_one_read_come_as_one_batch(tmp_path: Path) -> None:
    events = b"".join(b'data: {"n": %d}\n\n' % n for n in range(5))
    engine = Engine(STREAM + chunked(events, b"data: [DONE]\n\n"))
    async with upstream_of(engine, tmp_path) as upstream:
        batches = [list(batch) async for batch in upstream.stream("/s", {})]
    assert [event["n"] for batch in batches for event in batch] == [0, 1, 2, 3, 4]
    assert len(batches) == 1


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
async def test_events_are_read_however_the_bytes_are_cut(tmp_path: Path, size: int) -> None:
    text = b': hello\r\n\r\ndata: {"n": 1}\r\n\r\nevent: x\ndata: {"n":\ndata: 2}\n\ndata:{"n": 3}\n\ndata: [DONE]\n\n'
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    engine = Engine(STREAM + chunked(*pieces))
    async with upstream_of(engine, tmp_path) as upstream:
        assert [event["n"] for event in await collected(upstream)] == [1, 2, 3]


async def test_a_stream_without_its_end_marker_is_a_failure(tmp_path: Path) -> None:
    engine = Engine(STREAM + chunked(b'data: {"n": 1}\n\n'))
    async with upstream_of(engine, tmp_path) as upstream:
        with pytest.raises(EngineError, match="end marker"):
            await collected(upstream)


async def test_an_engine_that_is_known_to_send_no_marker_may_end_without(tmp_path: Path) -> None:
    engine = Engine(STREAM + chunked(b'data: {"n": 1}\n\n'))
    async with upstream_of(engine, tmp_path) as upstream:
        assert await collected(upstream, marker=False) == [{"n": 1}]


async def test_a_connection_lost_in_mid_stream_is_a_failure(tmp_path: Path) -> None:
    engine = Engine(STREAM + chunked(b'data: {"n": 1}\n\n', end=False) + b"!close")
    async with upstream_of(engine, tmp_path) as upstream:
        with pytest.raises(EngineError):
            await collected(upstream)


async def test_closing_a_stream_closes_its_connection(tmp_path: Path) -> None:
    engine = Engine(STREAM + chunked(b'data: {"n": 1}\n\n', end=False))
    async with upstream_of(engine, tmp_path) as upstream:
        stream = upstream.stream("/s", {})
        assert await anext(stream) == [{"n": 1}]
        await stream.aclose()
        await asyncio.wait_for(engine.ended.wait(), 5)


async def test_a_complete_stream_keeps_its_connection(tmp_path: Path) -> None:
    engine = Engine(STREAM + chunked(b"data: [DONE]\n\n"), whole(b"{}"))
    async with upstream_of(engine, tmp_path) as upstream:
        assert await collected(upstream) == []
        await upstream.call("/x", {})
    assert engine.connections == 1


async def test_another_status_is_a_refusal_with_the_engines_own_words(tmp_path: Path) -> None:
    engine = Engine(*[whole(b'{"error": "no"}', "400 Bad Request")] * 2, whole(b"{}"))
    async with upstream_of(engine, tmp_path) as upstream:
        for ask in (upstream.call("/x", {}), collected(upstream)):
            with pytest.raises(RefusedError) as caught:
                await ask
            assert (caught.value.status, caught.value.body) == (400, b'{"error": "no"}')
        assert await upstream.call("/x", {}) == {}
    assert engine.connections == 1


async def test_headers_without_end_are_cut_off(tmp_path: Path) -> None:
    engine = Engine(b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 100 + b"\r\n" * 1 + b"x: y\r\n" * 400_000)
    async with upstream_of(engine, tmp_path) as upstream:
        with pytest.raises(EngineError):
            await upstream.call("/x", {})


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    engine = Engine(whole(b"", "302 Found", "location: http://127.0.0.1:1/\r\n"))
    async with upstream_of(engine, tmp_path) as upstream:
        with pytest.raises(RefusedError) as caught:
            await upstream.call("/x", {})
    assert caught.value.status == 302


async def test_an_answer_over_the_limit_is_cut_off(tmp_path: Path) -> None:
    engine = Engine(
        whole(b'"' + b"x" * 5000 + b'"'), STREAM + chunked(*[b'data: {"n": 1}\n\n'] * 500, b"data: [DONE]\n\n")
    )
    async with upstream_of(engine, tmp_path, Limits(engine_answer_bytes=1000)) as upstream:
        with pytest.raises(EngineError, match="larger than the limit"):
            await upstream.call("/x", {})
        with pytest.raises(EngineError, match="larger than the limit"):
            await collected(upstream)


@pytest.mark.parametrize("answer", [b"hello\r\n\r\n", whole(b"{{{"), b"HTTP/1.1 200 OK\r\n\r\n!close"])
async def test_what_is_no_answer_is_a_failure(tmp_path: Path, answer: bytes) -> None:
    engine = Engine(answer)
    async with upstream_of(engine, tmp_path) as upstream:
        with pytest.raises(EngineError):
            await upstream.call("/x", {})


async def test_an_event_that_is_not_json_is_a_failure(tmp_path: Path) -> None:
    engine = Engine(STREAM + chunked(b"data: {{{\n\n"))
    async with upstream_of(engine, tmp_path) as upstream:
        with pytest.raises(EngineError, match="not JSON"):
            await collected(upstream)


async def test_an_error_field_in_mid_stream_is_an_event(tmp_path: Path) -> None:
    engine = Engine(STREAM + chunked(b'error: {"message": "x"}\n\n', b"data: [DONE]\n\n"))
    async with upstream_of(engine, tmp_path) as upstream:
        assert await collected(upstream) == [{"error": {"message": "x"}}]


async def test_an_engine_that_gives_nothing_in_time_is_given_up(tmp_path: Path) -> None:
    engine = Engine(b"", STREAM + chunked(b'data: {"n": 1}\n\n', end=False))
    limits = Limits(engine_first_byte_seconds=0.05, engine_idle_seconds=0.05)
    async with upstream_of(engine, tmp_path, limits) as upstream:
        with pytest.raises(EngineTimeoutError):
            await upstream.call("/x", {})
        with pytest.raises(EngineTimeoutError):
            await collected(upstream)


async def test_nobody_listening_is_a_failure(tmp_path: Path) -> None:
    upstream = Upstream(Endpoint(socket=str(tmp_path / "nobody.sock")), Limits())
    with pytest.raises(EngineError, match="does not accept"):
        await upstream.call("/x", {})


async def test_a_cancelled_call_closes_its_connection(tmp_path: Path) -> None:
    engine = Engine(b"")
    async with upstream_of(engine, tmp_path) as upstream:
        task = asyncio.ensure_future(upstream.call("/x", {}))
        await until(lambda: bool(engine.seen))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.wait_for(engine.ended.wait(), 5)


async def test_a_slow_reader_stops_the_reading_and_gets_everything(tmp_path: Path) -> None:
    count = 5_000
    pieces = [b'data: {"n": %d}\n\n' % n for n in range(count)]
    engine = Engine(STREAM + chunked(*pieces, b"data: [DONE]\n\n"))
    async with upstream_of(engine, tmp_path) as upstream:
        seen: list[int] = []
        async for batch in upstream.stream("/s", {}):
            seen += [event["n"] for event in batch]
            await asyncio.sleep(0.001)
    assert seen == list(range(count))
