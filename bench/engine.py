"""The front door against its own engine alone: the same prompts to the same llama.cpp process, interleaved.

Directly, requests go to the unix socket of the engine. All prompts are the same and the prefix
cache is warm for every way, so that the prefill, which takes a hundred times what a front door takes, hides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvloop

from bench.factory import CHAT_MODEL, Factory
from bench.load import Plan, Run, checked
from bench.report import heading, median, table, target

if TYPE_CHECKING:
    from pathlib import Path

    from bench.options import Options

_TOKENS = 48
_BATCHES = {1: 60, 8: 30}  # streams -> batches
_QUICK = {1: 3, 8: 2}


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
        figures = uvloop.run(_measure(factory, ways, options))
    rows, ratios = [], []
    for streams in _BATCHES:
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


async def _measure(factory: Factory, ways: list[Way], options: Options) -> dict[tuple[int, str], list[dict[str, Any]]]:
    """Batches of as many requests as there are streams, the ways one after the other: what else the machine does hits
    them all alike.
    """
    figures: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    keys = factory.keys()
    for streams, batches in (_QUICK if options.quick else _BATCHES).items():
        for number in range(-2, batches):  # the first ones are for warming up
            turn = number % len(ways)
            for way in ways[turn:] + ways[:turn]:
                plan = Plan(
                    host="127.0.0.1",
                    port=factory.port,
                    api=way.api,
                    model=CHAT_MODEL,
                    connections=streams,
                    requests=streams,
                    tokens=_TOKENS,
                    socket=way.socket,
                    caller=keys.caller(),
                )
                found = checked(plan, await Run(plan).measure())
                if number >= 0:
                    figures[streams, way.name].append(found)
            options.tell(f"{streams} streams, batch {number + 1} of {batches}")
    return figures
