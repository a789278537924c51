"""Where the CPU time of one request goes, stage by stage, in microseconds. HTTP is not in it: see the gateways."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import defaultdict
from typing import TYPE_CHECKING

import uvloop

from bench.inside import inside, received
from bench.report import heading, median, table
from bench.requests import APIS, Caller, build
from usina import wire
from usina.core.clock import SystemClock
from usina.pipeline.closing import Closing
from usina.pipeline.stages.authenticate import authenticate
from usina.pipeline.stages.authorise import authorise
from usina.pipeline.stages.handle import handle
from usina.pipeline.stages.parse import parse
from usina.pipeline.stages.record import record
from usina.testing.catalogue import CHAT

if TYPE_CHECKING:
    from pathlib import Path

    from bench.options import Options
    from usina.core.operation import Received
    from usina.pipeline.run import Pipeline

STAGES = ("route", "verify", "parse", "decide", "record", "translate", "write", "close")
_TOKENS = 64


def run(options: Options, folder: Path) -> None:
    """Measure and report."""
    heading("CPU time of one request by stage, microseconds (median; record and close with the ledger's fsync thread)")
    count = 200 if options.quick else 3_000
    (folder / "stages").mkdir()
    columns = uvloop.run(_measure(folder / "stages", count))
    rows: list[list[object]] = [[stage, *(column[stage] for column in columns.values())] for stage in STAGES]
    rows.append(["all", *(sum(column.values()) for column in columns.values())])
    table(["stage", *columns], rows)
    print("  An answer has 64 tokens. translate: handler, with a canned engine answer decoded; for streams the")
    print("  translation of the chunks is in write, with serialising, framing and digest.")


async def _measure(folder: Path, count: int) -> dict[str, dict[str, float]]:
    columns = {}
    async with inside(folder, _TOKENS) as (pipeline, keys):
        for name, api in APIS.items():
            number = count // 4 if api.stream else count
            requests = build(api, Caller(**keys), "localhost", CHAT.id, number, tokens=_TOKENS)
            taken: dict[str, list[float]] = defaultdict(list)
            for index, request in enumerate(requests):
                spent = await _one(pipeline, received(request, index, SystemClock().now()))
                if index >= number // 10:  # the first ones compile and fill caches
                    for stage, microseconds in spent.items():
                        taken[stage].append(microseconds)
            columns[name] = {stage: median(taken[stage]) for stage in STAGES}
            await asyncio.sleep(0)
    return columns


async def _one(pipeline: Pipeline, asked: Received) -> dict[str, float]:
    """One request, its stages timed apart: CPU time of the whole process."""
    spent: dict[str, float] = {}
    at = time.process_time_ns()

    def took(stage: str) -> None:
        nonlocal at
        now = time.process_time_ns()
        spent[stage] = (now - at) / 1000
        at = time.process_time_ns()

    target = wire.route(asked)
    closing = Closing(asked, target, pipeline.ledger, pipeline.ports.clock, pipeline.observe)
    took("route")
    caller = await authenticate(asked, target, pipeline.authenticator)
    took("verify")
    parsed = parse(caller, pipeline.operations)
    took("parse")
    permitted = authorise(parsed, pipeline.policy, pipeline.ports)
    took("decide")
    recorded = await record(permitted, pipeline.ledger)
    closing.open(recorded)
    took("record")
    result = await handle(recorded, pipeline.ports)
    took("translate")
    reply = wire.serialise(target, result, asked.request_id)
    if isinstance(reply.body, bytes):
        whole = hashlib.sha256(reply.body).digest()
        took("write")
        await closing.done(reply.status, whole, len(reply.body))
    else:
        digest = hashlib.sha256()
        async for piece in reply.body:
            digest.update(piece)
        took("write")
        await closing.done(reply.status, digest.digest(), 0)
    took("close")
    return spent
