"""What it costs a request that failed proofs are counted and last uses noted: CPU time, beside the same without."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import uvloop
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench.report import heading, median, table
from usina.core.clock import SystemClock, SystemDice
from usina.core.limits import Limits
from usina.core.operation import Received
from usina.sovereignty.attempts import Attempts
from usina.sovereignty.identity import Authenticator
from usina.sovereignty.key_uses import KeyUses
from usina.sovereignty.keyring import SiteKeyring
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from pathlib import Path

    from bench.options import Options

ACCOUNT = "111122223333"


def run(options: Options, folder: Path) -> None:
    """Measure and report."""
    del folder
    heading("Proof of one signed request, microseconds of CPU (median of interleaved rounds)")
    rows = uvloop.run(_measure(options.rounds, 200 if options.quick else 5_000))
    plain = rows["neither counted nor noted"]
    table(["", "us", "ratio"], [[name, taken, taken / plain] for name, taken in rows.items()])
    print("  The last row: 10,000 keys and addresses of strangers are counted at the time, as many as are kept.")


async def _measure(rounds: int, count: int) -> dict[str, float]:
    clock, records = SystemClock(), MemoryRecords()
    keyring = SiteKeyring(records, bytes(32), clock, SystemDice())
    key = await keyring.create("access", ACCOUNT, "bench", ("developer",), None)
    request = _signed(key.card.id, key.secret, clock.now())
    besieged = Attempts(Limits(), clock)
    for number in range(10_000):
        besieged.fail((f"AKIA{number}", f"10.0.{number // 250}.{number % 250}"), clock.now())
    ways = {
        "neither counted nor noted": Authenticator(keyring, clock, Limits(), attempts=_Nothing(Limits(), clock)),
        "counted and noted": Authenticator(keyring, clock, Limits(), uses=KeyUses(records)),
        "the same, under attack": Authenticator(keyring, clock, Limits(), attempts=besieged, uses=KeyUses(records)),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            begun = time.process_time_ns()
            for _ in range(count):
                await way.authenticate(request)
            taken[name].append((time.process_time_ns() - begun) / count / 1_000)
            await asyncio.sleep(0)
    return {name: median(each) for name, each in taken.items()}


class _Nothing(Attempts):
    """Counts nothing."""

    def admit(self, pair: tuple[str, str], now: float) -> None:
        """Let everybody try."""

    def proved(self, pair: tuple[str, str]) -> None:
        """Forget it."""


def _signed(key_id: str, secret: str, now: float) -> Received:
    prepared = AWSRequest("GET", "http://127.0.0.1:8080/foundation-models")
    SigV4Auth(Credentials(key_id, secret), "bedrock", "us-east-1").add_auth(prepared)
    headers = (("host", "127.0.0.1:8080"), *((name.lower(), str(value)) for name, value in prepared.headers.items()))
    path, peer = "/foundation-models", "127.0.0.1"
    return Received("GET", path, "", headers, b"", secure=False, peer=peer, request_id="r", received_at=now)
