"""The queue of InvokeEndpointAsync: rows that are answered one after the other, some at a time.

A row is there from before the caller is told "accepted" until its output or failure is stored, so a factory that was
killed answers it after its start, perhaps a second time, over the same object.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from usina.core.endpoints import ASYNC_INFERENCE, LOG_GROUPS, Ask
from usina.core.errors import ApiError, FactoryError, WaitError
from usina.engine.jobs.acting import Acting
from usina.engine.jobs.container import JobError
from usina.engine.jobs.transfers import Address, Transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    from usina.core.ports import Json, Records, Row
    from usina.engine.serving.fleet import Fleet
    from usina.engine.serving.served import World

_LOG = logging.getLogger(__name__)
_AT_A_TIME = 4  # for each server, where MaxConcurrentInvocationsPerInstance does not say
_INPUT_BYTES = 134_217_728
_RETRY_SECONDS = 1.0
_MOST = 1_000_000
Key = tuple[str, str]


class AsyncQueue:
    """The requests of all endpoints. `serving` gives what serves an endpoint now; `exists`, whether it is there."""

    def __init__(
        self,
        records: Records,
        world: World,
        serving: Callable[[str, str], Fleet | None],
        exists: Callable[[str, str], bool],
    ) -> None:
        self._records = records
        self._world = world
        self._serving = serving
        self._exists = exists
        self._waiting: dict[Key, deque[str]] = {}
        self._running: dict[Key, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Take up what was accepted and is not answered, the oldest first."""
        rows = await self._records.list(ASYNC_INFERENCE, most=_MOST)
        for row in sorted(rows, key=lambda row: float(row.body["created"])):
            self.add(row.account, row.body["endpoint"], row.name)
        self._spawn(self._look_again())

    def add(self, account: str, endpoint: str, name: str) -> None:
        """One more."""
        self._waiting.setdefault((account, endpoint), deque()).append(name)
        self._pump((account, endpoint))

    async def stop(self) -> None:
        """Leave the rest to the next factory."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _look_again(self) -> None:
        """Endpoints come into service, and go, without telling."""
        while True:
            await self._world.clock.sleep(_RETRY_SECONDS)
            for key in [key for key, waiting in self._waiting.items() if waiting]:
                self._pump(key)

    def _pump(self, key: Key) -> None:
        waiting, fleet = self._waiting.get(key, deque()), self._serving(*key)
        if fleet is None and self._exists(*key):
            return
        config = (fleet.spec["asynchronous"] or {}).get("ClientConfig", {}) if fleet is not None else {}
        servers = sum(fleet.counts().values()) if fleet is not None else 1
        most = config.get("MaxConcurrentInvocationsPerInstance", _AT_A_TIME) * max(1, servers)
        while waiting and self._running.get(key, 0) < most:
            self._running[key] = self._running.get(key, 0) + 1
            self._spawn(self._one(key, waiting.popleft()))
        if not waiting:
            self._waiting.pop(key, None)

    async def _one(self, key: Key, name: str) -> None:
        try:
            row = await self._records.get(ASYNC_INFERENCE, key[0], name)
            if row is not None:
                await self._answer(row)
                await self._records.delete(ASYNC_INFERENCE, key[0], name)
        except ApiError as error:
            _LOG.warning("a queued request is tried again", extra={"reason": error.message})
            await self._world.clock.sleep(_RETRY_SECONDS)
            self._waiting.setdefault(key, deque()).append(name)
        finally:
            self._running[key] -= 1
            if not self._running[key]:
                del self._running[key]
            self._pump(key)

    async def _answer(self, row: Row) -> None:
        """Ask, and store what came of it. Raises: ApiError where that must be tried again."""
        body, account, endpoint = row.body, row.account, row.body["endpoint"]
        fleet = self._serving(account, endpoint)
        if fleet is None:
            if self._exists(account, endpoint):
                raise WaitError("the endpoint is not in service")
            return  # deleted: with it went the role to store anything as
        variant = fleet.choose("")
        acting = Acting(self._world.iam, account, str(variant.spec["role"]))
        world = self._world
        transfers = Transfers(world.buckets, world.objects, world.clock, world.dice, acting, account)
        try:
            ask = Ask(
                await self._input(row, transfers),
                body["content_type"],
                body["accept"],
                body["attributes"],
                body["inference_id"],
            )
            _check_time(body, self._world.clock.now())
            answer = await fleet.invoke(ask, variant, body["seconds"], _INPUT_BYTES)
        except JobError as error:
            await self._fail(row, transfers, {"message": str(error)})
        except ApiError as error:
            if isinstance(error, WaitError | FactoryError) and error.code != "ModelError":
                raise
            members = {name: value for name, value in error.members.items() if name.startswith("Original")}
            await self._fail(row, transfers, {"message": error.message, "code": error.code or "", **members})
        else:
            await self._store(row, transfers, answer.body, body["output"])

    async def _input(self, row: Row, transfers: Transfers) -> bytes:
        if not row.body["input"]:
            return base64.b64decode(row.body["body"])
        file = self._world.home / "run" / "async" / f"{row.name}.in"
        await asyncio.to_thread(file.parent.mkdir, 0o700, parents=True, exist_ok=True)
        try:
            await transfers.fetch_file(Address.parse(row.body["input"]), file, _INPUT_BYTES)
            return await asyncio.to_thread(file.read_bytes)
        finally:
            await asyncio.to_thread(file.unlink, missing_ok=True)

    async def _fail(self, row: Row, transfers: Transfers, why: Json) -> None:
        if row.body["failure"]:
            await self._store(row, transfers, json.dumps(why).encode(), row.body["failure"])
        else:
            await self._say(row, f"the request {row.name} failed, and there is no S3FailurePath to say why")

    async def _store(self, row: Row, transfers: Transfers, data: bytes, address: str) -> None:
        file = self._world.home / "run" / "async" / f"{row.name}.out"
        await asyncio.to_thread(file.parent.mkdir, 0o700, parents=True, exist_ok=True)
        try:
            await asyncio.to_thread(file.write_bytes, data)
            await transfers.send_file(file, Address.parse(address))
        except JobError as error:
            await self._say(row, f"what request {row.name} came to cannot be stored: {error}")
        finally:
            await asyncio.to_thread(file.unlink, missing_ok=True)

    async def _say(self, row: Row, text: str) -> None:
        """A line in the endpoint's log: of the request's owner."""
        group = f"{LOG_GROUPS}{row.body['endpoint']}"
        await self._world.sink.write(row.account, group, "async", [(self._world.clock.now(), text)])

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("a queued request ended by a bug", exc_info=error)


def _check_time(body: Json, now: float) -> None:
    if now > body["expires"]:
        raise JobError("The request expired before a server was free: RequestTTLSeconds is over.")
