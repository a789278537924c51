"""Bytes on real sockets: broken HTTP/1.1, framing, HTTP/2. The server must answer or hang up, and live on."""

from __future__ import annotations

import asyncio
import contextlib
import re
import struct
from typing import TYPE_CHECKING

from tests.fuzz.campaign import Findings
from tests.fuzz.mutate import ODD_HEADERS, Mutator

if TYPE_CHECKING:
    from collections.abc import Callable

STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3})[^\r\n]*\r\n", re.MULTILINE)
H2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
IDLE_SECONDS = 0.05  # how long a silent server is listened to; it waits for more bytes that never come
REQUEST = b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"


def _chunks(body: bytes) -> bytes:
    return b"5\r\n" + body[:5] + b"\r\n" + f"{len(body) - 5:x};x=y\r\n".encode() + body[5:] + b"\r\n0\r\nt: v\r\n\r\n"


def http1(mutate: Mutator) -> bytes:
    """One spoilt HTTP/1.1 request, or several in one go."""
    chance = mutate.random
    body = b'{"model":"x","messages":[]}'
    name, value = chance.choice(ODD_HEADERS)
    head = REQUEST + name + b": " + value + b"\r\n"
    match chance.randrange(6):
        case 0:
            request = head + b"transfer-encoding: chunked\r\n\r\n" + _chunks(body)
        case 1:
            request = head + f"content-length: {len(body) + chance.choice((-5, 0, 5))}\r\n\r\n".encode() + body
        case 2:
            request = head + b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n" + _chunks(body)
        case 3:
            request = REQUEST * 2 + b"\r\n"
        case 4:
            request = b"GET /" + chance.randbytes(40) + b" HTTP/1.1\r\nhost: a\r\n\r\n"
        case _:
            request = chance.randbytes(chance.randint(1, 400))
    return mutate.data(request) if mutate.often(0.8) else request * chance.choice((1, 3))


def http2(mutate: Mutator) -> bytes:
    """The preface, then spoilt frames."""
    chance = mutate.random
    frames = [struct.pack(">I", 0)[1:] + b"\x04\x00" + struct.pack(">I", 0)]
    for _ in range(chance.randint(1, 6)):
        payload = chance.randbytes(chance.choice((0, 1, 4, 5, 6, 8, 60)))
        length = len(payload) if mutate.often(0.8) else chance.randrange(2**24)
        kind, flags = chance.randrange(12), chance.randrange(256)
        stream = chance.choice((0, 1, 1, 2, 3, 2**31 - 1, 2**32 - 1))
        frames.append(struct.pack(">I", length)[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload)
    preface = H2_PREFACE if mutate.often(0.9) else mutate.data(H2_PREFACE)
    return preface + b"".join(frames)


async def _exchange(port: int, data: bytes) -> bytes:
    """Send it all, and read until the server hangs up or says nothing more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    with contextlib.suppress(OSError):
        writer.write(data)
        await writer.drain()
        with contextlib.suppress(TimeoutError):
            while piece := await asyncio.wait_for(reader.read(65_536), IDLE_SECONDS):
                answer += piece
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return answer


async def fuzz_sockets(
    port: int, inputs: int, seed: int, *, abreast: int = 16, tell: Callable[[int], None] = lambda _: None
) -> Findings:
    """Spoilt bytes to a listener; in between, whether it still answers a good request."""
    mutate, found = Mutator(seed), Findings()
    for begin in range(0, inputs, abreast):
        count = min(abreast, inputs - begin)
        batch = [http2(mutate) if mutate.often(0.4) else http1(mutate) for _ in range(count)]
        answers = await asyncio.gather(*(_exchange(port, data) for data in batch), return_exceptions=True)
        for data, answer in zip(batch, answers, strict=True):
            if isinstance(answer, BaseException):
                found.inputs += 1
                found.problem(f"no connection: {answer!r}", data)
                continue
            # None: it hung up without a word, or speaks HTTP/2.
            statuses = [int(status) for status in STATUS.findall(answer) if status != b"100"] or [400]
            found.judge(max(statuses), answer, data)
        if begin % (abreast * 8) == 0:
            alive = await _exchange(port, b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            if not alive.startswith(b"HTTP/1.1 200"):
                found.problem("it no longer answers a good request", alive)
            tell(begin)
    return found
