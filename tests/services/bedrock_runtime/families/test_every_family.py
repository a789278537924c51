"""What holds for the bodies of every family."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.services.bedrock_runtime.families.asking import (
    METRICS,
    OPENAI,
    call,
    streamed,
)
from usina.core.errors import ValidationError
from usina.services.bedrock_runtime.invoke_model import invoke_model
from usina.testing.engines import chat_chunks, usage
from usina.testing.world import world

LLAMA = {"prompt": "Hi", "max_gen_len": 9}
MISTRAL = {"prompt": "Hi", "max_tokens": 9}
TITAN = {"inputText": "Hi"}
NOVA = {"schemaVersion": "messages-v1", "messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
ANTHROPIC = {"anthropic_version": "v", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}


def text_of(chunk: dict[str, Any]) -> str:
    """The text of a chunk of any family."""
    if "choices" in chunk:
        return "".join((choice.get("delta") or {}).get("content") or "" for choice in chunk["choices"])
    if "outputs" in chunk:
        return str(chunk["outputs"][0]["text"])
    delta = (chunk.get("contentBlockDelta") or chunk).get("delta") or {}
    return str(chunk.get("generation") or chunk.get("outputText") or delta.get("text") or "")


@settings(max_examples=40, deadline=None)
@given(
    pieces=st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=8),
    body=st.sampled_from([ANTHROPIC, LLAMA, MISTRAL, TITAN, NOVA, OPENAI]),
    size=st.integers(1, 9),
)
async def test_every_chunking_gives_the_same_text_in_every_family(
    pieces: list[str], body: dict[str, Any], size: int
) -> None:
    chunks = [chunk for batch in chat_chunks(pieces, usage=usage(4, 2)) for chunk in batch]
    batches = [chunks[start : start + size] for start in range(0, len(chunks), size)]
    made = await streamed(body, batches)
    assert "".join(text_of(chunk) for chunk in made) == "".join(pieces)
    assert made[-1]["amazon-bedrock-invocationMetrics"] == METRICS


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "messages",
                        "role",
                        "content",
                        "type",
                        "text",
                        "prompt",
                        "inputText",
                        "system",
                        "tools",
                        "toolUse",
                        "anthropic_version",
                        "max_tokens",
                        "inferenceConfig",
                        "schemaVersion",
                        "user",
                        "tool_use",
                        "input",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
async def test_any_json_is_answered_or_refused(body: Any) -> None:
    with contextlib.suppress(ValidationError):
        assert (await invoke_model(call(body), world()))["body"]
