"""The forms of the families that answer with text: Llama, Mistral, Titan Text, Nova and OpenAI, whole and streamed."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.core.errors import ValidationError
from usina.services.bedrock_runtime.invoke_model import invoke_model, invoke_model_with_response_stream
from usina.testing.catalogue import CHAT
from usina.testing.engines import ScriptedEngines, chat_answer, chat_chunk, chat_chunks, tool_call, usage, usage_chunk
from usina.testing.world import call_of, world

METRICS = {"inputTokenCount": 4, "outputTokenCount": 2, "invocationLatency": 0, "firstByteLatency": 0}
LAST = {"amazon-bedrock-invocationMetrics": METRICS}
REQUEST_ID = "00000000-0000-4000-8000-000000000000"
LLAMA = {"prompt": "Hi", "max_gen_len": 9}
MISTRAL = {"prompt": "Hi", "max_tokens": 9}
TITAN = {"inputText": "Hi"}
NOVA = {"schemaVersion": "messages-v1", "messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
OPENAI = {"messages": [{"role": "user", "content": "Hi"}]}
MISTRAL_CHAT = "mistral.mistral-large-2407-v1:0"
TOOLS = [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}]
NOVA_TOOLS = {"tools": [{"toolSpec": {"name": "add", "inputSchema": {"json": {"type": "object"}}}}]}


def call(body: dict[str, Any], model: str = CHAT.id) -> Any:
    return call_of({"modelId": model, "body": json.dumps(body).encode()})


async def asked(body: dict[str, Any], model: str = CHAT.id) -> tuple[str, dict[str, Any]]:
    engines = ScriptedEngines()
    await invoke_model(call(body, model), world(engines=engines, aliases={MISTRAL_CHAT: CHAT.id}))
    return engines.asked[0].task, engines.bodies[0]


async def answered(body: dict[str, Any], answer: Any = None, model: str = CHAT.id) -> Any:
    answer = answer or chat_answer("Hello!", used=usage(4, 2))
    ports = world(engines=ScriptedEngines().play(answer), aliases={MISTRAL_CHAT: CHAT.id})
    return json.loads((await invoke_model(call(body, model), ports))["body"])


async def streamed(body: dict[str, Any], batches: Any = None, model: str = CHAT.id) -> list[Any]:
    batches = batches or chat_chunks(["Hel", "lo!"], usage=usage(4, 2))
    ports = world(engines=ScriptedEngines().play(batches), aliases={MISTRAL_CHAT: CHAT.id})
    stream: Any = (await invoke_model_with_response_stream(call(body, model), ports))["body"]
    return [json.loads(event["chunk"]["bytes"]) async for batch in stream for event in batch]


async def test_llama_asks_and_answers() -> None:
    task, body = await asked({**LLAMA, "temperature": 0.5, "top_p": 0.9})
    assert (task, body) == ("completion", {"prompt": "Hi", "max_tokens": 9, "temperature": 0.5, "top_p": 0.9})
    assert await answered(LLAMA) == {
        "generation": "Hello!",
        "prompt_token_count": 4,
        "generation_token_count": 2,
        "stop_reason": "stop",
    }
    cut = chat_answer("Hello!", finish_reason="length")
    assert (await answered(LLAMA, cut))["stop_reason"] == "length"


async def test_llama_has_its_documented_length_where_none_is_given() -> None:
    llama = "meta.llama3-8b-instruct-v1:0"
    engines = ScriptedEngines()
    await invoke_model(call({"prompt": "Hi"}, llama), world(engines=engines, aliases={llama: CHAT.id}))
    assert engines.bodies[0]["max_tokens"] == 512


async def test_llama_streams_generations() -> None:
    def chunk(text: str, *counts: Any) -> dict[str, Any]:
        prompt, generated, reason = counts or (None, None, None)
        return {
            "generation": text,
            "prompt_token_count": prompt,
            "generation_token_count": generated,
            "stop_reason": reason,
        }

    assert await streamed(LLAMA) == [chunk("Hel"), chunk("lo!"), {**chunk("", 4, 2, "stop"), **LAST}]


async def test_mistral_asks_and_answers_a_prompt() -> None:
    task, body = await asked({"prompt": "<s>[INST] Hi [/INST]", "max_tokens": 9, "stop": ["END"], "top_k": 3})
    assert task == "chat"
    assert body == {
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 9,
        "stop": ["END"],
        "top_k": 3,
    }
    assert await answered(MISTRAL) == {"outputs": [{"text": "Hello!", "stop_reason": "stop"}]}
    assert await streamed(MISTRAL) == [
        {"outputs": [{"text": "Hel", "stop_reason": None}]},
        {"outputs": [{"text": "lo!", "stop_reason": None}]},
        {"outputs": [{"text": "", "stop_reason": "stop"}], **LAST},
    ]


async def test_mistral_asks_and_answers_messages() -> None:
    _, body = await asked({**OPENAI, "tools": TOOLS, "tool_choice": "any"}, MISTRAL_CHAT)
    assert body["tool_choice"] == "required"
    answer = chat_answer("", tool_calls=[tool_call("add", '{"a":1}')], finish_reason="tool_calls", used=usage(4, 2))
    made = await answered({**OPENAI, "tools": TOOLS}, answer, MISTRAL_CHAT)
    (choice,) = made.pop("choices")
    (tool,) = choice["message"]["tool_calls"]
    assert tool["function"] == {"name": "add", "arguments": '{"a":1}'}
    assert choice["stop_reason"] == "tool_calls"
    assert made == {
        "id": REQUEST_ID,
        "object": "chat.completion",
        "created": 1_800_000_000,
        "model": CHAT.id,
        "usage": {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6},
    }


async def test_mistral_streams_choices_and_whole_tool_calls() -> None:
    call_head = {"index": 0, "function": {"name": "add", "arguments": '{"a":'}}
    chunks = await streamed(
        {**OPENAI, "tools": TOOLS},
        [
            [chat_chunk({"content": "Ok"})],
            [chat_chunk({"tool_calls": [call_head]})],
            [chat_chunk({"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]})],
            [chat_chunk({}, "tool_calls"), usage_chunk(usage(4, 2))],
        ],
        MISTRAL_CHAT,
    )
    messages = [chunk["choices"][0]["message"] for chunk in chunks]
    assert messages[0] == {"role": "assistant", "content": "Ok", "tool_calls": None}
    assert messages[1]["tool_calls"][0]["function"] == {"name": "add", "arguments": '{"a":1}'}
    assert chunks[-1]["choices"][0]["stop_reason"] == "tool_calls"
    assert chunks[-1]["amazon-bedrock-invocationMetrics"] == METRICS
    assert len(chunks) == 3


async def test_titan_asks_and_answers() -> None:
    config = {"temperature": 0.5, "topP": 0.9, "maxTokenCount": 9, "stopSequences": ["User:"]}
    task, body = await asked({**TITAN, "textGenerationConfig": config})
    assert task == "chat"
    assert body == {
        "messages": [{"role": "user", "content": "Hi"}],
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 9,
        "stop": ["User:"],
    }
    assert await answered(TITAN) == {
        "inputTextTokenCount": 4,
        "results": [{"tokenCount": 2, "outputText": "Hello!", "completionReason": "FINISH"}],
    }


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ({"finish_reason": "length"}, "LENGTH"),
        ({"stop_reason": "User:"}, "STOP_CRITERIA_MET"),
        ({"finish_reason": "content_filter"}, "CONTENT_FILTERED"),
    ],
)
async def test_titan_has_a_word_for_every_end(ending: dict[str, Any], reason: str) -> None:
    made = await answered(TITAN, chat_answer("Hello!", **ending))
    assert made["results"][0]["completionReason"] == reason


async def test_titan_streams_its_text() -> None:
    def chunk(text: str, total: int | None = None, reason: str | None = None, prompt: int | None = None) -> Any:
        return {
            "outputText": text,
            "index": 0,
            "totalOutputTextTokenCount": total,
            "completionReason": reason,
            "inputTextTokenCount": prompt,
        }

    assert await streamed(TITAN) == [chunk("Hel"), chunk("lo!"), {**chunk("", 2, "FINISH", 4), **LAST}]


async def test_nova_asks_and_answers() -> None:
    config = {"max_new_tokens": 9, "temperature": 0.5, "top_p": 0.9, "topK": 3, "stopSequences": ["END"]}
    _, body = await asked({**NOVA, "system": [{"text": "Be kind."}], "inferenceConfig": config})
    assert body == {
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}],
        "max_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 3,
        "stop": ["END"],
    }
    used = {
        "inputTokens": 4,
        "outputTokens": 2,
        "totalTokens": 6,
        "cacheReadInputTokenCount": 0,
        "cacheWriteInputTokenCount": 0,
    }
    assert await answered(NOVA) == {
        "output": {"message": {"role": "assistant", "content": [{"text": "Hello!"}]}},
        "stopReason": "end_turn",
        "usage": used,
    }
    assert await streamed(NOVA) == [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"delta": {"text": "Hel"}, "contentBlockIndex": 0}},
        {"contentBlockDelta": {"delta": {"text": "lo!"}, "contentBlockIndex": 0}},
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "end_turn"}},
        {"metadata": {"usage": used, "metrics": {}, "trace": {}}, **LAST},
    ]


async def test_nova_uses_tools() -> None:
    _, body = await asked({**NOVA, "toolConfig": {**NOVA_TOOLS, "toolChoice": {"any": {}}}})
    assert body["tool_choice"] == "required"
    answer = chat_answer(None, tool_calls=[tool_call("add", "{}")], finish_reason="tool_calls")
    made = await answered({**NOVA, "toolConfig": NOVA_TOOLS}, answer)
    assert made["output"]["message"]["content"][0]["toolUse"]["name"] == "add"
    assert made["stopReason"] == "tool_use"


async def test_openai_asks_and_answers() -> None:
    turns = [
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "add", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c", "content": "2"},
    ]
    schema = {"name": "n", "schema": {"type": "object"}}
    choice = {"type": "function", "function": {"name": "add"}}
    more = {"max_completion_tokens": 9, "stop": "END", "seed": 1, "tools": TOOLS, "tool_choice": choice}
    wanted = {"type": "json_schema", "json_schema": schema}
    _, body = await asked({"messages": turns, "model": "ignored", **more, "response_format": wanted})
    function = {"name": "add", "arguments": "{}"}
    assert body == {
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "a\nb"},
            {"role": "assistant", "content": "", "tool_calls": [{"id": "c", "type": "function", "function": function}]},
            {"role": "tool", "tool_call_id": "c", "content": "2"},
        ],
        "max_tokens": 9,
        "stop": "END",
        "seed": 1,
        "tools": TOOLS,
        "tool_choice": choice,
        "response_format": {"type": "json_schema", "json_schema": {**schema, "strict": True}},
    }
    made = await answered(OPENAI)
    assert (made["id"], made["object"], made["model"]) == (f"chatcmpl-{REQUEST_ID}", "chat.completion", CHAT.id)
    assert made["choices"][0]["message"]["content"] == "Hello!"
    assert made["usage"] == usage(4, 2)


async def test_openai_streams_chunks_with_usage_last() -> None:
    chunks = await streamed(OPENAI)
    assert {chunk["model"] for chunk in chunks} == {CHAT.id}
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    pieces = [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks[:-1]]
    assert "".join(pieces) == "Hello!"
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == usage(4, 2)
    assert chunks[-1]["amazon-bedrock-invocationMetrics"] == METRICS


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({**MISTRAL, "max_tokens": 0}, "#/max_tokens"),
        ({**MISTRAL, "temperature": "hot"}, "#/temperature: expected float"),
        ({**TITAN, "textGenerationConfig": {"maxTokens": 5}}, "#/textGenerationConfig: extraneous key [maxTokens]"),
        ({"inputText": " "}, "#/inputText"),
        ({**NOVA, "messages": [{"role": "user", "content": "Hi"}]}, "#/messages/0/content: expected array, got str"),
        ({**NOVA, "messages": []}, "must start with a user message"),
        ({**NOVA, "messages": [{"role": "user", "content": [{"video": {}}]}]}, "the video content block"),
        ({**NOVA, "inferenceConfig": {"maxTokens": "5"}}, "#/inferenceConfig/maxTokens: expected int"),
        ({**NOVA, "toolConfig": {"tools": []}}, "defines no tool"),
        (
            {
                **NOVA,
                "messages": [
                    {"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": [{"text": 3}]}}]}
                ],
            },
            "toolResult/content/0/text: expected str",
        ),
        ({"messages": []}, "#/messages"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            "the image_url content",
        ),
        ({"messages": [{"role": "tool", "content": "x"}]}, "#/messages/0: required key [tool_call_id] not found"),
        ({**OPENAI, "n": 2}, "#/n"),
        ({**OPENAI, "reasoning_effort": "high"}, "extraneous key [reasoning_effort]"),
        ({**OPENAI, "tools": TOOLS, "tool_choice": "maybe"}, "#/tool_choice"),
        (
            {**OPENAI, "tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "other"}}},
            "#/tool_choice: names a function that is not one of tools",
        ),
        ({**OPENAI, "response_format": {"type": "json_schema"}}, "required key [json_schema] not found"),
        ({**OPENAI, "max_tokens": 99_999}, "exceeds the model limit"),
    ],
)
async def test_a_body_that_breaks_its_form_is_refused(body: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        await invoke_model(call(body), world())
    assert words in caught.value.message


def text_of(chunk: dict[str, Any]) -> str:
    """The text of a chunk of any family."""
    if "choices" in chunk:
        return "".join((choice.get("delta") or {}).get("content") or "" for choice in chunk["choices"])
    if "outputs" in chunk:
        return str(chunk["outputs"][0]["text"])
    delta = (chunk.get("contentBlockDelta") or chunk).get("delta") or {}
    return str(chunk.get("generation") or chunk.get("outputText") or delta.get("text") or "")


ANTHROPIC = {"anthropic_version": "v", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}


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
