"""A closed-loop load client on raw sockets: each connection sends its next request when the last answer is complete.

It runs as a process of its own (`python -m bench.load`, plan on stdin, figures on stdout, both JSON), so that its CPU
time is not the gateway's. Every answer is checked: status, the number of tokens, a proper end.
"""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any, cast

import uvloop

from bench.processes import cpu_seconds
from bench.requests import APIS, Caller, build

_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_FIRST_TOKEN = re.compile(rb'"content"\s*:\s*"[^"]|contentBlockDelta')
_OUTPUT = re.compile(rb'"(?:completion_tokens|outputTokens)"\s*:\s*(\d+)')
_END = b"\r\n0\r\n\r\n"


@dataclass(slots=True)
class Plan:
    """What to do; times in seconds."""

    host: str
    port: int
    api: str
    model: str
    connections: int
    seconds: float = 0.0  # 0: until `requests` are answered
    requests: int = 0
    warmup_seconds: float = 0.0
    tokens: int = 64
    prepared: int = 20_000
    nonce: str = ""
    socket: str = ""  # a unix socket instead of host and port
    caller: dict[str, str] = field(default_factory=dict)
    watch: dict[str, int] = field(default_factory=dict)  # name -> process whose CPU time is read


class Figures:
    """What was seen in the measured window."""

    def __init__(self) -> None:
        self.totals: list[float] = []
        self.firsts: list[float] = []
        self.errors: list[str] = []
        self.output_tokens = 0


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.transport: asyncio.Transport
        self.reset()

    def reset(self) -> None:
        self.buffer = bytearray()
        self.size = -1  # of the whole answer; 0: chunked
        self.head_bytes = 0
        self.first_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.send()

    def send(self) -> None:
        request = self.run.next_request()
        if request is None:
            self.transport.close()
            return
        self.reset()
        self.sent_at = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.size < 0:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self.buffer, 0, end + 2)
            self.head_bytes = end + 4
            self.size = self.head_bytes + int(length[1]) if length else 0
        if not self.first_at and self.run.api.stream and _FIRST_TOKEN.search(self.buffer, self.head_bytes):
            self.first_at = time.perf_counter()
        if (self.size and len(self.buffer) >= self.size) or (not self.size and self.buffer.endswith(_END)):
            self.finish()

    def finish(self) -> None:
        self.run.answered(bytes(self.buffer), self.sent_at, self.first_at, time.perf_counter())
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's own signature
        self.run.closed(broken=len(self.buffer) > 0 and self.size < 0)


class Run:
    """One measurement."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.api = APIS[plan.api]
        self.figures = Figures()
        self.requests = build(
            self.api,
            Caller(**plan.caller),
            f"{plan.host}:{plan.port}",
            plan.model,
            plan.requests or plan.prepared,
            tokens=plan.tokens,
            nonce=plan.nonce,
        )
        self.counter = count()
        self.open = plan.connections
        self.done = asyncio.Event()
        self.from_at = 0.0
        self.until_at = float("inf")
        self.exhausted = False

    def next_request(self) -> bytes | None:
        """The next prepared request; None at the end of the run. Unsigned requests may be sent again."""
        index = next(self.counter)
        if time.perf_counter() >= self.until_at:
            return None
        if index >= len(self.requests):
            if self.plan.requests or self.api.signed:
                self.exhausted = True
                return None
            index %= len(self.requests)
        return self.requests[index]

    def answered(self, answer: bytes, sent_at: float, first_at: float, ended_at: float) -> None:
        """Check and count one answer that began inside the window."""
        if not answer.startswith(b"HTTP/1.1 200"):
            self.figures.errors.append(answer[:300].decode("latin-1"))
            return
        usage = _OUTPUT.findall(answer)
        if not usage or (self.api.stream and not first_at) or not self.ended_well(answer):
            self.figures.errors.append(f"incomplete answer of {len(answer)} bytes: {answer[-200:]!r}")
            return
        if sent_at >= self.from_at and ended_at <= self.until_at:
            self.figures.totals.append(ended_at - sent_at)
            self.figures.output_tokens += int(usage[-1])
            if self.api.stream:
                self.figures.firsts.append(first_at - sent_at)

    def ended_well(self, answer: bytes) -> bool:
        """A stream has its protocol's own end."""
        if not self.api.stream:
            return True
        return b"messageStop" in answer if self.api.signed else b"data: [DONE]" in answer

    def closed(self, *, broken: bool) -> None:
        """A connection is gone; the run is over with the last one."""
        if broken:
            self.figures.errors.append("connection closed inside an answer")
        self.open -= 1
        if not self.open:
            self.done.set()

    async def measure(self) -> dict[str, Any]:
        """Run it all; figures in milliseconds and requests per second."""
        plan = self.plan
        loop = asyncio.get_running_loop()
        start = time.perf_counter()
        self.from_at = start + plan.warmup_seconds
        if plan.seconds:
            self.until_at = self.from_at + plan.seconds
        for _ in range(plan.connections):
            if plan.socket:
                await loop.create_unix_connection(lambda: Connection(self), plan.socket)
            else:
                await loop.create_connection(lambda: Connection(self), plan.host, plan.port)
        if plan.warmup_seconds:
            await asyncio.sleep(plan.warmup_seconds)
        before = {name: cpu_seconds(process) for name, process in plan.watch.items()}
        counted_from = time.perf_counter() if plan.warmup_seconds else start
        await asyncio.wait_for(self.done.wait(), plan.seconds + 300 if plan.seconds else 900)
        elapsed = time.perf_counter() - counted_from
        after = {name: cpu_seconds(process) for name, process in plan.watch.items()}
        return self.summary(elapsed, {name: after[name] - before[name] for name in before})

    def summary(self, elapsed: float, cpu: dict[str, float]) -> dict[str, Any]:
        """The figures as plain JSON."""
        figures, answered = self.figures, len(self.figures.totals)
        return {
            "answered": answered,
            "errors": len(figures.errors),
            "first_error": figures.errors[0] if figures.errors else "",
            "exhausted": self.exhausted,
            "seconds": elapsed,
            "requests_per_second": answered / elapsed,
            "tokens_per_second": figures.output_tokens / elapsed,
            "p50_ms": _milliseconds(figures.totals, 50),
            "p99_ms": _milliseconds(figures.totals, 99),
            "first_token_p50_ms": _milliseconds(figures.firsts, 50),
            "cpu_ms_per_request": {name: 1000 * used / max(answered, 1) for name, used in cpu.items()},
        }


def _milliseconds(values: list[float], percent: int) -> float | None:
    if not values:
        return None
    if len(values) == 1:
        return 1000 * values[0]
    return 1000 * statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


async def _main() -> None:
    plan = Plan(**json.load(sys.stdin))
    print(json.dumps(await Run(plan).measure()))


def measure(plan: Plan, cpu: str = "") -> dict[str, Any]:
    """Run a plan in a process of its own; its figures."""
    command = [*(["taskset", "-c", cpu] if cpu else []), sys.executable, "-m", "bench.load"]
    done = subprocess.run(command, input=json.dumps(asdict(plan)), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the load client failed:\n{done.stderr[-2000:]}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return checked(plan, figures)


def checked(plan: Plan, figures: dict[str, Any]) -> dict[str, Any]:
    """The figures, of a run in which every answer was right. Raises: SystemExit."""
    if figures["errors"]:
        raise SystemExit(f"{figures['errors']} answers of {plan.api} were wrong, the first: {figures['first_error']}")
    return figures


if __name__ == "__main__":
    uvloop.run(_main())
