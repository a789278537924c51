"""The front door against its own engine alone: the same prompts to the same llama.cpp process, runs interleaved.

Directly, requests go to the unix socket of the engine. All prompts are the same and the prefix
cache is warm for every way, so that the prefill, which takes a hundred times what a front door takes, hides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.factory import CHAT_MODEL, Factory
from bench.load import Plan, measure
from bench.report import heading, median, table, target

if TYPE_CHECKING:
    from pathlib import Path

    from bench.options import Options

_TOKENS = 48
_STREAMS = (1, 8)
_REQUESTS = {1: 8, 8: 40}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to the engine."""

    name: str
    api: str
    socket: str


def run(options: Options, folder: Path) -> None:
    """Measure and report."""
    heading("through the front door against the engine alone (SmolLM2 135M, SigV4, Cedar and durable ledger on)")
    with Factory(folder / "engine", defaults=True) as factory:
        factory.wait_ready([CHAT_MODEL])
        socket = factory.engine_socket(CHAT_MODEL)
        ways = [
            Way("engine alone", "chat-stream", socket),
            Way("OpenAI stream", "chat-stream", ""),
            Way("ConverseStream", "converse-stream", ""),
        ]
        figures = _measure(factory, ways, options)
    rows, ratios = [], []
    for streams in _STREAMS:
        alone = figures[streams, ways[0].name]
        for way in ways:
            mine = figures[streams, way.name]
            rows.append(
                [
                    way.name,
                    streams,
                    median(item["tokens_per_second"] for item in mine),
                    median(item["first_token_p50_ms"] for item in mine),
                ]
            )
            if way.socket:
                continue
            pairs = list(zip(mine, alone, strict=True))
            throughput = median(own["tokens_per_second"] / base["tokens_per_second"] for own, base in pairs)
            added = median(own["first_token_p50_ms"] - base["first_token_p50_ms"] for own, base in pairs)
            ratios.append((way.name, streams, throughput, added))
    table(["way", "streams", "tokens/s", "first token p50 ms"], rows)
    for name, streams, throughput, added in ratios:
        target(f"{name}, {streams} streams, throughput against the engine alone", throughput, 0.97, at_least=True)
        target(f"{name}, {streams} streams, added to first token", added, 5.0, at_least=False, unit=" ms")


def _measure(factory: Factory, ways: list[Way], options: Options) -> dict[tuple[int, str], list[dict[str, Any]]]:
    figures: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    keys = factory.keys()
    rounds = 1 if options.quick else max(options.rounds, 5)
    for number in range(-1, rounds):  # the first is for warming up
        for streams in _STREAMS:
            turn = number % len(ways)
            for way in ways[turn:] + ways[:turn]:
                plan = Plan(
                    host="127.0.0.1",
                    port=factory.port,
                    api=way.api,
                    model=CHAT_MODEL,
                    connections=streams,
                    requests=_REQUESTS[streams] if number >= 0 else 2 * streams,
                    tokens=_TOKENS,
                    socket=way.socket,
                    caller=keys.caller(),
                )
                found = measure(plan)
                if number >= 0:
                    figures[streams, way.name].append(found)
                    options.tell(f"round {number + 1} {way.name} x{streams}: {found['tokens_per_second']:.1f} tokens/s")
    return figures
