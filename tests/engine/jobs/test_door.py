"""A job's one way out: the front door, and sessions of its role."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING

import pytest

from tests.engine.jobs.site import ACCOUNT
from usina.core.clock import SystemClock
from usina.core.jobs import TRAINING_JOB
from usina.engine.jobs.door import JobDoor, JobDoors
from usina.testing.clock import CountingDice
from usina.testing.jobs import TrustingIam
from usina.testing.keyring import FakeKeyring

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ROLE = f"arn:aws:iam::{ACCOUNT}:role/trainer"


@pytest.fixture
async def echo() -> AsyncIterator[tuple[str, int]]:
    """A front door that says everything back."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[:2]
    server.close()


def made(folder: Path, address: tuple[str, int], iam: TrustingIam | None = None) -> JobDoor:
    keyring = FakeKeyring(SystemClock(), CountingDice())
    doors = JobDoors(folder, address, iam or TrustingIam(), keyring)  # type: ignore[arg-type] # the part that jobs ask
    door = doors.door(TRAINING_JOB, ACCOUNT, "job", ROLE)
    assert door is not None
    return door


def socket_of(door: JobDoor, number: int = 0) -> Path:
    """Of its first way, or another."""
    return door.ways()[0][number].socket


async def said(path: Path, text: bytes) -> bytes:
    """What comes back, to the end."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(text)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_bytes_go_to_the_front_door_and_back(short_path: Path, echo: tuple[str, int]) -> None:
    door = made(short_path, echo)
    await door.open()
    text = b"x" * 1_000_000
    assert await said(socket_of(door), text) == text
    door.close(over=True)
    assert not socket_of(door).parent.exists()


async def test_a_front_door_that_is_not_there_ends_the_connection(short_path: Path) -> None:
    door = made(short_path, ("127.0.0.1", 1))
    await door.open()
    with contextlib.suppress(ConnectionError):
        assert await said(socket_of(door), b"x") == b""
    door.close(over=True)


async def test_a_request_gets_a_session_of_the_jobs_role(short_path: Path, echo: tuple[str, int]) -> None:
    door = made(short_path, echo)
    await door.open()
    answer = await said(socket_of(door, 1), b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    session = json.loads(body)
    assert session["RoleArn"] == ROLE
    assert session["Expiration"].endswith("Z")
    assert {"AccessKeyId", "SecretAccessKey", "Token"} <= set(session)
    door.close(over=False)
    await door.open()
    assert b"200 OK" in await said(socket_of(door, 1), b"GET / HTTP/1.1\r\n\r\n")
    door.close(over=True)


@pytest.mark.parametrize("text", [b"", b"nonsense", b"x" * 100_000])
async def test_what_is_no_request_gets_no_session(short_path: Path, echo: tuple[str, int], text: bytes) -> None:
    door = made(short_path, echo)
    await door.open()
    with contextlib.suppress(ConnectionError):
        assert b"AccessKeyId" not in await said(socket_of(door, 1), text)
    door.close(over=True)


async def test_a_role_that_is_gone_gives_no_session(short_path: Path, echo: tuple[str, int]) -> None:
    class Empty(TrustingIam):
        def role(self, account: str, name: str) -> None:
            return None

    door = made(short_path, echo, Empty())
    await door.open()
    assert b"404 Not Found" in await said(socket_of(door, 1), b"GET / HTTP/1.1\r\n\r\n")
    door.close(over=True)


def test_a_programs_variables_lead_to_its_ways(short_path: Path) -> None:
    relays, variables = made(short_path, ("127.0.0.1", 1)).ways(8091)
    assert [relay.port for relay in relays] == [8091, 8092]
    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:8091"
    assert variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] == "http://127.0.0.1:8092/"


def test_a_path_too_long_for_a_socket_makes_no_door(tmp_path: Path) -> None:
    keyring = FakeKeyring(SystemClock(), CountingDice())
    doors = JobDoors(tmp_path / ("x" * 100), ("127.0.0.1", 1), TrustingIam(), keyring)  # type: ignore[arg-type] # the part that jobs ask
    assert doors.door(TRAINING_JOB, ACCOUNT, "job", ROLE) is None
