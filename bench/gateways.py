"""Our front door beside the LiteLLM proxy: the same mock engine behind both, one worker each, rounds interleaved.

Ours has signature or key, Cedar and the durable ledger on; LiteLLM keeps no policy and no ledger.
"""

from __future__ import annotations

import contextlib
import sys
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench import litellm
from bench.factory import Factory
from bench.load import Plan, measure
from bench.mock_engine import MODEL
from bench.processes import Server, free_port
from bench.report import heading, median, table, target

if TYPE_CHECKING:
    from pathlib import Path

    from bench.options import Options

OURS = "bench.mock"
_PREPARED = {"chat": 1, "chat-stream": 1, "converse": 60_000, "converse-stream": 20_000}
Cell = tuple[str, int, str]  # API, connections, gateway


@dataclass(frozen=True, slots=True)
class Gateway:
    """Something that requests are sent to."""

    server: Server
    model: str
    caller: dict[str, str]
    apis: tuple[str, ...]


def run(options: Options, folder: Path) -> None:
    """Measure and report."""
    heading("front door beside LiteLLM (mock engine, one worker each)")
    missing = litellm.install()
    if missing:
        print(f"  {missing}: its columns are left out\n")
    with contextlib.ExitStack() as stack:
        gateways = _start(stack, options, folder, with_litellm=not missing)
        cells = _measure(gateways, options)
        _report(cells)
        _targets(cells, options, with_litellm=not missing)
        for gateway in gateways:
            if isinstance(gateway.server, Factory):
                print(gateway.server.command("ledger", "verify").strip())


def _start(stack: contextlib.ExitStack, options: Options, folder: Path, *, with_litellm: bool) -> list[Gateway]:
    port = free_port()
    command = [sys.executable, "-m", "bench.mock_engine", "--port", str(port), "--delay-ms", str(options.delay_ms)]
    ready = f"http://127.0.0.1:{port}/health"
    mock = stack.enter_context(Server("mock", command, ready, folder / "mock.log", cpu=options.client_cpu))
    mock.port = port
    plain = ("chat", "chat-stream")
    gateways = [Gateway(mock, MODEL, {"bearer": "none"}, plain)]
    ours = stack.enter_context(Factory(folder / "gateway", cpu=options.gateway_cpu))
    ours.attach(f"http://127.0.0.1:{port}/v1", OURS, MODEL)
    gateways.append(Gateway(ours, OURS, ours.keys().caller(), (*plain, "converse", "converse-stream")))
    if with_litellm:
        other = stack.enter_context(litellm.server(folder, port, options.gateway_cpu))
        gateways.append(Gateway(other, MODEL, {"bearer": litellm.KEY}, plain))
    return gateways


def _measure(gateways: list[Gateway], options: Options) -> dict[Cell, list[dict[str, Any]]]:
    cells: dict[Cell, list[dict[str, Any]]] = defaultdict(list)
    for gateway in gateways:  # everything is loaded and warm before the first round
        for api in gateway.apis:
            _load(gateway, api, 8, options, seconds=1.0)
    for number in range(options.rounds):
        for api in _PREPARED:
            for connections in options.connections:
                having = [gateway for gateway in gateways if api in gateway.apis]
                turn = number % len(having)
                for gateway in having[turn:] + having[:turn]:
                    figures = _load(gateway, api, connections, options, seconds=options.seconds)
                    cells[api, connections, gateway.server.name].append(figures)
                    options.tell(
                        f"round {number + 1} {api} c={connections} {gateway.server.name}: "
                        f"{figures['requests_per_second']:.0f}/s"
                    )
    return cells


def _load(gateway: Gateway, api: str, connections: int, options: Options, *, seconds: float) -> dict[str, Any]:
    plan = Plan(
        host="127.0.0.1",
        port=gateway.server.port,
        api=api,
        model=gateway.model,
        connections=connections,
        seconds=seconds,
        warmup_seconds=options.warmup_seconds,
        prepared=max(_PREPARED[api], 1),
        caller=gateway.caller,
        watch={"gateway": gateway.server.pid},
    )
    figures = measure(plan, options.client_cpu)
    if figures["exhausted"]:
        raise SystemExit(f"{api}: all prepared requests were sent before the time was up; prepare more")
    return figures


def _middle(cells: dict[Cell, list[dict[str, Any]]], cell: Cell, figure: str) -> float:
    return median(round_[figure] for round_ in cells.get(cell, []))


def _cpu(cells: dict[Cell, list[dict[str, Any]]], cell: Cell) -> float:
    return median(round_["cpu_ms_per_request"]["gateway"] for round_ in cells.get(cell, []))


def _report(cells: dict[Cell, list[dict[str, Any]]]) -> None:
    rows = []
    for api, connections, name in cells:
        cell = (api, connections, name)
        base = (api.replace("converse", "chat"), connections, "mock")
        p50 = _middle(cells, cell, "p50_ms")
        rows.append(
            [
                api,
                connections,
                name,
                _middle(cells, cell, "requests_per_second"),
                _cpu(cells, cell),
                p50,
                _middle(cells, cell, "p99_ms"),
                p50 - _middle(cells, base, "p50_ms"),
                _middle(cells, cell, "first_token_p50_ms"),
            ]
        )
    table(["api", "c", "gateway", "req/s", "CPU ms/req", "p50 ms", "p99 ms", "added p50", "first token p50"], rows)


def _targets(cells: dict[Cell, list[dict[str, Any]]], options: Options, *, with_litellm: bool) -> None:
    for connections in options.connections:

        def rate(api: str, name: str, at: int = connections) -> float:
            return _middle(cells, (api, at, name), "requests_per_second")

        where = f"c={connections}"
        if with_litellm:
            chat, stream = ("chat", connections), ("chat-stream", connections)
            ratio = rate("chat", "usina") / rate("chat", "LiteLLM")
            target(f"{where} chat, requests/s against LiteLLM", ratio, 15, at_least=True, unit="x")
            cpu = _cpu(cells, (*chat, "usina")) / _cpu(cells, (*chat, "LiteLLM"))
            target(f"{where} chat, CPU time against LiteLLM", cpu, 1 / 12, at_least=False)
            ratio = rate("chat-stream", "usina") / rate("chat-stream", "LiteLLM")
            target(f"{where} streams/s against LiteLLM", ratio, 10, at_least=True, unit="x")
            cpu = _cpu(cells, (*stream, "usina")) / _cpu(cells, (*stream, "LiteLLM"))
            print(f"        {where} stream, CPU time against LiteLLM: {cpu:.3g}")
        for api in ("converse", "converse-stream"):
            own = api.replace("converse", "chat")
            ratio = rate(api, "usina") / rate(own, "usina")
            target(f"{where} {api} against our own {own}", ratio, 0.8, at_least=True, unit="x")
    print("\n  Ours: SigV4 or bearer key, Cedar and the durable ledger on. LiteLLM: master key, no policy, no ledger.")
