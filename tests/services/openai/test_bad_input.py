"""Any JSON that names a model gets an answer or a refusal of the caller, never a fault of ours."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usina.services.openai.chat_request import ChatRequest
from usina.services.openai.completions import CompletionRequest
from usina.services.openai.embeddings import EmbeddingRequest
from usina.services.openai.response_request import ResponseRequest
from usina.testing.catalogue import CHAT, EMBEDDING

if TYPE_CHECKING:
    import msgspec

SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = st.sampled_from(
    [
        "user",
        "assistant",
        "system",
        "tool",
        "text",
        "input_text",
        "function",
        "message",
        "function_call",
        "function_call_output",
        "reasoning",
        "required",
        "json_schema",
        "json_object",
        "auto",
        "none",
        "call_1",
        "f",
        "😀",
        "",
    ]
)
KEYS = st.sampled_from(
    [
        "type",
        "role",
        "content",
        "text",
        "name",
        "function",
        "arguments",
        "call_id",
        "tool_call_id",
        "output",
        "format",
        "schema",
        "json_schema",
        "parameters",
        "tool_calls",
        "id",
        "include_usage",
        "strict",
        "x",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def bodies(struct: type[msgspec.Struct], model: str, **likely: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    fields = {name: likely.get(name, JSON) for name in struct.__struct_fields__ if name != "model"}
    return st.fixed_dictionaries({"model": st.just(model)}, optional=fields)


TURNS = st.lists(
    st.dictionaries(KEYS, JSON, max_size=4) | st.builds(dict, role=WORDS, content=WORDS | JSON), max_size=3
)
TEXTS = WORDS | st.lists(WORDS, max_size=3) | JSON
ASKED = st.one_of(
    st.tuples(st.just("/v1/chat/completions"), bodies(ChatRequest, CHAT.id, messages=TURNS, stream=st.booleans())),
    st.tuples(
        st.just("/v1/responses"),
        bodies(ResponseRequest, CHAT.id, input=WORDS | TURNS, stream=st.booleans(), tools=TURNS),
    ),
    st.tuples(st.just("/v1/completions"), bodies(CompletionRequest, CHAT.id, prompt=TEXTS, stream=st.booleans())),
    st.tuples(st.just("/v1/embeddings"), bodies(EmbeddingRequest, EMBEDDING.id, input=TEXTS)),
)


async def outcome(front: Any, path: str, body: bytes) -> int:
    reply = await front.answer("POST", path, body)
    if not isinstance(reply.body, bytes):
        pieces = [piece async for piece in reply.body]
        assert b"error" not in pieces[-1] or path == "/v1/responses"
    status: int = reply.status
    return status


@SETTINGS
@given(asked=ASKED)
def test_no_body_makes_a_fault_of_ours(front: Any, asked: tuple[str, dict[str, Any]]) -> None:
    path, body = asked
    assert asyncio.run(outcome(front, path, json.dumps(body).encode())) in {200, 400}
