from __future__ import annotations

import json
from typing import Any

import pytest

from usina.core.cloud import CloudSource
from usina.core.errors import ApiError, EngineError, LimitExceededError, ThrottledError, ValidationError
from usina.federation.dialects.openai import OpenAI

SOURCE = CloudSource("cloud.far", "openai", "https://far.internal/v1", "gpt-far")
CHAT: Any = {"messages": [{"role": "user", "content": "x"}], "max_tokens": 5}
TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]


def test_tools_go_in_the_endpoints_own_form() -> None:
    body = {**CHAT, "tools": TOOLS, "tool_choice": "required", "top_k": 3}
    told = json.loads(OpenAI().words("cloud.far", SOURCE, "chat", body, stream=False).body)
    assert (told["tools"], told["tool_choice"], told["model"]) == (TOOLS, "required", "gpt-far")


def test_a_chunk_that_brings_text_and_usage_at_once_is_told_as_two() -> None:
    reader = OpenAI().words("cloud.far", SOURCE, "chat", CHAT, stream=True).reader()
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    event = {"id": "x", "choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": "stop"}], "usage": usage}
    chunks = reader.feed(f"data: {json.dumps(event)}\n\ndata: [DONE]\n\n".encode()) + reader.finish()
    assert [bool(chunk["choices"]) for chunk in chunks] == [True, False]
    assert [bool(chunk.get("usage")) for chunk in chunks] == [False, True]


@pytest.mark.parametrize("data", [b'data: {"error":{"message":"no"}}\n\n', b"data: [1]\n\n", b"data: {\n\n"])
def test_an_event_that_is_no_chunk_is_a_failure(data: bytes) -> None:
    with pytest.raises(EngineError):
        OpenAI().words("cloud.far", SOURCE, "chat", CHAT, stream=True).reader().feed(data)


@pytest.mark.parametrize(
    ("status", "told", "error"),
    [
        (429, {"error": {"code": "rate_limit_exceeded", "message": "slow"}}, ThrottledError),
        (429, {"error": {"code": "insufficient_quota", "message": "pay"}}, LimitExceededError),
        (
            400,
            {"error": {"code": "context_length_exceeded", "message": "maximum context length"}},
            ValidationError,
        ),
        (401, {"error": {"message": "bad key sk-123"}}, EngineError),
        (500, ["?"], EngineError),
        (500, "not an object", EngineError),
    ],
    ids=["rate", "quota", "length", "key", "list", "text"],
)
def test_refusals_are_told_in_our_words(status: int, told: Any, error: type[ApiError]) -> None:
    refused = OpenAI().refusal(status, {}, json.dumps(told).encode())
    assert type(refused) is error
    assert "sk-123" not in refused.message
