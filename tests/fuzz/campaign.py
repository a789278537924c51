"""The campaigns: requests to the door in this process, bodies to the codec itself, bytes to real sockets.

What must hold for every input: an answer comes in time; it is below 500, or 501 (nobody serves this) or 503 (too busy);
it shows no trace of the program's inside; no exception that nobody foresaw became an answer.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fuzz.factory import ask
from tests.fuzz.mutate import ODD_QUERIES, Mutator
from tests.fuzz.proof import bearer, signed
from tests.fuzz.seeds import CODEC_BODIES, SEEDS, SPOILT
from usina import wire
from usina.core.errors import ApiError
from usina.core.operation import Received

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fuzz.factory import Fuzzed
    from tests.fuzz.seeds import Seed

ANSWER_SECONDS = 20.0
INSIDE = re.compile(rb'Traceback \(most recent|File "[^"]+", line \d+|site-packages|/src/usina/')
DESIGNED = frozenset({501, 503})


@dataclass(slots=True)
class Findings:
    """What a campaign saw."""

    inputs: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def problem(self, what: str, detail: object) -> None:
        """Keep a finding, with what is needed to see it again."""
        self.problems.append(f"{what}: {detail!r:.2000}")

    def judge(self, status: int, body: bytes, detail: object) -> None:
        """Whether an answer is one that may be given."""
        self.inputs += 1
        self.statuses[status] += 1
        if not 200 <= status < 500 and status not in DESIGNED:
            self.problem(f"status {status}", detail)
        if INSIDE.search(body):
            self.problem("the inside shows", (body[:500], detail))


@dataclass(frozen=True, slots=True)
class Made:
    """One request as it is played to the door."""

    method: str
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    pieces: list[bytes]

    def scope(self) -> dict[str, Any]:
        """As the server hands it over."""
        return {
            "type": "http",
            "method": self.method,
            "raw_path": self.path,
            "query_string": self.query,
            "headers": self.headers,
            "scheme": "http",
            "client": ("127.0.0.1", 50_000),
        }


def prove(seed: Seed, fuzzed: Fuzzed) -> Made:
    """The seed as it is, with a good proof."""
    path, query = seed.path.encode(), seed.query.encode()
    headers = [(name.encode(), value.encode()) for name, value in seed.headers]
    if seed.service:
        headers += signed(
            seed.method,
            path,
            query,
            seed.body,
            seed.service,
            access_key=fuzzed.access_key,
            secret_key=fuzzed.secret_key,
            beside=seed.headers,
        )
    else:
        headers += bearer(fuzzed.bearer)
    return Made(seed.method, path, query, headers, [seed.body])


def make(seed: Seed, mutate: Mutator, fuzzed: Fuzzed) -> Made:
    """Spoil a valid request in one or more places: before it is proved, so that it is let in, or after."""
    chance = mutate.random
    method, path, query, body = seed.method, seed.path.encode(), seed.query.encode(), seed.body
    where = chance.randrange(10)
    if where <= 4 and body:
        body = mutate.document(body) if where <= 3 else mutate.data(body)
    elif where == 5:
        path = b"/" + re.sub(rb"[\x00-\x20\x7f]", b"", mutate.data(path[1:]))
    elif where == 6:
        query = chance.choice(ODD_QUERIES) if mutate.often(0.5) else mutate.data(query)
    elif where == 7:
        method = chance.choice(("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "BREW"))
    if seed.service and (seed.service != "bedrock" or mutate.often(0.3)):
        proof = signed(
            method,
            path,
            query,
            body,
            seed.service,
            access_key=fuzzed.access_key,
            secret_key=fuzzed.secret_key,
            beside=seed.headers,
        )
    else:
        proof = bearer(fuzzed.bearer)
    headers = [(name.encode(), value.encode()) for name, value in seed.headers] + proof
    if where >= 8:
        headers = mutate.headers(headers)
    if mutate.often(0.05):
        body = mutate.data(body)
    cut = chance.randint(0, len(body)) if mutate.often(0.1) else len(body)
    return Made(method, path, query, headers, [piece for piece in (body[:cut], body[cut:]) if piece])


async def fuzz_door(fuzzed: Fuzzed, inputs: int, seed: int, tell: Callable[[int], None] = lambda _: None) -> Findings:
    """Mutated requests of every API through door and pipeline."""
    mutate, found = Mutator(seed), Findings()
    seeds = [*SEEDS, *SPOILT]
    for index in range(inputs):
        made = make(seeds[mutate.random.randrange(len(seeds))], mutate, fuzzed)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                status, headers, body = await ask(fuzzed.door, made.scope(), made.pieces)
        except TimeoutError:
            found.inputs += 1
            found.problem("no answer in time", made)
            continue
        except Exception as error:  # noqa: BLE001 - whatever comes out is a finding
            found.inputs += 1
            found.problem(f"an exception came out of the door: {error!r}", made)
            continue
        found.judge(status, body, made)
        if status >= 400 and body and headers.get(b"content-type", b"").startswith(b"application/json"):
            _judge_json(body, made, found)
        if fuzzed.bugs.seen:
            found.problem(f"a bug answered: {fuzzed.bugs.seen.pop()[-1500:]}", made)
            fuzzed.bugs.seen.clear()
        if index % 1_000 == 0:
            tell(index)
    return found


def _judge_json(body: bytes, made: Made, found: Findings) -> None:
    try:
        json.loads(body)
    except ValueError:
        found.problem("an error that is not the JSON it says it is", (body, made))


def fuzz_codec(inputs: int, seed: int) -> Findings:
    """Spoilt bodies to the parsers of operations that nobody serves yet."""
    mutate, found = Mutator(seed), Findings()
    for _ in range(inputs):
        service, operation, protocol, method, body = CODEC_BODIES[mutate.random.randrange(len(CODEC_BODIES))]
        spoilt = mutate.document(body) if protocol.endswith("json") else mutate.data(body)
        labels = {"Bucket": "b"} if service == "s3" else {}
        query = {"PutBucketTagging": "tagging", "DeleteObjects": "delete"}.get(operation, "")
        received = Received(method, "/b", query, (), spoilt, False, "127.0.0.1", "r", 0.0)
        target = wire.Target(service, operation, protocol, labels)
        found.inputs += 1
        try:
            wire.parse(target, received, spoilt)
        except ApiError as error:
            reply = wire.serialise_error(target, error, "r")
            found.statuses[reply.status] += 1
            if reply.status >= 500:
                found.problem(f"status {reply.status}", (target, spoilt))
        except Exception as error:  # noqa: BLE001 - whatever comes out is a finding
            found.problem(f"the codec raised {error!r}", (target, spoilt))
    return found
