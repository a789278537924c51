"""What policy and ledger cost by themselves: decisions, durable records beside single commits, verification."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

import uvloop

from bench.report import heading, median, table, target
from usina.core.clock import SystemClock
from usina.core.operation import Resource
from usina.services import operations
from usina.sovereignty.evidence import check_evidence, export_evidence
from usina.sovereignty.evidence.export import Sources
from usina.sovereignty.ledger import Intent, Ledger, Outcome, verify_folder
from usina.sovereignty.policy import Policy, install_shipped
from usina.testing.world import principal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.options import Options

_CALLERS = (1, 8, 64)
_MANY = 1_000


def run(options: Options, folder: Path) -> None:
    """Measure and report."""
    heading("policy: one decision, microseconds (median)")
    count = 300 if options.quick else 3_000
    first = _decide(folder / "shipped", count, 0)
    many = _decide(folder / "many", count, _MANY)
    table(["", "first time", "again"], [["shipped policies", *first], [f"and {_MANY} of a site", *many]])
    target(f"a decision under {_MANY} policies", many[1], 150, at_least=False, unit=" us")
    heading("ledger: durable records a second, an intent and an outcome for each act (medians of rounds)")
    acts = 500 if options.quick else 5_000
    rounds = [uvloop.run(_record(folder / f"ledger-{number}", acts)) for number in range(options.rounds)]
    single = median(_single_commits(folder / "single", acts // 5) for _ in range(options.rounds))
    rates = [median(found[at][0] for found in rounds) for at in range(len(_CALLERS))]
    waits = [median(found[at][1] for found in rounds) for at in range(len(_CALLERS))]
    rows = [[f"{callers} callers", rate, wait] for callers, rate, wait in zip(_CALLERS, rates, waits, strict=True)]
    table(["", "records/s", "wait of one intent, us"], [*rows, ["single commits", single, 1e6 / single]])
    target("durable records a second, 64 callers", rates[-1], 5_000, at_least=True)
    _verify(folder / "ledger-0" / "ledger")
    _check(folder / "ledger-0")


def _decide(folder: Path, count: int, more: int) -> tuple[float, float]:
    """(first time, again) in microseconds, for a developer and a model."""
    install_shipped(folder)
    (folder / "site.cedar").write_text(
        "".join(
            f'@id("site.{number}") permit (principal in Usina::Role::"team-{number}", action in Usina::Action::"use", '
            f'resource is Usina::Model) when {{ resource.provider == "provider-{number}" }};\n'
            for number in range(more)
        )
    )
    served = operations()
    policy = Policy.load(folder, served, SystemClock())
    operation, who = served["bedrock-runtime", "Converse"], principal()

    def decide(number: int) -> None:
        policy.decide(who, operation, [Resource("Model", f"model-{number}", "", {"known": True})], {"secure": True})

    decide(-1)
    return _timed(decide, range(count)), _timed(decide, [7] * count)


def _timed(act: Callable[[int], None], numbers: range | list[int]) -> float:
    taken = []
    for number in numbers:
        began = time.perf_counter()
        act(number)
        taken.append((time.perf_counter() - began) * 1e6)
    return median(taken)


def _intent(number: int) -> Intent:
    return Intent(
        request_id=f"00000000-0000-4000-8000-{number:012d}",
        time=time.time(),
        account="111122223333",
        principal="arn:aws:iam::111122223333:user/ada",
        key_id="AKIAIOSFODNN7EXAMPLE",
        peer="127.0.0.1",
        service="bedrock-runtime",
        operation="Converse",
        resources=("huggingfacetb.smollm2-135m-instruct",),
        request_sha256="ab" * 32,
        request_bytes=700,
        policy_ids=("developer.models",),
    )


_OUTCOME = Outcome(
    status="done",
    http_status=200,
    response_sha256="cd" * 32,
    response_bytes=900,
    model="huggingfacetb.smollm2-135m-instruct",
    input_tokens=32,
    output_tokens=64,
    stop_reason="end_turn",
    duration_us=123_456,
)


async def _record(folder: Path, acts: int) -> list[tuple[float, float]]:
    """(records a second, microseconds one intent waited) for each number of callers."""
    ledger = Ledger.open_folder(folder / "ledger", folder / "ledger.key", SystemClock())
    found = []
    for callers in _CALLERS:
        waits: list[float] = []

        async def caller(number: int, waits: list[float] = waits, share: int = acts // callers) -> None:
            for _ in range(share):
                began = time.perf_counter()
                opened = await ledger.open(_intent(number))
                waits.append((time.perf_counter() - began) * 1e6)
                await ledger.close(opened, _OUTCOME)

        began = time.perf_counter()
        await asyncio.gather(*(caller(number) for number in range(callers)))
        found.append((2 * len(waits) / (time.perf_counter() - began), median(waits)))
    await ledger.shutdown()
    return found


def _single_commits(path: Path, records: int) -> float:
    """Records a second where each is appended to a file and synced by itself."""
    record = b"x" * 500
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        began = time.perf_counter()
        for _ in range(records):
            os.write(descriptor, record)
            os.fdatasync(descriptor)
        return records / (time.perf_counter() - began)
    finally:
        os.close(descriptor)


def _verify(folder: Path) -> None:
    rates = []
    for _ in range(3):
        began = time.process_time()
        found = verify_folder(folder)
        rates.append(found.records / (time.process_time() - began))
    target("verified records a second, one core", median(rates), 100_000, at_least=True)


def _check(home: Path) -> None:
    """The same records as an auditor gets them: one file of evidence, checked by its key alone."""
    file = home / "evidence.tar"
    sources = Sources(home / "ledger", home / "ledger.key", home / "policies-kept", "bench", {"keys": []})
    export_evidence(sources, file, 0.0, time.time() + 1, SystemClock())
    with file.open("rb") as opened:
        began = time.process_time()
        found = check_evidence(opened, (home / "ledger" / "public.pem").read_bytes())
        rate = found.records / (time.process_time() - began)
    assert found.ok, found.wrong
    target("records of evidence verified a second, one core", rate, 100_000, at_least=True)
