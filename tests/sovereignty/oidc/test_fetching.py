"""Fetching from a provider: to named hosts only, over TLS that is trusted, bounded in every way."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING

import pytest

from usina.core.clock import SystemClock
from usina.door.tls import ensure_tls
from usina.sovereignty.oidc.fetching import ProviderFetch
from usina.sovereignty.oidc.provider_keys import FetchError
from usina.testing.egress import quiet_door

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

GOOD = b'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}'


class Peer:
    """A TLS server that says these bytes to whoever asks, and keeps what was asked."""

    def __init__(self, port: int, authority: str) -> None:
        self.port = port
        self.authority = authority
        self.says = GOOD
        self.again = False
        self.asked: list[bytes] = []

    def fetch(self, authority: str | None = None, host: str = "localhost") -> ProviderFetch:
        egress = quiet_door({"identity-provider": [f"{host}:{self.port}"]})
        return ProviderFetch(egress, self.authority if authority is None else authority)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/realm/keys?x=1"


@pytest.fixture
async def peer(tmp_path: Path) -> AsyncIterator[Peer]:
    tls = ensure_tls(tmp_path / "keys", ["localhost", "127.0.0.1"], SystemClock())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate, tls.key)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            made.asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(made.says)
            await writer.drain()
            while made.again:
                writer.write(b"x" * 65_536)
                await writer.drain()
                await asyncio.sleep(0)  # drain gives way to nobody while the buffer has room
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    made = Peer(server.sockets[0].getsockname()[1], str(tls.authority))
    yield made
    server.close()


async def refused(fetch: ProviderFetch, url: str) -> str:
    with pytest.raises(FetchError) as caught:
        await fetch(url)
    return str(caught.value)


async def test_a_document_is_fetched_from_a_named_host(peer: Peer) -> None:
    assert await peer.fetch()(peer.url) == b'{"a":1}'
    assert peer.asked[0].startswith(b"GET /realm/keys?x=1 HTTP/1.1\r\nHost: localhost:")


async def test_a_host_that_the_operator_does_not_name_is_not_asked(peer: Peer) -> None:
    assert "EgressRefused" in await refused(peer.fetch(host="elsewhere"), peer.url)
    assert peer.asked == []


@pytest.mark.parametrize(
    "url", ["http://localhost/", "file:///etc/passwd", "https://user:word@localhost/", "https://", "https://h\u00f6st/"]
)
async def test_what_is_no_plain_https_address_is_not_asked(peer: Peer, url: str) -> None:
    assert "address" in await refused(peer.fetch(), url)


async def test_a_certificate_of_an_authority_that_is_not_trusted_is_refused(peer: Peer) -> None:
    assert "not trusted" in await refused(peer.fetch(authority=""), peer.url)
    assert peer.asked == []


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n", "answered 302"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "answered 500"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "broke off"),
        (b"SSH-2.0-OpenSSH\r\n", "Error"),
        (b"", "broke off"),
    ],
    ids=["redirect", "error", "short", "other", "nothing"],
)
async def test_anything_but_a_whole_answer_is_a_failure(peer: Peer, says: bytes, words: str) -> None:
    peer.says = says
    assert words in await refused(peer.fetch(), peer.url)
    assert len(peer.asked) == 1


async def test_an_answer_without_end_is_given_up(peer: Peer) -> None:
    peer.says, peer.again = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", True
    assert "larger than" in await refused(peer.fetch(), peer.url)
