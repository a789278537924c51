"""A whole front door without models, as a process of its own: for programs that store, and tests that kill it.

    python -m usina.testing.storage_site FOLDER PORT TLS_PORT [--plain]

It writes one line of JSON when it listens (keys of two accounts, and the authority to trust), and stops when its input
ends. Everything but the models is what `usina up` runs; with `--plain` objects are not encrypted at rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import uvloop

from usina.core.clock import SystemClock, SystemDice
from usina.core.journal import write_logs_to
from usina.core.limits import DEFAULT_LIMITS
from usina.core.ports import Site
from usina.door.asgi import Door
from usina.door.listeners import Listeners
from usina.door.metrics import Metrics
from usina.door.plain import PlainPages
from usina.door.tls import ensure_tls
from usina.pipeline.run import Pipeline
from usina.services import operations
from usina.sovereignty.iam.joined import open_iam
from usina.sovereignty.identity import Authenticator
from usina.sovereignty.keyring import SiteKeyring
from usina.sovereignty.kms.joined import open_keys
from usina.sovereignty.ledger import Ledger
from usina.sovereignty.policy import Policy, install_shipped
from usina.stores.objects.store import open_objects
from usina.stores.records import open_records
from usina.testing.catalogue import FakeCatalogue, FakeModelStore
from usina.testing.world import world

ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
_SITE_KEY = bytes(range(32))


async def run(folder: Path, port: int, tls_port: int) -> None:
    """Serve until the input ends."""
    async with contextlib.AsyncExitStack() as stack:
        door, keys = await _join(folder, stack)
        tls = ensure_tls(folder / "keys", ["localhost", "127.0.0.1"], SystemClock())
        listeners = Listeners(door, DEFAULT_LIMITS, SystemClock())
        stack.push_async_callback(listeners.stop)
        await listeners.start("127.0.0.1", port, tls_port, tls)
        sys.stdout.write(json.dumps({"keys": keys, "authority": str(tls.authority)}) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
        await door.drain()


async def _join(folder: Path, stack: contextlib.AsyncExitStack) -> tuple[Door, dict[str, list[str]]]:
    clock, dice, limits, site = SystemClock(), SystemDice(), DEFAULT_LIMITS, Site(account=ACCOUNT)
    (folder / "keys").mkdir(mode=0o700, parents=True, exist_ok=True)
    records = await open_records(folder / "usina.db")
    stack.push_async_callback(records.close)
    keyring = SiteKeyring(records, _SITE_KEY, clock, dice)
    keys: dict[str, list[str]] = {}
    for name, account, role in (
        ("administrator", ACCOUNT, "tenant-administrator"),
        ("developer", ACCOUNT, "developer"),
        ("stranger", OTHER_ACCOUNT, "developer"),
    ):
        made = await keyring.create("access", account, name, (role,), None)
        keys[name] = [made.card.id, made.secret]
    served = operations()
    install_shipped(folder / "policies")
    policy = Policy.load(folder / "policies", served, clock, site)
    ledger = Ledger.open_folder(folder / "ledger", folder / "keys" / "ledger.key", clock, site=site.name)
    stack.push_async_callback(ledger.shutdown)
    sealing = await open_keys(records, _SITE_KEY, clock, dice, site)
    content = None if "--plain" in sys.argv else sealing.content
    store = await open_objects(records.engine, folder / "objects", dice, keys=content)
    stack.push_async_callback(store.close)
    iam = await open_iam(records, policy, served, clock, site, buckets=store.buckets, kms=sealing.vault)
    catalogue = FakeCatalogue(records=records)
    models = FakeModelStore(catalogue)
    ports = replace(
        world(records, limits=limits),
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
        kms=sealing.vault,
        kms_signing=sealing.signing,
    )
    metrics = Metrics(models, dict)
    pipeline = Pipeline(Authenticator(keyring, clock, limits), served, iam.judge, ledger, ports, metrics.observe)
    return Door(pipeline, PlainPages(metrics, models, ("127.0.0.0/8",), dict), limits, clock), keys


if __name__ == "__main__":
    write_logs_to(sys.stderr)
    uvloop.run(run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
