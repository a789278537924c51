"""The one way out of a job's sandbox: the factory's front door, and the credentials of the job's role for it.

Each job has a folder with two Unix sockets: `door.sock` leads to the front door's cleartext port, and what connects to
`credentials.sock` gets a session of the job's role, in the form that AWS's programs ask containers' hosts for
(https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html). A session ends after an hour;
programs ask again by themselves. A program does not see the sockets: ports of its own lead to them, with no more
connections at a time than the factory has descriptors to spare for one. The folder's place follows from the job, so
that a factory that starts again opens it anew for a job that runs.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from usina.core.clock import utc
from usina.core.errors import ApiError
from usina.engine.sandbox import Relay

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from usina.core.iam import Iam
    from usina.core.ports import Keyring

_CHUNK_BYTES = 65_536
_REQUEST_BYTES = 16_384
_REQUEST_SECONDS = 10.0
_SESSION_SECONDS = 3_600
_SOCKET_PATH_BYTES = 100  # the kernel takes 107
_SESSION = "SageMaker"
_CONNECTIONS = 128  # of one job at a time; more wait
_PORT = 8080
_DOOR, _CREDENTIALS = "door.sock", "credentials.sock"


class JobDoors:
    """Makes the doors of jobs. `address` is the front door's cleartext host and port."""

    def __init__(self, folder: Path, address: tuple[str, int], iam: Iam, keyring: Keyring) -> None:
        self._folder = folder
        self._address = address
        self._iam = iam
        self._keyring = keyring

    def door(self, kind: str, account: str, name: str, role_arn: str) -> JobDoor | None:
        """The door of a job; None where its sockets would have too long a path."""
        folder = self._folder / hashlib.sha256(f"{kind}/{account}/{name}".encode()).hexdigest()[:16]
        if len(os.fsencode(folder / _CREDENTIALS)) > _SOCKET_PATH_BYTES:
            return None
        return JobDoor(folder, self._address, self._iam, self._keyring, (account, role_arn))


class JobDoor:
    """One job's door."""

    def __init__(
        self, folder: Path, address: tuple[str, int], iam: Iam, keyring: Keyring, role: tuple[str, str]
    ) -> None:
        self._folder = folder
        self._address = address
        self._iam = iam
        self._keyring = keyring
        self._account, self._role_arn = role
        self._servers: list[asyncio.Server] = []
        self._free = asyncio.Semaphore(_CONNECTIONS)

    def ways(self, port: int = _PORT) -> tuple[tuple[Relay, ...], Mapping[str, str]]:
        """The way to the front door at that port of the program's loopback address, the one to its credentials at the
        next; and the variables by which AWS's programs find them.
        """
        relays = (Relay(port, self._folder / _DOOR), Relay(port + 1, self._folder / _CREDENTIALS))
        variables = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{port + 1}/",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
        }
        return relays, variables

    async def open(self) -> None:
        """Listen; a job that runs already finds the new sockets in the old folder."""
        self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.mkdir(mode=0o755, exist_ok=True)
        for name, serve in ((_DOOR, self._relay), (_CREDENTIALS, self._credentials)):
            path = self._folder / name
            path.unlink(missing_ok=True)
            self._servers.append(await asyncio.start_unix_server(serve, str(path), limit=_REQUEST_BYTES))
            path.chmod(0o666)

    def close(self, *, over: bool) -> None:
        """Stop listening; where the job is over, leave nothing."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        if over:
            shutil.rmtree(self._folder, ignore_errors=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._free:
            try:
                outer_reader, outer_writer = await asyncio.open_connection(*self._address)
            except OSError:
                writer.close()
                return
            try:
                await asyncio.gather(_pump(reader, outer_writer), _pump(outer_reader, writer))
            finally:
                outer_writer.close()
                writer.close()

    async def _credentials(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        status, body = "500 Internal Server Error", b"{}"
        try:
            async with self._free, asyncio.timeout(_REQUEST_SECONDS):
                await reader.readuntil(b"\r\n\r\n")
                status, body = await self._session()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            status = "400 Bad Request"
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        with suppress(OSError):
            writer.write(head.encode() + b"connection: close\r\n\r\n" + body)
            await writer.drain()
        writer.close()

    async def _session(self) -> tuple[str, bytes]:
        role = self._iam.role(self._account, self._role_arn.rpartition("/")[2])
        if role is None:
            return "404 Not Found", b'{"message": "the role of this job is not there any more"}'
        seconds = min(_SESSION_SECONDS, role.max_session_seconds)
        try:
            session = await self._keyring.session(None, role, _SESSION, seconds)
        except ApiError as error:
            return "503 Service Unavailable", json.dumps({"message": error.message}).encode()
        document = {
            "AccessKeyId": session.access_key_id,
            "SecretAccessKey": session.secret_access_key,
            "Token": session.session_token,
            "Expiration": utc(session.expires_at).isoformat().replace("+00:00", "Z"),
            "RoleArn": role.arn,
        }
        return "200 OK", json.dumps(document).encode()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """One direction of a connection, to its end; as slow as its slower side."""
    with suppress(OSError):
        while data := await source.read(_CHUNK_BYTES):
            sink.write(data)
            await sink.drain()
    with suppress(OSError):
        if sink.can_write_eof():
            sink.write_eof()
