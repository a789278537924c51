from __future__ import annotations

import asyncio

import pytest

from usina.core.egress import EgressRefusedError, Purpose
from usina.sovereignty.egress import SiteEgress


async def served(egress: SiteEgress, host: str, port: int) -> bytes:
    reader, writer = await egress.connect(Purpose.CLOUD, host, port)
    try:
        return await reader.read()
    finally:
        writer.close()


async def test_a_destination_that_is_named_is_reached() -> None:
    async def tell(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"here")
        writer.close()

    server = await asyncio.start_server(tell, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await served(SiteEgress({Purpose.CLOUD: [f"127.0.0.1:{port}"]}), "127.0.0.1", port) == b"here"
    server.close()


@pytest.mark.parametrize(
    ("named", "host", "port"),
    [
        ([], "far.internal", 443),
        (["far.internal"], "far.internal", 8443),
        (["far.internal"], "evil.far.internal", 443),
        (["far.internal"], "far.internal.evil", 443),
        (["far.internal:8443"], "far.internal", 443),
        (["[::1]:8443"], "::1", 443),
    ],
)
async def test_any_other_is_refused_before_its_name_is_looked_up(
    named: list[str], host: str, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def looked_up(*_: object, **__: object) -> None:
        raise AssertionError("a name was looked up")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", looked_up)
    with pytest.raises(EgressRefusedError, match=r"site\.toml does not name"):
        await SiteEgress({Purpose.CLOUD: named}).connect(Purpose.CLOUD, host, port)


async def test_a_name_is_the_same_in_any_case_and_443_is_the_usual_port() -> None:
    egress = SiteEgress({Purpose.CLOUD: ["LocalHost", "[::1]:1"]})
    for host, port in (("localhost", 443), ("::1", 1)):
        with pytest.raises(OSError, match="onnect"):
            await egress.connect(Purpose.CLOUD, host, port)
