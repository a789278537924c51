"""The one way out: judged, written down before, counted by the kernel, written down after."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.clock import SystemClock, SystemDice
from usina.core.egress import EgressRefusedError, Purpose
from usina.core.errors import UnavailableError
from usina.door.tls import ensure_tls
from usina.sovereignty.egress import Destinations, EgressDoor
from usina.testing.clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LOOPBACK = "127.0.0.1"
SENT, ANSWER = b"q" * 70_001, b"a" * 1_000_003


class Notes:
    """What the door wrote down; `full` is a ledger that takes no more."""

    def __init__(self) -> None:
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.full = False

    async def note(self, kind: str, body: dict[str, Any]) -> int:
        if self.full:
            raise UnavailableError("the disk is full")
        self.said.append((kind, body))
        return len(self.said)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [body for each, body in self.said if each == kind]


class Far:
    """A server elsewhere: reads a question, gives an answer, and keeps count."""

    def __init__(self) -> None:
        self.connections = 0
        self.received = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            self.received += len(await reader.readexactly(len(SENT)))
            writer.write(ANSWER)
            await writer.drain()
            await reader.read()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def far() -> AsyncIterator[tuple[Far, int]]:
    made = Far()
    server = await asyncio.start_server(made.serve, LOOPBACK, 0)
    yield made, server.sockets[0].getsockname()[1]
    server.close()


def door_to(port: int, notes: Notes, clock: VirtualClock | None = None) -> EgressDoor:
    allowed = Destinations.read({"cloud": [f"{LOOPBACK}:{port}", f"localhost:{port}"]})
    return EgressDoor(allowed, notes, clock or VirtualClock(), SystemDice())


async def ask(door: EgressDoor, port: int, host: str = LOOPBACK, tls: ssl.SSLContext | None = None) -> None:
    reader, writer = await door.connect(Purpose.CLOUD, host, port, tls=tls, under="cloud.cedar#1", record="7")
    writer.write(SENT)
    assert await reader.readexactly(len(ANSWER)) == ANSWER
    writer.close()
    await writer.wait_closed()


async def test_what_leaves_is_written_down_before_and_what_was_carried_after(far: tuple[Far, int]) -> None:
    notes, (server, port) = Notes(), far
    door = door_to(port, notes)
    await ask(door, port)
    await door.close()
    assert [kind for kind, _ in notes.said] == ["egress", "egress-end"]
    [before], [after] = notes.of("egress"), notes.of("egress-end")
    said = {key: value for key, value in before.items() if key != "connection"}
    assert said == {"purpose": "cloud", "host": LOOPBACK, "port": port, "under": "cloud.cedar#1", "record": "7"}
    assert before["connection"] == after["connection"]
    assert (after["sent"], after["received"]) == (len(SENT), len(ANSWER))
    assert server.received == len(SENT)


async def test_under_tls_the_bytes_of_tls_are_counted(far: tuple[Far, int], tmp_path: Path) -> None:
    made = Far()
    files = ensure_tls(tmp_path, ["localhost"], SystemClock())
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(files.certificate, files.key)
    server = await asyncio.start_server(made.serve, LOOPBACK, 0, ssl=theirs)
    port = server.sockets[0].getsockname()[1]
    notes = Notes()
    door = door_to(port, notes)
    await ask(door, port, "localhost", ssl.create_default_context(cafile=str(files.authority)))
    await door.close()
    [after] = notes.of("egress-end")
    assert len(SENT) < after["sent"] < len(SENT) + 8_192
    assert len(ANSWER) < after["received"] < len(ANSWER) * 1.02 + 8_192
    server.close()


async def test_a_certificate_of_nobody_we_trust_ends_it_before_a_byte_of_ours(tmp_path: Path) -> None:
    made = Far()
    files = ensure_tls(tmp_path, ["localhost"], SystemClock())
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(files.certificate, files.key)
    server = await asyncio.start_server(made.serve, LOOPBACK, 0, ssl=theirs)
    port = server.sockets[0].getsockname()[1]
    notes = Notes()
    door = door_to(port, notes)
    with pytest.raises(ssl.SSLError):
        await ask(door, port, "localhost", ssl.create_default_context())
    await door.close()
    assert made.received == 0
    assert len(notes.of("egress-end")) == 1
    server.close()


@pytest.mark.parametrize(("host", "purpose"), [("127.0.0.2", Purpose.CLOUD), (LOOPBACK, Purpose.IDENTITY_PROVIDER)])
async def test_what_is_not_named_is_not_even_tried_and_is_written_down(
    far: tuple[Far, int], host: str, purpose: Purpose
) -> None:
    notes, (server, port) = Notes(), far
    door = door_to(port, notes)
    with pytest.raises(EgressRefusedError, match=rf"\[egress\] {purpose.value}"):
        await door.connect(purpose, host, port)
    await door.close()
    assert [kind for kind, _ in notes.said] == ["egress-denied"]
    assert notes.said[0][1]["host"] == host
    assert server.connections == 0


async def test_when_the_ledger_cannot_write_nothing_leaves(far: tuple[Far, int]) -> None:
    notes, (server, port) = Notes(), far
    notes.full = True
    door = door_to(port, notes)
    with pytest.raises(UnavailableError, match="full"):
        await door.connect(Purpose.CLOUD, LOOPBACK, port)
    with pytest.raises(UnavailableError, match="full"):
        await asyncio.to_thread(door.open_socket, Purpose.CLOUD, LOOPBACK, port, 5.0)
    await door.close()
    assert server.connections == 0


async def test_one_that_reaches_nobody_is_ended_in_the_record(far: tuple[Far, int]) -> None:
    notes = Notes()
    with socket.create_server((LOOPBACK, 0)) as free:
        port = free.getsockname()[1]
    door = door_to(port, notes)
    with pytest.raises(OSError, match=r".+"):
        await door.connect(Purpose.CLOUD, LOOPBACK, port)
    await door.close()
    [after] = notes.of("egress-end")
    assert (after["sent"], after["received"], after["failed"]) == (0, 0, "ConnectionRefusedError")


async def test_a_thread_has_its_socket_counted_too(far: tuple[Far, int]) -> None:
    notes, (_, port) = Notes(), far
    door = door_to(port, notes)

    def work() -> None:
        used, over = door.open_socket(Purpose.CLOUD, LOOPBACK, port, 5.0)
        used.sendall(SENT)
        left = len(ANSWER)
        while left:
            left -= len(used.recv(65_536))
        over()
        over()  # said twice, written down once
        used.close()

    await asyncio.to_thread(work)
    await door.close()
    [after] = notes.of("egress-end")
    assert (after["sent"], after["received"]) == (len(SENT), len(ANSWER))


async def test_an_open_connection_is_told_of_while_it_carries_something(far: tuple[Far, int]) -> None:
    notes, (_, port) = Notes(), far
    clock = VirtualClock()
    door = door_to(port, notes, clock)
    reader, writer = await door.connect(Purpose.CLOUD, LOOPBACK, port)
    writer.write(SENT)
    await reader.readexactly(len(ANSWER))
    notes.full = True
    await door.tell_now()  # lost on a ledger that is full, and said again
    notes.full = False
    for _ in range(3):  # later nothing is carried, so nothing is said
        clock.advance(60.0)
        await door.tell_now()
    [so_far] = notes.of("egress-so-far")
    assert (so_far["sent"], so_far["received"]) == (len(SENT), len(ANSWER))
    await door.close()  # it is still open: the factory ends
    [after] = notes.of("egress-end")
    assert (after["sent"], after["received"], after["seconds"]) == (len(SENT), len(ANSWER), 180.0)
    writer.close()


async def test_ends_in_other_threads_do_not_disturb_who_tells(far: tuple[Far, int]) -> None:
    notes, (_, port) = Notes(), far
    door = door_to(port, notes)
    over = threading.Event()

    def work() -> None:
        for _ in range(200):
            used, ended = door.open_socket(Purpose.CLOUD, LOOPBACK, port, 5.0)
            used.sendall(b"q")
            ended()
            used.close()
        over.set()

    working = asyncio.create_task(asyncio.to_thread(work))
    while not over.is_set():
        await door.tell_now()
        await asyncio.get_running_loop().run_in_executor(None, int)
    await working
    await door.close()
    assert len(notes.of("egress-end")) == 200
    assert sum(each["sent"] for each in notes.of("egress-end")) == 200
