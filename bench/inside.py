"""Pipeline and ledger in this process, with an engine that answers from memory: what the stages are measured on."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from bench.mock_engine import Answers
from usina.core.clock import SystemClock, SystemDice
from usina.core.limits import Limits
from usina.core.operation import Received
from usina.core.ports import Site
from usina.pipeline.run import Pipeline
from usina.services import operations
from usina.sovereignty.identity import Authenticator
from usina.sovereignty.keyring import SiteKeyring
from usina.sovereignty.ledger import Ledger
from usina.sovereignty.policy import Policy, install_shipped
from usina.testing.catalogue import FakeCatalogue, FakeModelStore
from usina.testing.records import MemoryRecords
from usina.testing.world import world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from usina.core.ports import Json, ModelCard, Task

ACCOUNT = "111122223333"
CHUNKS_A_READ = 8  # how many chunks one read from an engine brings when it is quick


class CannedEngines:
    """The `Engines` port over fixed bytes: each answer is decoded anew, as it is from a socket."""

    def __init__(self, tokens: int) -> None:
        answers = Answers(tokens)
        self._whole = answers.whole.partition(b"\r\n\r\n")[2]
        events = [*answers.chunks, answers.finish, answers.usage]
        self._chunks = [event.partition(b"data: ")[2].partition(b"\n\n")[0] for event in events]

    async def call(self, card: ModelCard, task: Task, body: Json) -> Json:
        """The whole answer."""
        del card, task, body
        answer: Json = msgspec.json.decode(self._whole)
        for choice in answer["choices"]:
            choice["stop_reason"] = None
        return answer

    async def stream(self, card: ModelCard, task: Task, body: Json) -> AsyncIterator[Sequence[Json]]:
        """The chunks, some at a time."""
        del card, task, body
        for start in range(0, len(self._chunks), CHUNKS_A_READ):
            batch = [msgspec.json.decode(chunk) for chunk in self._chunks[start : start + CHUNKS_A_READ]]
            for chunk in batch:
                for choice in chunk["choices"]:
                    if choice["finish_reason"] is not None:
                        choice["stop_reason"] = None
            yield batch

    async def count(self, card: ModelCard, body: Json) -> int:
        """A fixed count."""
        del card, body
        return 32


@contextlib.asynccontextmanager
async def inside(folder: Path, tokens: int) -> AsyncIterator[tuple[Pipeline, dict[str, str]]]:
    """The pipeline, and keys for the request builder."""
    clock, dice, limits, records = SystemClock(), SystemDice(), Limits(), MemoryRecords()
    site = Site(account=ACCOUNT)
    keyring = SiteKeyring(records, bytes(32), clock, dice)
    access = await keyring.create("access", ACCOUNT, "bench", ("developer",), None)
    bearer = await keyring.create("bearer", ACCOUNT, "bench", ("developer",), None)
    served = operations()
    install_shipped(folder / "policies")
    (folder / "keys").mkdir(mode=0o700)
    ledger = Ledger.open_folder(folder / "ledger", folder / "keys" / "ledger.key", clock, site=site.name)
    catalogue = FakeCatalogue(records=records)
    models = FakeModelStore(catalogue)
    engines: Any = CannedEngines(tokens)
    ports = replace(
        world(records, limits=limits),
        site=site,
        clock=clock,
        dice=dice,
        catalogue=catalogue,
        engines=engines,
        models=models,
        keyring=keyring,
        ledger=ledger,
    )
    policy = Policy.load(folder / "policies", served, clock, site)
    pipeline = Pipeline(Authenticator(keyring, clock, limits), served, policy, ledger, ports, lambda _seen: None)
    try:
        yield pipeline, {"bearer": bearer.secret, "access_key": access.card.id, "secret_key": access.secret}
    finally:
        await ledger.shutdown()


def received(request: bytes, number: int, now: float) -> Received:
    """A built request as the door hands it on."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    headers = tuple((name.lower(), value) for name, _, value in (line.partition(": ") for line in lines))
    return Received(
        method, path, "", headers, body, secure=False, peer="127.0.0.1", request_id=f"request-{number}", received_at=now
    )
