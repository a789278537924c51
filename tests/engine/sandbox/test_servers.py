"""The way into a program: a socket of the machine that leads to a port of the program's, with a sandbox and without."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from typing import TYPE_CHECKING

import pytest

from tests.engine.waiting import until
from usina.core.clock import SystemClock
from usina.core.errors import EngineError
from usina.engine.sandbox import OUTPUT, Bounds, Command, Sandbox, Server
from usina.engine.sandbox.roots import interpreter
from usina.engine.sandbox.unsafe import UnsafeNoSandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from usina.engine.sandbox import Confined, End, Isolation

ECHO = """
import asyncio, sys
async def serve(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.write(b" end")
    writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), backlog=1000)
    print("ready", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""
LEAVES = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
one, _ = server.accept()
one.recv(1)
"""


class Served:
    """A program that listens, and its socket."""

    def __init__(self, sandbox: Sandbox, folder: Path, *, confined: bool) -> None:
        self.sandbox = sandbox
        self.run_folder = folder / "run"
        self.run_folder.mkdir(mode=0o700)
        self.port = 8080 if confined else free_port()
        self.socket = folder / "in.sock"
        self.started: list[Confined] = []

    def command(self, code: str) -> Command:
        argv = (interpreter(), "-c", code, str(self.port))
        bounds = Bounds(seconds=60, open_files=4_096)
        return Command(self.run_folder, argv, bounds=bounds, servers=(Server(self.port, self.socket),))

    async def start(self, code: str, says: str = "ready") -> Confined:
        self.started.append(await self.sandbox.start(self.command(code)))
        log = self.run_folder / OUTPUT
        await until(lambda: says in (log.read_text() if log.exists() else ""))
        return self.started[-1]

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(str(self.socket))

    async def said(self, text: bytes) -> bytes:
        """What comes back to the end, after all was said."""
        reader, writer = await self.open()

        async def say() -> None:
            writer.write(text)
            await writer.drain()
            writer.write_eof()

        _, answer = await asyncio.gather(say(), reader.read())
        writer.close()
        return answer


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


@pytest.fixture(params=["bubblewrap", "unsafe"])
async def served(
    request: pytest.FixtureRequest, short_path: Path, isolation_here: tuple[Sandbox | None, Isolation]
) -> AsyncIterator[Served]:
    """Under each sandbox."""
    sandbox: Sandbox | None = UnsafeNoSandbox(SystemClock())
    if request.param == "bubblewrap":
        sandbox, isolation = isolation_here
        if sandbox is None:
            pytest.skip(isolation.lacking)
    assert sandbox is not None
    made = Served(sandbox, short_path, confined=request.param == "bubblewrap")
    yield made
    for each in made.started:
        each.kill()
        await each.wait()


async def test_a_program_is_reached_by_its_socket_with_any_number_of_connections(served: Served) -> None:
    await served.start(ECHO)
    texts = [b"%d" % number * 10 for number in range(600)]
    answers = await asyncio.gather(*(served.said(text) for text in texts))
    assert answers == [text + b" end" for text in texts]


async def test_bytes_are_handed_on_as_they_come_in_both_directions(served: Served) -> None:
    await served.start(ECHO)
    reader, writer = await served.open()
    for piece in (b"one", b"two", b"three"):  # each is awaited before the next is said
        writer.write(piece)
        assert await asyncio.wait_for(reader.readexactly(len(piece)), 10) == piece
    writer.write_eof()
    assert await asyncio.wait_for(reader.read(), 10) == b" end"
    writer.close()


async def test_much_more_than_a_buffer_goes_through_whole(served: Served) -> None:
    await served.start(ECHO)
    text = os.urandom(5_000_000)
    assert await served.said(text) == text + b" end"


async def test_the_socket_is_the_factorys_own_and_is_found_again(served: Served) -> None:
    await served.start(ECHO)
    assert stat.S_IMODE(served.socket.stat().st_mode) == 0o600
    again = served.sandbox.adopt(served.run_folder)  # as a factory that starts again does
    assert again is not None
    assert await served.said(b"again") == b"again end"
    again.kill()
    await again.wait()
    assert not served.socket.exists()


async def test_a_port_that_nobody_listens_on_ends_the_connection(served: Served) -> None:
    await served.start("import time; print('ready', flush=True); time.sleep(600)")
    assert await served.said(b"") == b""


async def test_a_program_that_ends_ends_its_connections(served: Served) -> None:
    running = await served.start(LEAVES)
    reader, writer = await served.open()
    writer.write(b"x")
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    end: End | None = await running.wait()
    assert end is not None
    assert (end.code, end.reason) == (0, "exited")


async def test_a_socket_that_cannot_be_made_is_the_reason_of_the_end(served: Served) -> None:
    served.socket = served.run_folder / "missing" / "in.sock"
    running = await served.sandbox.start(served.command("print('ran')"))
    end = await running.wait()
    assert end is not None
    assert end.reason == "unable"
    assert "No such file" in end.detail
    assert "ran" not in (served.run_folder / OUTPUT).read_text()


async def test_without_a_sandbox_a_port_that_is_taken_is_refused(short_path: Path) -> None:
    served = Served(UnsafeNoSandbox(SystemClock()), short_path, confined=False)
    with socket.create_server(("127.0.0.1", served.port)), pytest.raises(EngineError) as refused:
        await served.sandbox.start(served.command(ECHO))
    assert f"port {served.port}" in refused.value.message
    assert "--unsafe-no-sandbox" in refused.value.message
