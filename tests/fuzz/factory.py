"""A whole front door in this process: real pipeline, identity, policy and ledger; only the engines are scripted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from usina.core.clock import SystemClock, SystemDice
from usina.core.limits import Limits
from usina.core.ports import Site
from usina.door.asgi import Door
from usina.door.metrics import Metrics
from usina.door.plain import PlainPages
from usina.pipeline.run import Pipeline
from usina.services import operations
from usina.sovereignty.iam.joined import open_iam
from usina.sovereignty.identity import Authenticator
from usina.sovereignty.keyring import SiteKeyring
from usina.sovereignty.ledger import Ledger
from usina.sovereignty.policy import Policy, install_shipped
from usina.testing.catalogue import FakeCatalogue, FakeModelStore
from usina.testing.objects import memory_objects
from usina.testing.records import MemoryRecords
from usina.testing.world import world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ACCOUNT = "111122223333"
# Small limits, so that passing one costs little; times short, so that a hang shows.
LIMITS = Limits(
    body_bytes=200_000,
    header_bytes=16_384,
    uri_bytes=4_096,
    body_idle_seconds=2.0,
    body_read_seconds=5.0,
    failed_proofs_per_key=10**9,  # else the door would soon look at nothing any more
    failed_proofs_per_address=10**9,
)


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """The door, and keys that open it."""

    door: Door
    bearer: str
    access_key: str
    secret_key: str
    bugs: BugLog


class BugLog(logging.Handler):
    """Keeps what the door says when an exception nobody foresaw became an answer."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record, its traceback included."""
        self.seen.append(logging.Formatter().format(record))


@contextlib.asynccontextmanager
async def fuzzed_factory(folder: Path) -> AsyncIterator[Fuzzed]:
    """Everything joined as the app joins it."""
    clock, dice, records = SystemClock(), SystemDice(), MemoryRecords()
    site = Site(account=ACCOUNT)
    keyring = SiteKeyring(records, bytes(32), clock, dice)
    access = await keyring.create("access", ACCOUNT, "administrator", ("administrator",), None)
    bearer = await keyring.create("bearer", ACCOUNT, "administrator", ("administrator",), None)
    served = operations()
    install_shipped(folder / "policies")
    policy = Policy.load(folder / "policies", served, clock, site)
    iam = await open_iam(records, policy, served, clock, site)
    (folder / "keys").mkdir(mode=0o700)
    ledger = Ledger.open_folder(folder / "ledger", folder / "keys" / "ledger.key", clock, site=site.name)
    catalogue = FakeCatalogue(records=records)
    models = FakeModelStore(catalogue)
    store = memory_objects(dice)
    ports = replace(
        world(records, limits=LIMITS),
        site=site,
        clock=clock,
        dice=dice,
        catalogue=catalogue,
        models=models,
        keyring=keyring,
        ledger=ledger,
        buckets=store.buckets,
        objects=store.objects,
        uploads=store.uploads,
        iam=iam.port,
    )
    metrics = Metrics(models, dict)
    pipeline = Pipeline(Authenticator(keyring, clock, LIMITS), served, iam.judge, ledger, ports, metrics.observe)
    door = Door(pipeline, PlainPages(metrics, models, ("127.0.0.0/8",), dict), LIMITS, clock)
    bugs = BugLog()
    log = logging.getLogger("usina.door")
    log.addHandler(bugs)
    try:
        yield Fuzzed(door, bearer.secret, access.card.id, access.secret, bugs)
    finally:
        log.removeHandler(bugs)
        await ledger.shutdown()


async def ask(door: Door, scope: dict[str, Any], pieces: list[bytes]) -> tuple[int, dict[bytes, bytes], bytes]:
    """Play one request to the door; its status, headers and body."""
    left = list(pieces) or [b""]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if left:
            piece = left.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(left)}
        await asyncio.Event().wait()  # a client that stays
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await door(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body
