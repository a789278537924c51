"""The way out of a program: a port of its own that leads to a socket of the machine, and how much of it it may take."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.engine.waiting import until
from usina.engine.sandbox import Relay

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.sandbox.conftest import Bench

HOARDS = """
import socket, sys
held = []
for _ in range(600):
    one = socket.create_connection(("127.0.0.1", 8080))
    one.sendall(b"mine")
    held.append(one)
print("held")
for one in held:
    one.shutdown(socket.SHUT_WR)
    assert one.recv(100) == b"for mine"
    one.close()
print("all answered")
"""
ASKS_AGAIN = """
import socket, time
while True:
    try:
        with socket.create_connection(("127.0.0.1", 8080)) as one:
            one.shutdown(socket.SHUT_WR)
            said = one.recv(100)
    except OSError: said = b""
    print("said", said.decode())
    if said == b"for 2": break
    time.sleep(0.02)
"""


class Door:
    """What listens at the other end, and how many are there at once."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "door" / "door.sock"
        self.path.parent.mkdir(exist_ok=True)
        self.path.parent.chmod(0o755)
        self.here = 0
        self.most = 0

    async def open(self, name: str = "") -> asyncio.Server:
        """Listen, in the place of what listened before."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.here += 1
            self.most = max(self.most, self.here)
            writer.write(b"for " + (await reader.read() or name.encode()))
            await writer.drain()
            self.here -= 1
            writer.close()

        self.path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(serve, str(self.path))
        self.path.chmod(0o666)
        return server


async def test_a_program_that_hoards_connections_takes_few_of_the_factorys_and_the_rest_wait(
    bench: Bench, short_path: Path
) -> None:
    door = Door(short_path)
    server = await door.open()
    command = replace(bench.command(HOARDS, open_files=1_000), relays=(Relay(8080, door.path),))
    running = await bench.sandbox.start(command)
    end = await running.wait()
    server.close()
    assert end is not None
    assert (end.code, bench.output()) == (0, "held\nall answered")
    assert door.most == 128


async def test_a_way_leads_to_what_listens_there_now(bench: Bench, short_path: Path) -> None:
    """As after a restart of the factory."""
    door = Door(short_path)
    server = await door.open("1")
    running = await bench.sandbox.start(replace(bench.command(ASKS_AGAIN), relays=(Relay(8080, door.path),)))
    await until(lambda: (bench.run_folder / "output.log").exists() and "for 1" in bench.output())
    server.close()
    door.path.unlink()
    lines = len(bench.output().splitlines())
    await until(lambda: "said " in bench.output().splitlines()[lines:])
    server = await door.open("2")
    end = await running.wait()
    server.close()
    assert end is not None
    assert bench.output().splitlines()[-1] == "said for 2"
