"""Whatever an endpoint says, callers get an error of the protocol, and the record is closed."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.federation.cloud_server import ANSWER, EVENTS, frames
from usina.core.cloud import Amounts, CloudSource
from usina.core.errors import ApiError, EngineError
from usina.core.operation import Meter
from usina.federation.budgets import SiteBudgets
from usina.federation.departure import Departure
from usina.federation.dialects.bedrock import Bedrock
from usina.federation.dialects.openai import OpenAI
from usina.sovereignty.ledger.records import Opened, Outcome
from usina.testing.clock import VirtualClock
from usina.testing.records import MemoryRecords
from usina.testing.world import principal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from usina.core.ports import Json
    from usina.federation.dialects import Dialect
    from usina.sovereignty.ledger import Intent

DIALECTS: dict[str, Dialect] = {"bedrock": Bedrock(), "openai": OpenAI()}
BODY: Json = {"messages": [{"role": "user", "content": "x"}]}
OPENAI = {
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}
CHUNKS = [
    {"id": "x", "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}]},
    {"id": "x", "choices": [], "usage": OPENAI["usage"]},
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**70) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@dataclass
class Told:
    """The answer of an endpoint, in pieces."""

    data: list[bytes]
    status: int = 200
    size_bytes: int = 0
    closed: bool = False

    async def pieces(self) -> AsyncIterator[bytes]:
        for piece in self.data:
            yield piece

    def close(self) -> None:
        self.closed = True


@dataclass
class Book:
    """The ledger's part that is written here."""

    outcomes: list[Outcome] = field(default_factory=list)

    async def open(self, intent: Intent) -> Opened:
        raise NotImplementedError

    async def refuse(self, intent: Intent, error: str) -> None:
        raise NotImplementedError

    async def close(self, opened: Opened, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


async def departed(
    protocol: str, data: list[bytes], *, stream: bool, task: Literal["chat", "embedding"] = "chat"
) -> tuple[Departure, Book, SiteBudgets, Told]:
    book, budgets, told = Book(), SiteBudgets(MemoryRecords(), VirtualClock()), Told(data)
    reservation = await budgets.reserve(principal(), Amounts(1, 10, 100))
    source = CloudSource("cloud.far", "bedrock", "https://far.internal", "amazon.titan", task=task)
    body = BODY if task == "chat" else {"input": "x"}
    wording = DIALECTS[protocol].words("cloud.far", source, task, body, stream=stream)
    departure = Departure(book, budgets, Opened(1, "id"), reservation, wording, VirtualClock(), Meter())
    departure.answer = told  # type: ignore[assignment]
    return departure, book, budgets, told


async def tried(protocol: str, data: list[bytes], *, stream: bool) -> tuple[Any, int]:
    """What came of it (None: an error of the protocol), and the tokens that count. The record is closed, once."""
    departure, book, budgets, told = await departed(protocol, data, stream=stream)
    came: Any = None
    with suppress(ApiError):
        came = [chunk async for batch in departure.chunks() for chunk in batch] if stream else await departure.whole()
    assert told.closed
    assert [outcome.status for outcome in book.outcomes] == [("done" if came is not None else book.outcomes[0].status)]
    assert (book.outcomes[0].status == "done") == (came is not None)
    return came, (await budgets.budgets())[0].used.tokens


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(DIALECTS)), JSON | st.binary(max_size=40))
async def test_any_answer_is_an_answer_or_an_error_of_the_protocol(protocol: str, told: Any) -> None:
    data = told if isinstance(told, bytes) else json.dumps(told).encode()
    await tried(protocol, [data], stream=False)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(DIALECTS)), st.data())
async def test_an_answer_with_one_member_that_is_another_thing_is_told_or_an_error(
    protocol: str, data: st.DataObject
) -> None:
    whole: Any = json.loads(json.dumps(ANSWER if protocol == "bedrock" else OPENAI))
    _spoil(whole, data)
    came, tokens = await tried(protocol, [json.dumps(whole).encode()], stream=False)
    assert tokens >= 0
    if came is not None:
        content = came["choices"][0]["message"].get("content")
        assert content is None or isinstance(content, str)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(DIALECTS)), st.data())
async def test_a_stream_with_one_member_that_is_another_thing_is_told_or_an_error(
    protocol: str, data: st.DataObject
) -> None:
    events: Any = json.loads(json.dumps(EVENTS if protocol == "bedrock" else CHUNKS))
    _spoil(events if protocol == "openai" else [told for _, told in events], data)
    if protocol == "bedrock":
        sent = frames([(name, told) for name, told in events])
    else:
        sent = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events) + b"data: [DONE]\n\n"
    _, tokens = await tried(protocol, [sent], stream=True)
    assert tokens >= 0


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(DIALECTS)), st.lists(st.binary(max_size=60), max_size=4))
async def test_any_bytes_of_a_stream_are_an_error_of_the_protocol(protocol: str, data: list[bytes]) -> None:
    came, tokens = await tried(protocol, data, stream=True)
    assert (came, tokens) == (None, 100)


@pytest.mark.parametrize(
    "usage",
    [None, {}, {"prompt_tokens": -1_000_000}, {"prompt_tokens": 1, "total_tokens": -5}, {"prompt_tokens": 10**30}],
    ids=["null", "empty", "negative", "negative sum", "too large"],
)
async def test_a_usage_that_cannot_be_gives_no_budget_back(usage: Any) -> None:
    came, tokens = await tried("openai", [json.dumps({**OPENAI, "usage": usage}).encode()], stream=False)
    assert (came, tokens) == (None, 100)


async def test_a_sum_that_says_less_than_its_parts_is_not_believed() -> None:
    usage = {"prompt_tokens": 30, "completion_tokens": 20, "total_tokens": 1}
    _, tokens = await tried("openai", [json.dumps({**OPENAI, "usage": usage}).encode()], stream=False)
    assert tokens == 50


@pytest.mark.parametrize("told", [{"embedding": ["x"]}, {"embedding": []}, {"embeddings": [[1.0], [2.0]]}, {}])
async def test_vectors_that_are_none_are_an_error(told: Any) -> None:
    departure, book, _, _ = await departed("bedrock", [json.dumps(told).encode()], stream=False, task="embedding")
    if told == {"embedding": []}:
        assert (await departure.whole())["data"][0]["embedding"] == []
        return
    with pytest.raises(EngineError, match="makes no sense"):
        await departure.whole()
    assert book.outcomes[0].error == "BadAnswer"


def _spoil(value: Any, data: st.DataObject) -> None:
    """Put something else in the place of one member, anywhere."""
    places: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        node = waiting.pop()
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], dict | list):
                waiting.append(node[key])
    node, key = data.draw(st.sampled_from(places))
    if data.draw(st.booleans()) and isinstance(node, dict):
        del node[key]
    else:
        node[key] = data.draw(JSON)
