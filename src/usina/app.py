"""The composition root: the one place that names concrete classes and joins them.

`serve` runs a factory until it is told to stop. `verify_folder` and `prove_record` are the offline half of the ledger,
re-exported for the command line, which may not reach into the parts itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import gc
import os
import signal
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from usina.core.clock import SystemClock, SystemDice
from usina.core.errors import ApiError, OperatorError
from usina.core.journal import write_logs_to
from usina.sovereignty.ledger import ProofError, Verification, prove_record, verify_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from usina.client.kit import KitCredentials, KitFacts
    from usina.core.ports import Records
    from usina.core.settings import Settings
    from usina.door.asgi import Door
    from usina.sovereignty.keyring import SiteKeyring
    from usina.sovereignty.ledger import Ledger
    from usina.sovereignty.policy import Policy

__all__ = ["Event", "ProofError", "Verification", "prove_record", "serve", "verify_folder"]

_POLICY_CHECK_SECONDS = 1.0
_GARBAGE_OBJECTS = (
    20_000  # new objects between two looks of the collector; Python's own 700 means one each few requests
)
_SITE = "site"  # kind and name of the row that holds what the first start chose
_ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Event:
    """What `serve` tells whoever started it.

    `first-start`: account and user were made; fields account, access_key_id, secret_access_key, api_key: shown once.
    `listening`: the front door answers; fields url, tls_url, client_folder.
    `stopping`, `stopped`: no fields.
    """

    name: str
    fields: dict[str, str] = field(default_factory=dict)


def serve(settings: Settings, on_event: Callable[[Event], None]) -> None:
    """Run a factory in the foreground until SIGTERM or SIGINT.

    Logs go to `$USINA_HOME/logs/usina.jsonl`.

    Raises:
        OperatorError: it cannot start; the message says what to do.
    """
    import uvloop

    uvloop.run(_serve(settings, on_event))


async def _serve(settings: Settings, on_event: Callable[[Event], None]) -> None:
    with _locked_home(settings.home), _logs(settings.home):
        async with contextlib.AsyncExitStack() as stack:
            await _run(settings, on_event, stack)
        on_event(Event("stopped"))


async def _run(settings: Settings, on_event: Callable[[Event], None], stack: contextlib.AsyncExitStack) -> None:
    """Start the parts from the ground up; the stack stops them in the other order."""
    from usina.stores.records import open_records

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    records = await open_records(settings.home / "usina.db")
    stack.push_async_callback(records.close)
    parts = await _join(settings, records, on_event, stack)
    watcher = loop.create_task(_watch_policy(parts.policy, parts.ledger))
    stack.callback(watcher.cancel)
    _settle_memory()
    on_event(Event("listening", parts.addresses))
    await stop.wait()
    on_event(Event("stopping"))
    await parts.door.drain()


@dataclass(frozen=True, slots=True)
class _Parts:
    door: Door
    policy: Policy
    ledger: Ledger
    addresses: dict[str, str]


async def _join(
    settings: Settings, records: Records, on_event: Callable[[Event], None], stack: contextlib.AsyncExitStack
) -> _Parts:
    """Every part by its concrete class, from the ground up."""
    from usina.core.ports import Ports, Site
    from usina.door.asgi import Door
    from usina.door.listeners import Listeners
    from usina.door.metrics import Metrics
    from usina.door.plain import PlainPages
    from usina.door.tls import ensure_tls
    from usina.engine.factory import EngineFactory
    from usina.engine.settings import EngineSettings
    from usina.pipeline.run import Pipeline
    from usina.services import operations
    from usina.sovereignty.identity import Authenticator
    from usina.sovereignty.keyring import SiteKeyring
    from usina.sovereignty.keyring_seal import read_site_key
    from usina.sovereignty.ledger import Ledger
    from usina.sovereignty.policy import Policy, install_shipped

    clock, dice, limits, home = SystemClock(), SystemDice(), settings.limits, settings.home
    keys = home / "keys"
    keyring = SiteKeyring(records, read_site_key(keys / "site.key", dice), clock, dice)
    tls = ensure_tls(keys, _names(settings), clock)
    account = await _first_start(settings, records, keyring, tls.authority, on_event)
    site = Site(settings.site_name, settings.region, account)
    served = operations()
    install_shipped(home / "policies")
    policy = Policy.load(home / "policies", served, clock, site)
    ledger = Ledger.open_folder(home / "ledger", keys / "ledger.key", clock, site=site.name)
    stack.push_async_callback(ledger.shutdown)
    await _note_policy(policy, ledger)
    engine = EngineFactory(
        home, records, clock, dice, limits, EngineSettings.from_table(settings.engine), region=site.region
    )
    stack.push_async_callback(engine.stop)
    await engine.start()
    models = engine.models
    ports = Ports(site, limits, clock, dice, engine.catalogue, engine.engines, models, records, keyring, ledger)

    def problems() -> dict[str, str]:
        return {"ledger": ledger.status.problem, "policy": policy.status.problem}

    metrics = Metrics(models, problems)
    pipeline = Pipeline(Authenticator(keyring, clock, limits), served, policy, ledger, ports, metrics.observe)
    door = Door(pipeline, PlainPages(metrics, models, settings.metrics_networks, problems), limits, clock)
    listeners = Listeners(door, limits, clock)
    stack.push_async_callback(listeners.stop)
    await listeners.start(settings.host, settings.port, settings.tls_port, tls)
    return _Parts(door, policy, ledger, _addresses(settings))


async def _first_start(
    settings: Settings, records: Records, keyring: SiteKeyring, authority: Path, on_event: Callable[[Event], None]
) -> str:
    """The site's first account. At the first start it and its administrator's keys are made; each start renews the kit.

    A kit that was lost is written anew with new administrator's keys: who may write this home owns the site anyway.
    """
    from usina.client.errors import KitError
    from usina.client.found import read_kit_credentials
    from usina.client.kit import KitCredentials
    from usina.core.ports import Row
    from usina.sovereignty.identity import bootstrap

    first = await bootstrap(records, keyring, SystemDice(), settings.account)
    row = await records.get(_SITE, "", _SITE)
    if first is not None:
        account = first.account
        if row is None:
            await records.put(Row(_SITE, "", _SITE, {"account": account}))
        credentials = KitCredentials(first.access.card.id, first.access.secret, first.bearer.secret)
        _write_kit(settings, account, credentials, authority)
        await first.delivered()
        on_event(Event("first-start", _shown(account, credentials)))
        return account
    if row is None:
        raise OperatorError(f"{settings.home}/usina.db lacks the site's row. Restore the home from a backup.")
    account = row.body["account"]
    try:
        credentials = read_kit_credentials(settings.client_folder)
    except KitError:
        access = await keyring.create("access", account, _ADMINISTRATOR, (_ADMINISTRATOR,), None)
        bearer = await keyring.create("bearer", account, _ADMINISTRATOR, (_ADMINISTRATOR,), None)
        credentials = KitCredentials(access.card.id, access.secret, bearer.secret)
        on_event(Event("first-start", _shown(account, credentials)))
    _write_kit(settings, account, credentials, authority)
    return str(account)


def _shown(account: str, credentials: KitCredentials) -> dict[str, str]:
    return {
        "account": account,
        "user": _ADMINISTRATOR,
        "access_key_id": credentials.access_key_id,
        "secret_access_key": credentials.secret_access_key,
        "api_key": credentials.api_key,
    }


def _names(settings: Settings) -> list[str]:
    """Names and addresses the door's certificate is for."""
    names = ["localhost", "127.0.0.1", "::1", *settings.hostnames]
    if settings.host not in {"0.0.0.0", "::", *names}:
        names.append(settings.host)
    return names


