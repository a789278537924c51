"""Meta Llama's bodies."""

from __future__ import annotations

from typing import Any

from tests.services.bedrock_runtime.families.asking import (
    LAST,
    answered,
    asked,
    call,
    streamed,
)
from usina.services.bedrock_runtime.invoke_model import invoke_model
from usina.testing.catalogue import CHAT
from usina.testing.engines import ScriptedEngines, chat_answer
from usina.testing.world import world

LLAMA = {"prompt": "Hi", "max_gen_len": 9}


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