def _facts(settings: Settings, account: str, ca_pem: str) -> KitFacts:
    from usina.client.kit import KitFacts, reachable_name

    host = reachable_name(settings.host)
    return KitFacts(host, settings.port, settings.tls_port, settings.region, account, ca_pem)


def _write_kit(settings: Settings, account: str, credentials: KitCredentials, authority: Path) -> None:
    from usina.client.kit import write_kit

    write_kit(settings.client_folder, _facts(settings, account, authority.read_text("ascii")), credentials)


def _addresses(settings: Settings) -> dict[str, str]:
    from usina.client.kit import bracketed

    facts = _facts(settings, "", "")
    return {
        "url": f"http://{bracketed(facts.host)}:{settings.port}",
        "tls_url": facts.endpoint,
        "client_folder": str(settings.client_folder),
    }


def _settle_memory() -> None:
    """Take what the start made out of the garbage collector's rounds: it stays, and looking through it again and again
    would stop every stream for tens of milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_OBJECTS)


async def _watch_policy(policy: Policy, ledger: Ledger) -> None:
    """Take changed policy files into force, and write into the ledger which are in force from when on.

    A broken file keeps the old set, and the judge logs why.
    """
    clock = SystemClock()
    while True:
        await clock.sleep(_POLICY_CHECK_SECONDS)
        if policy.reload():
            with contextlib.suppress(ApiError):  # the ledger said in the log that it cannot write
                await _note_policy(policy, ledger)


async def _note_policy(policy: Policy, ledger: Ledger) -> None:
    status = policy.status
    await ledger.note("policy", {"digest": status.digest, "policies": status.policy_count, "files": status.files})


@contextlib.contextmanager
def _locked_home(home: Path) -> Iterator[None]:
    """One factory per home: a second one would write to the same ledger."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OperatorError(f"{home}: {error.strerror}. Choose a home you may write to, with --home.") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise OperatorError(f"{home} is in use by another factory. Stop it, or choose another --home.") from error
    try:
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def _logs(home: Path) -> Iterator[None]:
    """Logs of this process go to a file of the home, for as long as the factory runs."""
    folder = home / "logs"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "usina.jsonl").open("a", encoding="utf-8", buffering=1) as stream:
        write_logs_to(stream)
        try:
            yield
        finally:
            write_logs_to(sys.stderr)
